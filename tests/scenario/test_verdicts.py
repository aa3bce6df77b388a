# SPDX-License-Identifier: Apache-2.0
"""
Candidates that are wrong, or right, in a way that is known: what is counted of each exchange has to say so. Whatever a reading makes of the counts,
a wrong candidate must not be called clean.
"""
import itertools
import threading
import time

import pytest
from harness import answers
from harness.proxy import run_command, total_of

ITEM = {"ok": 1, "name": "a thing"}
BIG_PAGE = b"<html><body>" + b"<p>It went wrong.</p>\n" * 40_000 + b"</body></html>"


def ask(proxy, targets, method="GET"):
    with proxy.client() as client:
        for target in targets:
            client.request(method, target)


def field_of(report, name, kind=None):
    """What was counted of a field, over all endpoints."""
    found = [f for e in report["endpoints"] for f in e["fields"] if f["field"] == name and kind in (None, f["kind"])]
    return sum(f["differences"] for f in found)


def by_method(read, write):
    return lambda connection, request: (read if request.method == "GET" else write)(connection, request)


def test_500_to_everything_beside_a_secondary_without_state(primary, candidate, secondary, run):
    """The secondary lacks what was posted to the primary alone; it is no excuse for a candidate that is on fire."""
    primary.always(by_method(answers.json(ITEM), answers.json(ITEM, status=201)))
    candidate.always(answers.json({"error": "on fire"}, status=500))
    secondary.always(answers.json({"error": "not found"}, status=404))
    proxy = run(primary, candidate, secondary)
    ask(proxy, ["/item"] * 5, "POST")
    ask(proxy, [f"/item/{n}" for n in range(50)])
    report = proxy.wait_for_exchanges(55)
    assert report["exchanges"]["mismatch"] == 50 and report["exchanges"]["uncopied"] == 5, report["exchanges"]
    assert field_of(report, "status") == 50
    assert report["verdict"] != "clean"


def test_copies_that_lack_what_was_posted(primary, candidate, secondary, run):
    """The innocent twin: it answers as the secondary does, so nobody can say whether it is right, and the report says what to do."""
    primary.always(by_method(answers.json(ITEM), answers.json(ITEM, status=201)))
    for copy in (candidate, secondary):
        copy.always(answers.json({"error": "not found"}, status=404))
    proxy = run(primary, candidate, secondary)
    ask(proxy, ["/item"] * 5, "POST")
    ask(proxy, [f"/item/{n}" for n in range(30)])
    report = proxy.wait_for_exchanges(35)
    assert report["exchanges"]["incomparable"] == report["incomparable"]["state"] == 30, report["incomparable"]
    warning = "30 exchanges: the copies lack state; `POST /item` was not copied: `copy: always`, or the same data for all"
    assert report["warnings"] == [warning]
    assert warning in run_command("report", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}").stdout
    assert total_of(proxy.metrics(), "parallax_incomparable_total", reason="state") == 30
    assert total_of(proxy.metrics(), "parallax_role_failures_total", role="candidate") == 0
    assert total_of(proxy.metrics(), "parallax_role_answers_total", role="candidate") == 30


def test_sessions_that_each_instance_keeps(primary, candidate, secondary, run):
    for copy in (candidate, secondary):
        copy.always(answers.json({"error": "log in"}, status=401))
    proxy = run(primary, candidate, secondary)
    ask(proxy, ["/profile"] * 20)
    report = proxy.wait_for_exchanges(20)
    assert report["incomparable"]["state"] == 20, report["incomparable"]
    assert report["warnings"] == ["20 exchanges: both copies answered 401 where the primary answered 200: is the session shared?"]
    assert report["verdict"] != "clean"
    told = proxy.log.wait_event("copies_lack_state")
    assert (told["primary"], told["copies"], told["endpoint"]) == ("200", "401", "GET /profile")
    # What the report shows survives.
    proxy.stop()
    again = run(primary, candidate, secondary)
    assert again.report()["warnings"] == report["warnings"]


@pytest.mark.parametrize("with_secondary", [False, True], ids=["alone", "with a secondary"])
def test_500_with_a_big_page_in_1_of_10(primary, candidate, secondary, run, with_secondary):
    for role in (primary, candidate, secondary):
        role.always(answers.json(ITEM))
    candidate.on("/bad", answers.answer(500, BIG_PAGE, [("Content-Type", "text/html")]))
    proxy = run(primary, candidate, *([secondary] if with_secondary else []))
    ask(proxy, (["/ok"] * 9 + ["/bad"]) * 4)
    report = proxy.wait_for_exchanges(40)
    assert (report["exchanges"]["match"], report["exchanges"]["mismatch"]) == (36, 4), report["exchanges"]
    assert field_of(report, "status") == 4
    assert report["verdict"] != "clean"


def test_an_empty_list_against_178_kb(primary, candidate, run):
    """The copy is cut when it is far longer than the empty list can mean: it is a difference of the body, not nothing."""
    primary.always(answers.json([]))
    candidate.always(answers.late(0.02, answers.json(list(range(30_000)))))
    proxy = run(primary, candidate)
    ask(proxy, ["/list"] * 10)
    report = proxy.wait_for_exchanges(10)
    assert report["exchanges"]["mismatch"] == 10, (report["exchanges"], report["incomparable"])


def resets_kept(every):
    """Takes a request on a kept connection and resets it, every so often; asked again, it answers."""
    count = itertools.count(1)
    lock = threading.Lock()

    def handler(connection, request):
        with lock:
            bad = connection.requests > 1 and next(count) % every == 0
        (answers.reset if bad else answers.json(ITEM))(connection, request)

    return handler


