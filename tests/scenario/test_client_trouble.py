# SPDX-License-Identifier: Apache-2.0
"""Clients that leave, dawdle or come in crowds hurt nobody else, and their exchanges are still counted."""
import os
import pathlib
import threading

import pytest
from harness import answers
from harness.client import Client
from harness.proxy import poll


def test_a_client_that_leaves_in_the_middle_of_its_answer(primary, candidate, run):
    gate = threading.Event()

    def in_parts(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_000_000)
        answers.hold(gate, lambda c, _: c.send(b"x" * 1_000_000))(connection, request)

    primary.on("/big", in_parts)
    candidate.on("/big", answers.text(b"x" * 2_000_000))
    proxy = run(primary, candidate, workers=1)
    client = proxy.client()
    client.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(client.read_exact(1000)) == 1000
    client.reset()
    gate.set()
    with proxy.client() as other:
        assert other.get("/").status == 200
    report = proxy.wait_for_exchanges(2)
    assert report["exchanges"]["total"] == 2
    assert report["exchanges"]["match"] >= 1


def test_a_client_that_leaves_in_the_middle_of_its_body(primary, candidate, run):
    proxy = run(primary, candidate, service={"routes": [{"match": "* /**", "copy": "always"}]}, workers=1)
    client = proxy.client()
    client.send(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
    # The other request shows that the first has been read.
    with proxy.client() as other:
        assert other.get("/").status == 200
        client.reset()
        report = proxy.wait_for_exchanges(2)
        assert report["uncopied"]["canceled"] == 1, report
        assert other.get("/").status == 200
    assert primary.count("/half") == 0 and candidate.count("/half") == 0


def test_a_client_that_leaves_before_its_head_is_whole_is_no_exchange(primary, run):
    proxy = run(primary, workers=1)
    client = proxy.client()
    client.send(b"GET / HTTP/1.1\r\nHo")
    client.close()
    with proxy.client() as other:
        assert other.get("/").status == 200
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1
    assert primary.count() == 1


def test_a_client_that_leaves_while_it_waits(primary, candidate, run):
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"late")))
    proxy = run(primary, candidate, workers=1)
    client = proxy.client()
    client.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
    primary.wait_for(1, "/held")
    client.reset()
    gate.set()
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["total"] == 1
    with proxy.client() as other:
        assert other.get("/").status == 200


def test_many_idle_clients_stay_and_are_served(primary, run):
    proxy = run(primary)
    clients = [Client(proxy.address) for _ in range(500)]
    try:
        for turn in range(2):
            for client in clients:
                client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for client in clients:
                assert client.read_response().status == 200, turn
        assert proxy.wait_for_exchanges(1000)["exchanges"]["total"] == 1000
    finally:
        for client in clients:
            client.close()


@pytest.mark.timing
def test_idle_clients_cost_little_memory(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        client.get("/")
    before = proxy.resident_bytes()
    clients = [Client(proxy.address) for _ in range(500)]
    try:
        for client in clients:
            client.get("/")
        # 10,000 may cost 90 MB (see docs/performance.md): 9 KB each; here with room for the allocator.
        assert proxy.resident_bytes() - before < 500 * 20_000
    finally:
        for client in clients:
            client.close()


def test_connections_come_and_go_without_a_trace(primary, candidate, run):
    proxy = run(primary, candidate, workers=1)

    def descriptors():
        return len(os.listdir(f"/proc/{proxy.process.pid}/fd"))

    def round_of_requests():
        for _ in range(50):
            with proxy.client() as client:
                assert client.get("/", [("Connection", "close")]).status == 200

    round_of_requests()
    proxy.wait_for_exchanges(50)
    before = descriptors()
    for turn in range(2, 7):
        round_of_requests()
        proxy.wait_for_exchanges(50 * turn)
    # What is kept for the next copies may differ by a few; a descriptor that every connection leaves behind would be 250.
    assert descriptors() < before + 50


def cpu_seconds(proxy):
    fields = pathlib.Path(f"/proc/{proxy.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_more_clients_than_descriptors_harm_only_themselves(primary, candidate, run):
    """When descriptors run out it must neither stop nor spin, and must serve again as soon as there are some."""
    proxy = run(primary, candidate, workers=1, descriptors=120)
    with proxy.client() as early:
        assert early.get("/").status == 200
        crowd = []
        try:
            for _ in range(200):
                crowd.append(proxy.client(timeout=1))
        except OSError:
            pass  # refused is fine
        before = cpu_seconds(proxy)
        # A second in which nothing happens: the time that a loop which spins on accept() would burn.
        assert not early.is_closed_by_peer(within=1)
        assert cpu_seconds(proxy) - before < 0.5
        early.sock.settimeout(10)
        assert early.get("/").status == 200
        for client in crowd:
            client.close()

    def served():
        with proxy.client(timeout=2) as late:
            try:
                return late.get("/").status == 200
            except OSError:
                return False

    poll("a new client is served", served)


@pytest.mark.timing
def test_a_client_that_only_asks_and_never_reads_does_not_fill_the_memory(primary, candidate, run):
    primary.always(answers.text(b"x" * 1000))
    candidate.always(answers.text(b"x" * 1000))
    proxy = run(primary, candidate, workers=1)
    with proxy.client(timeout=30, receive_buffer=65536) as client, proxy.client() as other:
        other.get("/")
        before = proxy.resident_bytes()
        one = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        done = client.send_until_stuck(one * 400_000)
        assert done < 400_000 * len(one), "all was taken although no answer was"
        assert proxy.resident_bytes() - before < 16 << 20
        assert other.get("/").status == 200
