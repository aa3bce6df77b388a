// SPDX-License-Identifier: Apache-2.0
/*
 * What a report says in sentences: the same ones, in the same order, as src/cli/report/report_facts.c composes for text, HTML and JUnit.
 * tests/scenario/test_facts.py holds them against each other. A fact is [style, text]: "bad" is a finding, "open" is to be looked after, "quiet" is by the way.
 */
"use strict";

const FORMS = {
    timestamp: "a timestamp", date: "a date", http_date: "an HTTP date", unix_time: "a Unix time", unix_time_text: "a Unix time", uuid: "a UUID", ulid: "a ULID",
    digest: "a hex digest or a UUID without dashes", jwt: "a JWT", counter: "a number that counts up",
};
const NEVER_NAMED = 20;

const ending = (number) => (number === 1 ? "" : "s");
const shownField = (kind, field) => (field === "" ? kind.whole : field);
const shownSide = (value) => (value ? value : "(nothing)");
const moment = (text) => String(text ?? "").slice(0, 19).replace("T", " ");
const day = (text) => String(text).slice(0, 10);
const words = (kind, number) => (number === 1 ? kind.exchange : kind.exchanges);
// "timeout 3, reset 1": those that were counted, most first.
const reasonsOf = (sums) => Object.entries(sums || {}).filter(([, number]) => number > 0).sort((a, b) => b[1] - a[1]).map(([reason, number]) => `${reason} ${number}`).join(", ");
const sumOf = (sums) => Object.values(sums || {}).reduce((sum, number) => sum + number, 0);
const comparedOf = ({ match = 0, mismatch = 0, ignored = 0 }) => match + mismatch + ignored;
const said = (style, text) => (text ? [[style, text]] : []);
const because = (style, before, sums) => said(style, reasonsOf(sums) && `${before}${reasonsOf(sums)}`);

