# SPDX-License-Identifier: Apache-2.0
"""The admin side: what contract.md names is there, errors have its shape, and nobody is in who doesn't belong."""
import json
import os

import pytest
from conftest import make_config
from harness import answers
from harness.client import Client
from harness.proxy import parse_metrics, poll, run_command, total_of


def error_of(response):
    assert response.get("Content-Type", "").startswith("application/json"), response.raw
    error = json.loads(response.body)["error"]
    assert error["code"] and error["message"]
    return response.status


def test_health_and_readiness(primary, run):
    proxy = run(primary)
    for path in ("/healthz", "/readyz"):
        assert proxy.ask_admin("GET", path).status == 200, path
        assert proxy.ask_admin("HEAD", path).body == b""


def test_services_are_listed_and_described(primary, candidate, run):
    proxy = run(primary, candidate)
    [listed] = proxy.admin_json("/api/v1/services")["services"]
    one = proxy.admin_json("/api/v1/services/test")
    assert listed["name"] == one["name"] == "test"
    assert listed["stage"] == "shadow"


def test_the_report_has_the_shape_of_the_contract(primary, candidate, run):
    primary.always(answers.json({"total": 1}))
    candidate.always(answers.json({"total": 2}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/payroll/1")
    report = proxy.wait_for_exchanges(1)
    assert {"name", "stage", "share", "verdict", "exchanges", "uncopied", "incomparable", "latency", "endpoints"} <= report.keys()
    assert {"total", "match", "mismatch", "ignored", "incomparable", "uncopied"} <= report["exchanges"].keys()
    assert {"unsafe_method", "sampled_out", "shed", "too_large", "route", "no_candidate"} <= report["uncopied"].keys()
    assert {"connect", "timeout", "reset", "protocol", "truncated"} <= report["incomparable"].keys()
    for role in ("primary", "candidate"):
        assert 0 < report["latency"][role]["p50"] <= report["latency"][role]["p90"] <= report["latency"][role]["p99"] < 10
    [endpoint] = proxy.admin_json("/api/v1/services/test/endpoints")["endpoints"]
    assert endpoint["endpoint"] == "GET /payroll/{id}"
    [field] = report["endpoints"][0]["fields"]
    assert {"field", "kind", "differences", "noise", "verdict", "example"} <= field.keys()
    assert {"exchange", "primary", "candidate"} <= field["example"].keys()


def test_differences_can_be_asked_for_by_endpoint_field_and_number(primary, candidate, run):
    primary.on("/a", answers.json({"x": 1})).on("/b", answers.json({"y": 1}))
    candidate.on("/a", answers.json({"x": 2})).on("/b", answers.json({"y": 2}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(3):
            client.get("/a")
            client.get("/b")
    proxy.wait_for_exchanges(6)
    assert len(proxy.differences()) == 6
    assert len(proxy.differences(query="?limit=2")) == 2
    assert len(proxy.differences(query="?endpoint=GET%20/a")) == 3
    assert len(proxy.differences(query="?field=/y")) == 3
    assert proxy.differences(query="?endpoint=GET+/a&field=/y") == []
    sequences = [d["sequence"] for d in proxy.differences()]
    assert sequences == sorted(sequences, reverse=True), "newest first"
    oldest = min(sequences)
    assert [d["sequence"] for d in proxy.differences(query=f"?after={oldest}")] == sorted(sequences)[1:]


def test_metrics_are_prometheus_text(primary, candidate, run):
    candidate.on("/slow", answers.reset)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get('/with"quotes\\and%7Bbraces%7D')
        client.get("/slow")
        client.request("POST", "/")
    proxy.wait_for_exchanges(3)
    response = proxy.ask_admin("GET", "/metrics")
    assert response.get("Content-Type", "").startswith("text/plain; version=0.0.4")
    text = response.body.decode()
    metrics = parse_metrics(text)
    assert total_of(metrics, "parallax_exchanges_total", service="test") == 3
    for verdict in ("match", "incomparable", "uncopied"):
        assert total_of(metrics, "parallax_exchanges_total", service="test", verdict=verdict) == 1, verdict
    assert total_of(metrics, "parallax_stage", service="test", stage="shadow") == 1
    assert total_of(metrics, "parallax_answer_seconds_count", service="test", role="primary") == 3
    assert total_of(metrics, "parallax_answer_seconds_bucket", service="test", role="primary", le="+Inf") == 3
    for line in text.splitlines():
        if not line.startswith("#"):
            family = line.partition("{")[0].partition(" ")[0]
            bare = family.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            assert f"# TYPE {family} " in text or f"# TYPE {bare} histogram" in text, family
    # The buckets of a histogram only grow.
    buckets = [(dict(labels)["le"], value) for (name, labels), value in metrics.items() if name == "parallax_answer_seconds_bucket" and ("role", "primary") in labels]
    values = [value for le, value in sorted(buckets, key=lambda pair: float(pair[0].replace("+Inf", "inf")))]
    assert values == sorted(values)


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/api/v1/nothing", "/api/v2/services", "/api/v1/services/unknown", "/api/v1/services/unknown/report", "/api/v1/exchanges/unknown", "/../etc/passwd"],
)
def test_what_is_not_there_is_a_404(primary, run, path):
    assert error_of(run(primary).ask_admin("GET", path)) == 404


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/api/v1/services", "/api/v1/services/test/report"])
def test_a_wrong_method_is_a_405_that_names_the_right_one(primary, run, path):
    response = run(primary).ask_admin("DELETE", path)
    assert error_of(response) == 405
    assert "GET" in response.get("Allow")


@pytest.mark.parametrize("query", ["?limit=x", "?limit=-1", "?after=x"])
def test_a_query_that_makes_no_sense_is_a_400(primary, run, query):
    assert error_of(run(primary).ask_admin("GET", "/api/v1/services/test/differences" + query)) == 400


def test_a_page_of_a_foreign_name_is_not_let_in(primary, run):
    """DNS rebinding: a web page whose name leads to 127.0.0.1 must not read what is here."""
    proxy = run(primary)
    assert error_of(proxy.ask_admin("GET", "/api/v1/services", host="evil.example")) in (403, 421)
    for host in ("localhost", f"localhost:{proxy.admin[1]}", "127.0.0.1", "[::1]:1"):
        assert proxy.ask_admin("GET", "/api/v1/services", host=host).status == 200, host


@pytest.fixture
def guarded(primary, run):
    return run(primary, token="let-me-in-0123456789")


def test_with_a_token_the_api_wants_it(guarded):
    for headers in ([], [("Authorization", "Bearer wrong")], [("Authorization", "Basic bGV0")], [("Authorization", "Bearer let-me-in-0123456789x")]):
        response = guarded.ask_admin("GET", "/api/v1/services", headers)
        assert error_of(response) == 401
        assert response.get("WWW-Authenticate", "").startswith("Bearer")
    right = [("Authorization", "Bearer let-me-in-0123456789")]
    assert guarded.ask_admin("GET", "/api/v1/services", right).status == 200
    assert guarded.ask_admin("GET", "/metrics").status == 401
    assert guarded.ask_admin("GET", "/metrics", right).status == 200
    # A load balancer has no token, and learns nothing here.
    assert guarded.ask_admin("GET", "/healthz").status == 200


def test_the_commands_take_the_token_from_the_environment(guarded):
    admin = f"http://{guarded.admin[0]}:{guarded.admin[1]}"
    environment = {**os.environ, "PARALLAX_ADMIN": admin, "PARALLAX_TOKEN": "let-me-in-0123456789"}
    assert run_command("status", env=environment).returncode == 0
    environment.pop("PARALLAX_TOKEN")
    refused = run_command("status", env=environment)
    assert refused.returncode not in (0, 1) and "PARALLAX_TOKEN" in refused.stderr


def test_the_environment_gives_the_token_that_the_file_does_not(primary, run, monkeypatch):
    monkeypatch.setenv("PARALLAX_TOKEN", "from-the-environment")
    flags = ["--primary", primary.url, "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"]
    for proxy, token in (
        (run(flags=flags), "from-the-environment"),
        (run(primary, store="none"), "from-the-environment"),
        (run(primary, store="none", token="from-the-file-itself"), "from-the-file-itself"),
    ):
        proxy.admin = ("127.0.0.1", proxy.admin[1])
        assert proxy.ask_admin("GET", "/metrics").status == 401
        assert proxy.ask_admin("GET", "/metrics", [("Authorization", f"Bearer {token}")]).status == 200


def test_off_loopback_it_does_not_start_without_a_token(primary, run):
    proxy = run(primary, admin="0.0.0.0:0", wait=False)
    code = proxy.wait_exit(10)
    proxy.expected_exit = code
    assert code in (1, 2)
    assert "token" in proxy.log.text()


def test_malformed_requests_to_the_admin_side_are_refused(primary, run):
    proxy = run(primary)
    for request in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"):
        with Client(proxy.admin) as client:
            client.send(request)
            assert client.read_response().status in (400, 431)
            assert client.is_closed_by_peer()
    assert proxy.ask_admin("GET", "/healthz").status == 200


def test_a_body_larger_than_the_admin_side_takes_is_refused(primary, run):
    proxy = run(primary)
    with Client(proxy.admin) as client:
        client.send(b"PUT /api/v1/services/test/stage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n" + bytes(1000))
        assert client.read_response().status in (405, 413)
    assert proxy.ask_admin("GET", "/healthz").status == 200


def test_the_admin_connection_is_kept_and_takes_a_pipeline(primary, run):
    proxy = run(primary)
    with Client(proxy.admin) as client:
        client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5)
        assert [client.read_response().status for _ in range(5)] == [200] * 5
        client.send_cut(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n", 1)
        assert client.read_response().status == 200


def test_the_admin_side_answers_while_the_proxy_works(primary, candidate, run):
    primary.always(answers.silent)
    proxy = run(primary, candidate, service={"timeout": {"answer": "1s", "copy": "1s"}})
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1)
        assert proxy.ask_admin("GET", "/healthz").status == 200


def test_a_reload_is_seen_in_the_metrics(primary, candidate, run):
    proxy = run(primary, candidate)
    assert total_of(proxy.metrics(), "parallax_stage", stage="shadow") == 1
    proxy.reload(make_config(primary, candidate, service={"stage": "primary"}))
    poll("the stage", lambda: total_of(proxy.metrics(), "parallax_stage", stage="primary") == 1, 2)
    assert total_of(proxy.metrics(), "parallax_stage", stage="shadow") == 0


@pytest.mark.parametrize(
    "headers",
    [
        [("Sec-Fetch-Site", "cross-site")],
        [("Origin", "http://127.0.0.1"), ("Origin", "http://evil.example")],
        [("Origin", "http://evil.example"), ("Origin", "http://127.0.0.1")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_what_a_page_of_another_site_sends_changes_nothing(primary, candidate, run, headers):
    proxy = run(primary, candidate)
    assert error_of(proxy.ask_admin("POST", "/api/v1/services/test/rollback", headers)) in (400, 403)
    assert not proxy.log.events("rolled_back") and not proxy.admin_json("/api/v1/services/test")["holds"]


def test_a_short_token_is_an_error_that_says_how_to_make_one(primary, run):
    proxy = run(primary, token="x", wait=False)
    proxy.expected_exit = 1
    assert proxy.wait_exit() == 1
    assert "fewer than 16" in proxy.log.text() and "openssl rand -hex 32" in proxy.log.text()
