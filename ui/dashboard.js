// SPDX-License-Identifier: Apache-2.0
/*
 * The dashboard: asks the admin API every two seconds or so and brings the page to what it says. A description of the page is made anew each time (make) and
 * the page is changed only where it differs (patch), so that what is open, has the focus or is selected stays. Whatever came over the network
 * becomes a text node or an attribute of ours, never markup.
 */
"use strict";

const EVERY_MS = 2000;
const REST = 4; // and so many times as long as a round took: a proxy with very many endpoints has other things to do
const ANSWER_MS = 10000; // an answer that takes longer is none
const SHOWN = { endpoints: 50, fields: 40, mismatches: 10, causes: 10, places: 10, rows: 10, characters: 400 };
const VERDICTS = ["match", "mismatch", "ignored", "incomparable", "uncopied"];
const RANK = { regression: 0, false: 0, failed: 1, inconclusive: 2, clean: 3, true: 3, not_compared: 4 };
const STYLE = { regression: "bad", false: "bad", failed: "open", inconclusive: "open", clean: "good", true: "good" };
const TOKEN = "parallax-token";

const kinds = [
    { plural: "services", title: "Services", option: "--service", exchange: "exchange", exchanges: "exchanges", whole: "(the whole body)", sides: ["primary", "candidate"] },
    { plural: "experiments", title: "Experiments", option: "--experiment", exchange: "result", exchanges: "results", whole: "(the whole value)", sides: ["control", "candidate"] },
    { plural: "spies", title: "Spies", option: "--spy", exchange: "call", exchanges: "calls", whole: "(the whole body)", sides: ["primary", "candidate"] },
    { plural: "reconciliations", title: "Reconciliations", sides: ["left", "right"] },
];

// ---- the page, described and brought about

// make("td.quiet", {attribute: value, key:, style:, on:}, children): a description of an element; strings are text.
function make(what, options, ...children) {
    const [tag, ...classes] = what.split(".");
    return { tag, class: classes.join(" "), options: options || {}, children: children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "") };
}

function describe(element, wanted) {
    const { key, style, on, ...attributes } = wanted.options;
    if (wanted.class)
        attributes.class = wanted.class;
    for (const [name, value] of Object.entries(attributes))
        if (element.getAttribute(name) !== String(value))
            element.setAttribute(name, value);
    Object.assign(element, on);
    Object.assign(element.style, style);
    patch(element, wanted.children);
}

const textOf = (child) => (typeof child === "object" ? null : String(child));

// Makes the children of an element those that are wanted; what has the same key (or else tag, class and turn) stays the same element.
function patch(parent, wanted) {
    const have = new Map([...parent.childNodes].filter((node) => node.plxKey !== undefined).map((node) => [node.plxKey, node]));
    const turns = {};
    wanted.forEach((child, at) => {
        const text = textOf(child);
        const sort = text !== null ? "text" : `${child.tag}.${child.class}`;
        turns[sort] = (turns[sort] || 0) + 1;
        const key = (text === null && child.options.key !== undefined) ? `key ${child.tag} ${child.options.key}` : `${sort} ${turns[sort]}`;
        let node = have.get(key);
        have.delete(key);
        if (!node) {
            node = text !== null ? document.createTextNode(text) : document.createElement(child.tag);
            node.plxKey = key;
        }
        if (parent.childNodes[at] !== node)
            parent.insertBefore(node, parent.childNodes[at] || null);
        if (text === null)
            describe(node, child);
        else if (node.data !== text)
            node.data = text;
    });
    while (parent.childNodes.length > wanted.length)
        parent.lastChild.remove();
}

// ---- the API

// What the API says is wrong; status 0: it says nothing.
class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

const silent = () => new Refused(0, "The proxy does not answer; what is shown is old. Trying again.");

// Where there is no session storage (a browser may forbid it) the token holds as long as the page.
let token = "";
try {
    token = sessionStorage.getItem(TOKEN) || "";
} catch { /* as said */ }