// "412 us", "1.24 ms", "12.4 ms", "3.02 s", "2 min 5 s", "3 h 10 min": three digits that count.
function duration(seconds) {
    const scaled = (value, unit) => `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
    const whole = Math.round(seconds);
    if (!(seconds > 0))
        return "-";
    if (seconds < 0.0009995)
        return `${Math.max(Math.round(seconds * 1e6), 1)} us`;
    if (seconds < 0.9995)
        return scaled(seconds * 1e3, "ms");
    if (seconds < 99.95)
        return scaled(seconds, "s");
    return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

// "40 s", "6 min", "3 h", "2 days": what is an estimate has no more digits.
function roughly(seconds) {
    const [unit, name] = [[86400, "days"], [3600, "h"], [60, "min"], [1, "s"]].find(([length]) => length === 1 || seconds >= 2 * length);
    return `${Math.ceil(seconds / unit)} ${name}`;
}

// How many exchanges the verdict still needs, and how long that takes.
function outlookOf(report, kind) {
    if (report.verdict !== "inconclusive" || report.epoch_ended || !report.more || report.holds?.some((held) => held.hold === "paused"))
        return "";
    const takes = report.rate ? `, ${roughly(report.more / report.rate)} at the present rate` : "";
    return `about ${report.more} more compared ${words(kind, report.more)} ${report.more === 1 ? "is" : "are"} needed${takes}`;
}

// "stage canary, share 10 %, confidence 99 %"
function aboutOf(report, kind) {
    return [
        kind.plural === "services" ? `stage ${report.stage}` : kind.option.slice(2), report.runs ? `${report.runs} runs` : "", report.share ? `share ${report.share} %` : "",
        report.confidence ? `confidence ${Number((report.confidence * 100).toPrecision(6))} %` : "",
    ].filter(Boolean).join(", ");
}

// ---- epochs

const epochWhy = (why, reason) => (why ? `(${why}${reason ? `: ${reason}` : ""})` : "");
const calledEpoch = (epoch) => epoch.name || epoch.began;

function epochOf(report) {
    if (!report.epoch)
        return "";
    const time = report.epoch_ended ? `from ${moment(report.epoch)} to ${moment(report.epoch_ended)}` : `since ${moment(report.epoch)}`;
    const name = [report.epoch_name, epochWhy(report.epoch_why, report.epoch_reason)].filter(Boolean).join(" ");
    return `epoch ${name ? `${name} ` : ""}${time} UTC${report.epoch_version ? `, version ${report.epoch_version}` : ""}${report.epoch_ended ? ": an earlier one" : ""}`;
}

// Which causes of one report are gone in another, new, or still there: as `parallax report --compare` says.
function compareCauses(before, after) {
    const real = (report) => (report.causes || []).filter((one) => !one.noise);
    const has = (report, id) => (report.causes || []).some((one) => one.id === id);
    return [
        ["gone", real(before).filter((one) => !has(after, one.id))], ["new", real(after).filter((one) => !has(before, one.id))],
        ["still there", real(after).filter((one) => has(before, one.id))],
    ];
}

// ---- counts, of a service and of an endpoint

const whysOf = (part) => [...because("", "mismatch: ", part.mismatches), ...because("open", "incomparable: ", part.incomparable), ...because("quiet", "uncopied: ", part.uncopied)];

function servedOf(part) {
    const candidate = part.served?.candidate || 0, differed = part.served_differed || 0;
    const served = `served by the primary: ${part.exchanges.total - candidate}; served by the candidate: ${candidate}, of these ${differed} differed from the primary`;
    return [
        ...said(differed ? "bad" : "", candidate || sumOf(part.fallbacks) ? served : ""),
        ...because("open", "the primary answered in the place of a candidate that could not: ", part.fallbacks),
        ...because("quiet", "asked once more, since a kept connection had been closed: ", part.retries),
    ];
}

function excusedOf(part, kind) {
    const { exchanges = 0, rules = 0 } = part.excused || {};
    const compared = comparedOf(part.exchanges), nothing = sumOf(part.no_evidence);
    return [
        ...said("open", exchanges && `${exchanges} of ${compared} compared ${words(kind, compared)} ${exchanges === 1 ? "is" : "are"} equal only by ${rules} rule${ending(rules)}`),
        ...because("quiet", `${nothing} equal ${words(kind, nothing)} ${nothing === 1 ? "is" : "are"} no evidence: `, part.no_evidence),
    ];
}

// ---- fields and endpoints

// How it is known to be noise, where the secondary has not shown it each time; or what it may be.
function fieldFacts(field, report) {
    const noise = field.verdict === "noise", one = field.unpaired === 1;
    return [
        ...said("quiet", noise && field.noise_by === "counts" && `in ${field.excused} exchanges by the counts alone: the secondary did not show it`),
        ...said("quiet", !noise && FORMS[field.form] && `both sides are ${FORMS[field.form]} in ${field.formed} of ${field.differences}`),
        ...said("open", !noise && field.hint),
        ...said("quiet", !noise && FORMS[field.form] && field.proposal && `a rule for it: ${field.proposal}`),
        ...said("quiet", report.latency?.secondary && field.unpaired &&
            `${field.unpaired} of the differences ${one ? "is" : "are"} no evidence: no answer of the secondary beside ${one ? "it" : "them"}`),
    ];
}

const endpointFacts = (part, kind) => [...whysOf(part), ...servedOf(part), ...excusedOf(part, kind)];

// ---- what came of asking again

// "3 of 3 differed again 500 ms later"; empty: nothing did.
function recheckWords(recheck, after) {
    if (!recheck)
        return "";
    const all = recheck.persistent + recheck.race + recheck.flaky;
    const later = after ? `${after >= 1 ? `${after} s` : `${Math.round(after * 1000)} ms`} later` : "later";
    const rows = [[recheck.persistent, "differed again", ""], [recheck.race, recheck.race === 1 ? "was equal" : "were equal", ": a race?"],
        [recheck.flaky, "differed otherwise", ": flaky?"]].filter(([number]) => number);
    return rows.map(([number, did, so], at) => (at ? `${number} ${did}${so}` : `${number} of ${all} ${did} ${later}${so}`)).join("; ");
}

function recheckOf(recheck) {
    const parts = [recheckWords(recheck, recheck?.after), recheck?.incomparable && `${recheck.incomparable} could not be compared`,
        recheck?.over_budget && `${recheck.over_budget} were not: over \`recheck.per_second\``].filter(Boolean);
    return said("quiet", parts.length && `asked again: ${parts.join("; ")}`);
}

// ---- reconciliations

