# SPDX-License-Identifier: Apache-2.0
"""What a report says of that which was not looked at: what rules excused, what was never compared, what says nothing, headers; and no fault is proposed as noise."""
import datetime

from harness import answers
from harness.proxy import run_command


def admin_of(proxy):
    return f"http://{proxy.admin[0]}:{proxy.admin[1]}"


def ask(proxy, *paths):
    with proxy.client() as client:
        for path in paths:
            client.get(path)
    return proxy.wait_for_exchanges(len(paths))


def test_what_excuses_is_shown(primary, candidate, run):
    primary.always(answers.json({"ts": 1, "total": 7}))
    candidate.always(answers.json({"ts": 2, "total": 7}))
    rule = {"/ts": {"why": "a clock", "owner": "payments", "until": "2999-12-31"}}
    proxy = run(primary, candidate, service={"compare": {"ignore": [rule, "/nope"]}, "routes": [{"match": "GET /y", "compare": {"tolerance": {"/total": 1}}}]})
    report = ask(proxy, *["/x"] * 12, *["/y"] * 3)
    assert report["excused"] == {"exchanges": 15, "rules": 1}
    first, second, *unused = report["rules"]
    example = first.pop("example")
    assert first == {"rule": "ignore /ts", "endpoint": "GET /x", "route": None, "owner": "payments", "why": "a clock", "until": "3000-01-01T00:00:00.000Z",
                     "configured": True, "excused": 12, "compared": 12}
    assert (example["field"], example["primary"], example["candidate"], len(example["exchange"])) == ("/ts", "1", "2", 26)
    assert (second["endpoint"], second["excused"], second["compared"]) == ("GET /y", 3, 3)
    assert [(row["rule"], row["route"], row["excused"], row["compared"]) for row in unused] == [("ignore /nope", None, 0, 15), ("tolerance /total", "GET /y", 0, 3)]
    said = run_command("report", "--admin", admin_of(proxy)).stdout
    for part in ("15 of 15 compared exchanges are equal only by 1 rule\n", "ignore /ts of GET /x: excused 12 of 12, owner payments, until 3000-01-01: a clock",
                 "ignore /nope: never applied in 15 exchanges", "tolerance /total of GET /y: never applied in 3 exchanges"):
        assert part in said, said


