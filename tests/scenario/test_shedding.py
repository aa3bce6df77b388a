# SPDX-License-Identifier: Apache-2.0
"""Under pressure copies are shed and counted, client requests are not."""
import threading

import pytest
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
