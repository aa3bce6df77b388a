# SPDX-License-Identifier: Apache-2.0
"""Results that `parallax reconcile` posts stand in the ledger beside the services: report, metrics and the API tell them, and kill -9 takes none."""
import json
import xml.etree.ElementTree as ElementTree

from harness import marks
from harness.proxy import run_command

PATH = "/api/v1/reconciliations"
ROW = {"message": "b"}
PAIR = {"key": {"message": "c"}, "differences": [{"field": "/total", "kind": "value", "left": "1", "right": "2"}]}


def result(name="notifications", second=0, **more):
    """A run that found one row without a partner and one pair that differs."""
    made = {
        "name": name, "result": False, "started": f"2026-11-25T12:00:{second:02}.000Z", "seconds": 0.123,
        "left": {"store": "postgresql://user:hunter2@host/monolith-db", "rows": 3}, "right": {"store": "sqlite:ms.db", "rows": 4},
        "paired": 2, "only_left": 0, "only_right": 1, "differing": 1, "waiting": 0, "consumed": 2, "error": None,
        "examples": {"only_left": [], "only_right": [ROW], "differing": [PAIR]},
    }  # fmt: skip
    return {**made, **more}


def equal(name="notifications", second=0):
    return result(name, second, result=True, only_right=0, differing=0, examples={})


def failed(name="notifications", second=0):
    return result(name, second, result=None, error="sqlite:ms.db: no such table: notification")


def post(proxy, what, path=PATH, status=200):
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    response = proxy.ask_admin("POST", path, [("Content-Type", "application/json")], body)
    assert response.status == status, response.body
    return json.loads(response.body)


def report(proxy, *more, status):
    done = run_command("report", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}", *more)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def metrics(proxy):
    text = proxy.ask_admin("GET", "/metrics").body.decode()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("parallax_reconcile_")}


def test_what_was_posted_is_told_everywhere(primary, run):
    proxy = run(primary)
    assert proxy.admin_json(PATH) == {"reconciliations": []}
    post(proxy, equal(second=1))
    told = post(proxy, result(second=2))
    assert told["runs"] == {"total": 2, "true": 1, "false": 1, "failed": 0}
    assert told["rows"]["paired"] == 4 and told["rows"]["only_right"] == 1
    post(proxy, failed("orders"))
    listed = proxy.admin_json(PATH)["reconciliations"]
    assert [one["name"] for one in listed] == ["notifications", "orders"]
    last = listed[0]["last"]
    assert last["result"] is False and last["examples"] == {"only_left": [], "only_right": [ROW], "differing": [PAIR]}
    assert [run["result"] for run in proxy.admin_json(f"{PATH}/notifications")["history"]] == [False, True]
    told = metrics(proxy)
    assert told['parallax_reconcile_runs_total{reconciliation="notifications",result="true"}'] == 1
    assert told['parallax_reconcile_rows{reconciliation="notifications",outcome="only_right"}'] == 1
    assert told['parallax_reconcile_result{reconciliation="notifications"}'] == 0
    assert told['parallax_reconcile_last_run_seconds{reconciliation="notifications"}'] == 1795608002
    assert 'parallax_reconcile_result{reconciliation="orders"}' not in told


def test_the_report_has_them_in_each_format(primary, run, tmp_path):
    proxy = run(primary)
    post(proxy, result(second=2))
    text = report(proxy, status=1)
    assert "notifications: false   (reconciliation, 1 run: 1 false)\n" in text
    assert "1 row of the right side has no partner, 1 pair differs\n" in text and '{"message": "b"}' in text and "1 -> 2" in text
    assert json.loads(report(proxy, "--json", status=1))["reconciliations"] == proxy.admin_json(PATH)["reconciliations"]
    suite = ElementTree.fromstring(report(proxy, "--junit", status=1)).find("testsuite[@name='reconciliation notifications']")
    assert suite.get("failures") == "1" and suite.find("testcase/failure").get("message") == "false"
    page = tmp_path / "report.html"
    report(proxy, "--html", page, status=1)
    assert '<h2>notifications <span class="v regression">false</span></h2>' in page.read_text(encoding="utf-8")
    # Of one service it says nothing of them: that one has seen nothing yet.
    assert "notifications" not in report(proxy, "--service", "test", status=3)


