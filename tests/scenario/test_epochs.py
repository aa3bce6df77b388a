# SPDX-License-Identifier: Apache-2.0
"""Evidence belongs to one build of the candidate: a mark, another address, other rules or another version begin anew, and what was known is kept as a report."""
import json
import threading

import pytest
from conftest import make_config
from harness import answers
from harness.proxy import poll, run_command

REGRESSION, UNSURE = 1, 3
MARKS, RESET, EPOCHS, STAGE = (f"/api/v1/services/test/{path}" for path in ("marks", "reset", "epochs", "stage"))


def send(proxy, method, target, status, body=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = proxy.ask_admin(method, target, (), body)
    assert response.status == status, response.body
    return json.loads(response.body)


def ask(proxy, count=1, target="/x"):
    with proxy.client() as client:
        for _ in range(count):
            assert client.get(target).status == 200
    poll("all copies to end", lambda: proxy.report()["under_way"] == 0)


def totals(proxy):
    exchanges = proxy.report()["exchanges"]
    return exchanges["match"], exchanges["mismatch"]


def command(proxy, *words):
    done = run_command(*words, "--admin", "http://%s:%d" % proxy.admin)
    return done.returncode, done.stdout, done.stderr


def broken_then_mended(primary, candidate, proxy):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 2}))
    ask(proxy, 3)
    assert proxy.report()["verdict"] == "regression"
    candidate.always(answers.json({"id": 1}))


def test_a_mended_candidate_comes_clean_after_a_mark(primary, candidate, run):
    proxy = run(primary, candidate, detect="5%")
    broken_then_mended(primary, candidate, proxy)
    code, out, err = command(proxy, "mark", "test", "mended")
    assert (code, err) == (0, "") and "mended" in out
    ask(proxy, 120)
    report = proxy.report()
    assert (report["verdict"], report["epoch_name"], report["epoch_why"], totals(proxy)) == ("clean", "mended", "marked", (120, 0))
    assert report["causes"] == []
    [before] = report["epochs"]
    assert (before["verdict"], before["why"], before["ended"]) == ("regression", "first", report["epoch"])
    code, out, _ = command(proxy, "report", "--json", "--epoch", before["began"])
    [old] = json.loads(out)["services"]
    assert (code, old["verdict"], old["exchanges"]["mismatch"], old["epoch_ended"]) == (REGRESSION, "regression", 3, report["epoch"])
    code, out, _ = command(proxy, "report", "--epoch", before["began"])
    assert code == REGRESSION and "regression" in out


def test_two_epochs_are_compared_by_their_causes(primary, candidate, run):
    proxy = run(primary, candidate)
    primary.always(answers.json({"a": 1, "b": 1}))
    send(proxy, "POST", MARKS, 201, {"name": "one"})
    candidate.always(answers.json({"a": 2, "b": 1}))
    ask(proxy)
    ask(proxy, 1, "/other")
    send(proxy, "POST", MARKS, 201, {"name": "two"})
    ask(proxy, 1, "/other")
    candidate.always(answers.json({"a": 1, "b": 2}))
    ask(proxy)
    code, out, err = command(proxy, "report", "--compare", "one", "two", "--json")
    assert (code, err) == (REGRESSION, "")
    [found] = json.loads(out)["services"]
    assert [epoch["verdict"] for epoch in found["epochs"]] == ["regression", "regression"]
    named = {key: [(cause["endpoint"], [field["field"] for field in cause["fields"]]) for cause in found[key]] for key in ("gone", "new", "still")}
    assert named == {"gone": [("GET /x", ["/a"])], "new": [("GET /x", ["/b"])], "still": [("GET /other", ["/a"])]}
    code, out, _ = command(proxy, "report", "--compare", "one", "two")
    assert code == REGRESSION and all(word in out for word in ("gone", "new", "still there", "/a", "/b"))
    code, out, _ = command(proxy, "report", "--since", "one", "--json")
    assert [report["epoch_name"] for report in json.loads(out)["services"]] == ["two", "one"]
    code, _, err = command(proxy, "report", "--epoch", "three")
    assert code == 2 and "three" in err and err.count("\n") == 1


def test_a_restart_goes_on_with_the_epoch(primary, candidate, run):
    config = make_config(primary, candidate, store="sqlite:s.db")
    proxy = run(config=config)
    broken_then_mended(primary, candidate, proxy)
    send(proxy, "POST", MARKS, 201, {"name": "mended"})
    ask(proxy, 5)
    before = proxy.report()
    proxy.stop()
    proxy = run(config=config)
    ask(proxy, 5)
    after = proxy.report()
    assert (after["epoch"], after["epoch_name"], totals(proxy)) == (before["epoch"], "mended", (10, 0))
    assert after["epochs"] == before["epochs"] and len(after["epochs"]) == 1


def test_another_candidate_begins_anew_and_ends_a_canary_that_was_set(primary, candidate, make_origin, run):
    other = make_origin("other candidate")
    for origin in (primary, candidate, other):
        origin.always(answers.json({"id": 1}))
    proxy = run(primary, candidate)
    ask(proxy, 3)
    send(proxy, "PUT", STAGE, 200, {"stage": "canary", "share": 50})
    proxy.reload(make_config(primary, candidate))
    assert (proxy.report()["stage"], proxy.report()["epochs"]) == ("canary", []), "the same candidate"
    proxy.reload(make_config(primary, other))
    assert proxy.log.wait_event("canary_ended")["service"] == "test"
    assert proxy.log.wait_event("epoch_began")["why"] == "candidate"
    report = proxy.report()
    assert (report["stage"], report["share"], report["exchanges"]["total"], report["epoch_why"]) == ("shadow", 0, 0, "candidate")
    assert [epoch["candidate"] for epoch in send(proxy, "GET", EPOCHS, 200)["epochs"]] == [other.url, candidate.url]
    ask(proxy, 4)
    assert totals(proxy) == (4, 0)


