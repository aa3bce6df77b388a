# SPDX-License-Identifier: Apache-2.0
"""What mismatches have in common: their causes, how to see them again, and rules for what only looks like a fault."""
import datetime
import hashlib
import itertools
import json
import os
import subprocess
import sys
import time
import uuid

import pytest
from harness import answers, marks
from harness.proxy import run_command

# Sends what the real one would send, of the options that the commands have. So no test depends on an installed curl.
CURL = f"""#!{sys.executable}
import http.client, sys, urllib.parse
method, headers, body, url, target, rest = None, [], None, None, None, sys.argv[1:]
while rest:
    argument = rest.pop(0)
    if argument in ("-i", "-g", "--path-as-is", "--compressed"):
        continue
    if argument == "-I":
        method = "HEAD"
    elif argument == "-X":
        method = rest.pop(0)
    elif argument == "-H":
        headers.append(rest.pop(0))
    elif argument == "--data-binary":
        body = rest.pop(0)
        body = sys.stdin.buffer.read() if body == "@-" else body.encode()
    elif argument == "--request-target":
        target = rest.pop(0)
    else:
        url = urllib.parse.urlsplit(argument)
asking = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
asking.putrequest(method or "GET", target or urllib.parse.urlunsplit(("", "") + url[2:4] + ("",)) or "/", skip_accept_encoding=True)
for header in headers:
    if header.endswith(";"):
        asking.putheader(header[:-1], "")
    elif not header.endswith(":"):
        asking.putheader(*header.split(": ", 1))
if body is not None:
    asking.putheader("Content-Length", str(len(body)))
asking.endheaders(body)
answer = asking.getresponse()
print(answer.status)
sys.stdout.write(answer.read().decode())
"""