def test_a_candidate_that_resets_every_10th_kept_connection(primary, candidate, run):
    primary.always(answers.json(ITEM))
    candidate.always(resets_kept(10))
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for n in range(60):
            client.get("/")
            proxy.wait_for_exchanges(n + 1)
    report = proxy.wait_for_exchanges(60)
    assert report["exchanges"]["match"] == 60, report["exchanges"]
    retries = report["retries"]["candidate"]
    assert retries >= 4 and report["retries"]["primary"] == 0
    assert field_of(report, "reset", "value") == retries
    assert [f["example"]["candidate"] for e in report["endpoints"] for f in e["fields"]] == ["asked again"]
    assert total_of(proxy.metrics(), "parallax_retries_total", role="candidate") == retries
    assert report["verdict"] != "clean"
    proxy.stop()
    assert run(primary, candidate).report()["retries"] == report["retries"]


def test_a_primary_that_resets_is_not_the_candidates_fault(primary, candidate, run):
    primary.always(resets_kept(5))
    candidate.always(answers.json(ITEM))
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for n in range(20):
            client.get("/")
    report = proxy.wait_for_exchanges(20)
    assert report["exchanges"]["match"] == 20, report["exchanges"]
    assert report["retries"]["primary"] >= 3 and report["retries"]["candidate"] == 0
    assert [e["fields"] for e in report["endpoints"]] == [[]]


def test_connections_that_lapsed_are_no_resets(primary, candidate, run):
    """A server may close a connection that lay idle, at the very moment at which it is used again."""
    def closes_after_idling(connection, request):
        if connection.requests > 1 and time.monotonic() - connection.answered > 1.0:
            connection.hang_up()
        answers.json(ITEM)(connection, request)
        connection.answered = time.monotonic()

    primary.always(answers.json(ITEM))
    candidate.always(closes_after_idling)
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for n in range(3):
            client.get("/")
            proxy.wait_for_exchanges(n + 1)
            if n < 2:
                candidate.stopping.wait(1.2)
    report = proxy.wait_for_exchanges(3)
    assert report["exchanges"]["match"] == 3
    assert report["retries"]["candidate"] == 2
    assert field_of(report, "reset") == 0


@pytest.mark.parametrize("status, verdict", [(500, "mismatch"), (200, "incomparable")])
def test_a_reset_in_the_middle_of_a_body(primary, candidate, run, status, verdict):
    """What came of the answer counts: another status is a mismatch; with the same one nobody can say."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n".encode()
    primary.always(answers.json(ITEM))
    candidate.always(answers.reset_in_body(head))
    proxy = run(primary, candidate)
    ask(proxy, ["/"] * 10)
    report = proxy.wait_for_exchanges(10)
    assert report["exchanges"][verdict] == 10, report["exchanges"]
    assert report["incomparable"]["reset"] == (10 if verdict == "incomparable" else 0)
    assert field_of(report, "status") == (10 if verdict == "mismatch" else 0)
    assert field_of(report, "answer") == 10
    assert report["verdict"] != "clean"
    if verdict == "mismatch":
        record = proxy.admin_json(f"/api/v1/exchanges/{proxy.differences()[0]['id']}")
        assert [d["field"] for d in record["differences"]] == ["status"]


def test_headers_of_an_answer_that_broke_off(primary, candidate, run):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Version: 2\r\nContent-Length: 1000\r\n\r\n"
    primary.always(answers.json(ITEM, headers=[("X-Version", "1")]))
    candidate.always(answers.reset_in_body(head))
    proxy = run(primary, candidate, service={"compare": {"headers": ["X-Version"]}})
    ask(proxy, ["/"] * 3)
    report = proxy.wait_for_exchanges(3)
    assert report["exchanges"]["mismatch"] == 3, report["exchanges"]
    assert field_of(report, "header:X-Version") == 3


def test_trailers_are_compared_as_headers_are(primary, candidate, run):
    def chunked(checksum):
        return answers.text(b"", chunks=[b"hello"], trailers=[("X-Checksum", checksum), ("X-Other", checksum)])

    primary.always(chunked("1"))
    candidate.always(chunked("2"))
    candidate.on("/same", chunked("1"))
    proxy = run(primary, candidate, service={"compare": {"headers": ["X-Checksum"]}})
    ask(proxy, ["/other", "/same"])
    report = proxy.wait_for_exchanges(2)
    assert (report["exchanges"]["match"], report["exchanges"]["mismatch"]) == (1, 1), report["exchanges"]
    assert field_of(report, "trailer:X-Checksum") == 1 and field_of(report, "trailer:X-Other") == 0


@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
def test_a_timestamp_does_not_excuse_the_rest_of_its_line(primary, candidate, secondary, run, wrong):
    def line(total):
        ticks = itertools.count(next(starts))
        return lambda connection, request: answers.text(b"at 12:00:%06d total %d EUR\n" % (next(ticks), total))(connection, request)

    starts = itertools.count(0, 1000)
    primary.always(line(100))
    candidate.always(line(105 if wrong else 100))
    secondary.always(line(100))
    proxy = run(primary, candidate, secondary)
    ask(proxy, ["/total"] * 20)
    report = proxy.wait_for_exchanges(20)
    assert report["exchanges"]["mismatch" if wrong else "ignored"] == 20, report["exchanges"]


def test_time_in_which_a_copy_is_held_back_is_not_its_own(primary, candidate, run):
    """A copy is read at most 256 KiB ahead of the primary's answer: what it waits for that says nothing of the candidate."""
    body = "z" * 600_000
    primary.always(answers.late(1.5, answers.text(body.encode())))
    candidate.always(answers.text(body.encode()))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    latency = proxy.wait_for_exchanges(1)["latency"]
    assert latency["primary"]["p50"] > 1.4
    assert latency["candidate"]["p50"] < 1
