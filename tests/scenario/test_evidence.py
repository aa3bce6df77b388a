# SPDX-License-Identifier: Apache-2.0
"""
What is known of a candidate only by looking at many exchanges: that it is slower, that it failed for a while, that its values come about in another
way, that it began to be wrong. The truth is known, and the report has to say it.
"""
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import answers
from harness.origin import closed_port

OK = answers.json({"ok": True})
FAILED = answers.json({"error": "overloaded"}, status=500)


def ask(proxy, count):
    with proxy.client() as client:
        for _ in range(count):
            client.get("/")


def ask_together(proxy, count, clients=8):
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(ask, proxy, count // clients) for _ in range(clients)]:
            done.result()


def sentences(report):
    return "\n".join(report["says"])


def until(proxy, said, more, rounds, pause=0.0):
    """Traffic goes on until the report says it. What is proved takes time, however much is sent in it."""
    for _ in range(rounds):
        more()
        report = proxy.report()
        if said(report):
            break
        time.sleep(pause)
    return report


@pytest.mark.parametrize(("candidate_s", "slower"), [(0.01, False), (0.04, True)])
@pytest.mark.parametrize("with_secondary", [False, True])
def test_a_candidate_that_is_slower(primary, candidate, secondary, run, candidate_s, slower, with_secondary):
    """Equal answers are equal, however long they take; but the report says that one takes longer."""
    for origin, seconds in ((primary, 0.01), (candidate, candidate_s), (secondary, 0.01)):
        origin.always(answers.late(seconds, OK))
    proxy = run(primary, candidate, secondary if with_secondary else None)
    report = until(proxy, lambda report: slower and "The candidate is slower" in sentences(report), lambda: ask_together(proxy, 400), rounds=20 if slower else 4)
    assert report["exchanges"]["match"] == report["exchanges"]["total"] >= 400
    assert ("The candidate is slower" in sentences(report)) == slower, report["says"]


def begins_at(count, before, after, ends=10**9):
    """Another answer from the so many-th request on, until another one."""
    lock, seen = threading.Lock(), [0]

    def handler(connection, request):
        with lock:
            seen[0] += 1
            now = seen[0]
        (after if count <= now < ends else before)(connection, request)

    return handler


def test_a_burst_of_failures_is_an_incident_and_no_regression(primary, candidate, secondary, run):
    for origin in (primary, secondary):
        origin.always(OK)
    candidate.always(begins_at(300, OK, FAILED, ends=340))
    proxy = run(primary, candidate, secondary)
    ask(proxy, 400)
    report = proxy.wait_for_exchanges(400)
    assert report["exchanges"]["mismatch"] == 40
    assert report["verdict"] == "inconclusive", (report["why"], report["says"])
    assert "incident" in report["why"]
    ask(proxy, 1200)
    report = proxy.wait_for_exchanges(1600)
    assert report["verdict"] == "clean", report["why"]
    assert "incident" in sentences(report).lower()


def test_failures_that_go_on_are_a_regression(primary, candidate, secondary, run):
    for origin in (primary, secondary):
        origin.always(OK)
    candidate.always(begins_at(300, OK, FAILED))
    proxy = run(primary, candidate, secondary)
    ask(proxy, 300)
    report = until(proxy, lambda report: report["verdict"] == "regression", lambda: ask(proxy, 20), rounds=100, pause=0.2)
    assert report["verdict"] == "regression", report["says"]


@pytest.mark.parametrize("requests", [5, 40])
def test_a_candidate_that_is_redeployed_is_no_regression(primary, candidate, run, requests):
    """Nobody pauses the service: a request that the candidate never took says nothing of its answers."""
    proxy = run(primary, candidate)
    ask(proxy, 400)
    proxy.wait_for_exchanges(400)
    candidate.go_down()
    ask(proxy, requests)
    report = proxy.wait_for_exchanges(400 + requests)
    assert report["incomparable"]["connect"] == requests and report["verdict"] == "inconclusive", report["why"]
    assert f"In {requests} of {400 + requests} exchanges the candidate took no connection." in report["says"]
    if requests == 40:
        assert "incident" in report["why"] and "40 times the candidate took no connection" in sentences(report)
    candidate.come_back()
    ask(proxy, 8000)
    report = proxy.wait_for_exchanges(8400 + requests)
    assert report["verdict"] == "clean", (report["why"], report["says"])


def test_a_candidate_that_never_takes_a_connection_is_a_regression(primary, run):
    proxy = run(primary, candidate=closed_port())
    ask(proxy, 30)
    report = proxy.wait_for_exchanges(30)
    assert report["verdict"] == "regression" and "takes no connection" in report["why"], report["why"]


def test_a_candidate_that_is_down_again_and_again_is_a_regression(primary, candidate, run):
    proxy = run(primary, candidate)

    def once_down_in_fifty():
        ask(proxy, 50)
        proxy.wait_for_exchanges(proxy.report()["exchanges"]["total"])
        time.sleep(0.1)
        candidate.go_down()
        ask(proxy, 2)
        candidate.come_back()

    report = until(proxy, lambda report: report["verdict"] == "regression", once_down_in_fifty, rounds=60)
    assert report["verdict"] == "regression" and "takes no connection" in report["why"], (report["why"], report["says"])


def test_one_request_that_kills_the_candidate_is_a_regression(primary, candidate, run):
    """It took the request: that it is down afterwards, until somebody starts it again, hides nothing."""

    def die(connection, request):
        threading.Thread(target=candidate.close_listener).start()
        connection.reset()

    candidate.on("/deadly", die)
    proxy = run(primary, candidate)
    ask(proxy, 50)
    with proxy.client() as client:
        client.get("/deadly")
    ask(proxy, 5)
    candidate.accepting.join(10)
    candidate.come_back()
    ask(proxy, 500)
    report = proxy.wait_for_exchanges(556)
    assert report["verdict"] == "regression", report["why"]
    [endpoint] = [endpoint for endpoint in report["endpoints"] if endpoint["endpoint"] == "GET /deadly"]
    assert "answer" in [field["field"] for field in endpoint["fields"]], endpoint


def stored(days):
    return answers.json({"due": f"2026-11-{26 + days}", "born": f"1970-03-{10 + days:02d}", "at": f"2020-02-03T04:05:0{6 + days}Z"})


def test_a_date_that_is_a_day_off_is_a_mismatch(primary, candidate, run):
    primary.always(stored(0))
    candidate.always(stored(1))
    proxy = run(primary, candidate)
    ask(proxy, 30)
    report = proxy.wait_for_exchanges(30)
    assert report["exchanges"]["mismatch"] == 30
    assert report["verdict"] == "regression"
    assert {f["field"] for f in report["endpoints"][0]["fields"]} == {"/due", "/born", "/at"}


def clock(form):
    return lambda connection, request: answers.json({"now": form(time.time())})(connection, request)


def zulu(now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def test_a_clock_in_another_form_is_a_mismatch(primary, candidate, run):
    primary.always(clock(zulu))
    candidate.always(clock(lambda now: time.strftime("%Y-%m-%dT%H:%M:%S+01:00", time.gmtime(now + 3600))))
    proxy = run(primary, candidate)
    ask(proxy, 30)
    report = proxy.wait_for_exchanges(30)
    assert report["exchanges"]["mismatch"] == 30


@pytest.mark.parametrize("form", [zulu, int, lambda now: int(now * 1000), lambda now: f"{now:.6f}"])
def test_clocks_that_are_read_for_each_answer_are_no_difference(primary, candidate, run, form):
    primary.always(clock(form))
    candidate.always(answers.late(0.02, clock(form)))
    proxy = run(primary, candidate)
    ask(proxy, 60)
    report = proxy.wait_for_exchanges(60)
    assert report["exchanges"]["mismatch"] == 0, report["endpoints"][0]["fields"]


def flag_of(chance):
    return answers.json({"lucky": chance.random() < 0.5})


@pytest.mark.parametrize("constant", [False, True])
def test_a_flag_that_is_always_the_same_where_it_should_be_random(primary, candidate, secondary, run, constant):
    chance = random.Random(20261126)
    for origin in (primary, candidate, secondary):
        origin.always(lambda connection, request: flag_of(chance)(connection, request))
    if constant:
        candidate.always(answers.json({"lucky": False}))
    proxy = run(primary, candidate, secondary)
    for _ in range(10):  # in several hand-overs
        ask(proxy, 40)
        time.sleep(0.25)
    report = proxy.wait_for_exchanges(400)
    [field] = report["endpoints"][0]["fields"]
    assert (field["verdict"] == "regression") == constant
    assert (report["verdict"] == "regression") == constant
