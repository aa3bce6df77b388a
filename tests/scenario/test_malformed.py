# SPDX-License-Identifier: Apache-2.0
"""What is no proper request is refused with a short answer and the connection's end, and never reaches an implementation."""
import pytest
from harness import answers
from harness.proxy import poll, total_of

# name: bytes, statuses that are right for them (RFC 9110 and 9112; RFC 6585 for 431)
REFUSED = {
    "nonsense": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    "no version": (b"GET /\r\n\r\n", {400, 505}),
    "version 2.0": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {505}),
    "version 1.10": (b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", {400, 505}),
    "lower case version": (b"GET / http/1.1\r\nHost: a\r\n\r\n", {400}),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    "bad host": (b"GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n", {400}),
    "method that is no token": (b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "space in the target": (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "control byte in the target": (b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "space before the colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", {400}),
    "folded header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", {400}),
    "header without a colon": (b"GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", {400}),
    "header without a name": (b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", {400}),
    "NUL in a header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", {400}),
    "bare CR in a header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", {400}),
    "bare LF as line end": (b"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", {400}),
    "connect": (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", {501, 405}),
    "unknown transfer coding": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "long target": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414, 431, 400}),
    "long header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", {431}),
    "many headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 2000 + b"\r\n", {431}),
    # What two servers may read differently is how requests are smuggled.
    "length and chunked": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX", {400}),
    "chunked and length": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX", {400}),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", {400}),
    "list of lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nab", {400}),
    "signed length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", {400}),
    "negative length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", {400}),
    "hexadecimal length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", {400}),
    "empty length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", {400}),
    "length beyond 64 bits": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", {400, 413}),
    "chunked twice": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked in two headers": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked not last": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked misspelt": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked with a tab": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked with http/1.0": (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
}

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def shadow(primary, candidate, run):
    return run(primary, candidate, service={"routes": [{"match": "* /**", "copy": "always"}]})


@pytest.mark.parametrize("what", REFUSED)
def test_refused(primary, candidate, shadow, what):
    request, statuses = REFUSED[what]
    with shadow.client() as client:
        client.send(request + SMUGGLED)
        response = client.read_response()
        assert response.status in statuses, response.first
        assert response.get("Content-Type", "").startswith("text/plain") and 0 < len(response.body) < 300
        assert response.get("Connection", "").lower() == "close"
        assert client.is_closed_by_peer()
    with shadow.client() as client:
        assert client.get("/alive").status == 200
    for origin in (primary, candidate):
        origin.wait_for(1, "/alive")
        assert b"smuggled" not in origin.received() and origin.count() == 1, origin.received()


BAD_CHUNKS = {
    "size that is no number": b"zz\r\nab\r\n0\r\n\r\n",
    "size with a sign": b"+2\r\nab\r\n0\r\n\r\n",
    "size with 0x": b"0x2\r\nab\r\n0\r\n\r\n",
    "size beyond 64 bits": b"fffffffffffffffff\r\nab\r\n0\r\n\r\n",
    "no size": b"\r\nab\r\n0\r\n\r\n",
    "data longer than its size": b"2\r\nabc\r\n0\r\n\r\n",
    "line end that is a bare LF": b"2\nab\n0\n\n",
    "folded trailer": b"2\r\nab\r\n0\r\nX: y\r\n z\r\n\r\n",
    "endless extension": b"2;" + b"x" * 100_000 + b"\r\nab\r\n0\r\n\r\n",
    "endless trailer": b"2\r\nab\r\n0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("what", BAD_CHUNKS)
def test_a_body_that_is_no_body_is_never_taken_for_whole(primary, candidate, shadow, what):
    """The primary may have the head already, since bodies are streamed; it must see the request cut off, and no second one."""
    with shadow.client() as client:
        client.send(b"POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + BAD_CHUNKS[what] + SMUGGLED)
        try:
            response = client.read_response()
            assert response.status == 400, response.first
        except ConnectionError:
            pass  # closed without an answer is right too
        else:
            assert client.is_closed_by_peer()
    with shadow.client() as client:
        assert client.get("/alive").status == 200
    for origin in (primary, candidate):
        origin.wait_for(1, "/alive")
        assert origin.count("/smuggled") == 0 and origin.count("/bad") == 0, origin.received()


def test_a_head_that_never_ends_is_cut_off(primary, shadow):
    with shadow.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for _ in range(100):
            try:
                client.send(b"X-More: " + b"m" * 1000 + b"\r\n")
            except ConnectionError:
                break
        assert client.read_response().status == 431
    assert primary.count() == 0


def test_an_answer_with_two_readings_is_not_passed_on(primary, run):
    """Response splitting: the client and whoever stands before us must not be able to read it in another way."""
    primary.on("/both", answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
    primary.on("/two", answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"))
    primary.on("/folded", answers.raw(b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"))
    proxy = run(primary)
    for path in ("/both", "/two", "/folded"):
        with proxy.client() as client:
            assert client.get(path).status == 502, path


def test_refused_requests_are_counted_by_reason(primary, run):
    proxy = run(primary, service={"hosts": ["known.example"]}, timeout={"head": "100ms"})
    head = b"GET / HTTP/1.1\r\nHost: known.example\r\n"
    refused = {
        "malformed": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        "too_large": (head + b"X: y\r\n" * 200 + b"\r\n", 431),
        "unsupported": (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501),
        "timeout": (head, 408),
        "no_service": (b"GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n", 404),
    }
    for turn, (data, status) in enumerate(refused.values(), 1):
        for _ in range(turn):
            with proxy.client() as client:
                client.send(data)
                assert client.read_response().status == status
    with proxy.client() as client:
        client.send(head + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n")
        assert client.read_response().status == 400
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1, "a body that is wrong is that of an exchange"

    def counted():
        metrics = proxy.metrics()
        return {reason: total_of(metrics, "parallax_refused_total", reason=reason) for reason in (*refused, "memory")}

    wanted = {reason: turn for turn, reason in enumerate(refused, 1)} | {"memory": 0}
    poll("all refusals", lambda: sum(counted().values()) >= sum(wanted.values()))
    assert counted() == wanted