def test_other_rules_begin_anew_but_not_their_reasons(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 2}))
    proxy = run(primary, candidate)
    ask(proxy)

    def ignoring(**more):
        return make_config(primary, candidate, service={"compare": {"ignore": [{"/id": more}]}})

    proxy.reload(ignoring(why="a number of its own"))
    assert proxy.report()["epoch_why"] == "rules"
    ask(proxy)
    proxy.reload(ignoring(why="another word", owner="us"))
    report = proxy.report()
    assert (len(report["epochs"]), report["exchanges"]["ignored"]) == (1, 1)


def test_reset_forgets_a_service_or_an_endpoint(primary, candidate, run):
    config = make_config(primary, candidate, store="sqlite:s.db")
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 1}))
    candidate.on("/bad", answers.json({"id": 2}))
    proxy = run(config=config)
    ask(proxy, 3, "/bad")
    ask(proxy, 5)
    assert totals(proxy) == (5, 3)
    code, _, err = command(proxy, "reset", "test", "--endpoint", "GET /none")
    assert code == 2 and "GET /none" in err
    assert command(proxy, "reset", "test", "--endpoint", "GET /bad")[0] == 0
    report = proxy.report()
    assert (totals(proxy), report["verdict"], report["causes"], report["epochs"]) == ((5, 0), "inconclusive", [], [])
    proxy.stop()
    proxy = run(config=config)
    assert (totals(proxy), proxy.report()["causes"]) == ((5, 0), [])
    assert command(proxy, "reset", "test")[0] == 0
    assert (totals(proxy), proxy.report()["epoch_why"]) == ((0, 0), "reset")


def version(number, body):
    return answers.json(body, headers=[("X-Version", number)])


def test_a_version_that_answers_name_begins_anew(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    candidate.always(version("1", {"id": 2}))
    proxy = run(primary, candidate, service={"version": "header X-Version"})
    ask(proxy, 2)
    assert (proxy.report()["epoch_version"], totals(proxy)) == ("1", (0, 2))
    send(proxy, "PUT", STAGE, 200, {"stage": "canary", "share": 0})
    candidate.always(version("2", {"id": 1}))
    ask(proxy)
    event = proxy.log.wait_event("epoch_began")
    assert (event["why"], event["version"]) == ("version", "2")
    ask(proxy, 3)
    report = proxy.report()
    assert (report["epoch_version"], report["stage"], totals(proxy)) == ("2", "shadow", (3, 0))
    candidate.always(version("1", {"id": 1}))
    ask(proxy)
    poll("back at version 1", lambda: proxy.report()["epoch_version"] == "1")


def test_what_is_no_mark_is_refused(primary, candidate, run):
    proxy = run(primary, candidate)
    for wrong in (b"[]", b"{", b'{"name":1}', b'{"name":""}', b'{"nam":"x"}', b'{"name":"a\\nb"}', b'{"name":"%s"}' % (b"x" * 65), b'{"name":"a","b":1}'):
        assert send(proxy, "POST", MARKS, 400, wrong)["error"]["message"]
    assert send(proxy, "POST", "/api/v1/services/none/marks", 404)["error"]["code"] == "no_such_service"
    assert send(proxy, "GET", EPOCHS, 200)["epochs"][1:] == []


@pytest.mark.parametrize("how", ["mark", "reset", "another address", "other rules"])
def test_what_is_under_way_is_no_evidence_of_the_next_epoch(primary, candidate, make_origin, run, how):
    """The old candidate breaks off what it has, as it is stopped: nothing that the new one did."""
    gate = threading.Event()
    candidate.on("/slow", answers.hold(gate, lambda connection, request: connection.reset()))
    new = make_origin("new candidate")
    proxy = run(primary, candidate, detect="5%", workers=2)
    ask(proxy, 20)
    with proxy.client() as client:
        assert client.get("/slow").status == 200
    candidate.wait_for(1, "/slow")
    if how == "another address":
        proxy.reload(make_config(primary, new, detect="5%", workers=2))
    elif how == "other rules":
        proxy.reload(make_config(primary, candidate, detect="5%", workers=2, service={"compare": {"ignore": ["/at"]}}))
    else:
        send(proxy, "POST", MARKS if how == "mark" else RESET, 201)
    ask_of_new = 120
    with proxy.client() as client:
        for _ in range(ask_of_new):
            client.get("/x")
    gate.set()
    report = proxy.wait_for_exchanges(ask_of_new + 1)
    assert report["incomparable"]["epoch"] == 1 and sum(report["incomparable"].values()) == 1, report["incomparable"]
    assert (report["verdict"], report["exchanges"]["match"]) == ("clean", ask_of_new), report["why"]
    # Another change of the snapshot begins no epoch, and hides nothing.
    gate.clear()
    for origin in (candidate, new):
        origin.on("/slow", answers.hold(gate, lambda connection, request: connection.reset()))
    with proxy.client() as client:
        client.get("/slow")
    send(proxy, "PUT", STAGE, 200, {"stage": "canary", "share": 0})
    gate.set()
    report = proxy.wait_for_exchanges(ask_of_new + 2)
    assert report["verdict"] == "regression" and report["incomparable"]["epoch"] == 1, report["why"]
