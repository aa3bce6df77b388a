# SPDX-License-Identifier: Apache-2.0
"""All readings of a report say the same: text, HTML, JUnit XML and the dashboard, of a report that has every member there is (tests/unit/whole_report.json)."""
import copy
import html
import json
import pathlib
import re
import urllib.parse

import pytest
from harness import facts
from harness.browser import Browser
from harness.canned import CannedAdmin
from harness.proxy import run_command

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
REGRESSION = 1
ROLE = {"url": "http://127.0.0.1:1", "answered": 1, "failed": 0, "errors": 0, "last_answer": None, "last_failure": None}
ROLES = {"primary": ROLE, "candidate": ROLE, "secondary": ROLE}

# Changes each leaf of a report and says which paths change the text of its card; the same changes as in tests/unit/test_facts.c.
CHANGED = """
const WORDS = {"regression": "clean", "clean": "regression", "noise": "regression", "inconclusive": "clean", "counts": "secondary", "counter": "uuid",
    "in part": "compared", "not compared": "in part"};
const another = (value) => typeof value === "boolean" ? !value : typeof value === "number" ? (Number.isInteger(value) ? Math.round(1.5 * value + 1) : 1.5 * value + 1)
    : WORDS[value] || (/^\\d{4}-\\d\\d-\\d\\dT/.test(value) ? "2019" + value.slice(4) : "Q" + value);
function textOf(kind, report) {
    const item = {kind, path: `${kind.plural}/${report.name}`, name: report.name, listed: {...report, roles: ROLES, hosts: []}, report, earlier: null, mismatches: [], error: null};
    item.verdict = verdictOf(item);
    opened.add(item.path);
    const into = document.createElement("div");
    patch(into, [card(item)]);
    return into.textContent;
}
function visit(value, path, whole, before, kind, found) {
    for (const [key, below] of Object.entries(value)) {
        const name = Array.isArray(value) ? `${path}/*` : `${path}/${key}`;
        if (below === null)
            continue;
        if (typeof below === "object") {
            visit(below, name, whole, before, kind, found);
            continue;
        }
        value[key] = another(below);
        found[name] = found[name] || textOf(kind, whole) !== before;
        value[key] = below;
    }
}
const found = {};
for (const kind of kinds)
    for (const report of WHOLE[kind.plural] || [])
        visit(report, kind.plural === "reconciliations" ? "/reconciliations/*" : "", report, textOf(kind, report), kind, found);
return found;
"""


def canned(whole):
    answers = {"/api/v1/reconciliations": {"reconciliations": whole["reconciliations"]}}
    for one in whole["reconciliations"]:
        answers[f"/api/v1/reconciliations/{one['name']}"] = {**one, "history": [one["last"]]}
    for kind in facts.KINDS:
        answers[f"/api/v1/{kind}"] = {kind: [{**report, "roles": ROLES, "hosts": [], "equal": False, "waiting": 0} for report in whole[kind]]}
        for report in whole[kind]:
            path = f"/api/v1/{kind}/{urllib.parse.quote(report['name'])}"
            answers[f"{path}/report"] = report
            answers[f"{path}/differences"] = {"last": 0, "differences": []}
    return CannedAdmin(answers)


def need_not(path, reading):
    rows = json.loads((facts.UNIT / "unsaid.json").read_text(encoding="utf-8"))
    return any(reading in row["readings"].split() and (path == row["path"] or path.startswith(row["path"] + "/")) for row in rows)


@pytest.mark.timing
@pytest.mark.xdist_group("browser")
def test_the_dashboard_leaves_no_fact_out():
    whole = facts.whole_report()
    nothing = {kind: [] for kind in (*facts.KINDS, "reconciliations")}
    with canned(nothing) as admin, Browser(admin.url) as page:
        page.wait_text("#status", "up to date")
        found = page.run(f"(() => {{ const WHOLE = {json.dumps(whole)}; const ROLES = {json.dumps(ROLES)}; {CHANGED} }})()")
        assert page.complaints == []
    assert len(found) > 150
    wrong = [(path, "shown" if shown else "not shown") for path, shown in found.items() if shown == need_not(path, "dashboard")]
    assert not wrong


def every_form(whole):
    """A field of each form that values can have."""
    header = (REPOSITORY / "include/parallax/compare.h").read_text(encoding="utf-8")
    forms = re.findall(r'X\(PLX_FORM_\w+,\s*"(\w+)"', header)
    assert len(forms) >= 10
    fields = whole["services"][0]["endpoints"][0]["fields"]
    fields += [{**copy.deepcopy(fields[0]), "field": f"/{form}", "form": form} for form in forms]