function keepToken(value) {
    token = value;
    try {
        sessionStorage.setItem(TOKEN, value);
    } catch { /* as said */ }
}

async function ask(path) {
    const headers = { Accept: "application/json" };
    if (token)
        headers.Authorization = `Bearer ${token}`;
    const options = { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) };
    const response = await fetch(`api/v1/${path}`, options).catch(() => {
        throw silent();
    });
    const said = await response.json().catch(() => null);
    if (!response.ok)
        throw new Refused(response.status, said?.error?.message || `status ${response.status}`);
    if (!said)
        throw silent();
    return said;
}

// What the reader has opened: "services/payment". The address may name one to begin with: /#services/payment.
const opened = new Set([location.hash.slice(1)]);
const pathOf = (kind, name) => `${kind.plural}/${encodeURIComponent(name)}`;

// The earlier epochs whose reports are shown: path -> when it began.
const chosen = new Map();

function choose(path, began) {
    if (began)
        chosen.set(path, began);
    else
        chosen.delete(path);
    refresh();
}

async function askEarlier(path) {
    try {
        return await ask(`${path}/report?epoch=${encodeURIComponent(chosen.get(path))}`);
    } catch (error) {
        if (error.status === 404)
            chosen.delete(path);
        throw error;
    }
}

// What is shown of one item. One that has gone meanwhile says so in its own place, and does not take the others along.
async function askItem(kind, listed) {
    const path = pathOf(kind, listed.name);
    const open = opened.has(path);
    const item = { kind, path, name: listed.name, listed, report: null, earlier: null, mismatches: null, error: null };
    try {
        if (kind.plural === "reconciliations")
            item.history = open ? (await ask(path)).history : null;
        else if (kind.plural === "services" || open)
            item.report = await ask(`${path}/report`);
        if (open && chosen.has(path))
            item.earlier = await askEarlier(path);
        else if (open && kind.plural !== "reconciliations")
            item.mismatches = (await ask(`${path}/differences?limit=${SHOWN.mismatches}`)).differences;
    } catch (error) {
        if (!error.status || error.status === 401)
            throw error;
        item.error = error.message;
    }
    item.verdict = verdictOf(item);
    return item;
}

function verdictOf({ kind, listed, report }) {
    if (kind.plural === "reconciliations")
        return listed.last.result === null ? "failed" : String(listed.last.result);
    return (report || listed).verdict || "inconclusive";
}

const shown = (verdict) => (verdict === "not_compared" ? "not compared" : verdict);

const rank = (thing) => RANK[thing.verdict] ?? 2;

// Regressions first; else in the API's order.
async function askKind(kind) {
    const listed = (await ask(kind.plural))[kind.plural] || [];
    const items = await Promise.all(listed.map((one) => askItem(kind, one)));
    return items.sort((a, b) => rank(a) - rank(b));
}

// ---- words

const count = (number) => Number(number || 0).toLocaleString("en");
const plural = (number, word) => `${count(number)} ${word}${Number(number) === 1 ? "" : "s"}`;
const code = (text) => make("code", null, cut(text));
// What stands beside other things has a space before it, for those who have the page read to them.
const spaced = (list) => list.flatMap((one) => [" ", one]);
const badge = (text, style) => [" ", make(`span.badge.${style || "plain"}`, null, text)];
const time = (text) => make("time.number", { datetime: text, title: text }, String(text).replace("T", " ").replace(/\.\d+Z$/, " UTC"));

// A value as it is shown: a missing one is nothing, not a word that could be a value.
function cut(value) {
    if (value === null || value === undefined)
        return "\u2013";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length > SHOWN.characters ? `${text.slice(0, SHOWN.characters)}\u2026` : text || '""';
}

const STYLES = { bad: "bad", open: "open", quiet: "quiet" };

// Sentences, as facts.js has them.
const factList = (facts) => (facts.length ? make("ul.facts", null, facts.map(([style, text]) => make(style ? `li.${STYLES[style]}` : "li", null, text))) : null);

