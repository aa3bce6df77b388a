# SPDX-License-Identifier: Apache-2.0
"""Under pressure copies are shed and counted, client requests are not."""
import threading

from harness import answers
from harness.proxy import poll, total_of


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


def test_the_limit_is_of_the_whole_process(primary, candidate, run):
    proxy = run(primary, candidate, service={"limits": {"copies": 1}}, workers=2)
    gate = threading.Event()
    candidate.always(answers.hold(gate, answers.json({"ok": True})))
    clients = [proxy.client() for _ in range(8)]
    for client in clients:
        assert client.get("/").status == 200
    for client in clients:
        client.close()
    # One for the whole process, however many workers there are.
    report = proxy.wait_for_exchanges(7)
    assert report["uncopied"]["shed"] == 7
    gate.set()
    assert proxy.wait_for_exchanges(8)["exchanges"]["match"] == 1
    poll("one copy", lambda: candidate.count() == 1)
