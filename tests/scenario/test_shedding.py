# SPDX-License-Identifier: Apache-2.0
"""Under pressure copies are shed and counted, client requests are not."""
import threading

import pytest
from conftest import make_config
from harness import answers
from harness.proxy import total_of

pytestmark = pytest.mark.threads


def test_copies_beyond_the_limit_are_shed_and_counted(primary, candidate, run):
    gate = threading.Event()
    candidate.always(answers.hold(gate, answers.json({"ok": True})))
    proxy = run(primary, candidate, service={"limits": {"copies": 2}, "timeout": {"copy": "30s"}}, workers=1)
    with proxy.client() as client:
        for _ in range(10):
            assert client.get_json("/") == {"ok": True}
        # Those that were shed are known at once; the two that wait are not over yet.
        report = proxy.wait_for_exchanges(8)
        assert report["uncopied"]["shed"] == 8 and report["exchanges"]["total"] == 8
        gate.set()
        report = proxy.wait_for_exchanges(10)
        assert report["exchanges"]["match"] == 2 and candidate.count() == 2
        # What has ended makes room again.
        client.get("/")
        assert proxy.wait_for_exchanges(11)["exchanges"]["match"] == 3
    assert total_of(proxy.metrics(), "parallax_copies_shed_total", service="test") == 8


@pytest.mark.parametrize("limit", [1, 3])
def test_the_limit_is_of_the_whole_process(primary, candidate, run, limit):
    """However many workers there are, and wherever the clients' connections end up: never more than the limit."""
    gate = threading.Event()
    candidate.always(answers.hold(gate, answers.json({"ok": True})))
    proxy = run(primary, candidate, service={"limits": {"copies": limit}, "timeout": {"copy": "30s"}}, workers=2)
    clients = [proxy.client() for _ in range(16)]
    for client in clients:
        assert client.get("/").status == 200
        client.close()
    report = proxy.wait_for_exchanges(16 - limit)
    assert report["uncopied"]["shed"] >= 16 - limit
    assert candidate.count() <= limit
    gate.set()
    report = proxy.wait_for_exchanges(16)
    assert report["exchanges"]["match"] + report["uncopied"]["shed"] == 16
    assert report["exchanges"]["match"] <= limit


def test_a_reload_makes_no_room(primary, candidate, run):
    gate = threading.Event()
    candidate.always(answers.hold(gate, answers.json({"ok": True})))
    config = make_config(primary, candidate, service={"limits": {"copies": 2}, "timeout": {"copy": "30s"}})
    proxy = run(config=config)
    with proxy.client() as client:
        for _ in range(2):
            client.get("/")
        candidate.wait_for(2)
        for turn in range(1, 4):
            proxy.reload(config)
            client.get("/")
            assert proxy.wait_for_exchanges(turn)["uncopied"]["shed"] == turn
        assert candidate.count() == 2
        gate.set()
        proxy.wait_for_exchanges(5)
        client.get("/")
        assert proxy.wait_for_exchanges(6)["exchanges"]["match"] == 3, "what ended after the reload made room again"


BODY = 8 << 20
KEPT = 256 << 20  # PLX_KEPT_BYTES_MAX


@pytest.mark.timing
def test_a_body_is_kept_once_however_many_copies_wait_and_so_many_at_most(primary, candidate, secondary, run):
    """Candidate and secondary take nothing of what they are sent: all of it waits in the proxy."""

    def take_nothing(connection, _request):
        connection.origin.stopping.wait()
        connection.hang_up()

    for role in (candidate, secondary):
        role.on_head("/up", take_nothing)
    proxy = run(
        primary, candidate, secondary, workers=1, drain="1ms",
        service={"routes": [{"match": "* /**", "copy": "always"}], "timeout": {"copy": "10m"}, "limits": {"body": BODY}},
    )  # fmt: skip
    body = b"x" * BODY
    with proxy.client(timeout=30) as client:
        assert client.get("/").status == 200
        before = proxy.resident_bytes()
        for _ in range(8):
            assert client.request("POST", "/up", body=body).status == 200
        few = proxy.resident_bytes() - before
        assert 7 * BODY < few < 10 * BODY, "8 bodies, for two copies each"
        for _ in range(40):
            assert client.request("POST", "/up", body=body).status == 200
        report = proxy.wait_for_exchanges(16)
        assert proxy.resident_bytes() - before < KEPT + 4 * BODY
    assert report["uncopied"]["shed"] >= 15
