# SPDX-License-Identifier: Apache-2.0
"""When the primary fails the client is told, shortly and at once; what can be retried without harm is retried."""
import threading
import time

import pytest
from harness import answers, wire
from harness.client import timed
from harness.origin import closed_port


def is_short_text(response):
    return response.get("Content-Type", "").startswith("text/plain") and 0 < len(response.body) < 300


def test_a_primary_that_is_down_is_a_502(run):
    proxy = run(closed_port())
    with proxy.client() as client:
        for _ in range(2):
            response, seconds = timed(lambda: client.get("/"))
            assert response.status == 502 and is_short_text(response), response.body
            assert seconds < 3
    assert proxy.wait_for_exchanges(2)["exchanges"]["total"] == 2


def test_a_primary_that_says_nothing_is_a_504(primary, run):
    primary.always(answers.silent)
    proxy = run(primary, service={"timeout": {"answer": "400ms"}})
    with proxy.client() as client:
        response, seconds = timed(lambda: client.get("/"))
    assert response.status == 504 and is_short_text(response), response.body
    assert 0.3 < seconds < 5


def test_a_primary_that_goes_quiet_in_its_body_is_cut_off(primary, run):
    primary.always(answers.stuck_body(b"some", 1000))
    proxy = run(primary, service={"timeout": {"between": "400ms"}})
    with proxy.client() as client:
        with pytest.raises(wire.Closed) as cut:
            client.get("/")
    assert cut.value.got == b"some"


@pytest.mark.parametrize("handler", [answers.reset, answers.hang_up], ids=["resets", "hangs up"])
def test_a_primary_that_ends_without_an_answer_is_a_502(primary, run, handler):
    primary.always(handler)
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/")
        assert response.status == 502 and is_short_text(response), response.body


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01garbage\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/3.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    ],
    ids=["garbage", "status", "version", "length", "header", "endless head"],
)
def test_a_primary_that_speaks_no_http_is_a_502(primary, run, data):
    primary.always(answers.raw(data))
    proxy = run(primary)
    with proxy.client() as client:
        assert client.get("/").status == 502


@pytest.mark.parametrize(
    "handler",
    [
        answers.short_body(b"some", 1000),
        answers.reset_in_body(part=b"some"),
        answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"),
        answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\nbad\r\n"),
    ],
    ids=["short", "reset", "chunked and short", "bad chunk"],
)
def test_an_answer_cut_short_is_seen_as_cut_short(primary, candidate, run, handler):
    """The status is out already; all that can be said is the connection's end, and it must not look like a whole answer."""
    primary.always(handler)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        with pytest.raises(wire.Closed):
            client.get("/")
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["incomparable"] == 1, report["exchanges"]


def test_an_answer_cut_short_is_cut_short_for_http_1_0_too(primary, run):
    """Where the end of the connection is the end of the body, only a reset says that something is missing."""
    primary.always(answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        with pytest.raises(wire.Closed, match="reset"):
            client.read_response()


def dies_when_used_again(connection, request):
    """A server that has just closed its idle connection: the second request on it meets a reset."""
    if connection.requests > 1:
        connection.reset()
    answers.json({"ok": True})(connection, request)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_a_kept_connection_that_has_died_is_replaced_unseen(primary, run, method):
    """RFC 9110, 9.2.2: what is idempotent may be sent again when the connection ended without an answer."""
    primary.always(dies_when_used_again)
    proxy = run(primary, workers=1)
    with proxy.client() as client:
        for _ in range(4):
            assert client.request(method, "/").status == 200
    assert len(primary.connections) >= 4


def test_what_is_not_idempotent_is_not_sent_twice(primary, run):
    primary.always(dies_when_used_again)
    proxy = run(primary, workers=1)
    with proxy.client() as client:
        assert client.request("POST", "/", body=b"pay").status == 200
        second = client.request("POST", "/", body=b"pay").status
    assert second == 502
    assert primary.count() == 2, "the request that met the reset was sent once more"


def test_a_connection_that_the_primary_closed_while_idle_is_not_used(primary, run):
    """The end has been read long before: a request that must not be sent twice never meets it."""

    closed = threading.Semaphore(0)

    def answer_and_close(connection, request):
        answers.json({"ok": True})(connection, request)
        closed.release()
        connection.hang_up()

    primary.always(answer_and_close)
    proxy = run(primary, workers=1)
    with proxy.client() as client:
        for _ in range(5):
            assert client.request("POST", "/", body=b"pay").status == 200
            assert closed.acquire(timeout=10)
            time.sleep(0.2)  # nothing tells when the proxy's loop has read the end


def test_bytes_that_the_primary_sends_unasked_are_no_answer(primary, run):
    """An answer without a request on a kept connection would be the next client's."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    primary.always(answers.long_body(b"good", evil))
    proxy = run(primary, workers=1)
    with proxy.client() as client:
        for _ in range(5):
            try:
                assert client.get("/").body == b"good"
            except wire.Closed:
                break  # refusing the connection is as good
    with proxy.client() as client:
        assert client.get("/").body != b"evil"


def test_other_requests_go_on_while_one_waits(primary, run):
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"late")))
    proxy = run(primary, workers=1)
    with proxy.client() as waiting, proxy.client() as going:
        waiting.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/held")
        for _ in range(10):
            assert going.get("/").status == 200
        gate.set()
        assert waiting.read_response().body == b"late"


def test_a_name_is_resolved(primary, run):
    proxy = run(f"http://localhost:{primary.port}")
    with proxy.client() as client:
        assert client.get("/").status == 200


def test_a_name_that_nobody_has_is_a_502(run):
    proxy = run("http://nobody.invalid:80")
    with proxy.client(timeout=30) as client:
        assert client.get("/").status in (502, 504)


def test_a_primary_on_ipv6_is_reached(make_origin, run):
    primary = make_origin("primary", host="::1")
    proxy = run(primary)
    with proxy.client() as client:
        assert client.get("/").status == 200