def test_the_exit_status_is_that_of_the_last_run(primary, candidate, run):
    proxy = run(primary, candidate, detect="5%")
    with proxy.client() as client:
        for _ in range(100):
            client.get("/")
    proxy.wait_for_exchanges(100)
    for second, (what, status) in enumerate([(equal, 0), (result, 1), (failed, 3), (equal, 0)]):
        post(proxy, what(second=second))
        report(proxy, status=status)


def test_kill_9_takes_nothing_that_was_answered(primary, run, tmp_path):
    proxy = run(primary)
    for second in range(30):
        post(proxy, result(second=second) if second % 2 else equal(second=second))
        post(proxy, failed("orders", second))
    before = [proxy.admin_json(f"{PATH}/{name}") for name in ("notifications", "orders")]
    assert before[0]["runs"] == {"total": 30, "true": 15, "false": 15, "failed": 0} and len(before[0]["history"]) == 20
    told = metrics(proxy)
    proxy.kill()
    again = run(primary)
    assert [again.admin_json(f"{PATH}/{name}") for name in ("notifications", "orders")] == before
    assert metrics(again) == told
    # What is no longer run is forgotten on demand, for good.
    assert [one["name"] for one in post(again, {}, f"{PATH}/orders/forget")["reconciliations"]] == ["notifications"]
    again.kill()
    last = run(primary)
    assert [one["name"] for one in last.admin_json(PATH)["reconciliations"]] == ["notifications"]
    for file in tmp_path.glob("parallax.db*"):
        assert b"hunter2" not in file.read_bytes()


def test_passwords_are_kept_nowhere(primary, run):
    proxy = run(primary)
    post(proxy, result())
    post(proxy, result("orders", result=None, error="connecting to postgres://me:hunter2@host/x?password=hunter2 failed"))
    everything = proxy.ask_admin("GET", PATH).body + proxy.ask_admin("GET", "/metrics").body + report(proxy, status=1).encode()
    assert b"hunter2" not in everything and b"postgresql://user:[redacted]@host/monolith-db" in marks.without_digits(everything)


WRONG = [
    b"", b"[]", b"{", b'{"name":"x"}', b"\xff", b"[" * 60000, json.dumps(result(name="a/b")).encode(), json.dumps(result(result=True)).encode(),
    json.dumps(result(paired=-1)).encode(), json.dumps(result(paired=2**70)).encode(), json.dumps(result(started="now")).encode(),
    json.dumps(result(error="x")).encode(), json.dumps(result(examples=[1])).encode(), json.dumps(result(examples={"only_left": [1]})).encode(),
]  # fmt: skip


def test_what_makes_no_sense_is_refused_and_changes_nothing(primary, run):
    proxy = run(primary)
    for body in WRONG:
        assert post(proxy, body, status=400)["error"]["code"] == "bad_reconciliation", body
    assert proxy.ask_admin("POST", PATH, [], b"x" * (1 << 20)).status == 413
    assert proxy.ask_admin("POST", PATH, [("Origin", "http://evil.example")], json.dumps(result()).encode()).status == 403
    assert proxy.admin_json(PATH) == {"reconciliations": []}
    # More than is kept is cut, and said.
    many = [{"n": n, "text": "x" * 500} for n in range(60)]
    told = post(proxy, result(only_left=60, examples={"only_left": many, "differing": [PAIR]}, later="unknown members are let pass"))
    assert len(told["last"]["examples"]["only_left"]) == 10 and told["last"]["examples_cut"] == 50


def test_there_are_only_so_many_names(primary, run):
    proxy = run(primary, store="none")
    for number in range(256):
        post(proxy, equal(f"job-{number}"))
    refused = post(proxy, equal("one-more"), status=409)["error"]
    assert refused["code"] == "too_many_reconciliations" and "forget" in refused["message"]
    post(proxy, {}, f"{PATH}/job-7/forget")
    post(proxy, equal("one-more"))


def test_without_the_token_nothing_is_taken(primary, run):
    proxy = run(primary, token="open-sesame-0123456789")
    body = json.dumps(result()).encode()
    assert proxy.ask_admin("POST", PATH, [], body).status == 401
    assert proxy.ask_admin("POST", PATH, [("Authorization", "Bearer open-sesame-0123456789")], body).status == 200