@pytest.fixture
def shell(tmp_path):
    """Runs a line in sh with this curl."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "curl").write_text(CURL, encoding="utf-8")
    (folder / "curl").chmod(0o755)

    def run_line(line):
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}).stdout

    return run_line


def admin_of(proxy):
    return f"http://{proxy.admin[0]}:{proxy.admin[1]}"


def fields_of(cause):
    return {(field["field"], field["kind"]) for field in cause["fields"]}


def test_each_fault_is_one_cause_and_survives_kill_9(primary, candidate, run):
    primary.on("/a/1", answers.json({"x": 1, "y": 1})).on("/a/2", answers.json({"y": 2, "x": 2})).on("/b", answers.json({"z": 1}))
    candidate.on("/a/1", answers.json({"x": 2, "y": 2})).on("/a/2", answers.json({"y": 3, "x": 3})).on("/b", answers.json({}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(5):
            client.get("/a/1")
            client.get("/a/2")
            client.get("/b")
            client.get("/fine")
    report = proxy.wait_for_exchanges(20)
    first, second = report["causes"]
    assert (first["endpoint"], first["count"], fields_of(first)) == ("GET /a/{id}", 10, {("/x", "value"), ("/y", "value")})
    assert (second["endpoint"], second["count"], fields_of(second)) == ("GET /b", 5, {("/z", "missing")})
    assert second["example"]["differences"] == [{"field": "/z", "kind": "missing", "primary": "1", "candidate": "", "noise": False}]
    assert first["first"] <= first["last"]
    assert {record["id"] for record in proxy.differences(query=f"?cause={second['id']}")} >= {second["example"]["exchange"]}
    assert all(record["cause"] == second["id"] and record["endpoint"] == "GET /b" for record in proxy.differences(query=f"?cause={second['id']}"))
    done = run_command("diffs", "--cause", first["id"], "--json", "--admin", admin_of(proxy))
    assert len(json.loads(done.stdout)["differences"]) == 10
    proxy.kill()
    again = run(primary, candidate)
    assert again.report()["causes"] == report["causes"]


def test_the_commands_ask_both_roles_again(primary, candidate, run, shell):
    body = "{\n \"who\": \"it's $HOME `id` é\",\n \"rate\": \"100%\\n\"\n}\n".encode()
    primary.on("/things", answers.json({"made": 1}, status=201))
    candidate.on("/things", answers.json({"made": 2}, status=200))
    proxy = run(primary, candidate, service={"routes": [{"match": "POST /things", "copy": "always"}]})
    headers = [("Content-Type", "application/json"), ("X-Tag", "a'b \"c\" \\d"), ("Authorization", "Bearer c2VjcmV0"), ("Accept", "application/json")]
    with proxy.client() as client:
        client.request("POST", "/things?a[]={1}&b=%20'x'", headers, body)
    [cause] = proxy.wait_for_exchanges(1)["causes"]
    assert "c2VjcmV0" not in json.dumps(cause)
    for role, origin, status in (("primary", primary, "201"), ("candidate", candidate, "200")):
        assert "\n" not in cause["reproduce"][role]
        said = shell(cause["reproduce"][role])
        assert said.splitlines()[0] == status
        asked, again = origin.wait_for(2)
        assert (again.method, again.target, again.body) == (asked.method, asked.target, asked.body) == ("POST", "/things?a[]={1}&b=%20'x'", body)
        for name in ("Content-Type", "X-Tag", "Accept"):
            assert again.get(name) == asked.get(name)
        assert marks.without_digits(again.get("Authorization")) == "Bearer [redacted]"


def test_the_report_for_people_has_its_causes(primary, candidate, run):
    candidate.always(answers.json({"ok": False}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(3):
            client.get("/things/7")
    [cause] = proxy.wait_for_exchanges(3)["causes"]
    said = run_command("report", "--admin", admin_of(proxy), env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}).stdout
    for part in ("3 exchanges, 100.0 %: GET /things/{id}", "      true -> false", f"curl -i {primary.url}/things/7", f"parallax diffs --cause {cause['id']}"):
        assert part in said, said


def test_what_a_cause_looks_like_is_said_before_any_value(primary, candidate, run):
    """Three faults of a rewrite: cents, times of another zone, renamed members."""
    for number in range(1, 4):
        primary.on(f"/orders/{number}", answers.json({"id": number, "total": number * 3.25}))
        candidate.on(f"/orders/{number}", answers.json({"id": number, "total": number * 325}))
        primary.on(f"/visits/{number}", answers.json({"at": f"2026-0{number}-02T03:04:05Z", "who": "José"}))
        candidate.on(f"/visits/{number}", answers.json({"at": f"2026-0{number}-02T05:04:05Z", "who": "José".encode().decode("latin-1")}))
        primary.on(f"/bills/{number}", answers.json({"billTo": {"city": "Ulm", "number": number}, "lines": [1, 2, 3]}))
        candidate.on(f"/bills/{number}", answers.json({"bill_to": {"city": "Ulm", "number": number}, "lines": [2, 3, 1]}))
        primary.on(f"/users/{number}", answers.json({"name": f"user {number}"}))
        candidate.on(f"/users/{number}", answers.json({"name": f"{number} more"}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for path in ("orders", "visits", "bills", "users"):
            for number in range(1, 4):
                client.get(f"/{path}/{number}")
    report = proxy.wait_for_exchanges(12)
    looks = {cause["endpoint"]: {look["pattern"]: look["sentence"] for look in cause["looks_like"]} for cause in report["causes"]}
    assert looks == {
        "GET /orders/{id}": {"scale": "always a hundred times as much: cents?"},
        "GET /visits/{id}": {"time_zone": "/at: always 2 h later: a time zone?", "charset": "/who: UTF-8 read as Latin-1 by the candidate"},
        "GET /bills/{id}": {"renamed": "billTo is called bill_to in the candidate", "order": "/lines: the same elements in another order"},
        "GET /users/{id}": {},
    }
    said = run_command("report", "--admin", admin_of(proxy), env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}).stdout
    assert "25.0 %: GET /orders/{id}\n    always a hundred times as much: cents?\n" in said, said
    proxy.kill()
    again = run(primary, candidate)
    assert again.report()["causes"] == report["causes"]
    # One answer that does not fit, and it is not said any more.
    candidate.on("/orders/1", answers.json({"id": 1, "total": 326}))
    with again.client() as client:
        client.get("/orders/1")
    report = again.wait_for_exchanges(13)
    assert [cause["looks_like"] for cause in report["causes"] if cause["endpoint"] == "GET /orders/{id}"] == [[]]


class Noisy:
    """Answers that are another each time, as two instances of one service give them."""

    def __init__(self):
        self.sequence = itertools.count(1)

    def __call__(self, connection, request):
        number = next(self.sequence)
        now = datetime.datetime.now(datetime.timezone.utc)
        value = {
            "id": str(uuid.uuid4()),
            "at": now.isoformat(),
            "ms": time.time_ns() // 1000,
            "digest": hashlib.sha256(f"{id(self)} {number}".encode()).hexdigest(),
            "served": number + id(self) % 1000,
            "lines": [{"ref": str(uuid.uuid4()), "net": 5}],
            "total": 7,
        }
        answers.json(value, headers=[("X-Request-Id", str(uuid.uuid4()))])(connection, request)


def proposals(proxy):
    done = run_command("report", "--propose", "--admin", admin_of(proxy))
    assert done.returncode == 1, "what is proposed is a regression until somebody says that it is none"
    return done.stdout


def noisy_proxy(primary, candidate, run, **options):
    for origin in (primary, candidate):
        origin.on("/payroll/1", Noisy()).on("/payroll/2", Noisy()).on("/status", Noisy())
    return run(primary, candidate, workers=1, **options)


def send(proxy, rounds):
    """Waits for each round to be counted: that a number counts up is seen from one hand-over to the next."""
    before = proxy.report()["exchanges"]["total"]
    with proxy.client() as client:
        for done in range(rounds):
            client.get("/payroll/1")
            client.get("/status")
            proxy.wait_for_exchanges(before + 2 * (done + 1))
            time.sleep(0.11)  # PLX_COUNTER_STEP_MS: what comes sooner is the same step of a number that counts up


def test_noise_without_a_secondary_is_proposed_and_not_excused(primary, candidate, run):
    proxy = noisy_proxy(primary, candidate, run, service={"compare": {"headers": "yes"}})
    send(proxy, 14)
    report = proxy.report()
    assert report["exchanges"]["mismatch"] == 28 and report["verdict"] == "regression"
    found = {field["field"]: field for field in report["endpoints"][0]["fields"]}
    assert {name: field["form"] for name, field in found.items()} == {
        # /at and /ms differ by no more than the answers do: a clock that was read later is no difference.
        "/id": "uuid", "/digest": "digest", "/served": "counter", "/lines/*/ref": "uuid", "header:X-Request-Id": "uuid"
    }
    assert all(field["formed"] == 14 and field["proposal"] and field["noise_by"] is None for field in found.values())
    said = proposals(proxy)
    for part in ("  - name: \"test\"\n    compare:\n      match:\n", "        # 28 of 28 differences in 2 endpoints: both sides are a UUID\n        /id: {pattern: '",
                 "        - /served: {why: both sides are a number that counts up}\n", "        - X-Request-Id: {why: both sides are a UUID}\n"):
        assert part in said, said


def pasted(proposed, primary, candidate, rest=""):
    """A configuration with the proposals below the service that they name."""
    head, _, rules = proposed.partition('services:\n  - name: "test"\n')
    assert all(line.startswith("#") for line in head.splitlines()) and rules, proposed
    return f"""listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: none
