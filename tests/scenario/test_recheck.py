# SPDX-License-Identifier: Apache-2.0
"""Mismatches that are asked again: what stays, what was a race and what is flaky are told apart, within the budget, and nothing of it counts as traffic."""
import itertools
import json
import os
import threading
import time

import pytest
from conftest import make_config
from harness import answers
from harness.client import Load
from harness.proxy import poll, run_command, total_of

pytestmark = pytest.mark.threads

ALL = {"after": "100ms", "share": "100%", "per_second": 1000}
TELLING = ("persistent", "race", "flaky")


def rechecking(**keys):
    return {"recheck": {**ALL, **keys}}


def wait_for_rechecks(proxy, count, *results):
    """The report, once so many rechecks came to one of these results (to any)."""
    report = {}

    def enough():
        report.update(proxy.report())
        told = report["recheck"]
        return sum(told[result] for result in results or told if result != "after") >= count

    poll(f"{count} rechecks", enough)
    return report


def rechecks(origin):
    return [request for request in list(origin.requests) if "Parallax-Recheck" in request]


class Changing:
    """Answers with the next number each time."""

    def __init__(self):
        self.numbers = itertools.count(1)

    def __call__(self, connection, request):
        answers.json({"id": 7, "n": next(self.numbers)})(connection, request)