function table(caption, columns, rows) {
    return make("div.scroll", null, make("table", null,
        make("caption", null, caption),
        make("thead", null, make("tr", null, columns.map((column) => make("th", { scope: "col" }, column)))),
        make("tbody", null, rows.map((cells) => make("tr", null, cells.map((cell, at) =>
            (at === 0 ? make("th", { scope: "row" }, cell) : make("td", { "data-column": columns[at] }, cell))))))));
}

function some(list, most, show, more) {
    const shown = list.slice(0, most).map(show);
    return list.length > most ? [...shown, make("p.quiet", { key: "more" }, more(list.length - most))] : shown;
}

// ---- parts

function bar(exchanges) {
    const there = VERDICTS.filter((verdict) => exchanges[verdict] > 0);
    return [
        make("span.bar", { "aria-hidden": "true" }, there.map((verdict) =>
            make(`span.${verdict}`, { style: { width: `${(100 * exchanges[verdict]) / exchanges.total}%` } }))),
        make("span.line", null, spaced(there.map((verdict) =>
            make("span.number", null, make(`span.key.${verdict}`, { "aria-hidden": "true" }), `${count(exchanges[verdict])} ${verdict}`)))),
    ];
}

function latencyOf(kind, role, measured) {
    return measured?.count > 0 ? make("span.number", null, `${role === "primary" ? kind.sides[0] : role} p50 ${duration(measured.p50)}, p99 ${duration(measured.p99)}`) : null;
}

function latencies(kind, report) {
    const shown = Object.entries(report?.latency || {}).map(([role, measured]) => latencyOf(kind, role, measured)).filter(Boolean);
    return shown.length ? make("span.line.quiet", null, spaced(shown)) : null;
}

// It never answered, or failed after its last answer.
const fails = (role) => role.failed > 0 && (!role.last_answer || role.last_failure?.time > role.last_answer);

const answersErrors = (role) => role.errors * 10 >= role.answered && role.errors > 0;

function health(role) {
    const failure = role.last_failure;
    if (role.ejected)
        return badge(`ejected: its clients get the primary's answer, the last failure: ${role.ejected.reason}`, "bad");
    if (role.answered + role.failed === 0)
        return badge("no traffic yet");
    if (role.errors > 0 && !fails(role))
        return badge(`${answersErrors(role) ? "" : "ok; "}answers 5xx to ${count(role.errors)} of ${count(role.answered)}`, answersErrors(role) ? "bad" : "open");
    if (role.failed === 0)
        return badge(`ok, ${count(role.answered)} answered`, "good");
    const failing = fails(role);
    const text = `${count(role.failed)} of ${count(role.answered + role.failed)} failed${failure ? `, the last: ${failure.reason}${failure.detail ? `: ${failure.detail}` : ""}` : ""}`;
    return badge(failing ? `failing: ${text}` : `ok; ${text}`, failing ? "bad" : "open");
}

function roles(item) {
    const rows = Object.entries(item.listed.roles || {}).map(([name, role]) => {
        const measured = item.report?.latency?.[name];
        return [name, code(role.url), health(role), ...["p50", "p90", "p99"].map((part) => make("span.number", null, measured?.count > 0 ? duration(measured[part]) : "\u2013"))];
    });
    return rows.length ? table("Roles", ["role", "address", "health", "p50", "p90", "p99"], rows) : null;
}

const exchangeOf = (example) => (example?.exchange ? make("div.quiet.number", null, example.exchange) : null);

function fieldRow({ kind, report }, field) {
    const example = field.example || {};
    return [[code(shownField(kind, field.field)), factList(fieldFacts(field, report))], field.kind, count(field.differences), count(field.noise),
        badge(field.verdict, field.verdict === "noise" ? "plain" : STYLE[field.verdict]), code(example.primary), [code(example.candidate), exchangeOf(example)]];
}