const OUTCOMES = ["true", "false", "failed"];
const ROWS = ["paired", "only_left", "only_right", "differing", "waiting", "unexamined", "consumed", "recovered"];

// "paired 9, only_left 2": those that are not 0, and always the first.
const rowCounts = (counts) => ROWS.filter((word, at) => at === 0 || counts?.[word] > 0).map((word) => `${word} ${counts?.[word] || 0}`).join(", ");

function runsOf({ runs }) {
    const by = OUTCOMES.filter((word) => runs[word]).map((word) => `${runs[word]} ${word}`).join(", ");
    return `${runs.total} run${ending(runs.total)}${by ? `: ${by}` : ""}`;
}

const allRowsOf = ({ runs, rows }) => (runs.total > 1 ? `over all runs: ${rowCounts(rows)}` : "");

// ---- the whole

function underWayOf({ under_way: number, under_way_seconds: seconds }) {
    const one = number === 1;
    return said("open", number && `${number} more ${one ? "exchange is" : "exchanges are"} under way: answered, but not counted until ${one ? "its" : "their"} copies end` +
        (seconds > 0 ? `; the oldest came ${duration(seconds)} ago` : ""));
}

function limitsOf({ limits_hit: hit = {}, records_kept: kept }) {
    return [
        [hit.endpoints, 'exchanges are counted under "(other)": there are too many endpoints'],
        [hit.fields, 'differences are counted under "(other)": there are too many fields'],
        [hit.records, `mismatches are counted but were not kept whole${kept ? `; ${kept} are` : ""}`],
        [hit.causes, 'mismatches are counted under the cause "(other)": there are too many causes'],
        [hit.recheck_dropped, "mismatches were to be asked again but were not, so that clients come first"],
    ].flatMap(([number, text]) => said("open", number && `${number} ${text}`));
}

const endedOf = (rule) => `rule ended ${day(rule.until)}: ${rule.kind} ${rule.field}${rule.route ? ` of ${rule.route}` : ""}${rule.owner ? `, owner ${rule.owner}` : ""}${rule.why ? `: ${rule.why}` : ""}`;

const foldOf = (fold) => `folded ${fold.paths} paths into ${fold.endpoint}${fold.stay.length ? `, but for ${fold.stay.join(", ")}` : ""}${fold.time ? `, on ${moment(fold.time)} UTC` : ""}`;

function maskedOf(report, kind) {
    const fields = (report.masked_fields || []).map((one) => `${shownField(kind, one.field)} (${one.kind}) of ${one.endpoint}`);
    return said("open", fields.length && `masked: ${fields.join(", ")}`);
}

function headersOf({ headers }) {
    return said("open", headers && headers !== "compared" && (headers === "in part" ? "headers: not compared on some routes" : "headers: not compared"));
}

function neverOf(report) {
    const never = (report.endpoints || []).filter((part) => comparedOf(part.exchanges) === 0).map((part) => part.endpoint);
    return never.length ? `never compared: ${never.slice(0, NEVER_NAMED).join(", ")}${never.length > NEVER_NAMED ? ` and ${never.length - NEVER_NAMED} more` : ""}` : "";
}

function factsOf(report, kind) {
    const since = report.within_since ? ` since an incident that ended at ${moment(report.within_since)} UTC` : "";
    const known = report.verdict !== "clean" && report.within > 0 && report.within < 0.5;
    return [
        ...said("quiet", epochOf(report)),
        ...said("open", report.shortened && "this report was too long to be kept whole: examples and fields are left out, or endpoints and causes"),
        ...said("", known && `at most ${Number((report.within * 100).toPrecision(3))} % of the ${kind.exchanges} differ beyond noise${since}, ${report.compared} compared${since && " in all"}`),
        ...underWayOf(report), ...servedOf(report), ...limitsOf(report),
        ...(report.rules_ended || []).flatMap((rule) => said("open", endedOf(rule))),
        ...(report.says || []).flatMap((sentence) => said("", sentence)),
        ...maskedOf(report, kind),
        ...(report.warnings || []).flatMap((sentence) => said("open", sentence)),
        ...recheckOf(report.recheck),
        ...(report.folded || []).flatMap((fold) => said("quiet", foldOf(fold))),
        ...excusedOf(report, kind), ...headersOf(report),
    ];
}
