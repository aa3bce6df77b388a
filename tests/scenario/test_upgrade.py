# SPDX-License-Identifier: Apache-2.0
"""A connection that changes its protocol (WebSocket) becomes a tunnel to the primary, and is not copied."""
import socket
import threading

import pytest
from harness import answers, wire
from harness.proxy import poll

ASK = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"


def shouting(connection, _request):
    """Answers every byte in upper case, first of all what it has to say itself."""
    connection.send(AGREED + b"hello;")
    reader = connection.reader
    while True:
        while not reader.buffer:
            reader.fill()
        connection.send(reader.take(len(reader.buffer)).upper())


def test_bytes_go_both_ways_and_no_copy_is_made(primary, candidate, run):
    primary.on("/chat", shouting)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        # Bytes that come with the request belong to the new protocol already.
        client.send(ASK + b"early")
        response = client.read_response()
        assert (response.status, response.get("Upgrade").lower()) == (101, "websocket")
        assert "upgrade" in response.get("Connection").lower() and response.get("Sec-WebSocket-Accept") == "x"
        assert client.read_exact(11) == b"hello;EARLY"
        for part in (b"\x00\x81abc", b"x" * 300_000):
            client.send(part)
            assert client.read_exact(len(part)) == part.upper()
    report = proxy.wait_for_exchanges(1)
    assert report["uncopied"]["upgrade"] == 1 and candidate.count() == 0
    [request] = primary.wait_for(1)
    assert request.get("Upgrade") == "websocket" and "upgrade" in request.get("Connection").lower()


@pytest.mark.parametrize("who", ["client", "primary"])
def test_when_one_side_ends_so_does_the_other(primary, candidate, run, who):
    def until_bye(connection, _request):
        connection.send(AGREED)
        assert connection.reader.exact(3) == b"bye"
        if who == "client":
            connection.wait_closed()
        connection.hang_up()

    primary.on("/chat", until_bye)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(ASK)
        assert client.read_response().status == 101
        client.send(b"bye")
        if who == "client":
            client.half_close()
        assert client.is_closed_by_peer()
    proxy.wait_for_exchanges(1)


def test_who_shuts_his_side_first_is_still_told_all(primary, candidate, run):
    """Whatever the kernel takes of it, for some lengths a part is queued in the proxy when the client's end comes."""
    heard = []
    go_on = threading.Semaphore(0)

    def listening(connection, _request):
        connection.send(AGREED)
        connection.sock.shutdown(socket.SHUT_WR)
        assert go_on.acquire(timeout=20)
        heard.append(sum(len(part) for part in iter(lambda: connection.sock.recv(100_000), b"")))

    primary.on("/chat", listening)
    proxy = run(primary, candidate)
    sent = []
    for count in range(200_000, 20_000_000, 200_000):
        with proxy.client() as client:
            client.send(ASK)
            assert client.read_response().status == 101
            client.read_to_end()
            sent.append(client.send_until_stuck(b"x" * count))
            client.half_close()
            go_on.release()
            poll("the primary to hear it", lambda: len(heard) == len(sent))
        if sent[-1] < count:  # the proxy has stopped reading: there is no end to be read behind it
            break
    assert heard == sent


def test_a_primary_that_refuses_keeps_the_connection_http(primary, candidate, run):
    primary.on("/chat", answers.text(b"no", status=404))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(ASK)
        assert client.read_response().status == 404
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(2)["exchanges"]["total"] == 2


def test_a_101_that_nobody_asked_for_is_no_answer(primary, run):
    primary.always(answers.raw(AGREED + b"tunnel"))
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/")
        assert response.status == 502
        assert b"tunnel" not in response.body


def test_h2c_is_not_forwarded(primary, run):
    """RFC 9113 gave up Upgrade: h2c, and as a tunnel it would take requests past the proxy."""
    proxy = run(primary)
    with proxy.client() as client:
        client.get("/", [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")])
    [request] = primary.wait_for(1)
    assert "Upgrade" not in request and "HTTP2-Settings" not in request


def test_a_tunnel_does_not_keep_the_proxy_from_leaving(primary, run):
    primary.on("/chat", shouting)
    proxy = run(primary, drain="500ms")
    with proxy.client() as client:
        client.send(ASK)
        wire.read_head(client.reader, wire.Response)
        assert client.read_exact(6) == b"hello;"
        proxy.terminate()
        assert proxy.wait_exit(10) == 0
