# SPDX-License-Identifier: Apache-2.0
"""The harness must see what is there: a client straight to an origin, without a proxy between. If this fails, no scenario means anything."""
import threading

import pytest
from harness import answers, wire
from harness.client import Client, Load
from harness.proxy import parse_logfmt, parse_metrics, total_of


@pytest.fixture
def connect(primary):
    clients = []

    def make(**options):
        clients.append(Client((primary.host, primary.port), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_origin_records_every_byte_of_a_request(primary, connect):
    sent = b"POST /a?b=c HTTP/1.1\r\nhost: x\r\nX-Odd:  two  \r\nContent-Length: 5\r\n\r\nhello"
    client = connect()
    client.send_cut(sent, 3)
    assert client.read_response().status == 200
    [request] = primary.wait_for(1, "/a")
    assert request.raw == sent
    assert (request.method, request.target, request.body) == ("POST", "/a?b=c", b"hello")
    assert request.headers == [("host", "x"), ("X-Odd", "two"), ("Content-Length", "5")]
    assert sent in primary.received()


def test_chunks_and_trailers_are_read_and_written(primary, connect):
    primary.on("/", answers.answer(chunks=[b"one", b"two"], trailers=[("Digest", "d")]))
    client = connect()
    client.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n")
    response = client.read_response()
    assert (response.body, response.trailers) == (b"onetwo", [("Digest", "d")])
    [request] = primary.wait_for(1)
    assert (request.body, request.trailers) == (b"abcde", [("T", "v")])


def test_interim_answers_come_before_the_final_one(primary, connect):
    primary.on("/", answers.text(b"x", interim=[b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]))
    response = connect().get("/")
    assert [i.status for i in response.interim] == [103]
    assert response.raw.startswith(b"HTTP/1.1 103 Early Hints\r\n") and response.body == b"x"


def test_a_reset_and_an_end_are_told_apart(primary, connect):
    primary.on("/reset", answers.reset).on("/end", answers.hang_up)
    with pytest.raises(wire.Closed, match="reset"):
        connect().get("/reset")
    with pytest.raises(wire.Closed, match="closed"):
        connect().get("/end")


@pytest.mark.parametrize("handler", [answers.short_body(), answers.reset_in_body()], ids=["short", "reset in the body"])
def test_a_body_that_is_cut_is_an_error_for_the_client(primary, connect, handler):
    primary.on("/", handler)
    with pytest.raises(wire.Closed):
        connect().get("/")


def test_a_held_answer_comes_when_the_gate_opens(primary, connect):
    gate = threading.Event()
    primary.on("/", answers.hold(gate, answers.text(b"late")))
    client = connect()
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    primary.wait_for(1)
    assert not client.is_closed_by_peer(within=0.05)
    gate.set()
    client.sock.settimeout(10)
    assert client.read_response().body == b"late"


def test_a_stall_is_seen(primary, connect):
    primary.on("/", answers.flood(64 << 20))
    client = connect(receive_buffer=65536)
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    assert 0 < primary.wait_stalled() < 64 << 20
    assert len(client.read_response().body) == 64 << 20


def test_load_notices_a_wrong_answer(primary):
    primary.always(answers.by_turns(answers.text(b"good"), answers.text(b"good"), answers.text(b"bad")))
    load = Load((primary.host, primary.port), "/", b"good", connections=1)
    load.wait_for(3)
    assert load.stop() >= 3
    assert "bad" in load.failures[0]


def test_logfmt_is_read():
    assert parse_logfmt('time=1 level=info event=ready text="a \\"b\\" c=d" n=5') == {
        "time": "1",
        "level": "info",
        "event": "ready",
        "text": 'a "b" c=d',
        "n": "5",
    }
    assert parse_logfmt("nothing of the kind") == {}


def test_metrics_are_read_strictly():
    metrics = parse_metrics('# HELP a b\na{x="1",y="2"} 3\na{x="1",y="3"} 4\nb 1e3\n')
    assert total_of(metrics, "a", x="1") == 7 and total_of(metrics, "b") == 1000
    with pytest.raises(AssertionError):
        parse_metrics("a{x=1} 3\n")


@pytest.mark.xdist_group("postgresql")
def test_databases_of_the_postgresql_cluster_are_apart(postgresql):
    one = postgresql.database("CREATE TABLE t (a int, b text)", "INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    other = postgresql.database()
    assert postgresql.execute(one, "SELECT * FROM t ORDER BY a") == [["1", "x"], ["2", ""]]
    with pytest.raises(AssertionError, match='relation "t" does not exist'):
        postgresql.execute(other, "SELECT * FROM t")