function endpoint(item, part) {
    const { kind } = item;
    const columns = ["field", "kind", "differences", "noise", "verdict", `${kind.sides[0]}, for example`, kind.sides[1]];
    return make("section", { key: part.endpoint },
        make("h4", null, part.endpoint, badge(shown(part.verdict), STYLE[part.verdict])),
        part.why ? make("p.quiet", null, part.why) : null,
        bar(part.exchanges), latencies(kind, part), factList(endpointFacts(part, kind)),
        part.fields.length ? table(`Fields of ${part.endpoint} that differ`, columns, part.fields.slice(0, SHOWN.fields).map((field) => fieldRow(item, field))) : null,
        part.fields.length > SHOWN.fields ? make("p.quiet", null, `and ${plural(part.fields.length - SHOWN.fields, "field")} more`) : null);
}

const differs = (difference) => [code(difference.field === "" ? "(the whole body)" : difference.field), difference.noise ? `${difference.kind}, noise` : difference.kind,
    ...["primary", "candidate"].map((side) => [code(difference[side]), difference[`${side}_cut`] ? " (cut)" : null])];

function mismatch(item, record) {
    const request = record.request ? `${record.request.method} ${record.request.target}` : record.endpoint;
    const left = record.differences_total - Math.min(record.differences.length, SHOWN.places);
    return make("li", { key: record.id },
        make("h5", null, time(record.time), " ", code(request)),
        table(`Differences in exchange ${record.id}`, ["where", "kind", ...item.kind.sides], record.differences.slice(0, SHOWN.places).map(differs)),
        left > 0 ? make("p.quiet", null, `and ${plural(left, "difference")} more`) : null);
}

// What it looks like comes before any value; when, one exchange, and how to see it again are a click away.
function cause(item, one) {
    const { kind, report } = item;
    const again = recheckWords(one.recheck, report.recheck?.after);
    const looks = (one.looks_like || []).map((look) => look.sentence).join("; ");
    const places = one.fields.slice(0, SHOWN.places).map((field) => `${shownField(kind, field.field)} (${field.kind})`).join(", ");
    const more = one.fields_total - Math.min(one.fields.length, SHOWN.places);
    const commands = Object.entries(one.reproduce || {}).filter(([, command]) => command);
    return make("li", { key: one.id }, make("details", null,
        make("summary", null, `${count(one.count)} ${words(kind, one.count)} of ${one.endpoint}`, looks ? [": ", make("strong", null, looks)] : null,
            make("span.quiet", null, ` in ${places || "fields"}${more > 0 ? ` and ${count(more)} more` : ""}`), again ? make("span.quiet", null, `, asked again: ${again}`) : null),
        make("p.quiet", null, time(one.first), " to ", time(one.last), ", cause ", code(one.id), one.example ? [", exchange ", code(one.example.exchange)] : null),
        one.example?.differences?.length ? table(`Differences in exchange ${one.example.exchange}`, ["where", "kind", ...kind.sides], one.example.differences.map(differs)) : null,
        commands.map(([role, command]) => make("p", { key: role }, `${role}: `, code(command)))));
}

function causeList(item, causes, title) {
    const left = causes.length - SHOWN.causes;
    return causes.length === 0 ? [] : [make("h4", { key: title }, title),
        make("ul", { key: `${title} list` }, causes.slice(0, SHOWN.causes).map((one) => cause(item, one))),
        left > 0 ? make("p.quiet", { key: `${title} more` }, `and ${plural(left, "cause")} more`) : null];
}

function causesOf(item) {
    const causes = item.report.causes || [];
    return [...causeList(item, causes.filter((one) => !one.noise), "Causes: mismatches that look alike"), ...causeList(item, causes.filter((one) => one.noise), "Noise, by the counts")];
}

