# SPDX-License-Identifier: Apache-2.0
"""File descriptors run short: clients under way go on, the primary is reached, a rollback works, and all is well again afterwards."""
import contextlib
import os
import resource
import threading
import time

import pytest
from harness import answers
from harness.client import Client
from harness.proxy import poll, total_of

LIMIT = 160
CROWD = 400

pytestmark = pytest.mark.threads


@contextlib.contextmanager
def flood(proxy, count=CROWD, first=b""):
    held = []
    try:
        for _ in range(count):
            client = Client(proxy.address, timeout=20)
            held.append(client)
            with contextlib.suppress(OSError):
                client.send(first)
        yield held
    finally:
        for client in held:
            client.close()


def open_descriptors(proxy):
    return len(os.listdir(f"/proc/{proxy.process.pid}/fd"))


def rolls_back(proxy):
    began = time.monotonic()
    response = proxy.ask_admin("POST", "/api/v1/services/test/rollback")
    assert response.status == 200, response.body
    assert proxy.ask_admin("GET", "/healthz").status == 200
    return time.monotonic() - began < 4


@pytest.mark.parametrize("workers", [1, 2])
def test_a_flood_of_idle_clients_harms_nobody_else(primary, candidate, run, workers):
    proxy = run(primary, candidate, workers=workers, descriptors=LIMIT * workers)
    with contextlib.ExitStack() as stack:
        regulars = [stack.enter_context(proxy.client()) for _ in range(4)]
        for regular in regulars:
            assert regular.get("/before").status == 200
        with flood(proxy, CROWD * workers):
            proxy.log.wait_event("descriptors_short")
            assert open_descriptors(proxy) < LIMIT * workers
            for regular in regulars:
                assert regular.get("/during").status == 200
            with proxy.client() as late:
                assert late.get("/late").status == 200
            assert rolls_back(proxy)
            assert total_of(proxy.metrics(), "parallax_refused_total", reason="descriptors") > 0
        for regular in regulars:
            assert regular.get("/after").status == 200
    with proxy.client() as client:
        assert client.get("/again").status == 200
    assert len(proxy.log.events("descriptors_short")) == 1


def test_clients_that_wait_for_the_primary_keep_their_descriptors(primary, candidate, run):
    """Each of them has got its place before it asks; the primary is reached for each, and copies are shed for it."""
    primary.always(answers.text(b"here"))
    candidate.always(answers.silent)
    proxy = run(primary, candidate, workers=1, descriptors=LIMIT, drain="1ms", service={"timeout": {"copy": "1h"}})
    with flood(proxy, 25) as clients:
        for _ in range(4):
            for client in clients:
                client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for client in clients:
                response = client.read_response()
                assert (response.status, response.body) == (200, b"here")
        poll("copies are shed", lambda: total_of(proxy.metrics(), "parallax_copies_shed_total") > 0)
        assert rolls_back(proxy)
        assert open_descriptors(proxy) < LIMIT


def test_kept_connections_give_way_to_clients(primary, candidate, run):
    """25 of them and more are left by the first clients; with all of them there would not be room for the second ones."""
    proxy = run(primary, candidate, workers=1, descriptors=LIMIT)
    with flood(proxy, 25, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") as clients:
        for client in clients:
            assert client.read_response().status == 200
        proxy.wait_for_exchanges(25)
        with_clients = open_descriptors(proxy)
    poll("the first clients are gone", lambda: open_descriptors(proxy) <= with_clients - 25)
    with flood(proxy, 25) as clients:
        for client in clients:
            assert client.get("/").status == 200
    assert not proxy.log.events("descriptors_short")


def test_copies_that_hang_leave_places_for_new_clients(primary, candidate, run):
    """They had all descriptors but two; then nobody else came in, and whoever was between two requests was closed for it."""
    candidate.always(answers.silent)
    proxy = run(primary, candidate, workers=1, descriptors=LIMIT, drain="1ms", service={"timeout": {"copy": "1h"}})
    with proxy.client() as regular:
        shed = 0
        while not shed:
            for _ in range(20):
                assert regular.get("/").status == 200
            shed = total_of(proxy.metrics(), "parallax_copies_shed_total")
        with flood(proxy, 10) as clients:
            for client in clients:
                assert client.get("/").status == 200
            assert regular.get("/").status == 200
    assert not proxy.log.events("descriptors_short")


def test_a_client_is_told_before_its_connection_is_closed_for_others(primary, run):
    """More clients than places ask without a pause: none is cut between two requests, and each gets its turn."""
    proxy = run(primary, workers=1, descriptors=LIMIT)
    failures = []

    def ask():
        client = Client(proxy.address, timeout=20)
        try:
            for _ in range(20):
                response = client.get("/")
                if response.get("Connection") == "close":
                    client.close()
                    client = Client(proxy.address, timeout=20)
        except Exception as failure:  # whatever it is, it is the client's to tell
            failures.append(failure)
        finally:
            client.close()

    threads = [threading.Thread(target=ask) for _ in range(LIMIT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert proxy.log.events("descriptors_short")


def test_a_limit_that_sinks_while_it_runs_stops_no_listener(primary, candidate, run):
    """As close to running out for want of something else as can be made: no accept succeeds for a while, and nothing spins."""
    proxy = run(primary, candidate, workers=2)
    with proxy.client() as regular:
        assert regular.get("/").status == 200
        used = open_descriptors(proxy)
        _, hard = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (used // 2, hard))
        waiting = [proxy.client(timeout=10) for _ in range(8)]
        asking = Client(proxy.admin, timeout=10)
        before = cpu_seconds(proxy)
        assert not regular.is_closed_by_peer(within=1)
        assert cpu_seconds(proxy) - before < 0.6
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
        for client in waiting:
            assert client.get("/").status == 200
            client.close()
        assert asking.request("GET", "/healthz", host="127.0.0.1").status == 200
        asking.close()


def cpu_seconds(proxy):
    with open(f"/proc/{proxy.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
