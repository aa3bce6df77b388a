# SPDX-License-Identifier: Apache-2.0
"""The client never pays for the candidate: whatever it does, the answers stay byte-identical and on time, and the verdict says why there is none."""
import statistics

import pytest
from harness import answers
from harness.client import timed
from harness.origin import closed_port

REQUESTS = 25
COPY_SECONDS = 0.6
BODY = {"ok": True, "text": "x" * 2000}


def down(_candidate):
    return closed_port()


def playing(handler):
    def script(candidate):
        candidate.always(handler)
        return candidate

    return script


def endless(piece):
    return answers.flood(1 << 40, b"", piece)


# What the candidate does, and the reason that the report has to give for it.
TROUBLES = {
    "down": (down, "connect"),
    "never answers": (playing(answers.silent), "timeout"),
    "answers too late": (playing(answers.late(30, answers.json(BODY))), "timeout"),
    "stuck in its body": (playing(answers.stuck_body()), "timeout"),
    "resets": (playing(answers.reset), "reset"),
    "closes without a word": (playing(answers.hang_up), "reset"),
    "resets in its body": (playing(answers.reset_in_body()), "reset"),
    "says it is longer than it is": (playing(answers.short_body()), "reset"),
    "ends in the middle of a chunk": (playing(answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")), "reset"),
    "garbage": (playing(answers.raw(bytes(range(256)) * 8 + b"\r\n\r\n")), "protocol"),
    "garbage for ever": (playing(answers.raw(b"\x16\x03\x01" + b"\xfe" * 400_000)), "protocol"),
    "bad chunk size": (playing(answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")), "protocol"),
    "two lengths": (playing(answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc")), "protocol"),
    "a head without end": (playing(answers.raw(b"HTTP/1.1 200 OK\r\n" + b"X-More: more\r\n" * 20_000)), "protocol"),
    "interim answers for ever": (playing(endless(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)), None),
    # Blanks mean nothing in JSON: only reading both to their ends could tell.
    "floods with JSON for ever": (playing(answers.flood(1 << 40, answers.JSON_HEAD, b"[" + b" " * 65535)), "truncated"),
}


def ask(proxy):
    """The raw answers of REQUESTS requests on one connection, and how long each took."""
    with proxy.client() as client:
        rounds = [timed(lambda: client.get(f"/things/{n}").raw) for n in range(REQUESTS)]
    return [raw for raw, _ in rounds], [seconds for _, seconds in rounds]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_client_notices_nothing(primary, candidate, run, trouble):
    script, reason = TROUBLES[trouble]
    primary.always(answers.json(BODY, headers=[("Date", "Fri, 27 Nov 2026 00:00:00 GMT")]))  # the same to the byte whenever it is asked
    wanted, usual = ask(run(primary, store="sqlite:usual.db"))
    proxy = run(primary, script(candidate), service={"timeout": {"copy": f"{int(COPY_SECONDS * 1000)}ms", "connect": "400ms"}, "compare": {"headers": "no"}})
    got, taken = ask(proxy)
    assert got == wanted
    # Far below what waiting for the candidate once would cost, far above what two busy cores add.
    assert max(taken) < max(usual) + COPY_SECONDS / 2, f"slowest of {taken}"
    assert statistics.median(taken) < statistics.median(usual) + 0.1
    report = proxy.wait_for_exchanges(REQUESTS)
    counts = report["exchanges"]
    assert counts["total"] == REQUESTS and counts["incomparable"] == REQUESTS, counts
    if reason:
        assert report["incomparable"][reason] == REQUESTS, report["incomparable"]
    assert report["verdict"] != "clean"


def test_a_flood_ends_and_is_told_by_length_and_digest(primary, candidate, run):
    size = 24 << 20
    primary.always(answers.flood(size))
    candidate.on("/same", answers.flood(size)).on("/other", answers.flood(size, piece=b"y" * 65536))
    proxy = run(primary, candidate, service={"timeout": {"copy": "30s"}})
    for path in ("/same", "/other"):
        with proxy.client(timeout=30) as client:
            assert len(client.get(path).body) == size
    counts = proxy.wait_for_exchanges(2, deadline=40)["exchanges"]
    assert (counts["match"], counts["mismatch"]) == (1, 1)


def test_an_endless_text_is_a_mismatch_and_is_not_waited_for(primary, candidate, run):
    """Once it is longer than the primary's answer it is different, whatever is still to come."""
    primary.always(answers.text(b"short"))
    candidate.always(answers.flood(1 << 40))
    proxy = run(primary, candidate, service={"timeout": {"copy": "60s"}})
    with proxy.client() as client:
        for _ in range(3):
            assert client.get("/").body == b"short"
    assert proxy.wait_for_exchanges(3)["exchanges"]["mismatch"] == 3


def test_an_endless_text_beside_json_is_a_mismatch(primary, candidate, run):
    """No way of writing makes 2 kB of JSON so long."""
    primary.always(answers.json(BODY))
    candidate.always(answers.flood(1 << 40))
    proxy = run(primary, candidate, service={"timeout": {"copy": "60s"}})
    with proxy.client() as client:
        for _ in range(3):
            assert client.get_json("/") == BODY
    assert proxy.wait_for_exchanges(3)["exchanges"]["mismatch"] == 3


@pytest.mark.timing
def test_a_flooding_candidate_does_not_fill_the_memory(primary, candidate, run):
    candidate.always(answers.flood(96 << 20))
    proxy = run(primary, candidate, service={"timeout": {"copy": "30s"}})
    with proxy.client() as client:
        client.get("/")
        before = proxy.resident_bytes()
        for _ in range(4):
            client.get("/")
    report = proxy.wait_for_exchanges(5, deadline=60)
    # Five answers of which limits.capture (1 MiB) is kept each, and buffers: 96 MiB would show.
    assert proxy.resident_bytes() - before < 24 << 20
    assert report["exchanges"]["total"] == 5


def test_bytes_after_an_answer_are_not_the_next_answer(primary, candidate, run):
    good = b'{"ok": true}'
    smuggled = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"ok": false}'
    candidate.always(answers.long_body(good, smuggled))
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for _ in range(10):
            assert client.get("/").body == good
            report = proxy.wait_for_exchanges(1)
    report = proxy.wait_for_exchanges(10)
    # Whether an answer with something behind it counts is the proxy's choice; that what is behind it never does is not.
    assert report["exchanges"]["mismatch"] == 0, report["exchanges"]


def test_a_candidate_that_comes_back_is_compared_again(primary, candidate, run):
    candidate.always(answers.by_turns(answers.reset, answers.hang_up, answers.json({"ok": True})))
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for n in range(1, 6):
            client.get("/")
            proxy.wait_for_exchanges(n)
    counts = proxy.wait_for_exchanges(5)["exchanges"]
    assert (counts["incomparable"], counts["match"]) == (2, 3)


def test_without_the_secondary_equal_answers_still_match(primary, candidate, run):
    proxy = run(primary, candidate, closed_port())
    with proxy.client() as client:
        for _ in range(5):
            assert client.get_json("/") == {"ok": True}
    report = proxy.wait_for_exchanges(5)
    assert report["exchanges"]["total"] == 5
    assert report["exchanges"]["mismatch"] == 0, "a secondary that is down is no regression of the candidate"
    assert candidate.count() == 5


def test_a_silent_secondary_costs_the_client_nothing(primary, candidate, secondary, run):
    secondary.always(answers.silent)
    proxy = run(primary, candidate, secondary, service={"timeout": {"copy": "600ms"}})
    _, taken = ask(proxy)
    assert max(taken) < COPY_SECONDS
    counts = proxy.wait_for_exchanges(REQUESTS)["exchanges"]
    assert counts["total"] == REQUESTS and counts["mismatch"] == 0


def test_the_candidate_hears_of_the_request_although_the_primary_fails(candidate, run):
    proxy = run(closed_port(), candidate)
    with proxy.client() as client:
        assert client.get("/").status == 502
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["incomparable"] + report["exchanges"]["uncopied"] == 1
