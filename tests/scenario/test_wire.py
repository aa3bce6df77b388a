# SPDX-License-Identifier: Apache-2.0
"""Corners of HTTP/1.1 that clients and servers meet: trailers, Max-Forwards, Date, connections that end soon, answers that break off."""
import re
import socket
import threading
import time

import pytest
from harness import answers
from harness.proxy import poll, total_of


def test_a_digest_in_a_trailer_passes_both_ways(primary, run):
    def handler(connection, request):
        assert request.trailers == [("Content-Digest", "sha-256=:up:")] and request.all("Trailer") == ["Content-Digest"], request
        trailers = [("Content-Digest", "sha-256=:down:"), ("Content-Type", "no")]
        answers.answer(200, headers=[("Trailer", "Content-Digest, Content-Type")], chunks=[b"hi"], trailers=trailers)(connection, request)

    primary.on("/", handler)
    proxy = run(primary)
    with proxy.client() as client:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Digest, Host\r\n\r\n"
        client.send(head + b"2\r\nhi\r\n0\r\nContent-Digest: sha-256=:up:\r\nHost: b\r\n\r\n")
        response = client.read_response()
    assert response.status == 200 and response.body == b"hi"
    assert response.all("Trailer") == ["Content-Digest"] and response.trailers == [("Content-Digest", "sha-256=:down:")]


def test_who_gets_no_trailer_is_announced_none(primary, run):
    primary.on("/", answers.answer(200, headers=[("Trailer", "X-Sum")], chunks=[b"hi"], trailers=[("X-Sum", "1")]))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        response = client.read_response()
    assert response.body == b"hi" and "Trailer" not in response


def test_an_absolute_target_may_have_a_query_alone(primary, run):
    primary.on("/", answers.text(b"hi"))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET http://test.example?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_response().status == 200
    [request] = primary.wait_for(1)
    assert request.target == "/?x=1" and request.get("Host") == "test.example"


def test_max_forwards(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        assert client.request("OPTIONS", "/", [("Max-Forwards", "0")]).status == 200
        assert client.request("TRACE", "/", [("Max-Forwards", "0")]).status == 501
        client.request("OPTIONS", "/on", [("Max-Forwards", "3")])
    [request] = primary.wait_for(1)
    assert request.target == "/on" and request.all("Max-Forwards") == ["2"]
    poll("them counted", lambda: total_of(proxy.metrics(), "parallax_refused_total", reason="max_forwards") == 2)


def test_every_answer_has_a_date(primary, run):
    primary.on("/old", answers.text(b"", headers=[("Date", "Thu, 01 Jan 1970 00:00:00 GMT")]))
    primary.on("/none", answers.text(b""))
    proxy = run(primary, service={"hosts": ["test.example"]})
    with proxy.client() as client:
        assert client.get("/old").all("Date") == ["Thu, 01 Jan 1970 00:00:00 GMT"]
        for response in (client.get("/none"), client.request("GET", "/", host="other.example")):
            [date] = response.all("Date")
            assert abs(time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.mktime(time.gmtime())) < 60, date


def test_a_connection_is_not_used_when_its_server_is_about_to_close_it(primary, run):
    """Keep-Alive: timeout=1: it is left after half a second, and the request that comes then needs no second try."""
    left, numbers = threading.Event(), []

    def handler(connection, request):
        numbers.append(connection.number)
        answers.text(b"", headers=[("Keep-Alive", "timeout=1, max=100")])(connection, request)
        if request.target == "/2":
            connection.wait_closed()
            left.set()

    primary.always(handler)
    proxy = run(primary)
    with proxy.client() as client:
        client.get("/1")
        client.get("/2")
        assert left.wait(0.9), "before the server would have closed it"
        client.get("/3")
    assert numbers[0] == numbers[1] != numbers[2]


def late_reader(proxy):
    """A client with a small window, so that most of its answers wait in the proxy and in the kernel."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(10)
    sock.connect(proxy.address)
    return sock


def read_all(sock):
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        return data, True
    return data, False


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_a_late_reader_loses_nothing_of_an_answer_that_broke_off(primary, run, size):
    """HTTP/1.0 has only the connection's end: that it broke off is a reset, which comes behind all that there is."""
    primary.on("/", answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size + b"x" * size + b"\r\n"))
    proxy = run(primary)
    with late_reader(proxy) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        primary.wait_for(1)
        time.sleep(0.5)
        data, reset = read_all(sock)
    assert reset and data.partition(b"\r\n\r\n")[2] == b"x" * size, len(data)


