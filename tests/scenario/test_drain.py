# SPDX-License-Identifier: Apache-2.0
"""SIGTERM finishes what is under way, takes nothing new, writes down what was counted, and leaves with 0."""
import signal
import socket
import threading

import pytest
from harness import answers
from harness.client import Load, timed
from harness.proxy import poll

pytestmark = pytest.mark.threads


def refuses(address):
    with socket.socket() as sock:
        sock.settimeout(2)
        return sock.connect_ex(address) != 0


def test_a_request_under_way_is_finished_and_new_ones_are_refused(primary, candidate, run):
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"finished")))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/held")
        proxy.terminate()
        poll("refusal of new connections", lambda: refuses(proxy.address))
        assert proxy.process.poll() is None, "it left although a request is under way"
        gate.set()
        assert client.read_response().body == b"finished"
        assert client.is_closed_by_peer()
    assert proxy.wait_exit(10) == 0


def test_idle_connections_do_not_hold_it(primary, run):
    proxy = run(primary)
    with proxy.client() as idle, proxy.client() as used:
        assert used.get("/").status == 200
        proxy.terminate()
        code, seconds = timed(lambda: proxy.wait_exit(15))
        assert code == 0 and seconds < 5
        assert used.is_closed_by_peer() and idle.is_closed_by_peer()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_at_once_when_nothing_is_under_way(primary, run, number):
    proxy = run(primary)
    proxy.signal(number)
    code, seconds = timed(lambda: proxy.wait_exit(15))
    assert code == 0 and seconds < 5


def test_what_hangs_is_cut_off_when_the_drain_is_over(primary, run):
    primary.always(answers.silent)
    proxy = run(primary, drain="500ms")
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1)
        proxy.terminate()
        code, seconds = timed(lambda: proxy.wait_exit(15))
    assert code == 0 and seconds < 8


def test_a_candidate_that_hangs_does_not_hold_it_though_its_deadline_is_far(primary, candidate, run):
    candidate.always(answers.silent)
    proxy = run(primary, candidate, service={"timeout": {"copy": "60s"}})
    with proxy.client() as client:
        assert client.get("/").status == 200
    candidate.wait_for(1)
    proxy.terminate()
    code, seconds = timed(lambda: proxy.wait_exit(30))
    assert code == 0 and seconds < 6


def test_copies_that_end_soon_are_still_counted(primary, candidate, tmp_path, run):
    candidate.always(answers.late(0.4, answers.json({"ok": False})))
    store = tmp_path / "store.db"
    proxy = run(primary, candidate, store=f"sqlite:{store}")
    with proxy.client() as client:
        assert client.get("/").status == 200
    candidate.wait_for(1)
    proxy.terminate()
    assert proxy.wait_exit(30) == 0
    again = run(primary, candidate, store=f"sqlite:{store}")
    assert again.report()["exchanges"]["mismatch"] == 1


def test_under_load_every_answer_that_began_is_whole(primary, candidate, run):
    proxy = run(primary, candidate)
    load = Load(proxy.address, "/", b'{"ok": true}')
    load.wait_for(200)
    proxy.terminate()
    assert proxy.wait_exit(20) == 0
    load.stop()
    # A client that finds its connection closed between two answers has lost nothing; a wrong or cut answer would be told otherwise.
    assert not [f for f in load.failures if "HTTP/1.1" in f], load.failures


def test_what_was_counted_is_in_the_store_after_the_end(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(7):
            client.get("/")
        proxy.terminate()
    assert proxy.wait_exit(15) == 0
    again = run(primary, candidate)
    assert again.report()["exchanges"]["match"] == 7


def test_a_second_start_on_the_same_port_is_refused_with_a_reason(primary, run):
    first = run(primary)
    taken = f"{first.address[0]}:{first.address[1]}"
    second = run(primary, listen=taken, store="sqlite:other.db", wait=False)
    assert second.wait_exit(10) not in (0, 2)
    assert taken in second.log.text() or str(first.address[1]) in second.log.text()
    second.expected_exit = second.process.returncode
    assert second.process.returncode > 0


def test_the_end_is_announced_while_clients_are_still_taken(primary, run):
    proxy = run(primary, drain={"announce": "700ms", "finish": "5s"})
    assert proxy.ask_admin("GET", "/readyz").status == 200
    proxy.terminate()
    poll("503 of /readyz", lambda: proxy.ask_admin("GET", "/readyz").status == 503)
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert proxy.wait_exit(10) == 0


def test_a_second_signal_ends_the_announcement_at_once(primary, run):
    proxy = run(primary, drain={"announce": "1h"})
    proxy.terminate()
    proxy.log.wait_event("draining")
    proxy.terminate()
    code, seconds = timed(lambda: proxy.wait_exit(15))
    assert code == 0 and seconds < 5


def test_a_request_on_a_kept_connection_that_crosses_the_end_is_answered(primary, run):
    """A client that was told that its connection is kept can't know that the proxy is about to leave."""
    proxy = run(primary)
    with proxy.client() as client:
        assert client.get("/").status == 200
        proxy.terminate()
        poll("refusal of new connections", lambda: refuses(proxy.address))
        response = client.get("/")
        assert response.status == 200 and response.get("Connection").lower() == "close"
    assert proxy.wait_exit(10) == 0