class Behind:
    """Knows what the primary was told, so long after it was."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.changed = time.monotonic()
        self.old, self.new = 1, 2

    def __call__(self, connection, request):
        answers.json({"v": self.new if time.monotonic() >= self.changed + self.seconds else self.old})(connection, request)


def test_a_fault_that_stays_is_told_from_a_race_and_from_a_flaky_one(primary, candidate, run):
    behind = Behind(0.2)
    primary.on("/stays/1", answers.json({"total": 10, "tax": 2})).on("/late", answers.json({"v": 2})).on("/flaky", answers.json({"id": 7, "n": 0}))
    candidate.on("/stays/1", answers.json({"total": 11, "tax": 2})).on("/late", behind).on("/flaky", Changing())
    proxy = run(primary, candidate, service=rechecking(after="500ms"))
    with proxy.client() as client:
        for _ in range(3):
            client.get("/stays/1")
            client.get("/flaky")
            client.get("/fine")
        behind.changed = time.monotonic()
        client.get("/late")
    report = wait_for_rechecks(proxy, 7, *TELLING)
    told = {cause["endpoint"]: cause["recheck"] for cause in report["causes"]}
    assert told == {
        "GET /stays/{id}": {"persistent": 3, "race": 0, "flaky": 0},
        "GET /flaky": {"persistent": 0, "race": 0, "flaky": 3},
        "GET /late": {"persistent": 0, "race": 1, "flaky": 0},
    }
    assert report["recheck"] == {"after": 0.5, "persistent": 3, "race": 1, "flaky": 3, "incomparable": 0, "dropped": 0, "over_budget": 0}
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_rechecks_total", service="test", result="persistent") == 3
    assert total_of(metrics, "parallax_rechecks_total", service="test", result="race") == 1
    assert total_of(metrics, "parallax_rechecks_total", service="test", result="flaky") == 3
    said = run_command("report", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}", env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}).stdout
    for words in ("asked again: 3 of 3 differed again 500 ms later", "asked again: 1 of 1 was equal 500 ms later: a race?", "asked again: 3 of 3 differed otherwise 500 ms later: flaky?"):
        assert words in said, said
    proxy.kill()
    again = run(primary, candidate, service=rechecking(after="500ms")).report()
    assert (again["causes"], again["recheck"]) == (report["causes"], report["recheck"]), "they are in the store"


def test_values_that_are_new_each_time_do_not_hide_a_fault(primary, candidate, run):
    primary.always(lambda connection, request: answers.json({"at": time.time_ns(), "total": 1})(connection, request))
    candidate.always(lambda connection, request: answers.json({"at": time.time_ns(), "total": 2})(connection, request))
    proxy = run(primary, candidate, service=rechecking())
    with proxy.client() as client:
        client.get("/")
    [cause] = wait_for_rechecks(proxy, 1)["causes"]
    assert cause["recheck"] == {"persistent": 1, "race": 0, "flaky": 0}


def test_noise_of_the_secondary_is_none_of_the_recheck(primary, candidate, secondary, run):
    def answer(value):
        return lambda connection, request: answers.json({"at": time.time_ns(), "v": value(request)})(connection, request)

    for origin in (primary, secondary):
        origin.always(answer(lambda request: 2))
    candidate.always(answer(lambda request: 2 if "Parallax-Recheck" in request else 1))
    proxy = run(primary, candidate, secondary, service=rechecking())
    with proxy.client() as client:
        client.get("/")
    report = wait_for_rechecks(proxy, 1)
    assert report["recheck"]["race"] == 1, report["recheck"]
    assert secondary.count() == 1, "only primary and candidate are asked again"


def test_other_fields_later_are_flaky(primary, candidate, run):
    primary.always(answers.json({"a": 1, "b": 1}))
    candidate.always(answers.by_turns(answers.json({"a": 2, "b": 1}), answers.json({"a": 2, "b": 2})))
    proxy = run(primary, candidate, service=rechecking())
    with proxy.client() as client:
        client.get("/")
    report = wait_for_rechecks(proxy, 1)
    assert report["recheck"]["flaky"] == 1, report["recheck"]


def test_a_recheck_is_the_request_as_it_was_copied_and_says_what_it_is(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking())
    with proxy.client() as client:
        client.get("/things?a=1&b=%20x", [("X-Tag", "a"), ("X-Tag", "b"), ("Cookie", "session=1"), ("Parallax-Recheck", "mine"), ("Parallax-Role", "mine")])
    asked = candidate.wait_for(2)
    first, again = asked
    of_primary = primary.wait_for(2)[1]
    exchange = first.get("Parallax-Exchange")
    for role, request in (("candidate", again), ("primary", of_primary)):
        assert (request.method, request.target, request.body) == ("GET", "/things?a=1&b=%20x", b"")
        marks = [(name, value) for name, value in request.headers if name.lower().startswith("parallax-")]
        assert marks == [("Parallax-Role", role), ("Parallax-Exchange", marks[1][1]), ("Parallax-Recheck", exchange)]
        assert marks[1][1] != exchange, "it is an exchange of its own"
        assert [h for h in request.headers if h not in marks] == [h for h in first.headers if not h[0].lower().startswith("parallax-")]
    assert "Parallax-Recheck" not in first and "Parallax-Recheck" not in primary.requests[0]
    assert again.get("Parallax-Exchange") == of_primary.get("Parallax-Exchange")
    wait_for_rechecks(proxy, 1, "persistent")


def test_rechecks_take_no_connection_of_clients(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(), workers=1)
    with proxy.client() as client:
        for _ in range(4):
            client.get("/")
    wait_for_rechecks(proxy, 4, "persistent")
    for origin in (primary, candidate):
        of_rechecks = {request.connection for request in rechecks(origin)}
        assert len(rechecks(origin)) == 4
        assert of_rechecks.isdisjoint({request.connection for request in origin.requests if "Parallax-Recheck" not in request})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_is_not_safe_is_never_asked_again(primary, candidate, run, method):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service={**rechecking(after="1ms"), "routes": [{"match": f"{method} /**", "copy": "always"}]})
    with proxy.client() as client:
        client.request(method, "/things", [], b"{}")
        client.request("GET", "/body", [], b"{}")
        client.get("/")
    # What was asked first would have been asked again first.
    report = wait_for_rechecks(proxy, 1)
    assert report["exchanges"]["mismatch"] == 3
    assert [request.target for request in rechecks(primary)] == [request.target for request in rechecks(candidate)] == ["/"]
    assert sum(report["recheck"][result] for result in report["recheck"] if result != "after") == 1


def test_head_and_options_are_asked_again(primary, candidate, run):
    candidate.always(answers.json({"ok": True}, status=203))
    proxy = run(primary, candidate, service=rechecking())
    with proxy.client() as client:
        client.request("HEAD", "/")
        client.request("OPTIONS", "/")
    assert wait_for_rechecks(proxy, 2)["recheck"]["persistent"] == 2
    assert sorted(request.method for request in rechecks(candidate)) == ["HEAD", "OPTIONS"]


def test_rechecks_count_as_nothing_else(primary, candidate, run):
    """The same traffic with and without rechecks gives the same numbers everywhere but at the rechecks."""
    candidate.on("/bad", answers.json({"ok": False}))
    seen = []
    for service in (None, rechecking()):
        proxy = run(primary, candidate, service=service, store="none")
        with proxy.client() as client:
            for _ in range(5):
                client.get("/bad")
                client.get("/")
        report = wait_for_rechecks(proxy, 5) if service else proxy.wait_for_exchanges(10)
        counts = {key: report[key] for key in ("exchanges", "uncopied", "incomparable", "served", "fallbacks", "compared", "verdict", "records_kept")}
        counts["latency"] = {role: measured["count"] for role, measured in report["latency"].items()}
        counts["endpoints"] = [(endpoint["endpoint"], endpoint["exchanges"], endpoint["latency"]["primary"]["count"]) for endpoint in report["endpoints"]]
        counts["causes"] = [(cause["endpoint"], cause["count"]) for cause in report["causes"]]
        roles = proxy.admin_json("/api/v1/services/test")["roles"]
        counts["health"] = {role: (told["answered"], told["failed"]) for role, told in roles.items() if told}
        seen.append(counts)
        proxy.stop()
    assert seen[0] == seen[1]
    assert len(rechecks(primary)) == len(rechecks(candidate)) == 5


def test_a_share_of_them(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(share="10%"), workers=1)
    with proxy.client() as client:
        for _ in range(40):
            client.get("/")
    assert wait_for_rechecks(proxy, 4)["recheck"]["persistent"] == 4
    assert len(rechecks(primary)) == 4


def test_the_budget_is_kept_by_all_workers_together_and_over_a_reload(primary, candidate, run):
    per_second, seconds = 5, 4.0
    arrived = []
    lock = threading.Lock()

    def note(connection, request):
        if "Parallax-Recheck" in request:
            with lock:
                arrived.append(time.monotonic())
        answers.json({"ok": True})(connection, request)

    primary.always(note)
    candidate.always(answers.json({"ok": False}))
    service = rechecking(per_second=per_second, after="50ms")
    proxy = run(primary, candidate, service=service, workers=4)
    loads = [Load(proxy.address, "/", b'{"ok": true}') for _ in range(4)]
    try:
        begin = time.monotonic()
        poll("two seconds of load", lambda: time.monotonic() - begin > seconds / 2)
        proxy.reload(make_config(primary, candidate, service=service, workers=4))
        poll("four seconds of load", lambda: time.monotonic() - begin > seconds)
    finally:
        for load in loads:
            load.stop()
    report = wait_for_rechecks(proxy, 1, "over_budget")
    arrived.sort()
    # A loop that is late by so much makes what was a second apart that much less.
    late = 0.3
    for at, time_of in enumerate(arrived):
        assert sum(time_of <= other < time_of + 1 - late for other in arrived[at:]) <= per_second, arrived
    assert len(arrived) >= per_second * (seconds / 2 - 1), "and it is used"
    assert report["recheck"]["over_budget"] > 100 and report["recheck"]["dropped"] <= per_second * 2


def test_what_finds_no_room_is_dropped_and_counted(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(after="60s"), workers=1)
    long = "x" * 30000
    with proxy.client() as client:
        for _ in range(150):
            client.get("/", [("X-Long", long)])
    report = proxy.wait_for_exchanges(150)
    # 4 MiB of heads are 139 and a bit.
    dropped = report["recheck"]["dropped"]
    assert 5 <= dropped <= 15 and dropped == report["limits_hit"]["recheck_dropped"], report["recheck"]
    said = run_command("report", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}").stdout
    assert f"{dropped} mismatches were to be asked again but were not" in said
    proxy.terminate()
    assert proxy.wait_exit() == 0
    assert run(primary, candidate, service=rechecking()).report()["recheck"]["dropped"] == 150, "what waits when the process ends"
    assert rechecks(primary) == []


def test_a_drain_does_not_wait_for_those_that_wait(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(after="60s"))
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    begin = time.monotonic()
    proxy.terminate()
    assert proxy.wait_exit() == 0
    assert time.monotonic() - begin < 5
    assert run(primary, candidate).report()["recheck"] == {"after": None, "persistent": 0, "race": 0, "flaky": 0, "incomparable": 0, "dropped": 1, "over_budget": 0}


def test_a_drain_ends_with_a_recheck_under_way(primary, candidate, run):
    candidate.always(answers.by_turns(answers.json({"ok": False}), answers.silent))
    proxy = run(primary, candidate, service=rechecking(), drain="500ms")
    with proxy.client() as client:
        client.get("/")
    candidate.wait_for(2)
    proxy.terminate()
    assert proxy.wait_exit() == 0
    assert run(primary, candidate).report()["recheck"]["dropped"] == 1


@pytest.mark.parametrize("change", ["rechecks are off", "another candidate", "stage primary", "the service is gone", "another after", "fewer a second"])
def test_a_reload_takes_the_meaning_of_those_that_wait(primary, candidate, make_origin, run, change):
    other = make_origin("other")
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(after="1500ms"))
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    config = {
        "rechecks are off": lambda: make_config(primary, candidate),
        "another candidate": lambda: make_config(primary, other, service=rechecking()),
        "stage primary": lambda: make_config(primary, candidate, service={**rechecking(), "stage": "primary"}),
        "another after": lambda: make_config(primary, candidate, service=rechecking(after="10s")),
        "fewer a second": lambda: make_config(primary, candidate, service=rechecking(after="1500ms", per_second=1)),
        "the service is gone": lambda: make_config(primary, candidate, service={**rechecking(), "name": "another"}),
    }[change]()
    proxy.reload(config)
    metrics = {}

    def dropped():
        metrics.update(proxy.metrics())
        return total_of(metrics, "parallax_rechecks_total", service="test", result="dropped") == 1

    poll("a dropped recheck", dropped)
    assert total_of(metrics, "parallax_rechecks_total", service="test") == 1
    assert not rechecks(candidate) and not rechecks(primary) and other.count() == 0


def test_a_reload_that_keeps_them_keeps_those_that_wait(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service=rechecking(after="1s"))
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    proxy.reload(make_config(primary, candidate, service={**rechecking(after="1s"), "compare": {"ignore": ["/ok"]}}))
    # Under the rules that found it.
    assert wait_for_rechecks(proxy, 1)["recheck"]["persistent"] == 1


@pytest.mark.parametrize("role", ["primary", "candidate"])
@pytest.mark.parametrize("trouble", ["down", "reset", "silent"])
def test_a_role_that_gives_no_answer_later_says_nothing(primary, candidate, run, role, trouble):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service={**rechecking(after="300ms"), "timeout": {"copy": "500ms", "connect": "300ms"}})
    with proxy.client() as client:
        client.get("/")
    failing = {"primary": primary, "candidate": candidate}[role]
    proxy.wait_for_exchanges(1)
    if trouble == "down":
        failing.stop()
    else:
        failing.always(answers.reset if trouble == "reset" else answers.silent)
    report = wait_for_rechecks(proxy, 1)
    assert report["recheck"]["incomparable"] == 1, report["recheck"]
    assert report["causes"][0]["recheck"] == {"persistent": 0, "race": 0, "flaky": 0}
    assert report["exchanges"]["incomparable"] == 0
    health = proxy.admin_json("/api/v1/services/test")["roles"]
    assert [health[name]["failed"] for name in ("primary", "candidate")] == [0, 0], "no failure of clients' traffic"


def test_an_answer_without_end_is_cut(primary, candidate, run):
    candidate.always(answers.by_turns(answers.json({"ok": False}), answers.flood(1 << 34)))
    proxy = run(primary, candidate, service={**rechecking(), "timeout": {"copy": "20s"}})
    with proxy.client() as client:
        client.get("/")
    report = wait_for_rechecks(proxy, 1)
    assert report["recheck"]["flaky"] == 1, report["recheck"]
    assert candidate.sent() < 64 << 20


def test_long_answers_are_compared_beside_the_loop(primary, candidate, run):
    lines = [{"id": at, "text": "x" * 20} for at in range(3000)]
    primary.always(answers.json({"lines": lines, "total": 1}))
    candidate.always(answers.json({"lines": lines, "total": 2}))
    proxy = run(primary, candidate, service=rechecking())
    with proxy.client() as client:
        for _ in range(3):
            client.get("/")
    assert wait_for_rechecks(proxy, 3)["recheck"]["persistent"] == 3


def test_under_pressure_rechecks_are_dropped_before_copies(primary, candidate, run):
    gate = threading.Event()
    primary.on("/slow", answers.json({"ok": True}))
    candidate.on("/slow", answers.hold(gate, answers.json({"ok": True}))).on("/bad", answers.json({"ok": False}))
    proxy = run(primary, candidate, service={**rechecking(), "limits": {"copies": 4}, "timeout": {"copy": "20s"}})
    with proxy.client() as first, proxy.client() as second, proxy.client() as third:
        first.get("/slow")
        second.get("/slow")
        candidate.wait_for(2, "/slow")
        third.get("/bad")
        report = wait_for_rechecks(proxy, 1)
        gate.set()
    assert report["recheck"]["dropped"] == 1, "half of the copies are under way"
    assert proxy.wait_for_exchanges(3)["uncopied"]["shed"] == 0


def test_a_canary_that_serves_is_asked_again_too(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate, service={**rechecking(), "stage": "canary", "share": "100%"})
    with proxy.client() as client:
        client.get("/")
    report = wait_for_rechecks(proxy, 1)
    assert report["recheck"]["persistent"] == 1
    assert report["served"] == {"primary": 0, "candidate": 1}
    [again] = rechecks(candidate)
    assert again.get("Parallax-Role") == "candidate"


def test_off_by_default(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    report = proxy.wait_for_exchanges(1)
    assert report["recheck"]["after"] is None
    checked = json.loads(run_command("check", "-c", proxy.file, "--json").stdout)
    assert checked["services"][0]["recheck"] is None
    proxy.stop()
    assert primary.count() == candidate.count() == 1
