# SPDX-License-Identifier: Apache-2.0
"""`parallax reconcile --serve`: runs on schedule and on demand, one of a job at a time, and nothing else waits for them."""
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest
from harness.client import Client
from harness.proxy import PROGRAM, SANITIZER, Log, address_of, parse_metrics, poll, run_command

SELECT = "SELECT id, message FROM n WHERE consumed = 0"
UPDATE = "UPDATE n SET consumed = 1 WHERE id = $1"


class Served:
    def __init__(self, folder, config, *flags, environment=None):
        (folder / "jobs.yaml").write_text(config if isinstance(config, str) else json.dumps(config))
        command = [str(PROGRAM), "reconcile", "-c", "jobs.yaml", "--serve", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )
        self.log, self.output = Log(self.process.stderr), Log(self.process.stdout)
        self.log.wait_event("ready")
        self.address = address_of(self.log.wait_event("listening")["address"])

    def ask(self, target, method="GET", headers=(), host=None):
        with Client(self.address) as client:
            return client.request(method, target, headers, host=host or f"{self.address[0]}:{self.address[1]}")

    def compare(self, target="/notification/compare"):
        response = self.ask(target)
        return response.status, response.body.decode()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.thread.join(5)
        self.output.thread.join(5)
        assert code == 0 and not SANITIZER.search(self.log.text()), self.log.text()


@pytest.fixture
def serve(tmp_path):
    served = []

    def start(config, *flags, **options):
        served.append(Served(tmp_path, config, *flags, **options))
        return served[-1]

    yield start
    for one in served:
        one.stop()


def add(path, *messages):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE IF NOT EXISTS n (id INTEGER PRIMARY KEY, message TEXT, consumed INT DEFAULT 0)")
        db.executemany("INSERT INTO n (message) VALUES (?)", [(m,) for m in messages])
    db.close()


def job(tmp_path, **more):
    sides = {side: {"store": f"sqlite:{tmp_path}/{side}.db", "query": SELECT, "consume": UPDATE} for side in ("left", "right")}
    return {"name": "notifications", **sides, "by": ["message"], **more}


@pytest.fixture
def on_demand(tmp_path):
    add(tmp_path / "left.db", "a", "b", "b")
    add(tmp_path / "right.db", "b", "a")
    return {"reconcile": [job(tmp_path, serve="GET /notification/compare", every="0 0 * * *")]}


def test_a_request_runs_the_job_and_is_told_how_it_came_out(serve, on_demand, tmp_path):
    served = serve(on_demand)
    poll("its address on standard output", lambda: served.output.lines == [f"listening on 127.0.0.1:{served.address[1]}"])
    assert served.compare() == (200, "false\n")
    assert served.log.wait_event("run_ended", result="false")["only_left"] == "1"
    add(tmp_path / "right.db", "b")
    assert served.compare() == (200, "true\n")
    told = served.ask("/notification/compare", headers=[("Accept", "application/json")])
    result = json.loads(told.body)
    assert (told.get("Content-Type"), result["result"], result["paired"]) == ("application/json", True, 0)
    last = json.loads(served.ask("/reconciliations").body)["reconciliations"][0]
    assert (last["name"], last["running"], last["last"]["result"]) == ("notifications", False, True)
    metrics = parse_metrics(served.ask("/metrics").body.decode())
    labels = {"reconciliation": "notifications"}
    assert metrics["parallax_reconcile_result", frozenset(labels.items())] == 1
    assert metrics["parallax_reconcile_runs_total", frozenset({**labels, "result": "false"}.items())] == 1


