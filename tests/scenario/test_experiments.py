# SPDX-License-Identifier: Apache-2.0
"""Experiments in process stand in the ledger beside the services: a program posts its runs, and report, diffs, status and metrics tell of them."""
import json
import subprocess

from harness import marks
from harness.proxy import BUILD, run_command, total_of

PROGRAM = BUILD / "tests" / "programs" / "experiments"
RUNS = 40


def publish(proxy, runs=RUNS, token=""):
    """The test program posts to the proxy; returns what it has counted itself."""
    done = subprocess.run(
        [PROGRAM, f"http://{proxy.admin[0]}:{proxy.admin[1]}", token, str(runs)],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def post(proxy, body, headers=()):
    if isinstance(body, str):
        body = body.encode()
    return proxy.ask_admin("POST", "/api/v1/experiments", [("Content-Type", "application/x-ndjson"), *headers], body)


def line(experiment="e", verdict="match", **more):
    candidate = {"name": "candidate", "verdict": verdict, "value": 2, "wall": 0.002}
    return json.dumps({"experiment": experiment, "control": {"name": "control", "value": 1, "wall": 0.001}, "candidates": [{**candidate, **more}]})


def report_of(proxy, experiment):
    return proxy.admin_json(f"/api/v1/experiments/{experiment}/report")


def test_a_program_s_runs_are_counted_as_it_counts_them(primary, candidate, run):
    proxy = run(primary, candidate)
    told = publish(proxy)
    assert told["lines"] == {"published": RUNS + 10, "dropped": 0, "failed": 0}
    orders, numbers = report_of(proxy, "orders"), report_of(proxy, "numbers")
    assert orders["kind"] == "experiment" and orders["runs"] == told["orders"]["runs"] == RUNS
    same, wrong = orders["endpoints"]
    assert (same["endpoint"], wrong["endpoint"]) == ("same", "wrong")
    assert same["exchanges"]["match"] == RUNS
    assert wrong["exchanges"]["mismatch"] == told["orders"]["mismatch"] == 14
    fields = {field["field"]: field["differences"] for field in wrong["fields"]}
    assert fields == {"/items/*/price": 10, "/card": 10, "error": 4}
    assert orders["verdict"] == "regression" and orders["latency"]["primary"]["count"] == 2 * RUNS
    assert numbers["exchanges"] == {"total": 10, "match": 5, "mismatch": 0, "ignored": 0, "incomparable": 5, "uncopied": 0}
    assert numbers["incomparable"]["crash"] == told["numbers"]["incomparable"] == 5
    assert [e["name"] for e in proxy.admin_json("/api/v1/experiments")["experiments"]] == ["numbers", "orders"]
    assert proxy.admin_json("/api/v1/experiments/numbers")["endpoints"] == ["leaving"]


def test_the_example_publishes_to_a_running_server(primary, candidate, run):
    proxy = run(primary, candidate)
    environment = {"PARALLAX_ADMIN": f"http://{proxy.admin[0]}:{proxy.admin[1]}"}
    done = subprocess.run([BUILD / "examples" / "scientist" / "cart"], env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.endswith("5 runs: 3 match, 1 mismatch, 1 ignored\n")
    assert report_of(proxy, "cart-total")["exchanges"] == {"total": 5, "match": 3, "mismatch": 1, "ignored": 1, "incomparable": 0, "uncopied": 0}


def test_mismatches_are_kept_whole_and_secrets_are_not(primary, candidate, run):
    proxy = run(primary, candidate)
    publish(proxy)
    kept = proxy.admin_json("/api/v1/experiments/orders/differences?field=/items/1/price&limit=1")["differences"][0]
    assert kept["experiment"] == "orders" and kept["context"]["order"] == 36
    assert kept["control"]["value"]["items"][1]["price"] == 5 and kept["candidate"]["value"]["items"][1]["price"] == 6
    assert {"field": "/items/1/price", "kind": "value", "primary": "5", "candidate": "6", "noise": False} in kept["differences"]
    assert proxy.admin_json(f"/api/v1/exchanges/{kept['id']}") == kept
    everything = json.dumps([proxy.admin_json("/api/v1/experiments/orders/differences?limit=1000"), report_of(proxy, "orders")])
    assert "4111" not in everything and "s3cret" not in everything and "[redacted]" in marks.without_digits(everything)


def test_metrics_are_those_that_the_library_writes(primary, candidate, run):
    proxy = run(primary, candidate)
    publish(proxy)
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_experiment_total", experiment="orders") == RUNS
    assert total_of(metrics, "parallax_experiment_match_total", experiment="orders", candidate="same") == RUNS
    assert total_of(metrics, "parallax_experiment_mismatch_total", experiment="orders", candidate="wrong") == 14
    assert total_of(metrics, "parallax_experiment_candidate_error_total", experiment="orders", candidate="wrong") == 4
    assert total_of(metrics, "parallax_experiment_incomparable_total", experiment="numbers", reason="crash") == 5
    assert total_of(metrics, "parallax_experiment_seconds_count", experiment="orders", behaviour="control") == RUNS
    assert not [labels for name, labels in metrics if name == "parallax_exchanges_total" and ("service", "orders") in labels]


def test_the_commands_show_experiments_beside_services(primary, candidate, run):
    proxy = run(primary, candidate)
    admin = ["--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}"]
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    publish(proxy)
    report = run_command("report", *admin)
    assert (report.returncode, report.stderr) == (1, "")  # the experiment is one with regressions; the service is not
    assert "test: inconclusive" in report.stdout and f"orders: regression   (experiment, {RUNS} runs" in report.stdout
    alone = run_command("report", "--experiment", "numbers", "--json", *admin)
    assert [e["name"] for e in json.loads(alone.stdout)["experiments"]] == ["numbers"] and json.loads(alone.stdout)["services"] == []
    assert run_command("report", "--service", "test", *admin).returncode == 3
    everything = json.loads(run_command("report", "--json", *admin).stdout)
    assert [[s["kind"] for s in everything[key]] for key in ("services", "experiments")] == [["service"], ["experiment"] * 2]
    status = run_command("status", *admin).stdout
    assert "experiment  runs  verdict     candidates" in status and "same, wrong" in status
    diffs = run_command("diffs", "--experiment", "orders", "--field", "error", "--limit", "1", *admin).stdout
    assert '"code":7,"text":"no order 39"' in diffs and '"authorization":"[redacted]"' in marks.without_digits(diffs)
    nobody = run_command("diffs", "--experiment", "nobody", *admin)
    assert nobody.returncode == 2 and "nothing was counted of the experiment 'nobody'" in nobody.stderr


def test_runs_survive_kill_9(primary, candidate, run):
    proxy = run(primary, candidate)
    publish(proxy)
    before = report_of(proxy, "orders")
    kept = proxy.admin_json("/api/v1/experiments/orders/differences?limit=1000")
    proxy.kill()
    again = run(primary, candidate)
    assert report_of(again, "orders") == before
    assert again.admin_json("/api/v1/experiments/orders/differences?limit=1000") == kept
    publish(again)
    assert report_of(again, "orders")["runs"] == 2 * RUNS


def test_a_batch_of_the_publisher_fits(primary, candidate, run):
    proxy = run(primary, candidate)
    told = publish(proxy, runs=2000)  # 2000 lines of some 600 bytes, faster than they are taken
    assert told["lines"]["failed"] == 0
    assert report_of(proxy, "orders")["runs"] + report_of(proxy, "numbers")["runs"] == told["lines"]["published"]
    assert told["lines"]["published"] + told["lines"]["dropped"] == 2010


def test_hostile_lines_are_refused_one_by_one(primary, candidate, run):
    proxy = run(primary, candidate)
    answer = post(proxy, "\n".join([line(), "{", line("a\x1b[2Jb"), "[" * 5000, line(verdict="mismatch"), '{"experiment":"\ud800"}'.encode("utf-8", "surrogatepass").decode("latin-1"), ""]))
    assert answer.status == 200
    told = json.loads(answer.body)
    assert (told["taken"], told["refused"], told["error"]["code"]) == (2, 4, "bad_outcome")
    assert told["error"]["message"].startswith("line 2: ")
    assert report_of(proxy, "e")["exchanges"] == {"total": 2, "match": 1, "mismatch": 1, "ignored": 0, "incomparable": 0, "uncopied": 0}
    answer = post(proxy, "nothing\nof it")
    assert answer.status == 400 and json.loads(answer.body)["error"]["message"] == "line 1: it is no JSON"
    assert post(proxy, b"\x00\xff" * 1000).status == 400
    assert post(proxy, "x" * (300 << 10)).status == 413
    assert proxy.ask_admin("PUT", "/api/v1/experiments").status == 405
    assert proxy.ask_admin("GET", "/api/v1/experiments/nobody/report").status == 404
    assert post(proxy, line(), [("Origin", "http://evil.example")]).status == 403
    assert report_of(proxy, "e")["exchanges"]["total"] == 2


def test_with_a_token_nobody_else_posts(primary, candidate, run):
    proxy = run(primary, candidate, token="let-me-in-0123456789")
    assert post(proxy, line()).status == 401
    assert publish(proxy, 1, "wrong")["lines"]["dropped"] == 2
    assert publish(proxy, 1, "let-me-in-0123456789")["lines"]["published"] == 2
    assert post(proxy, line(), [("Authorization", "Bearer let-me-in-0123456789")]).status == 200