def test_an_answer_that_breaks_off_takes_no_earlier_one_with_it(primary, run):
    """Both were sent ahead; the second is cut while the first still waits for its reader."""
    body = b"y" * 2_000_000
    primary.on("/whole", answers.text(body))
    primary.on("/cut", answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"))
    proxy = run(primary)
    with late_reader(proxy) as sock:
        sock.sendall(b"GET /whole HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /cut HTTP/1.0\r\n\r\n")
        primary.wait_for(1)
        time.sleep(0.5)
        data, reset = read_all(sock)
    assert reset and body in data and data.endswith(b"\r\n\r\nhi"), len(data)


def test_who_has_closed_its_side_and_reads_late_gets_all(primary, run):
    body = b"z" * 3_000_000
    primary.on("/", answers.text(body))
    proxy = run(primary)
    with late_reader(proxy) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        primary.wait_for(1)
        time.sleep(0.5)
        data, reset = read_all(sock)
    assert not reset and data.endswith(body), len(data)


def test_a_request_that_does_not_end_in_chunked_has_no_end(primary, run):
    proxy = run(primary)
    for coding, status in ((b"chunked, gzip", 400), (b"gzip", 400), (b"gzip, chunked", 501)):
        with proxy.client() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + coding + b"\r\n\r\n")
            response = client.read_response()
            assert response.status == status and re.search(rb"Transfer-Encoding", response.body), response.body
            assert client.is_closed_by_peer()
    assert primary.count() == 0


def test_an_address_of_the_role_itself_is_a_path_for_the_client(primary, candidate, run):
    for origin in (primary, candidate):
        origin.on("/old", answers.text(b"", status=302, headers=[("Location", origin.url + "/new")]))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/old").all("Location") == ["/new"]
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_redirects_are_left_alone_where_that_is_said(primary, run):
    primary.on("/old", answers.text(b"", status=302, headers=[("Location", primary.url + "/new")]))
    proxy = run(primary, service={"redirects": False})
    with proxy.client() as client:
        assert client.get("/old").all("Location") == [primary.url + "/new"]


@pytest.mark.parametrize("via", [None, True])
def test_via_is_sent_where_that_is_said(primary, run, via):
    proxy = run(primary, service={"via": via} if via else {})
    with proxy.client() as client:
        client.get("/", [("Via", "1.1 before")])
    [request] = primary.wait_for(1)
    assert request.all("Via") == (["1.1 before", "1.1 parallax"] if via else ["1.1 before"])


def test_a_host_that_nobody_takes_is_told_with_those_that_are(primary, run):
    proxy = run(primary, service={"hosts": ["*.pay.example", "pay.example"]})
    with proxy.client() as client:
        assert client.request("GET", "/", host="a.pay.example.:80").status == 200
        response = client.request("GET", "/", host="other.example")
    assert response.status == 404 and b"pay.example" not in response.body
    proxy.log.wait_event("no_service", host="other.example", hosts="*.pay.example, pay.example")


def test_addresses_below_a_path_and_of_another_host_are_the_same_place(primary, candidate, run):
    """What each role calls its own: the primary by its address, the candidate by the host that it is sent, below /v2."""
    primary.on("/old", answers.text(b"", status=302, headers=[("Location", primary.url + "/new")]))
    candidate.on("/v2/old", answers.text(b"", status=302, headers=[("Location", "http://new.example/v2/new")]))
    proxy = run(primary, candidate, service={"candidate": {"url": candidate.url + "/v2", "host": "new.example"}})
    with proxy.client() as client:
        assert client.get("/old").all("Location") == ["/new"]
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
