# SPDX-License-Identifier: Apache-2.0
"""Whoever takes too long, client or implementation, is told or left: `timeout` at the top for clients, of a service for its roles."""
import contextlib
import socket
import threading
import time

import pytest
from harness import answers, wire
from harness.origin import closed_port
from harness.proxy import poll

SOON = 0.3
CLIENTS = {"head": "300ms", "idle": "300ms"}  # and nothing shorter than what a scenario waits for otherwise
HEAD = b"GET /slow HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 400


def trickle(client, data, pause=0.02):
    """Sends byte by byte until all is sent or something comes back. How many bytes went out."""
    client.sock.settimeout(pause)
    for sent in range(len(data)):
        client.sock.sendall(data[sent : sent + 1])
        try:
            client.reader.fill()
            break
        except TimeoutError:
            pass
    client.sock.settimeout(10)
    return sent


def take_slowly(sock, origin):
    """What comes within two seconds of reading a bit 50 times a second."""
    taken = b""
    for _ in range(100):
        taken += sock.recv(16384)
        origin.stopping.wait(0.02)
    return taken


def refused_408(client):
    response = client.read_response()
    return response.status == 408 and response.get("Connection") == "close" and client.is_closed_by_peer()


def drip(data, pause=0.05):
    """An answer that comes byte by byte."""

    def handler(connection, _request):
        for at in range(len(data)):
            connection.send(data[at : at + 1])
            if connection.origin.stopping.wait(pause):
                break
        connection.hang_up()

    return handler


def test_a_head_that_comes_byte_by_byte_has_a_time_for_all_of_it(primary, run):
    proxy = run(primary, workers=1, timeout=CLIENTS)
    with proxy.client() as client:
        began = time.monotonic()
        assert trickle(client, HEAD) < len(HEAD) - 1, "each byte gave it new time"
        assert 0.9 * SOON <= time.monotonic() - began < 5
        assert refused_408(client)
    with proxy.client() as other:
        assert other.get("/").status == 200
    assert primary.count("/slow") == 0
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1, "a head that never came is no exchange"


def test_the_time_of_a_head_sent_ahead_counts_from_its_turn(primary, run):
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"late")))
    proxy = run(primary, workers=1, timeout=CLIENTS)
    with proxy.client() as client:
        client.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHo")
        primary.wait_for(1, "/held")
        assert not client.is_closed_by_peer(within=2 * SOON)
        gate.set()
        client.sock.settimeout(10)
        assert client.read_response().body == b"late"
        assert refused_408(client)


def test_a_connection_without_a_request_is_closed(primary, run):
    proxy = run(primary, workers=1, timeout=CLIENTS)
    with proxy.client() as unused, proxy.client() as used:
        assert used.get("/").status == 200
        assert unused.is_closed_by_peer() and used.is_closed_by_peer(), "closed without a word"