function epochsOf(item) {
    const earlier = item.report.epochs || [];
    const show = (epoch) => make("button", { type: "button", "aria-label": `show the report of the epoch ${calledEpoch(epoch)}`, on: { onclick: () => choose(item.path, epoch.began) } }, "show");
    const row = (epoch) => [[epoch.name ? [code(epoch.name), " "] : null, make("span.quiet", null, epochWhy(epoch.why, epoch.reason)), " ", epoch.verdict ? show(epoch) : null], time(epoch.began), time(epoch.ended),
        epoch.verdict ? badge(shown(epoch.verdict), STYLE[epoch.verdict]) : "not kept", epoch.verdict ? count(epoch.exchanges) : "\u2013", epoch.version || "\u2013", epoch.candidate ? code(epoch.candidate) : "\u2013"];
    return earlier.length ? table("Earlier epochs", ["epoch", "began", "ended", "verdict", "exchanges", "version", "candidate"], earlier.map(row)) : null;
}

// An earlier epoch: what its report said, and before it what has become of its causes since.
function earlierOf(item) {
    const { report, earlier, kind } = item;
    const since = compareCauses(earlier, report).filter(([, causes]) => causes.length);
    const line = (one) => `${one.endpoint}: ${one.fields.map((field) => `${shownField(kind, field.field)} ${field.kind}`).join(", ")} (${count(one.count)})`;
    return [
        make("p", { key: "earlier" }, make("strong", null, epochOf(earlier)), badge(shown(earlier.verdict), STYLE[earlier.verdict]), " ", earlier.why, " ",
            make("button", { type: "button", on: { onclick: () => choose(item.path, null) } }, "back to the present epoch")),
        make("h4", { key: "since" }, "Since then"),
        since.length ? make("ul", { key: "since list" }, since.map(([word, causes]) => make("li", { key: word }, `${word}: `, causes.slice(0, SHOWN.causes).map(line).join("; "))))
            : make("p.quiet", { key: "since nothing" }, "no cause in either"),
        make("h4", { key: "its report" }, "What its report said"),
        ...reportOf({ ...item, report: earlier, earlier: null, mismatches: null }),
    ];
}

function reportOf(item) {
    const { report, mismatches, kind, name } = item;
    if (!report)
        return [make("p.quiet", null, "asking ...")];
    const sorted = [...report.endpoints].sort((a, b) => rank(a) - rank(b));
    const parts = some(sorted, SHOWN.endpoints, (part) => endpoint(item, part), (more) => `and ${plural(more, "endpoint")} more: parallax report ${kind.option} ${name}`);
    const last = mismatches?.length ? [make("h4", { key: "last" }, "Last mismatches"), make("ul", { key: "list" }, mismatches.map((record) => mismatch(item, record)))] : [];
    return [make("p.quiet", null, aboutOf(report, kind)), factList([...whysOf(report), ...factsOf(report, kind)]), make("p.quiet", null, neverOf(report)), epochsOf(item), ...rulesOf(item), ...causesOf(item), ...parts, ...last];
}

function ruleRow(rule) {
    const example = rule.example || {};
    const applied = rule.excused ? `${count(rule.excused)} of ${count(rule.compared)}` : `never applied in ${count(rule.compared)}`;
    const whose = [rule.owner, rule.until ? `until ${day(rule.until)}` : null, rule.why, rule.configured ? null : "no more in the configuration"].filter(Boolean).join(", ");
    return [code(rule.rule), rule.endpoint || rule.route || "", applied, whose, rule.example ? code(example.field) : "\u2013", code(example.primary), [code(example.candidate), exchangeOf(example)]];
}

function rulesOf({ report, kind }) {
    const rules = report.rules || [];
    const left = Math.max(rules.length - SHOWN.fields, 0) + (report.rules_left_out || 0);
    const columns = ["rule", "where", "excused", "whose", "field", `${kind.sides[0]}, for example`, kind.sides[1]];
    return [
        rules.length ? table("What excuses", columns, rules.slice(0, SHOWN.fields).map(ruleRow)) : null,
        left ? make("p.quiet", null, `and ${plural(left, "rule")} more`) : null,
    ];
}