@pytest.mark.timing
@pytest.mark.xdist_group("browser")
def test_all_readings_say_the_same_sentences(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    whole = facts.whole_report()
    every_form(whole)
    with canned(whole) as admin:
        said = {form: run_command("report", "--admin", admin.url, *options) for form, options in {"text": [], "html": ["--html", "-"], "junit": ["--junit"]}.items()}
        assert all((done.returncode, done.stderr) == (REGRESSION, "") for done in said.values()), said
        listed = [html.unescape(item) for item in re.findall(r"<li[^>]*>(.*?)</li>", said["html"].stdout)]
        with Browser(f"{admin.url}/#services/payment") as page:
            page.wait_text("caption", "Earlier epochs")
            for path in ("services/stock", "services/stock-before", "experiments/cart-total", "spies/notification", "reconciliations/notifications"):
                page.run(f"location.hash = '{path}'")
                page.wait(f"opened.has('{path}')")
            page.wait("document.querySelectorAll('details.item[open]').length === 6 && !document.body.textContent.includes('asking ...')")
            shown = page.text(".facts li")
            heads = page.text("summary")
            assert page.complaints == []
        assert len(listed) > 50
        for fact in listed:
            assert fact in said["text"].stdout, f"text does not say: {fact}"
            assert fact in html.unescape(said["junit"].stdout), f"JUnit does not say: {fact}"
            assert fact in shown, f"the dashboard does not say: {fact}; it says:\n" + "\n".join(shown)
        for fact in ("12 runs: 6 true, 4 false, 2 failed", "over all runs: paired 90, only_left 20, only_right 30, differing 10, waiting 40, unexamined 50, consumed 80, recovered 60"):
            assert fact in shown and all(fact in html.unescape(done.stdout) for done in said.values()), fact
        outlook = "about 1400 more compared exchanges are needed, 6 min at the present rate"
        assert all(outlook in done.stdout for done in said.values()) and any(outlook in head for head in heads)


@pytest.mark.timing
@pytest.mark.xdist_group("browser")
def test_an_earlier_epoch_is_shown_with_what_came_of_its_causes():
    whole = facts.whole_report()
    now = whole["services"][0]
    before = copy.deepcopy(now)
    before.update(epoch_name="build 6", epoch_ended=now["epoch"], verdict="inconclusive", epochs=[])
    still, gone = copy.deepcopy(now["causes"][0]), copy.deepcopy(now["causes"][0])
    gone.update(id="0000000000000001", endpoint="GET /gone")
    before["causes"] = [still, gone]
    now["causes"].append({**copy.deepcopy(still), "id": "0000000000000002", "endpoint": "GET /new"})


    with canned(whole) as admin, Browser(f"{admin.url}/#services/payment") as page:
        page.wait_text("caption", "Earlier epochs")
        page.run(f"const earlier = {json.dumps(before)}; const asked = ask; window.paths = [];"
                 "ask = async (path) => { if (!path.includes('?epoch=')) return asked(path); window.paths.push(path); return earlier; }; null")  # fmt: skip
        page.run("document.querySelector('td button, th button').click()")
        page.wait_text("h4", "Since then")
        assert page.run("window.paths[0]") == "services/payment/report?epoch=2026-01-01T03%3A04%3A05.678Z"
        lines = page.text("li")
        assert "gone: GET /gone: /total value (39)" in lines and "new: GET /new: /total value (39)" in lines
        assert "still there: GET /payroll/{id}: /total value (39)" in lines
        assert any("epoch build 6" in text and "an earlier one" in text for text in page.text("strong"))
        page.run("[...document.querySelectorAll('button')].find((one) => one.textContent.startsWith('back')).click()")
        page.wait_text("caption", "Earlier epochs")
        assert page.complaints == []


def test_a_new_member_of_a_report_is_noticed():
    report = facts.whole_report()["services"][0]
    facts.expect_known({**report, "incident": None, "uncopied": {"a new reason": 1}})
    for where in (report, report["endpoints"][0], report["errors"]):
        where["something new"] = None
        with pytest.raises(AssertionError, match="something new"):
            facts.expect_known(report)
        del where["something new"]


def test_every_member_of_a_report_is_documented():
    documented = (REPOSITORY / "docs/api.md").read_text(encoding="utf-8")
    names = {part for path in facts.known() for part in path.split("/") if part not in ("", "*")}
    assert not [name for name in sorted(names) if f'"{name}"' not in documented and f"`{name}`" not in documented]
