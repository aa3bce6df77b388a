# SPDX-License-Identifier: Apache-2.0
"""
A disk that is full under the store costs no request and no count: what could not be written is, once there is room.

The disk is played by the largest size that a file of the process may have, which an ordinary user can lower and raise again.
"""
import json
import resource

import pytest
from harness import answers


class Disk:
    def __init__(self, proxy):
        self.pid = proxy.process.pid
        self.room = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)

    def fill(self, left=4096):
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (left, self.room[1]))

    def make_room(self):
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, self.room)


@pytest.fixture
def differing(primary, candidate, run):
    """A proxy whose every answer is a mismatch, and a function that makes some."""
    primary.always(answers.json({"id": 3, "total": 320.5}))
    candidate.always(answers.json({"id": 3, "total": 320}))

    def ask(proxy, count):
        with proxy.client() as client:
            for number in range(count):
                assert client.get(f"/payroll/{number}").status == 200

    return lambda: run(primary, candidate), ask


@pytest.mark.threads
def test_counting_goes_on_and_all_is_written_when_there_is_room(differing):
    start, ask = differing
    proxy = start()
    ask(proxy, 10)
    proxy.wait_for_exchanges(10)
    disk = Disk(proxy)
    disk.fill()
    for turn in range(2, 5):
        ask(proxy, 10)
        proxy.wait_for_exchanges(10 * turn)
    told = proxy.log.wait_event("store_failed")
    assert "parallax.db" in told["file"] and told["error"] and "disk" in told["mend"]
    assert proxy.metrics()[("parallax_store_failures_total", frozenset())] >= 1
    report, differences = proxy.report(), proxy.differences()
    assert report["exchanges"]["mismatch"] == 40 and len(differences) == 40
    # No more traffic is needed for what is missing to be written.
    disk.make_room()
    proxy.log.wait_event("store_recovered")
    assert len(proxy.log.events("store_failed")) == 1, "told once, not with each attempt"
    proxy.kill()
    again = start()
    assert (again.report(), again.differences()) == (report, differences)


def test_what_is_missing_is_written_at_the_end(differing):
    start, ask = differing
    proxy = start()
    disk = Disk(proxy)
    disk.fill()
    ask(proxy, 10)
    report = proxy.wait_for_exchanges(10)
    proxy.log.wait_event("store_failed")
    disk.make_room()
    proxy.stop()
    assert not proxy.log.events("counts_lost")
    assert start().report() == report


def test_a_disk_that_stays_full_loses_what_came_then_and_says_so(differing):
    start, ask = differing
    proxy = start()
    ask(proxy, 10)
    report = proxy.wait_for_exchanges(10)
    Disk(proxy).fill()
    ask(proxy, 10)
    proxy.wait_for_exchanges(20)
    proxy.stop()
    proxy.log.wait_event("counts_lost")
    assert start().report() == report


def test_a_rollback_is_in_force_at_once_and_stored_when_there_is_room(primary, candidate, run):
    proxy = run(primary, candidate, service={"stage": "canary", "share": "100%"})
    disk = Disk(proxy)
    disk.fill(left=0)
    response = proxy.ask_admin("POST", "/api/v1/services/test/rollback")
    service = json.loads(response.body)
    assert (response.status, service["stage"], service["changed"]["stored"]) == (200, "shadow", False)
    assert proxy.log.wait_event("stage_changed")["stored"] == "no"
    assert "disk" in proxy.log.wait_event("stages_failed")["mend"]
    disk.make_room()
    proxy.log.wait_event("stages_recovered")
    assert proxy.admin_json("/api/v1/services/test")["changed"]["stored"] is True
    proxy.kill()
    again = run(primary, candidate, service={"stage": "canary", "share": "100%"})
    assert again.admin_json("/api/v1/services/test")["stage"] == "shadow"