// What to do where nothing has come yet.
function advice(item) {
    if (item.kind.plural === "spies" && item.listed.exchanges.total + item.listed.waiting === 0)
        return "No calls yet: give both implementations the addresses of the spy in the place of the dependency's.";
    if (item.kind.plural !== "services" || item.report?.exchanges.total !== 0)
        return null;
    if (!item.listed.roles?.candidate)
        return "There is no candidate to compare with: name one (candidate: in the configuration, or --candidate URL).";
    if (item.listed.stage === "primary")
        return `At the stage primary nothing is compared. To begin: parallax stage ${item.name} shadow`;
    const hosts = item.listed.hosts?.length ? ` for the host ${item.listed.hosts.join(" or ")}` : "";
    return `No traffic yet: send requests to the address that the proxy listens on (listen:)${hosts}.`;
}

function facts(item) {
    const { kind, listed } = item;
    if (kind.plural === "services") {
        const share = listed.stage === "canary" ? `canary, ${listed.share} % of the clients` : listed.stage;
        const failing = Object.entries(listed.roles).filter(([, role]) => fails(role) || answersErrors(role)).map(([name]) => badge(`${name} fails`, "bad"));
        const holds = (listed.holds || []).map((held) => badge(held.hold.replace("_", " "), "bad"));
        return [badge(`stage ${share}`), holds, item.report?.under_way ? badge(`${count(item.report.under_way)} under way`) : null, failing];
    }
    return kind.plural === "experiments" ? [badge(plural(listed.runs, "run"))] : [badge(listed.equal ? "calls equal" : "calls differ"), listed.waiting ? badge(`${count(listed.waiting)} waiting`) : null];
}

function counted(item) {
    const { kind, listed, report } = item;
    const exchanges = (report || listed).exchanges;
    const why = (report || listed).why;
    return [
        make("span.head", null, make("h3", null, item.name), badge(shown(item.verdict), STYLE[item.verdict]), facts(item)),
        " ", why ? make("span.line", null, why) : null, report && outlookOf(report, kind) ? make("span.line", null, outlookOf(report, kind)) : null,
        exchanges?.total ? bar(exchanges) : null,
        latencies(kind, report),
    ];
}

// ---- reconciliations

function reconciled(item) {
    const { last, runs } = item.listed;
    return [
        make("span.head", null, make("h3", null, item.name), badge(item.verdict, STYLE[item.verdict]), badge(plural(runs.total, "run"))),
        " ", make("span.line", null, last.error || rowCounts(last)),
        make("span.line.quiet", null, spaced([time(last.started), `took ${duration(last.seconds)}`])),
    ];
}

function examplesOf(last) {
    const { only_left = [], only_right = [], differing = [] } = last.examples || {};
    const rows = [["only left", only_left], ["only right", only_right]].flatMap(([word, list]) => list.map((row) => [word, code(row), "\u2013", "\u2013", "\u2013", "\u2013"]));
    for (const pair of differing)
        for (const difference of pair.differences || [{}])
            rows.push(["differing", code(pair.key ?? pair), code(difference.field), difference.kind || "\u2013", code(difference.left), code(difference.right)]);
    return rows.length ? table("Rows of the last run", ["what", "row", "column", "kind", "left", "right"], rows.slice(0, 3 * SHOWN.rows)) : null;
}

function historyOf(item) {
    const { last } = item.listed;
    const rows = (item.history || []).map((run) => [time(run.started), badge(run.result === null ? "failed" : String(run.result), STYLE[run.result ?? "failed"]), run.error || rowCounts(run)]);
    return [
        table("Stores", ["side", "rows", "store"], ["left", "right"].map((side) => [side, count(last[side]?.rows), code(last[side]?.store)])),
        factList([...said("quiet", runsOf(item.listed)), ...said("", rowCounts(last)), ...said("quiet", allRowsOf(item.listed))]),
        examplesOf(last), last.examples_cut ? make("p.quiet", null, `and ${count(last.examples_cut)} more`) : null, rows.length ? table("Last runs", ["when", "result", "counts"], rows) : null,
    ];
}

