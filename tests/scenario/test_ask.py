# SPDX-License-Identifier: Apache-2.0
"""`parallax ask`: one request to all roles, compared at once; nothing is counted, and nothing is changed unless that was said."""
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import answers
from harness.client import Client
from harness.origin import closed_port
from harness.proxy import poll, run_command


def ask(proxy, *arguments):
    return run_command("ask", *arguments, "--admin", "http://%s:%d" % proxy.admin)


def post(proxy, service="test", **wish):
    with Client(proxy.admin) as asking:
        return asking.request("POST", f"/api/v1/services/{service}/ask", [], json.dumps(wish).encode(), host="%s:%d" % proxy.admin)


def test_the_same_is_0_and_200(primary, candidate, run):
    for role in (primary, candidate):
        role.always(answers.json({"total": 320.0}))
    proxy = run(primary, candidate)
    told = ask(proxy, "/payroll")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("the same\n")
    answer = post(proxy, target="/payroll")
    assert (answer.status, json.loads(answer.body)["verdict"]) == (200, "match")


def test_different_is_1_and_412_with_the_differences(primary, candidate, run):
    primary.always(answers.json({"total": 320.0}))
    candidate.always(answers.json({"total": 32}))
    proxy = run(primary, candidate)
    told = ask(proxy, "/payroll?year=1", "-H", "Accept: application/json")
    assert (told.returncode, told.stderr) == (1, "")
    assert "different\n" in told.stdout and "/total" in told.stdout and "320.0 -> 32" in told.stdout
    answer = post(proxy, target="/payroll")
    told = json.loads(answer.body)
    assert answer.status == 412
    assert [(d["field"], d["primary"], d["candidate"]) for d in told["asked"]["differences"]] == [("/total", "320.0", "32")]
    [request] = [r for r in candidate.wait_for(2) if r.target == "/payroll?year=1"]
    assert (request.get("Accept"), request.get("Parallax-Role")) == ("application/json", "candidate")
    assert request.get("Parallax-Exchange") == primary.wait_for(1)[0].get("Parallax-Exchange")
    assert proxy.report()["exchanges"]["total"] == 0, "nothing of it is counted"


def test_rules_and_noise_count_as_they_do_for_clients(primary, candidate, secondary, run):
    values = iter(range(1000))
    for role in (primary, candidate, secondary):
        role.always(lambda connection, request: answers.json({"id": next(values), "total": 1})(connection, request))
    proxy = run(primary, candidate, secondary, service={"routes": [{"match": "GET /ruled", "compare": {"ignore": ["/id"]}}]})
    assert json.loads(post(proxy, target="/ruled").body)["verdict"] == "ignored"
    asked = json.loads(post(proxy, target="/noisy").body)
    assert asked["verdict"] != "mismatch" or asked["asked"]["differences"][0]["noise"]
    assert secondary.count() == 2


def test_a_role_that_does_not_answer_is_3_and_502(primary, run):
    primary.always(answers.json({}))
    proxy = run(primary, closed_port())
    told = ask(proxy, "/payroll")
    assert (told.returncode, told.stdout.splitlines()[0]) == (3, "nobody can say: connect")
    answer = post(proxy, target="/payroll")
    assert (answer.status, json.loads(answer.body)["reason"]) == (502, "connect")


