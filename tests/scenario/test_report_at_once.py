# SPDX-License-Identifier: Apache-2.0
"""A report counts every exchange that was answered before it was asked for, and says which are not counted yet."""
import json
import threading

import pytest
from harness import answers
from harness.proxy import run_command, total_of

CLEAN, REGRESSION, UNSURE = 0, 1, 3


def admin_of(proxy):
    return "http://%s:%d" % proxy.admin


def ask(proxy, count, target="/x", status=200):
    with proxy.client() as client:
        for _ in range(count):
            assert client.get(target).status == status


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


def command(proxy, *more):
    done = run_command("report", "--admin", admin_of(proxy), *more)
    return done.returncode, done.stdout, done.stderr


def test_exchanges_whose_copies_have_not_ended_are_told_and_waited_for(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    gate = threading.Event()
    candidate.always(answers.hold(gate, answers.json({"id": 2})))
    proxy = run(primary, candidate, service={"timeout": {"copy": "60s"}})
    ask(proxy, 3)
    [service] = proxy.admin_json("/api/v1/services")["services"]
    assert (service["requests"], service["under_way"]) == (3, 3)
    assert total_of(proxy.metrics(), "parallax_under_way", service="test") == 3
    report = proxy.report()
    assert (report["exchanges"]["total"], report["under_way"]) == (0, 3)
    assert 0 <= report["under_way_seconds"] < 60
    code, out, err = command(proxy, "--wait", "0s")
    assert code == UNSURE and "3 more exchanges are under way" in out
    assert err.startswith("parallax report: test: 3 exchanges are under way") and err.count("\n") == 1
    opener = threading.Timer(0.3, gate.set)
    opener.start()
    code, out, err = command(proxy, "--wait", "30s", "--json")
    opener.join()
    assert (code, err) == (REGRESSION, "")
    [report] = json.loads(out)["services"]
    assert (report["exchanges"]["mismatch"], report["under_way"], report["under_way_seconds"]) == (3, 0, 0)
    assert total_of(proxy.metrics(), "parallax_under_way", service="test") == 0


def test_what_comes_while_a_report_waits_is_not_waited_for(primary, candidate, run):
    """The first copy ends when a second exchange is under way, which never ends while the report is asked for."""
    primary.always(answers.json({"id": 1}))
    first, second = threading.Event(), threading.Event()
    candidate.always(answers.by_turns(answers.hold(first, answers.json({"id": 2})), answers.hold(second, answers.json({"id": 2}))))
    proxy = run(primary, candidate, service={"timeout": {"copy": "60s"}})
    ask(proxy, 1)

    def go_on():
        candidate.wait_for(1)
        ask(proxy, 1)
        candidate.wait_for(2)
        first.set()

    later = threading.Timer(0.2, go_on)
    later.start()
    code, out, err = command(proxy, "--wait", "30s", "--json")
    later.join()
    [report] = json.loads(out)["services"]
    second.set()
    assert (code, err) == (REGRESSION, "")
    assert (report["exchanges"]["total"], report["under_way"]) == (1, 1)


def test_within_waits_until_the_verdict_can_say_it_or_there_is_a_regression(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 1}))
    proxy = run(primary, candidate)
    ask(proxy, 1)
    code, _, err = command(proxy, "--wait", "300ms", "--within", "0.1%")
    assert code == UNSURE and "0.1 %" in err
    candidate.always(answers.json({"id": 2}))
    ask(proxy, 1)
    code, _, err = command(proxy, "--wait", "60s", "--within", "0.1%")
    assert (code, err) == (REGRESSION, "")


@pytest.mark.parametrize("wrong", [["--wait", "soon"], ["--wait", "25h"], ["--wait", "1s", "--within", "0%"], ["--wait", "1s", "--within", "5"], ["--within", "1%"]])
def test_what_cannot_be_waited_for_is_refused(wrong):
    done = run_command("report", *wrong)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and not done.stdout


def test_a_service_with_nothing_to_be_compared_with_does_not_change_the_exit_status(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 1}))
    services = [
        {"name": "test", "hosts": ["test.example"], "primary": primary.url, "candidate": candidate.url},
        {"name": "alone", "hosts": ["alone.example"], "primary": primary.url},
        {"name": "before", "hosts": ["before.example"], "primary": primary.url, "candidate": candidate.url, "stage": "primary"},
        {"name": "after", "hosts": ["after.example"], "primary": primary.url, "candidate": candidate.url, "stage": "candidate"},
    ]
    proxy = run(primary, candidate, services=services, detect="5%")
    with proxy.client() as client:
        for host in ("test.example", "alone.example", "before.example", "after.example"):
            for _ in range(120):
                assert client.request("GET", "/x", host=host).status == 200
    code, out, _ = command(proxy, "--json", "--wait", "10s")
    found = {report["name"]: report["verdict"] for report in json.loads(out)["services"]}
    assert (code, found) == (CLEAN, {"test": "clean", "alone": "not_compared", "before": "not_compared", "after": "not_compared"})
    assert all(report["exchanges"]["total"] == 120 for report in json.loads(out)["services"])
    assert command(proxy, "--service", "alone")[0] == UNSURE


def test_a_verdict_that_changes_is_in_the_log_and_in_the_metrics(primary, candidate, run):
    primary.always(answers.json({"id": 1}))
    candidate.always(answers.json({"id": 2}, status=500))
    proxy = run(primary, candidate, service={"stage": "canary", "share": "100%"})
    ask(proxy, 4, status=500)
    event = proxy.log.wait_event("verdict_changed", service="test", to="regression")
    assert event["from"] == "inconclusive" and "no rule excuses" in event["why"] and event["level"] == "warn"
    code, out, _ = command(proxy)
    assert code == REGRESSION and "served by the candidate: 4, of these 4 differed from the primary" in out
    assert total_of(proxy.metrics(), "parallax_verdict", service="test", endpoint="") == 1
    assert total_of(proxy.metrics(), "parallax_served_differed_total", service="test") == 4
    assert "answers 5xx to 100.0 %, 4 of 4" in run_command("status", "--admin", admin_of(proxy)).stdout
    proxy.kill()
    again = run(primary, candidate, service={"stage": "canary", "share": "100%"})
    assert again.report()["served_differed"] == 4
