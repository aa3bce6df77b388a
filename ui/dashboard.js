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
    { plural: "services", title: "Services", option: "--service", sides: ["primary", "candidate"] },
    { plural: "experiments", title: "Experiments", option: "--experiment", sides: ["control", "candidate"] },
    { plural: "spies", title: "Spies", option: "--spy", sides: ["primary", "candidate"] },
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

// What is shown of one item. One that has gone meanwhile says so in its own place, and does not take the others along.
async function askItem(kind, listed) {
    const path = pathOf(kind, listed.name);
    const open = opened.has(path);
    const item = { kind, path, name: listed.name, listed, report: null, mismatches: null, error: null };
    try {
        if (kind.plural === "reconciliations")
            item.history = open ? (await ask(path)).history : null;
        else if (kind.plural === "services" || open)
            item.report = await ask(`${path}/report`);
        if (open && kind.plural !== "reconciliations")
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

function seconds(value) {
    if (value >= 1)
        return `${value.toFixed(2)} s`;
    return value >= 0.001 ? `${(value * 1000).toFixed(1)} ms` : `${Math.round(value * 1e6)} \u00b5s`;
}

const reasons = (sums) => Object.entries(sums || {}).filter(([, number]) => number > 0).map(([reason, number]) => `${reason.replaceAll("_", " ")} ${count(number)}`).join(", ");

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
    return measured?.count > 0 ? make("span.number", null, `${role === "primary" ? kind.sides[0] : role} p50 ${seconds(measured.p50)}, p99 ${seconds(measured.p99)}`) : null;
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
    if (role.answered + role.failed === 0)
        return badge("no traffic yet");
    if (role.errors > 0 && !fails(role))
        return badge(`${answersErrors(role) ? "" : "ok; "}answers 5xx to ${count(role.errors)} of ${count(role.answered)}`, answersErrors(role) ? "bad" : "open");
    if (role.failed === 0)
        return badge(`ok, ${count(role.answered)} answered`, "good");
    const failing = fails(role);
    const text = `${count(role.failed)} of ${count(role.answered + role.failed)} failed${failure ? `, the last: ${failure.reason}` : ""}`;
    return badge(failing ? `failing: ${text}` : `ok; ${text}`, failing ? "bad" : "open");
}

function roles(item) {
    const rows = Object.entries(item.listed.roles || {}).map(([name, role]) => {
        const measured = item.report?.latency?.[name];
        return [name, code(role.url), health(role), ...["p50", "p99"].map((part) => make("span.number", null, measured?.count > 0 ? seconds(measured[part]) : "\u2013"))];
    });
    return rows.length ? table("Roles", ["role", "address", "health", "p50", "p99"], rows) : null;
}

function fieldRow(field) {
    const example = field.example || {};
    return [code(field.field === "" ? "(whole body)" : field.field), field.kind, count(field.differences), count(field.noise),
        badge(field.verdict, field.verdict === "noise" ? "plain" : STYLE[field.verdict]), code(example.primary), code(example.candidate)];
}

function endpoint(item, part) {
    const { kind } = item;
    const columns = ["field", "kind", "differences", "noise", "verdict", `${kind.sides[0]}, for example`, kind.sides[1]];
    const why = { incomparable: reasons(part.incomparable), uncopied: reasons(part.uncopied) };
    return make("section", { key: part.endpoint },
        make("h4", null, part.endpoint, badge(shown(part.verdict), STYLE[part.verdict])),
        part.why ? make("p.quiet", null, part.why) : null,
        bar(part.exchanges), latencies(kind, part),
        Object.entries(why).filter(([, text]) => text).map(([verdict, text]) => make("p.quiet", null, `${verdict}: ${text}`)),
        part.fields.length ? table(`Fields of ${part.endpoint} that differ`, columns, part.fields.slice(0, SHOWN.fields).map(fieldRow)) : null,
        part.fields.length > SHOWN.fields ? make("p.quiet", null, `and ${plural(part.fields.length - SHOWN.fields, "field")} more`) : null);
}

const differs = (difference) => [code(difference.field === "" ? "(whole body)" : difference.field), difference.noise ? `${difference.kind}, noise` : difference.kind,
    code(difference.primary), code(difference.candidate)];

function mismatch(item, record) {
    const request = record.request ? `${record.request.method} ${record.request.target}` : record.endpoint;
    const left = record.differences_total - Math.min(record.differences.length, SHOWN.places);
    return make("li", { key: record.id },
        make("h5", null, time(record.time), " ", code(request)),
        table(`Differences in exchange ${record.id}`, ["where", "kind", ...item.kind.sides], record.differences.slice(0, SHOWN.places).map(differs)),
        left > 0 ? make("p.quiet", null, `and ${plural(left, "difference")} more`) : null);
}

// "3 of 3 differed again 500 ms later", as `parallax report` has it.
function recheckWords(recheck, after) {
    if (!recheck)
        return "";
    const all = recheck.persistent + recheck.race + recheck.flaky;
    const later = after ? `${after >= 1 ? `${after} s` : `${Math.round(after * 1000)} ms`} later` : "later";
    const rows = [[recheck.persistent, "differed again", ""], [recheck.race, recheck.race === 1 ? "was equal" : "were equal", ": a race?"],
        [recheck.flaky, "differed otherwise", ": flaky?"]].filter(([number]) => number);
    return rows.map(([number, did, so], at) => (at ? `${count(number)} ${did}${so}` : `${count(number)} of ${count(all)} ${did} ${later}${so}`)).join("; ");
}

// What it looks like comes before any value.
function cause(item, one) {
    const again = recheckWords(one.recheck, item.report.recheck?.after);
    const looks = (one.looks_like || []).map((look) => look.sentence).join("; ");
    return make("li", { key: one.id },
        `${plural(one.count, item.kind.one || "exchange")} of ${one.endpoint}`, looks ? [": ", make("strong", null, looks)] : null,
        make("span.quiet", null, ` in ${one.fields.slice(0, SHOWN.places).map((field) => field.field || "(whole body)").join(", ")}`),
        again ? make("span.quiet", null, `, asked again: ${again}`) : null);
}

function causesOf(item) {
    const real = (item.report.causes || []).filter((one) => !one.noise);
    if (real.length === 0)
        return [];
    const left = real.length - SHOWN.causes;
    return [make("h4", { key: "causes" }, "Causes: mismatches that look alike"),
        make("ul", { key: "alike" }, real.slice(0, SHOWN.causes).map((one) => cause(item, one))),
        left > 0 ? make("p.quiet", { key: "more causes" }, `and ${plural(left, "cause")} more`) : null];
}

function reportOf(item) {
    const { report, mismatches, kind, name } = item;
    if (!report)
        return [make("p.quiet", null, "asking ...")];
    const sorted = [...report.endpoints].sort((a, b) => rank(a) - rank(b));
    const parts = some(sorted, SHOWN.endpoints, (part) => endpoint(item, part), (more) => `and ${plural(more, "endpoint")} more: parallax report ${kind.option} ${name}`);
    const last = mismatches?.length ? [make("h4", { key: "last" }, "Last mismatches"), make("ul", { key: "list" }, mismatches.map((record) => mismatch(item, record)))] : [];
    return [...unseen(item), ...causesOf(item), ...parts, ...last];
}

function ruleRow(rule) {
    const example = rule.example || {};
    const applied = rule.excused ? `${count(rule.excused)} of ${count(rule.compared)}` : `never applied in ${count(rule.compared)}`;
    const whose = [rule.owner, rule.until ? `until ${rule.until.slice(0, 10)}` : null, rule.why, rule.configured ? null : "no more in the configuration"].filter(Boolean).join(", ");
    return [code(rule.rule), rule.endpoint || rule.route || "", applied, whose, code(example.primary), code(example.candidate)];
}

// What was not looked at: by rules, as no evidence, headers, and endpoints that were never compared.
function unseen(item) {
    const { report, kind } = item;
    const { match, mismatch: differing, ignored } = report.exchanges;
    const rules = report.rules || [], never = report.never_compared || [], nothing = reasons(report.no_evidence || {});
    const lines = [
        report.excused?.exchanges ? `${count(report.excused.exchanges)} of ${count(match + differing + ignored)} compared are equal only by ${plural(report.excused.rules, "rule")}` : null,
        nothing ? `no evidence: ${nothing}` : null,
        report.headers && report.headers !== "compared" ? `headers: ${report.headers === "in part" ? "not compared on some routes" : report.headers}` : null,
        never.length ? `never compared: ${never.map((one) => one.endpoint).slice(0, SHOWN.endpoints).join(", ")}${never.length > SHOWN.endpoints ? " and more" : ""}` : null,
    ].filter(Boolean);
    const columns = ["rule", "where", "excused", "whose", `${kind.sides[0]}, for example`, kind.sides[1]];
    return [
        ...lines.map((line) => make("p.quiet", null, line)),
        ...(rules.length ? [table("What excuses", columns, rules.slice(0, SHOWN.fields).map(ruleRow))] : []),
        ...(rules.length > SHOWN.fields ? [make("p.quiet", null, `and ${plural(rules.length - SHOWN.fields, "rule")} more`)] : []),
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
        const holds = listed.holds.map((held) => badge(held.hold.replace("_", " "), "bad"));
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
        " ", why ? make("span.line", null, why) : null,
        exchanges?.total ? bar(exchanges) : null,
        report?.served?.candidate ? make("span.line", null, `served by the candidate: ${count(report.served.candidate)}, of these ${count(report.served_differed)} differed from the primary`) : null,
        latencies(kind, report),
    ];
}

// ---- reconciliations

const sums = (run) => [["paired", run.paired], ["only left", run.only_left], ["only right", run.only_right], ["differing", run.differing], ["waiting", run.waiting]]
    .filter(([word, number]) => number || word === "paired").map(([word, number]) => `${count(number)} ${word}`).join(" \u00b7 ");

function reconciled(item) {
    const { last, runs } = item.listed;
    return [
        make("span.head", null, make("h3", null, item.name), badge(item.verdict, STYLE[item.verdict]), badge(plural(runs.total, "run"))),
        " ", make("span.line", null, last.error || sums(last)),
        make("span.line.quiet", null, spaced([time(last.started), `took ${seconds(last.seconds)}`])),
    ];
}

function examplesOf(last) {
    const { only_left = [], only_right = [], differing = [] } = last.examples || {};
    const rows = [["only left", only_left], ["only right", only_right]].flatMap(([word, list]) => list.map((row) => [word, code(row), "\u2013", "\u2013", "\u2013"]));
    for (const pair of differing)
        for (const difference of pair.differences || [{}])
            rows.push(["differing", code(pair.key ?? pair), code(difference.field), code(difference.left), code(difference.right)]);
    return rows.length ? table("Rows of the last run", ["what", "row", "column", "left", "right"], rows.slice(0, 3 * SHOWN.rows)) : null;
}

function historyOf(item) {
    const { last, runs } = item.listed;
    const rows = (item.history || []).map((run) => [time(run.started), badge(run.result === null ? "failed" : String(run.result), STYLE[run.result ?? "failed"]), run.error || sums(run)]);
    return [
        make("p", null, "left ", code(last.left?.store), ", right ", code(last.right?.store)),
        make("p.quiet", null, `of ${plural(runs.total, "run")}: ${count(runs.true)} true, ${count(runs.false)} false, ${count(runs.failed)} failed`),
        examplesOf(last), rows.length ? table("Last runs", ["when", "result", "counts"], rows) : null,
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
    const parts = batch ? historyOf(item) : [roles(item), ...reportOf(item)];
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