@pytest.mark.threads
def test_requests_during_a_run_share_the_next_one(serve, on_demand, tmp_path):
    """The settle time keeps the first run under way, which has read the stores before the others ask."""
    on_demand["reconcile"][0]["settle"] = "700ms"
    served = serve(on_demand)
    answers = []
    first = threading.Thread(target=lambda: answers.append(served.compare()))
    first.start()
    wait_running(served)
    others = [threading.Thread(target=lambda: answers.append(served.compare())) for _ in range(3)]
    for other in others:
        other.start()
    assert served.ask("/healthz").body == b"ok\n"
    for thread in [first, *others]:
        thread.join(20)
    assert answers == [(200, "false\n")] * 4
    served.log.wait_event("run_ended", 2)
    assert len(served.log.events("run_ended")) == 2


def wait_running(served):
    for _ in range(1000):
        if json.loads(served.ask("/reconciliations").body)["reconciliations"][0]["running"]:
            return
    raise AssertionError("no run has begun")


def test_a_stop_during_a_run_leaves_all_as_it_was(serve, on_demand, tmp_path):
    on_demand["reconcile"][0]["settle"] = "60s"
    served = serve(on_demand)
    client = Client(served.address)
    client.send(b"GET /notification/compare HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_running(served)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    client.close()
    with sqlite3.connect(tmp_path / "left.db") as db:
        assert db.execute("SELECT count(*) FROM n WHERE consumed = 1").fetchone() == (0,)
    done = run_command("reconcile", "-c", "jobs.yaml", "--settle", "1ms", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["reconciliations"][0]["consumed"] == 2


def test_an_interval_runs_by_itself(serve, on_demand):
    on_demand["reconcile"][0]["every"] = "1s"
    served = serve(on_demand)
    served.log.wait_event("run_ended", 2, deadline=10)


def test_a_run_that_fails_says_why(serve, on_demand, tmp_path):
    served = serve(on_demand)
    with sqlite3.connect(tmp_path / "right.db") as db:
        db.execute("DROP TABLE n")
    status, body = served.compare()
    assert status == 500 and "no such table: n" in json.loads(body)["error"]["message"]
    assert "no such table: n" in served.log.wait_event("run_failed")["error"]


def test_who_may_ask(serve, on_demand):
    served = serve(on_demand)
    assert served.ask("/notification/compare", host="evil.example.com").status == 403
    assert served.ask("/healthz", host="evil.example.com").status == 200
    assert served.ask("/notification/compare", "POST").status == 405
    assert served.ask("/notification/compare", "HEAD").get("Allow") == "GET"
    assert served.ask("/nothing").status == 404
    assert b"/notification/compare" in served.ask("/").body
    assert not served.log.events("run_ended")


def test_a_token_is_asked_for_where_there_is_one(serve, on_demand):
    served = serve(on_demand, environment={"PARALLAX_TOKEN": "s3cret-0123456789"})
    assert served.ask("/notification/compare").status == 401
    assert served.ask("/notification/compare", headers=[("Authorization", "Bearer s3cret-0123456789")]).body == b"false\n"


def test_a_page_of_another_site_runs_nothing(serve, on_demand):
    served = serve(on_demand)
    refused = served.ask("/notification/compare", headers=[("Sec-Fetch-Site", "cross-site")])
    assert refused.status == 403 and json.loads(refused.body)["error"]["code"] == "foreign_site"
    assert served.ask("/notification/compare", host="evil.example").status == 403
    assert json.loads(served.ask("/reconciliations").body)["reconciliations"][0]["last"] is None
    assert served.ask("/notification/compare", headers=[("Sec-Fetch-Site", "none")]).body == b"false\n"


def test_beyond_loopback_a_token_has_to_be_there(tmp_path):
    done = run_command("reconcile", "-c", "x.yaml", "--serve", "0.0.0.0:0", cwd=tmp_path)
    assert done.returncode == 2 and "would be open to other machines without a token" in done.stderr


def test_results_go_to_a_running_proxy(serve, on_demand, primary, run, tmp_path):
    proxy = run(primary)
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"
    served = serve(on_demand, "--admin", admin)
    assert served.compare() == (200, "false\n")
    [one] = proxy.admin_json("/api/v1/reconciliations")["reconciliations"]
    assert (one["name"], one["last"]["result"], one["last"]["only_left"]) == ("notifications", False, 1)
    assert one["last"]["examples"]["only_left"] == [{"id": 3, "message": "b"}]
    report = run_command("report", "--admin", admin, "--json")
    assert report.returncode == 1 and json.loads(report.stdout)["reconciliations"][0]["name"] == "notifications"
    assert '{"id":3,"message":"b"}' in run_command("report", "--admin", admin).stdout
    add(tmp_path / "right.db", "b")
    done = run_command("reconcile", "-c", "jobs.yaml", cwd=tmp_path, env={**os.environ, "PARALLAX_ADMIN": admin})
    assert (done.returncode, done.stderr) == (0, "")
    [one] = proxy.admin_json("/api/v1/reconciliations")["reconciliations"]
    assert (one["last"]["result"], one["runs"]["true"], one["runs"]["false"]) == (True, 1, 1)


def test_a_proxy_that_is_not_there_is_said(on_demand, tmp_path):
    (tmp_path / "jobs.yaml").write_text(json.dumps(on_demand))
    done = run_command("reconcile", "-c", "jobs.yaml", "--admin", "http://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout.startswith("false\n")
    assert "the result could not be sent to http://127.0.0.1:1" in done.stderr


# ---- configuration


@pytest.mark.parametrize(
    "change, said",
    [
        ({"by": []}, "nothing says what pairs rows"),
        ({"every": "61 * * * *"}, "the minute is a number from 0 to 59"),
        ({"every": "10ms"}, "an interval is from 1s to 8784h"),
        ({"serve": "compare"}, "write GET and a path, as in GET /notification/compare"),
        ({"name": "a b"}, "use letters, digits, . _ -, at most 64 of them"),
        ({"settle": "forever"}, "is no duration that can be used here"),
        ({"memory": "1KB"}, "give it 1MiB or more"),
        ({"left": {"store": "mysql:x"}}, "write sqlite:FILE, postgresql://USER@HOST/DATABASE, jsonl:FILE or csv:FILE"),
        ({"left": {"store": "csv:x", "query": "SELECT 1"}}, "a file has neither query nor consume"),
        ({"rules": {"tolerance": {"/total": "much"}}}, "tolerance"),
        ({"colour": "red"}, "a job has no key `colour`"),
    ],
)
def test_a_job_that_is_none(tmp_path, change, said):
    config = {"reconcile": [{**job(tmp_path), **change}]}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    done = run_command("check", "-c", "c.yaml", cwd=tmp_path)
    assert done.returncode == 1 and said in done.stderr and "c.yaml:1:" in done.stderr, done.stderr
    assert run_command("reconcile", "-c", "c.yaml", cwd=tmp_path).returncode == 2


def test_jobs_by_name(tmp_path):
    add(tmp_path / "left.db", "a")
    add(tmp_path / "right.db", "a")
    jobs = [{**job(tmp_path), "name": name} for name in ("one", "two")]
    (tmp_path / "c.yaml").write_text(json.dumps({"reconcile": jobs}))
    done = run_command("reconcile", "-c", "c.yaml", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("true\n\none  true\n  paired      1\n") and "\n\ntwo  true\n" in done.stdout
    assert "one" not in run_command("reconcile", "-c", "c.yaml", "--dry-run", "two", cwd=tmp_path).stdout
    done = run_command("reconcile", "-c", "c.yaml", "three", cwd=tmp_path)
    assert done.returncode == 2 and "has no job 'three' under `reconcile`" in done.stderr


def test_a_proxy_s_configuration_may_have_jobs(primary, run, tmp_path):
    config = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "services": [{"name": "test", "primary": primary.url}], "reconcile": [job(tmp_path)]}
    run(config=config)
    done = run_command("check", "-c", "parallax.yaml", cwd=tmp_path)
    assert done.returncode == 0 and "reconcile notifications" in done.stdout, done.stdout