workers: 1
detect: 10%
services:
  - name: test
    primary: {primary.url}
    candidate: {candidate.url}
{rest}{rules}"""


def test_with_the_proposed_rules_pasted_the_next_run_is_clean(primary, candidate, run, tmp_path):
    proxy = noisy_proxy(primary, candidate, run)
    send(proxy, 14)
    with proxy.client() as client:
        for number in range(14):  # an endpoint of its own form: its rules are a route's
            at = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"{number} {side}")).replace("-", "") for side in range(2)]
            primary.on("/orders/7", answers.json({"id": at[0]}))
            candidate.on("/orders/7", answers.json({"id": at[1]}))
            client.get("/orders/7")
            proxy.wait_for_exchanges(29 + number)
    said = proposals(proxy)
    proxy.stop()
    assert '      - match: "GET /orders/{id}"\n        compare:\n          match:\n' in said, said
    file = tmp_path / "pasted.yaml"
    file.write_text(pasted(said, primary, candidate), encoding="utf-8")
    done = run_command("check", "-c", str(file))
    assert done.returncode == 0 and "GET /orders/{id}" in done.stdout, done.stdout + done.stderr
    again = run(config=pasted(said, primary, candidate))
    with again.client() as client:
        for _ in range(35):
            for path in ("/payroll/1", "/status", "/orders/7"):
                client.get(path)
    report = again.wait_for_exchanges(105)
    assert report["exchanges"]["ignored"] == 105 and report["verdict"] == "clean", json.dumps(report["causes"], indent=1)
    assert report["causes"] == []
    # And what is no noise is told as before.
    candidate.on("/orders/7", answers.json({"id": "tomorrow"}))
    candidate.on("/status", answers.json({"id": str(uuid.uuid4())}))
    with again.client() as client:
        client.get("/orders/7")
        client.get("/status")
    report = again.wait_for_exchanges(107)
    assert report["exchanges"]["mismatch"] == 2
    assert {cause["endpoint"]: ("/id", "value") in fields_of(cause) for cause in report["causes"]} == {"GET /orders/{id}": True, "GET /status": False}
