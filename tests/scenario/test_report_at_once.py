# SPDX-License-Identifier: Apache-2.0
"""A report counts every exchange that was answered before it was asked for, and says which are not counted yet."""
import json

import pytest
from harness import answers
from harness.proxy import run_command, total_of

CLEAN, REGRESSION, UNSURE = 0, 1, 3


def admin_of(proxy):
    return "http://%s:%d" % proxy.admin


def ask(proxy, count, target="/x"):
    with proxy.client() as client:
        for _ in range(count):
            assert client.get(target).status == 200


@pytest.mark.parametrize("_time", range(10))
def test_a_report_straight_after_the_last_answer_has_every_exchange(primary, candidate, run, _time):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.by_turns(*[answers.json({"id": 1})] * 100, answers.json({"id": 2})))
    proxy = run(primary, candidate)
    ask(proxy, 101)
    done = run_command("report", "--json", "--admin", admin_of(proxy))
    [report] = json.loads(done.stdout)["services"]
    assert (done.returncode, report["verdict"]) == (REGRESSION, "regression")
    assert report["exchanges"]["total"] == 101 and report["exchanges"]["mismatch"] == 1


def test_every_path_that_tells_of_counts_has_them_at_once(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    proxy = run(primary, candidate, service={"copy": "0%"})
    for count in range(1, 6):
        ask(proxy, 1)
        assert proxy.report()["exchanges"]["total"] == 3 * count - 2
        ask(proxy, 1)
        assert total_of(proxy.metrics(), "parallax_exchanges_total", verdict="uncopied") == 3 * count - 1
        ask(proxy, 1)
        [endpoint] = proxy.admin_json("/api/v1/services/test/endpoints")["endpoints"]
        assert endpoint["exchanges"]["total"] == 3 * count
