# SPDX-License-Identifier: Apache-2.0
"""
Answers that come before the request is whole: 401, 403, 413, any `return` of nginx. The client has its answer at once, may send its next request on
the same connection, and the exchange is compared like any other.
"""
import threading
import time

import pytest
from harness import answers, wire


COPIED = {"routes": [{"match": "POST /**", "copy": "always"}]}
BODY = bytes(range(256)) * 40


def head(length, extra=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n" % (length, extra)


def at_once(status=200, text=b"early", takes=True, close=False):
    """Answers when the head is there; then takes the body, or closes the connection with whatever comes of it unread."""

    def handler(connection, request):
        connection.send(
            wire.head_bytes(answers.first_line(status), [("Content-Length", len(text)), ("Content-Type", "text/plain")] + [("Connection", "close")] * close)
            + text
        )
        if takes:
            wire.read_body(connection.reader, request, until_close=False)
        else:
            connection.hang_up()
        return True

    return handler


def send_in_two(client, body=BODY):
    client.send(head(len(body)) + body[:100])
    response = client.read_response()
    client.send(body[100:])
    return response


@pytest.mark.parametrize("takes", [True, False])
def test_the_connection_goes_on(primary, run, takes):
    primary.on_head("/", at_once(403, takes=takes, close=not takes))
    proxy = run(primary)
    with proxy.client() as client:
        for _ in range(20):
            response = send_in_two(client)
            assert (response.status, response.body, response.get("Connection")) == (403, b"early", None)
        assert client.get("/other").status == 200
    assert proxy.wait_for_exchanges(21)["exchanges"]["total"] == 21
    if takes:
        assert {r.connection for r in primary.requests} == {primary.requests[0].connection}
        assert primary.requests[0].body == BODY


@pytest.mark.parametrize("takes", [True, False])
def test_it_is_compared(primary, candidate, run, takes):
    for origin, text in ((primary, b"early"), (candidate, b"other")):
        origin.on_head("/", at_once(403, text, takes=takes, close=not takes))
    proxy = run(primary, candidate, service=COPIED)
    with proxy.client() as client:
        for _ in range(5):
            assert send_in_two(client).status == 403
    report = proxy.wait_for_exchanges(5)
    assert report["exchanges"]["mismatch"] == 5, (report["uncopied"], report["incomparable"])


def test_a_chunked_request_goes_on_too(primary, candidate, run):
    primary.on_head("/", at_once(401))
    candidate.always(answers.text(b"early", status=401))
    proxy = run(primary, candidate, service=COPIED)
    with proxy.client() as client:
        for _ in range(3):
            client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + wire.chunk(b"hello "))
            assert client.read_response().status == 401
            client.send(wire.chunk(b"world") + wire.last_chunk([]))
    assert proxy.wait_for_exchanges(3)["exchanges"]["match"] == 3
    assert [copy.body for copy in candidate.wait_for(3)] == [b"hello world"] * 3


def test_what_was_sent_ahead_has_its_turn(primary, run):
    primary.on_head("/", at_once(403))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(head(len(BODY)) + BODY[:10])
        assert client.read_response().status == 403
        client.send(BODY[10:] + b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_response().status == 200


def test_a_long_rest_that_nobody_takes_closes_and_says_so(primary, run):
    primary.on_head("/", at_once(413, takes=False, close=True))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(head(100_000_000) + BODY)
        response = client.read_response()
        assert (response.status, response.get("Connection")) == (413, "close")


def test_a_rest_of_unknown_length_is_read_so_far_and_no_further(primary, run):
    primary.on_head("/", at_once(413, takes=False, close=True))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert client.read_response().status == 413
        with pytest.raises(OSError):
            for _ in range(1000):
                client.send(wire.chunk(bytes(65536)))
                time.sleep(0.002)


def test_who_waits_for_continue_is_told_to_close(primary, run):
    """It may send its body or not, so that what follows could be either (RFC 9110, 10.1.1)."""
    primary.on_head("/", at_once(417, takes=False, close=True))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(head(5, b"Expect: 100-continue\r\n"))
        response = client.read_response()
        assert (response.status, response.get("Connection")) == (417, "close")
        assert client.is_closed_by_peer()


def test_a_client_that_leaves_after_its_answer_harms_nothing(primary, candidate, run):
    primary.on_head("/", at_once(403))
    proxy = run(primary, candidate, service=COPIED)
    for _ in range(5):
        with proxy.client() as client:
            client.send(head(len(BODY)) + BODY[:10])
            assert client.read_response().status == 403
    report = proxy.wait_for_exchanges(5)
    assert report["uncopied"]["canceled"] == 5
    with proxy.client() as client:
        assert client.get("/other").status == 200


# ---- answers of 1xx ----


def endless(connection, _request):
    try:
        while True:
            connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)
    except OSError:
        pass


def test_a_candidate_that_sends_103_for_ever_is_cut(primary, candidate, run):
    candidate.always(endless)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(1)["incomparable"]["protocol"] == 1


def test_a_primary_that_sends_103_for_ever_is_no_answer(primary, run):
    primary.always(endless)
    proxy = run(primary)
    with proxy.client() as client:
        assert client.get("/").status == 502


def test_interim_answers_do_not_prolong_the_time(primary, run):
    def processing(connection, _request):
        try:
            for _ in range(30):
                connection.send(b"HTTP/1.1 102 Processing\r\n\r\n")
                time.sleep(0.2)
        except OSError:
            pass

    primary.always(processing)
    proxy = run(primary, service={"timeout": {"answer": "700ms"}})
    with proxy.client() as client:
        began = time.monotonic()
        assert client.get("/").status == 504
        assert time.monotonic() - began < 3


def test_a_copy_that_comes_in_more_crumbs_than_there_is_time_for_is_cut(primary, candidate, run):
    text = b"x" * 3_000_000
    primary.always(answers.text(text))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    candidate.always(lambda connection, _request: connection.send(head + b"1\r\nx\r\n" * len(text) + b"0\r\n\r\n"))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == text
    assert proxy.wait_for_exchanges(1)["incomparable"]["too_large"] == 1


def test_an_answer_in_chunks_of_a_byte_is_compared(primary, candidate, run):
    text = b"x" * 20_000
    primary.always(answers.text(text))
    candidate.always(answers.text(text, chunks=[b"x"] * len(text)))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == text
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_small_chunks_are_compared(primary, candidate, run):
    text = b"0123456789abcdefghij" * 5000
    primary.always(answers.text(text))
    candidate.always(answers.text(text, chunks=[text[:20]] * 5000))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == text
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_the_rest_is_read_although_the_primary_that_took_no_more_of_it_has_gone(primary, run):
    """The client was held back for the primary, and nobody went on with it."""
    gone = threading.Event()

    def answers_and_goes(connection, _request):
        connection.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        gone.wait(20)
        connection.reset()

    primary.on_head("/up", answers_and_goes)
    proxy = run(primary, workers=1)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with proxy.client() as client:
        client.send(b"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert client.read_response().status == 403
        sent = client.send_until_stuck(chunk * 1000)
        assert sent < 1000 * len(chunk)
        gone.set()
        client.send(chunk[sent % len(chunk) :] + b"0\r\n\r\n")
        primary.on_head("/up", None)
        assert client.get("/next").status == 200
    assert proxy.wait_for_exchanges(2)["exchanges"]["uncopied"] == 2