def test_what_changes_something_has_to_be_said(primary, candidate, run):
    for role in (primary, candidate):
        role.always(answers.json({"id": 3}, status=201))
    proxy = run(primary, candidate)
    told = ask(proxy, "/payroll", "-d", '{"total":1}')
    assert told.returncode == 2 and "--unsafe" in told.stderr
    assert post(proxy, target="/payroll", method="POST", body="x").status == 400
    assert post(proxy, target="/payroll", method="DELETE").status == 400
    assert primary.count() == candidate.count() == 0
    assert ask(proxy, "/payroll", "-d", '{"total":1}', "--unsafe", "-H", "Content-Type: application/json").returncode == 0
    for role in (primary, candidate):
        [request] = role.wait_for(1)
        assert (request.method, request.body, request.get("Content-Type")) == ("POST", b'{"total":1}', "application/json")


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"target": "payroll"},
        {"target": "/a b"},
        {"target": "/a\r\nX: y"},
        {"target": "/", "method": "GET / HTTP/1.1\r\nX: y\r\n\r\nPOST"},
        {"target": "/", "headers": {"X": "a\r\nY: b"}},
        {"target": "/", "headers": {"Content-Length": "9"}},
        {"target": "/", "headers": {"Transfer-Encoding": "chunked"}},
        {"target": "/", "headers": ["X"]},
        {"target": "/", "unsafe": "yes"},
        {"target": "/", "more": 1},
        {"target": 5},
    ],
)
def test_what_is_no_request_is_refused(primary, candidate, run, wish):
    proxy = run(primary, candidate)
    answer = post(proxy, **wish)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "bad_ask")
    assert primary.count() == candidate.count() == 0


def test_it_is_asked_at_every_stage_but_not_in_a_pause(primary, candidate, run):
    for role in (primary, candidate):
        role.always(answers.text(b"same"))
    proxy = run(primary, candidate, service={"stage": "primary"})
    assert post(proxy, target="/").status == 200
    run_command("pause", "test", "--admin", "http://%s:%d" % proxy.admin)
    answer = post(proxy, target="/")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (409, "paused")


def test_which_service_is_found_by_the_host(primary, candidate, make_origin, run):
    other = make_origin("other").always(answers.text(b"other"))
    for role in (primary, candidate):
        role.always(answers.text(b"same"))
    services = [
        {"name": "payment", "hosts": ["payment.service"], "primary": primary.url, "candidate": candidate.url},
        {"name": "else", "hosts": ["else.service"], "primary": other.url, "candidate": primary.url},
    ]
    proxy = run(config={"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "store": "none", "services": services})
    assert ask(proxy, "http://payment.service:8080/x").returncode == 0
    assert candidate.wait_for(1)[0].get("Host") == "payment.service:8080"
    assert ask(proxy, "/x", "--service", "else").returncode == 1
    told = ask(proxy, "/x")
    assert told.returncode == 2 and "payment, else" in told.stderr


def test_so_many_at_once_and_no_more(primary, candidate, run):
    go_on = threading.Event()

    def held(connection, request):
        go_on.wait(10)
        answers.text(b"same")(connection, request)

    primary.always(held)
    candidate.always(answers.text(b"same"))
    proxy = run(primary, candidate)
    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(post, proxy, target="/") for _ in range(16)]
        primary.wait_for(16)
        answer = post(proxy, target="/")
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (503, "busy")
        go_on.set()
        assert {one.result().status for one in asking} == {200}
    assert post(proxy, target="/").status == 200


def test_the_proxy_ends_though_somebody_waits(primary, candidate, run):
    primary.always(answers.silent if hasattr(answers, "silent") else lambda connection, request: connection.wait_closed())
    candidate.always(answers.text(b"same"))
    proxy = run(primary, candidate)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(post, proxy, target="/")
        primary.wait_for(1)
        proxy.terminate()
        assert proxy.wait_exit() == 0
        asking.exception(10)


def test_a_role_that_hangs_is_given_up(primary, candidate, run):
    candidate.always(lambda connection, request: connection.wait_closed())
    primary.always(answers.text(b"same"))
    proxy = run(primary, candidate, service={"timeout": {"copy": "300ms"}})
    answer = post(proxy, target="/")
    assert (answer.status, json.loads(answer.body)["reason"]) == (502, "timeout")
    poll("done", lambda: post(proxy, target="/").status == 502)


def test_a_service_that_there_is_not_is_told_with_those_that_there_are(primary, candidate, run):
    proxy = run(primary, candidate)
    for command in (("ask", "/x", "--service", "payment"), ("stage", "payment", "primary"), ("report", "--service", "payment")):
        done = run_command(*command, "--admin", "http://%s:%d" % proxy.admin)
        assert done.returncode == 2 and "there is no service 'payment', but test" in done.stderr
