# SPDX-License-Identifier: Apache-2.0
"""
Whether a candidate can hurt, in short: candidate and secondary are in each mode of trouble in turn; every byte that clients get is the primary's, and
every exchange is counted once. `./dev faults` measures what it costs them.
"""
import contextlib

import pytest
from harness import answers, fault_modes

REQUESTS = 12
# What is odd, but may be answered in time and read as what it says.
MAY_MATCH = ("slow to accept", "answers before it is asked", "10,000 header lines")
SERVERS = {
    "refused": fault_modes.Refused,
    "a black hole": fault_modes.BlackHole,
    "no such name": fault_modes.NoSuchName,
    "slow to accept": lambda: fault_modes.FaultServer(fault_modes.good, accept_pause=0.5),
}


def start(mode):
    return SERVERS[mode]() if mode in SERVERS else fault_modes.FaultServer(fault_modes.MODES[mode])


@pytest.mark.parametrize("mode", [*fault_modes.MODES, *SERVERS])
def test_clients_have_the_primarys_answer_whatever_the_copies_meet(primary, run, mode):
    primary.always(answers.answer(200, fault_modes.PAGE, [("Content-Type", "application/json")]))
    with contextlib.ExitStack() as stack:
        servers = []
        for _ in range(2):
            servers.append(start(mode))
            stack.callback(servers[-1].stop)
        proxy = run(primary, servers[0], servers[1], service={"timeout": {"copy": "800ms", "connect": "400ms"}})
        for _ in range(3):
            with proxy.client() as client:
                for _ in range(REQUESTS // 3):
                    answer = client.get("/")
                    assert (answer.status, answer.body) == (200, fault_modes.PAGE)
        report = proxy.wait_for_exchanges(REQUESTS, deadline=30)
    counts = report["exchanges"]
    assert counts["total"] == REQUESTS
    assert counts["total"] == sum(counts[key] for key in ("match", "mismatch", "ignored", "incomparable", "uncopied"))
    if mode == "well":
        assert counts["match"] == REQUESTS, counts
    elif mode not in MAY_MATCH:
        assert counts["match"] < REQUESTS, counts