def test_a_body_that_stops_is_a_408(primary, candidate, run):
    proxy = run(primary, candidate, workers=1, timeout={"body": "300ms"}, service={"routes": [{"match": "* /**", "copy": "always"}]})
    with proxy.client() as client:
        client.send(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        # What comes in time keeps it alive, however long all of it takes.
        began = time.monotonic()
        assert trickle(client, b"x" * 20, pause=0.05) == 19 and time.monotonic() - began > 2 * SOON
        assert refused_408(client)
    report = proxy.wait_for_exchanges(1)
    assert report["uncopied"]["canceled"] == 1 and candidate.count() == 0


@pytest.mark.timing
def test_a_client_that_takes_nothing_is_left(primary, run):
    stopped = threading.Event()

    def long(connection, request):
        try:
            answers.flood(256 << 20)(connection, request)
        finally:
            stopped.set()

    primary.on("/long", long)
    proxy = run(primary, workers=1, timeout={"send": "300ms"})
    with proxy.client(receive_buffer=65536) as client:
        client.send(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        assert stopped.wait(20), "the primary's answer is still read, or held, for a client that is not there"
        with pytest.raises(wire.Closed):
            client.read_response()


@pytest.mark.timing
def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(primary, run):
    """For many times `timeout.send` less is taken than the kernel holds, so that nothing of what the proxy has queued moves."""
    size = 24 << 20
    primary.on("/long", answers.text(b"x" * size, close=True))
    proxy = run(primary, workers=1, timeout={"send": "300ms"})
    with proxy.client(receive_buffer=65536) as client:
        client.send(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        client.reader.buffer += take_slowly(client.sock, primary)
        assert client.read_response().body == b"x" * size


@pytest.mark.timing
@pytest.mark.parametrize("waits", [False, True], ids=["goes on in time", "waits longer than its time"])
def test_a_candidate_that_waits_for_a_slow_client_has_not_failed(primary, candidate, run, waits):
    """A copy is read no further than a bit ahead of the answer that the client takes; that time was counted as the candidate's."""
    size = 16 << 20
    goes_on = threading.Event()

    def ends_late(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % size + b"x" * (size - 1))
        goes_on.wait(20)
        connection.origin.stopping.wait(1.4)
        connection.send(b"x")

    primary.on("/long", answers.text(b"x" * size))
    candidate.on("/long", ends_late)
    proxy = run(primary, candidate, workers=1, service={"timeout": {"copy": "2s"}})
    with proxy.client(receive_buffer=65536) as client:
        client.send(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_stalled(quiet=1.5 if waits else 0.5)
        goes_on.set()
        assert client.read_response().body == b"x" * size
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["match"] == 1, report["incomparable"]
    assert proxy.admin_json("/api/v1/services/test")["roles"]["candidate"]["failed"] == 0


@pytest.mark.timing
def test_a_primary_that_reads_a_long_request_slowly_is_at_work(primary, run):
    """As above. A receiver whose buffer was full says that it has room again only when a sixteenth of it is free, so a second is short."""
    body = b"x" * (24 << 20)

    def slowly(connection, request):
        connection.reader.buffer += take_slowly(connection.sock, connection.origin)

    primary.on_head("/up", slowly)
    proxy = run(primary, workers=1, service={"timeout": {"answer": "1s"}})
    with proxy.client() as client:
        assert client.request("POST", "/up", body=body).status == 200
    [request] = primary.wait_for(1)
    assert request.body == body


def test_an_upgraded_connection_without_a_byte_is_closed(primary, run):
    def quiet(connection, _request):
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        for byte in b"abcd":
            connection.origin.stopping.wait(0.15)
            connection.send(bytes([byte]))
        connection.wait_closed()
        connection.hang_up()

    primary.on("/x", quiet)
    proxy = run(primary, workers=1, timeout={"upgrade": "300ms"})
    with proxy.client() as client:
        client.send(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        assert client.read_response().status == 101
        assert client.read_exact(4) == b"abcd"
        assert client.is_closed_by_peer()


def test_a_reload_changes_the_times_of_connections_that_are_there(primary, run):
    proxy = run(primary, workers=1)
    with proxy.client() as client:
        assert client.get("/").status == 200
        config = proxy.file.read_text(encoding="utf-8")
        proxy.reload(config.rstrip().removesuffix("}") + ', "timeout": {"idle": "300ms"}}')
        assert client.get("/").status == 200
        assert client.is_closed_by_peer()


# ---- heads of answers


SLOW = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_candidate_whose_head_drips_has_a_time_for_all_of_its_answer(primary, candidate, run):
    candidate.always(drip(SLOW))
    proxy = run(primary, candidate, workers=1, service={"timeout": {"copy": "300ms"}})
    with proxy.client() as client:
        assert client.get("/").status == 200
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["timeout"] == 1


def test_a_primary_whose_head_drips_is_waited_for_as_long_as_it_drips(primary, run):
    primary.always(drip(SLOW))
    proxy = run(primary, workers=1, service={"timeout": {"answer": "500ms"}})
    with proxy.client() as client:
        response = client.get("/")
        assert (response.status, response.body) == (200, b"ok")


def test_a_primary_whose_head_stops_is_a_504(primary, candidate, run):
    def stop_in_the_head(connection, request):
        connection.send(SLOW[:20])
        answers.silent(connection, request)

    primary.always(stop_in_the_head)
    proxy = run(primary, candidate, workers=1, service={"timeout": {"answer": "300ms"}})
    with proxy.client() as client:
        assert client.get("/").status == 504
        primary.always(answers.json({"ok": True}))
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(2)["incomparable"]["timeout"] == 1


# ---- connecting, and what comes slowly


def answer_each(listener):
    """Takes what waits and all that comes, and answers it."""
    with contextlib.suppress(OSError):
        while True:
            one, _ = listener.accept()
            with one:
                one.settimeout(5)
                with contextlib.suppress(OSError):
                    if one.recv(65536):
                        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@pytest.mark.timing
@pytest.mark.parametrize("stage", ["primary", "candidate"])
def test_a_syn_that_is_lost_twice_costs_time_and_no_answer(run, stage):
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        fillers = [stack.enter_context(socket.socket()) for _ in range(4)]
        for one in fillers:  # the kernel takes one or two of them, and says nothing to all that follow
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = "http://127.0.0.1:{}".format(full.getsockname()[1])
        old = closed_port()  # at the stage `candidate` it may be gone for good
        proxy = run(url, workers=1) if stage == "primary" else run(old, url, workers=1, service={"stage": stage})
        with proxy.client() as client:
            began = time.monotonic()
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.sock.settimeout(1.5)
            with pytest.raises(TimeoutError):  # the first SYN and the second, a second later, are lost
                client.reader.fill()
            client.sock.settimeout(10)
            for one in fillers:
                one.close()
            thread = threading.Thread(target=answer_each, args=(full,), daemon=True)
            thread.start()
            assert client.read_response().body == b"ok"
            assert time.monotonic() - began < 3.9
        full.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def beats(pause, count):
    """An event stream."""

    def handler(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for number in range(count):
            if connection.origin.stopping.wait(pause):
                break
            connection.send(b"data: %d\n\n" % number)
        connection.hang_up()

    return handler


def test_a_stream_may_beat_more_slowly_than_an_answer_may_begin(primary, run):
    primary.always(beats(0.5, 3))
    proxy = run(primary, workers=1, service={"timeout": {"answer": "200ms"}})
    with proxy.client() as client:
        assert client.get("/").body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_a_stream_that_beats_no_more_is_cut_off(primary, run):
    primary.always(beats(0.5, 3))
    proxy = run(primary, workers=1, service={"timeout": {"between": "200ms"}})
    with proxy.client() as client, pytest.raises(wire.Closed):
        client.get("/")
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1


def test_a_route_has_times_of_its_own(primary, run):
    primary.always(answers.late(0.6, answers.text(b"late")))
    routes = [{"match": "GET /report", "timeout": {"answer": "5s"}}]
    proxy = run(primary, workers=1, service={"timeout": {"answer": "200ms"}, "routes": routes})
    with proxy.client() as client:
        assert client.get("/report").body == b"late"
        assert client.get("/other").status == 504


def test_a_copy_has_the_time_of_its_route(primary, candidate, run):
    candidate.always(answers.late(0.6, answers.json({"ok": True})))
    routes = [{"match": "GET /report", "timeout": {"copy": "5s"}}]
    proxy = run(primary, candidate, workers=1, service={"timeout": {"copy": "200ms"}, "routes": routes})
    with proxy.client() as client:
        client.get("/report")
        client.get("/other")
    report = proxy.wait_for_exchanges(2)
    assert (report["exchanges"]["match"], report["incomparable"]["timeout"]) == (1, 1)


def stream_of(beats, pause, then=0):
    def stream(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for number in range(beats):
            connection.send(b"data: %d\n\n" % number)
            connection.origin.stopping.wait(pause)
        connection.origin.stopping.wait(then)
        connection.hang_up()

    return stream


@pytest.mark.timing
@pytest.mark.parametrize("what", ["event streams", "long polls", "a primary that thinks"])
def test_who_takes_as_long_as_the_primary_has_not_failed(primary, candidate, run, what):
    """Their answers take longer than `timeout.copy`, which is what a copy may take beyond the primary's."""
    if what == "event streams":
        for origin in (primary, candidate):
            origin.on("/s", stream_of(6, 0.2))
    else:
        primary.on("/s", answers.late(1.2, answers.text(b"z" * 600_000)))
        candidate.on("/s", answers.late(1.2 if what == "long polls" else 0, answers.text(b"z" * 600_000)))
    proxy = run(primary, candidate, service={"timeout": {"copy": "400ms"}})
    with proxy.client() as client:
        assert client.get("/s").status == 200
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["match"] == 1, report["incomparable"]


@pytest.mark.timing
def test_a_copy_that_goes_on_when_the_primary_has_ended_has_its_time(primary, candidate, run):
    primary.on("/s", stream_of(3, 0.2))
    candidate.on("/s", stream_of(3, 0.2, then=30))
    proxy = run(primary, candidate, service={"timeout": {"copy": "400ms"}})
    with proxy.client() as client:
        client.get("/s")
    report = proxy.wait_for_exchanges(1, deadline=3)
    assert report["incomparable"]["timeout"] == 1


@pytest.mark.timing
def test_streams_whose_copies_have_ended_blind_nobody(primary, candidate, run):
    """Each took one of `limits.copies` for as long as the client listened."""
    primary.on("/s", stream_of(50, 0.1))
    candidate.on("/s", answers.text(b"not here", status=404))
    proxy = run(primary, candidate, workers=1, service={"limits": {"copies": 2}})
    listening = [proxy.client() for _ in range(2)]
    for client in listening:
        client.send(b"GET /s HTTP/1.1\r\nHost: a\r\n\r\n")
    candidate.wait_for(2, "/s")
    poll("the copies' ends", lambda: all(connection.requests for connection in candidate.connections))
    with proxy.client() as client:
        for _ in range(10):
            client.get("/other")
            time.sleep(0.02)
    report = proxy.wait_for_exchanges(10)
    assert report["exchanges"]["match"] >= 9 and report["uncopied"]["shed"] <= 1, (report["exchanges"], report["uncopied"])
    for client in listening:
        client.close()
