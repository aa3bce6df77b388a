# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 (RFC 9112) as clients use it: connections kept and closed, pipelines, answers without a body, interim answers."""
import threading

import pytest
from harness import answers, wire


def test_a_pipeline_is_answered_in_order(primary, candidate, run):
    for n in range(10):
        for origin in (primary, candidate):
            origin.on(f"/{n}", answers.text(b"answer %d" % n))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(10)))
        assert [client.read_response().body for _ in range(10)] == [b"answer %d" % n for n in range(10)]
    assert proxy.wait_for_exchanges(10)["exchanges"]["match"] == 10


def test_a_pipeline_with_bodies_is_answered_in_order(primary, run):
    primary.always(answers.echo)
    proxy = run(primary)
    one = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
    two = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
    with proxy.client() as client:
        client.send((one + two) * 5 + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bodies = [client.read_response().body for _ in range(11)]
    assert bodies == [b"one", b"two"] * 5 + [b""]


def test_one_connection_serves_many_requests(primary, candidate, run):
    proxy = run(primary, candidate, workers=1)
    with proxy.client() as client:
        for n in range(1, 6):
            assert client.get("/").status == 200
            proxy.wait_for_exchanges(n)
        # Connections are kept on the other side as well: one client at a time, whose copies have ended, needs one.
        assert len(primary.connections) == len(candidate.connections) == 1
        for _ in range(100):
            assert client.get("/").status == 200
    assert len(primary.connections) == 1


def test_connection_close_is_obeyed(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/", [("Connection", "close")])
        assert response.get("Connection", "").lower() == "close"
        assert client.is_closed_by_peer()


def test_a_half_closed_client_gets_its_answer(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.half_close()
        assert client.read_response().body == b'{"ok": true}'
        assert client.is_closed_by_peer()


def test_a_request_that_its_client_ended_in_its_middle_while_others_waited_is_given_up(primary, run):
    """It was waited for without an end: with its connection, and the primary's."""
    gate = threading.Event()
    primary.on("/first", answers.hold(gate, answers.text(b"first")))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\nPOST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        client.half_close()
        primary.wait_for(1, "/first")
        gate.set()
        assert client.read_response().body == b"first"
        assert client.is_closed_by_peer(within=5)
    report = proxy.wait_for_exchanges(2)
    assert report["exchanges"]["uncopied"] == 2
    assert primary.count("/second") == 0


def test_a_client_of_http_1_0_is_answered_and_the_connection_ends(primary, run):
    primary.always(answers.answer(chunks=[b"one", b"two"]))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        head = wire.read_head(client.reader, wire.Response)
        assert head.status == 200
        assert "Transfer-Encoding" not in head, "HTTP/1.0 has no chunks"
        assert client.read_to_end() == b"onetwo"
    assert primary.wait_for(1)[0].version == "HTTP/1.1"


def test_a_client_of_http_1_0_may_keep_its_connection(primary, run):
    primary.always(answers.text(b"kept"))
    proxy = run(primary)
    with proxy.client() as client:
        for _ in range(3):
            client.send(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            response = client.read_response()
            assert response.body == b"kept" and response.get("Connection", "").lower() == "keep-alive"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_have_no_body(primary, candidate, run, status):
    for origin in (primary, candidate):
        origin.on("/", answers.answer(status=status, headers=[("ETag", '"x"')])).on("/after", answers.text(b"after"))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n")
        first, second = client.read_response(), client.read_response()
    assert (first.status, first.get("ETag"), second.body) == (status, '"x"', b"after")
    assert "Transfer-Encoding" not in first
    assert proxy.wait_for_exchanges(2)["exchanges"]["match"] == 2


def test_an_answer_to_head_has_the_length_and_not_the_body(primary, candidate, run):
    for origin in (primary, candidate):
        origin.always(answers.text(b"x" * 5000))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in range(2):
            response = client.read_response("HEAD")
            assert (response.status, response.get("Content-Length")) == (200, "5000")
        assert client.read_response().body == b"x" * 5000
    assert proxy.wait_for_exchanges(3)["exchanges"]["match"] == 3


def test_a_304_may_name_the_length_it_would_have_had(primary, run):
    primary.on("/", answers.raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n", close=False))
    primary.on("/after", answers.text(b"after"))
    proxy = run(primary)
    with proxy.client() as client:
        assert client.get("/").status == 304
        assert client.get("/after").body == b"after"


def test_interim_answers_are_relayed(primary, candidate, run):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    primary.always(answers.text(b"x", interim=[hints, b"HTTP/1.1 102 Processing\r\n\r\n"]))
    candidate.always(answers.text(b"x"))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        response = client.get("/")
        assert [i.status for i in response.interim] == [103, 102]
        assert response.interim[0].get("Link") == "</style.css>; rel=preload"
        assert response.body == b"x"
        assert client.get("/").body == b"x"
    # An interim answer is no part of what is compared.
    assert proxy.wait_for_exchanges(2)["exchanges"]["match"] == 2


def test_a_client_of_http_1_0_is_spared_interim_answers(primary, run):
    primary.always(answers.text(b"x", interim=[b"HTTP/1.1 103 Early Hints\r\n\r\n"]))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        assert client.read_response().interim == []


EXPECT = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"


def test_continue_comes_before_the_body_is_sent(primary, candidate, run):
    proxy = run(primary, candidate, service={"routes": [{"match": "POST /", "copy": "always"}]})
    with proxy.client() as client:
        client.send(EXPECT)
        assert client.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        client.send(b"hello")
        assert client.read_response().status == 200
    assert primary.wait_for(1)[0].body == b"hello"
    [copy] = candidate.wait_for(1)
    assert copy.body == b"hello" and "Expect" not in copy
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


@pytest.mark.parametrize("status", [417, 401])
def test_a_final_answer_instead_of_continue_needs_no_body(primary, candidate, run, status):
    def refuse(connection, request):
        answers.text(b"no", status=status, close=True)(connection, request)

    primary.on_head("/", refuse)
    proxy = run(primary, candidate, service={"routes": [{"match": "POST /", "copy": "always"}]})
    with proxy.client() as client:
        client.send(EXPECT)
        response = client.read_response()
        assert (response.status, response.body, response.interim) == (status, b"no", [])
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1
    assert all(copy.body == b"" for copy in candidate.requests)


def test_a_client_that_does_not_wait_for_continue_is_served(primary, run):
    primary.always(answers.echo)
    proxy = run(primary)
    with proxy.client() as client:
        client.send(EXPECT + b"hello" + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_response().body == b"hello"
        assert client.read_response().status == 200


def test_an_empty_line_before_a_request_is_read_over(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        for _ in range(2):
            client.send(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.read_response().status == 200