// ---- the whole

function card(item) {
    const batch = item.kind.plural === "reconciliations";
    const toggle = (event) => {
        if (event.target.open === opened.has(item.path))
            return;
        opened[event.target.open ? "add" : "delete"](item.path);
        refresh();
    };
    const hint = advice(item);
    const parts = batch ? historyOf(item) : [roles(item), ...(item.earlier ? earlierOf(item) : reportOf(item))];
    const open = opened.has(item.path);
    return make("details.item", { key: item.path, on: { ontoggle: toggle }, ...(open && { open: "" }) },
        make("summary", null, batch ? reconciled(item) : counted(item), item.error ? [" ", make("span.line.trouble", null, item.error)] : null, hint ? [" ", make("span.line.quiet", null, hint)] : null),
        make("div.body", null, open ? parts : []));
}

const before = new Map(); // the verdicts as last shown, to tell what has changed

function tellNews(items) {
    const news = items.filter((item) => before.has(item.path) && before.get(item.path) !== item.verdict).map((item) => `${item.name}: ${shown(item.verdict)}, was ${shown(before.get(item.path))}`);
    items.forEach((item) => before.set(item.path, item.verdict));
    if (news.length)
        document.getElementById("news").textContent = news.join("; ");
}

function show(lists) {
    const items = lists.flat();
    const regressions = items.filter((item) => rank(item) === 0).length;
    const sections = kinds.map((kind, at) => (lists[at].length ? make("section", { key: kind.plural }, make("h2", null, kind.title), lists[at].map(card)) : null));
    const empty = make("p", { key: "empty" }, "Nothing is here yet: name services in the configuration (parallax run -c FILE), let a program publish its experiments, or send a result with parallax reconcile --admin.");
    patch(document.getElementById("main"), items.length ? sections.filter(Boolean) : [empty]);
    document.title = regressions ? `(${regressions}) Parallax` : "Parallax";
    tellNews(items);
}

function tell(text, trouble) {
    const status = document.getElementById("status");
    if (status.textContent !== text)
        status.textContent = text;
    status.className = trouble ? "trouble" : "";
    document.getElementById("main").className = trouble ? "stale" : "";
}

function askForToken() {
    const form = document.getElementById("ask");
    if (form.hidden) {
        form.hidden = false;
        document.getElementById("token").focus();
    }
    document.getElementById("refused").textContent = token ? "This is not the token." : "";
    patch(document.getElementById("main"), []);
    tell("this proxy asks for its token", false);
}

function tellTrouble(error) {
    if (error.status === 401)
        askForToken();
    else if (error.status)
        tell(`The admin API says: ${error.message}`, true);
    else
        tell(error.message, true);
    if (!(error instanceof Refused))
        throw error;
}

async function round() {
    try {
        show(await Promise.all(kinds.map(askKind)));
        document.getElementById("ask").hidden = true;
        tell("up to date", false);
    } catch (error) {
        tellTrouble(error);
    }
}

let running = false;
let again = false;
let timer = 0;

// One round at a time; what is asked for meanwhile makes one more at once. Nobody looks at a hidden page, so it does not ask.
async function refresh() {
    again = running;
    if (running)
        return;
    clearTimeout(timer);
    running = true;
    const began = performance.now();
    try {
        await round();
    } finally {
        running = false;
        const rest = Math.max(EVERY_MS, REST * (performance.now() - began));
        timer = setTimeout(() => document.hidden || refresh(), again ? 0 : rest);
    }
}

addEventListener("hashchange", () => {
    opened.add(location.hash.slice(1));
    refresh();
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
document.getElementById("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    keepToken(document.getElementById("token").value.trim());
    refresh();
});
refresh();