def test_what_was_never_compared_is_none_of_the_equal_ones(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(12):
            client.request("POST", "/pay", [], b"{}")
        client.get("/x")
    [never] = proxy.wait_for_exchanges(13)["never_compared"]
    assert (never["endpoint"], never["exchanges"], never["uncopied"]["unsafe_method"]) == ("POST /pay", 12, 12)
    said = run_command("report", "--admin", admin_of(proxy)).stdout
    quiet, _, rest = said.partition("never compared: 1 endpoint\n")
    assert "POST /pay  uncopied: unsafe_method 12" in rest and "POST /pay" not in quiet, said


def test_health_checks_and_what_nobody_has_are_no_evidence(primary, candidate, run):
    for origin in (primary, candidate):
        origin.on("/none", answers.json({}, status=404))
    report = ask(run(primary, candidate), "/healthz", "/readyz?x=1", "/none", "/x")
    assert report["no_evidence"] == {"health_check": 2, "not_found": 1}
    assert report["exchanges"]["match"] == 4
    report = ask(run(primary, candidate, store="none", service={"routes": [{"match": "GET /healthz", "evidence": "all"}]}), "/healthz", "/readyz", "/none")
    assert report["no_evidence"] == {"health_check": 1, "not_found": 1}
    report = ask(run(primary, candidate, store="none", service={"evidence": "all"}), "/healthz", "/none")
    assert report["no_evidence"] == {"health_check": 0, "not_found": 0}


def moved(origin, other=None, **headers):
    return answers.text(b"", status=303, headers=[("Location", f"{other or origin.url}/there"), *headers.items()])


def fields(report):
    return sorted(field["field"] for endpoint in report["endpoints"] for field in endpoint["fields"])


def test_headers_that_clients_depend_on_are_compared(primary, candidate, run):
    primary.on("/own", moved(primary)).on("/strange", moved(primary))
    candidate.on("/own", moved(candidate)).on("/strange", moved(candidate, "http://127.0.0.1:1"))
    primary.on("/cookie", answers.json({}, headers=[("Set-Cookie", "s=1; HttpOnly"), ("Cache-Control", "no-store"), ("ETag", "1")]))
    candidate.on("/cookie", answers.json({}, headers=[("Set-Cookie", "s=2"), ("Cache-Control", "public"), ("ETag", "2")]))
    primary.on("/value", answers.json({}, headers=[("Set-Cookie", "s=1")]))
    candidate.on("/value", answers.json({}, headers=[("Set-Cookie", "s=2")]))
    report = ask(run(primary, candidate), "/own", "/strange", "/cookie", "/value")
    assert fields(report) == ["header:Cache-Control", "header:Location", "header:Set-Cookie/s/HttpOnly"]
    assert report["headers"] == "compared"
    report = ask(run(primary, candidate, store="none", service={"compare": {"headers": ["ETag"]}}), "/own", "/cookie", "/value")
    assert fields(report) == ["header:Cache-Control", "header:ETag", "header:Set-Cookie/s/HttpOnly"]
    report = ask(run(primary, candidate, store="none", service={"compare": {"headers": "all"}}), "/cookie", "/value")
    assert fields(report) == ["header:Cache-Control", "header:Set-Cookie/s", "header:Set-Cookie/s", "header:Set-Cookie/s/HttpOnly"], "ETags are each role's own"


def test_headers_that_are_not_compared_are_said(primary, candidate, run):
    candidate.always(answers.json({"ok": True}, headers=[("Cache-Control", "public")]))
    primary.always(answers.json({"ok": True}))
    proxy = run(primary, candidate, service={"compare": {"headers": "no"}})
    report = ask(proxy, "/x")
    assert report["exchanges"]["match"] == 1 and report["headers"] == "not compared"
    assert "  headers: not compared\n" in run_command("report", "--admin", admin_of(proxy)).stdout
    routes = [{"match": "GET /x", "compare": {"headers": "no"}}]
    report = ask(run(primary, candidate, store="none", service={"routes": routes}), "/x", "/y")
    assert report["exchanges"]["match"] == 1 and report["exchanges"]["mismatch"] == 1 and report["headers"] == "in part"


def test_no_fault_is_proposed_as_noise(primary, candidate, run):
    proxy = run(primary, candidate)
    at = datetime.datetime(2025, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
    with proxy.client() as client:
        for number in range(20):
            now, hour = at + datetime.timedelta(seconds=number), datetime.timedelta(hours=1)
            primary.on("/a", answers.json({"id": "018f3f5e-0a0b-4c0d-8e0f-0123456789ab", "made": now.isoformat(), "seen": now.isoformat()}))
            candidate.on("/a", answers.json({"id": "118f3f5e-0a0b-4c0d-8e0f-0123456789ab", "made": (now + hour).isoformat(), "seen": (now + number * hour).isoformat(" ")}))
            client.get("/a")
            proxy.wait_for_exchanges(number + 1)
    report = proxy.report()
    found = {field["field"]: field for field in report["endpoints"][0]["fields"]}
    assert all(field["proposal"] is None for field in found.values()), found
    assert (found["/id"]["form"], found["/seen"]["form"]) == ("uuid", None)
    assert found["/made"]["hint"] == "always 1 h later: a time zone?"
    assert "# Nothing to propose" in run_command("report", "--propose", "--admin", admin_of(proxy)).stdout
    assert "always 1 h later: a time zone?" in run_command("report", "--admin", admin_of(proxy)).stdout
