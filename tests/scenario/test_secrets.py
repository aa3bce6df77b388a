# SPDX-License-Identifier: Apache-2.0
"""
A secret of each kind through every door - headers, cookies, query, path, forms, JSON, multipart, XML, answers' bodies and headers, spied calls,
experiments, reconciliations - on traffic with mismatches: afterwards none of them is in any output, and all of them were compared.
"""
import gzip
import json
import random
import string

import pytest
from conftest import make_config
from harness import answers, marks
from harness.proxy import poll, run_command
from harness.spy import EXCHANGE

HEADERS = ["Authorization", "X-Session-Id", "X-Session", "X-Auth-Key", "X-Access-Key", "X-Credentials", "X-JWT", "X-Api-Key", "X-Amz-Security-Token"]
MEMBERS = ["password", "accessToken", "client_secret", "Api-Key", "pin", "otp", "sessionId", "jwt", "X_Credentials"]
PARAMETERS = ["key", "code", "otp", "pin", "jsessionid", "access_token", "X-Amz-Credential", "X-Amz-Signature", "pass%77ord"]


class Plants:
    """Random strings, each by where it was planted."""

    def __init__(self):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        self.random = random.Random(seed)
        self.where = {}

    def __call__(self, where):
        secret = "".join(self.random.choices(string.ascii_letters + string.digits, k=24))
        self.where[secret] = where
        return secret

    def find(self, name, output):
        if isinstance(output, str):
            output = output.encode()
        found = [where for secret, where in self.where.items() if secret.encode() in output]
        assert not found, f"in {name}: {found}"


@pytest.fixture
def plant():
    return Plants()


def deep(plant, where):
    pairs = [{"name": "password", "value": plant(f"{where} pair")}, {"key": "accessToken", "n": 1, "value": plant(f"{where} pair of key")}, {"value": plant(f"{where} reversed pair"), "name": "otp"}]
    return {"pairs": pairs, "total": 1, "list": [{"deep": {name: plant(f"{where} {name}") for name in MEMBERS}}], "auth": {"basic": [plant(f"{where} auth")]}}


def form(plant, where):
    return "&".join(["user=ann"] + [f"{name}={plant(f'{where} {name}')}" for name in PARAMETERS]).encode()


def multipart(plant, where):
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{plant(f"{where} {name}")}\r\n' for name in MEMBERS]
    return ("".join(parts) + '--B\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--B--\r\n').encode()


def xml(plant, where):
    elements = [f"<{name}>{plant(f'{where} {name}')}</{name}>" for name in ("password", "accessToken")]
    attributes = [f'{name}="{plant(f"{where} @{name}")}"' for name in ("pin", "client_secret")]
    return f"<user {' '.join(attributes)}><name>ann</name>{''.join(elements)}</user>".encode()


def text(plant, where):
    return f"at {plant.random.random()}\npassword={plant(where + ' password=')} user=ann\ntoken: {plant(where + ' token:')}\n".encode()


BODIES = {
    "application/json": lambda plant, where: json.dumps(deep(plant, where)).encode(),
    "application/x-www-form-urlencoded": form,
    "multipart/form-data; boundary=B": multipart,
    "application/xml": xml,
    "text/plain": text,
    "application/octet-stream": lambda plant, where: b"\x00\x01" + json.dumps(deep(plant, where)).encode(),
    "application/json; charset=utf-16": lambda plant, where: json.dumps(deep(plant, where)).encode("utf-16"),
}


def secret_headers(plant, where):
    found = [(name, plant(f"{where} {name}")) for name in HEADERS]
    found.append(("Authorization", "Bearer " + plant(f"{where} Bearer")) if "answer" in where else ("Proxy-Authorization", "Basic " + plant(f"{where} Basic")))
    found += [
        ("Referer", f"https://{plant(where + ' user')}:{plant(where + ' password')}@h/reset/{plant(where + ' segment')}/a;jsessionid={plant(where + ' path')}?token={plant(where + ' query')}"),
        ("Link", f'<https://h/a?sig={plant(where + " Link")}>; rel="next"'),
        ("X-Context", json.dumps({"session_id": plant(f"{where} X-Context")})),
    ]
    return found


def answering(plant, role):
    """Other secrets in each answer, in the body that is asked for by the path."""

    def behave(connection, request):
        number = len(plant.where)
        kind = list(BODIES)[int(request.target.split("/")[1][:1])]
        body = BODIES[kind](plant, f"{role} {kind}")
        headers = [("Content-Type", kind)] + secret_headers(plant, f"{role}'s answer")
        headers += [
            ("Set-Cookie", f"sid={plant(role + ' Set-Cookie')}; Path=/; Max-Age={number}"),
            ("Location", f"/verify/{plant(role + ' Location segment')}/cb?code={plant(role + ' Location')}#access_token={plant(role + ' fragment')}"),
        ]
        answers.answer(200, body, headers=headers)(connection, request)

    return behave


def ask_all(proxy, plant):
    asked = 0
    with proxy.client() as client:
        for number, (kind, make) in enumerate(BODIES.items()):
            query = "&".join(f"{name}={plant(f'query {name}')}" for name in PARAMETERS)
            target = f"/{number}/password-reset/{plant('segment')}/a;jsessionid={plant('path')}/b?page=1&{query}&to=https%3A%2F%2Fh%2F%3Ftoken%3D{plant('nested query')}"
            cookies = ("Cookie", f"theme={plant('cookie theme')}; sid={plant('cookie sid')}")
            headers = secret_headers(plant, "request") + [cookies, ("Content-Type", kind)]
            body = make(plant, f"request {kind}")
            client.request("POST", target, headers, body)
            client.request("POST", target, headers + [("Content-Encoding", "gzip")], gzip.compress(body))
            client.request("GET", target, headers)
            asked += 3
    return asked


def outputs(proxy, folder):
    """Everything that anybody may look at, by its name."""
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"
    yield "metrics", proxy.ask_admin("GET", "/metrics").body
    for path in ("services", "experiments", "spies", "reconciliations"):
        listing = proxy.ask_admin("GET", f"/api/v1/{path}").body
        yield path, listing
        for name in {entry["name"] for entry in json.loads(listing).get(path, [])}:
            for what in ("", "/report", "/endpoints", "/epochs", "/differences?limit=1000"):
                yield f"{path}/{name}{what}", proxy.ask_admin("GET", f"/api/v1/{path}/{name}{what}").body
    for record in proxy.differences(query="?limit=1000"):
        yield "an exchange", proxy.ask_admin("GET", f"/api/v1/exchanges/{record['id']}").body
    yield "dashboard", proxy.ask_admin("GET", "/", [("Accept", "text/html")]).body
    for command in (["report"], ["report", "--json"], ["report", "--junit"], ["report", "--propose"], ["diffs", "--limit", "1000"], ["diffs", "--json"], ["status"]):
        done = run_command(*command, "--admin", admin)
        yield " ".join(command), done.stdout + done.stderr
    run_command("report", "--html", str(folder / "report.html"), "--admin", admin)
    yield "report --html", (folder / "report.html").read_bytes()


def kept(proxy, folder):
    """What is left when the process has gone."""
    proxy.stop()
    yield "the log", proxy.log.text() + proxy.output.text()
    for path in sorted(folder.iterdir()):
        if path.name != "parallax.yaml":
            yield path.name, path.read_bytes()


@pytest.fixture
def start(primary, candidate, run, plant):
    def starting(**top):
        primary.always(answering(plant, "primary"))
        candidate.always(answering(plant, "candidate"))
        service = {"routes": [{"match": "* /**", "copy": "always", "compare": {"headers": "all"}}]}
        return run(primary, candidate, service=service, access_log="access.log", **top)

    return starting


def test_no_secret_is_in_any_output(start, plant, tmp_path):
    proxy = start()
    asked = ask_all(proxy, plant)
    report = proxy.wait_for_exchanges(asked)
    assert report["exchanges"]["mismatch"] == asked, "they were compared, and told apart"
    fields = {field["field"] for endpoint in report["endpoints"] for field in endpoint["fields"]}
    assert {"/list/*/deep/password", "/password", "header:X-JWT", "header:Set-Cookie/sid", "body"} <= fields, fields
    assert len(plant.where) > 1000
    for name, output in outputs(proxy, tmp_path):
        plant.find(name, output)
    stored = b""
    for name, output in kept(proxy, tmp_path):
        plant.find(name, output)
        stored += output if isinstance(output, bytes) else output.encode()
    assert b"user=ann" in stored and b"[redacted " in stored, "the store has to be where this looks"
    assert b"theme" in stored and b"page=1&" in (tmp_path / "access.log").read_bytes()


def test_no_secret_of_spied_calls_is(make_origin, spy, plant, tmp_path):
    real = make_origin("real").always(answers.json({"sent": True}))
    spies = spy(real, compare={"headers": "all"}, answer={"status": 200})
    for number, (kind, make) in enumerate(BODIES.items()):
        for side in ("primary", "candidate"):
            headers = [("Content-Type", kind)] + secret_headers(plant, side)
            target = f"/{number};jsessionid={plant(side + ' path')}?key={plant(side + ' query')}"
            spies.call(side, target=target, body=make(plant, f"{side} {kind}"), exchange=f"{EXCHANGE[:-2]}{number}{EXCHANGE[-1]}", headers=headers)
    spies.wait_for_counts(different=len(BODIES))
    plant.find("differences", json.dumps(spies.spy_differences()))
    plant.find("report", json.dumps(spies.spy_report()))
    plant.find("metrics", spies.ask_admin("GET", "/metrics").body)
    for name, output in kept(spies, tmp_path):
        plant.find(name, output)


def test_no_secret_of_what_programs_post_is(primary, run, plant, tmp_path):
    proxy = run(primary)
    for _ in range(3):
        control, other = json.dumps(deep(plant, "control")), json.dumps(deep(plant, "candidate"))
        difference = {"field": "/list/0/deep/password", "kind": "value", "control": json.dumps(plant("control")), "candidate": json.dumps(plant("difference"))}
        line = {
            "experiment": "cart",
            "context": {"Authorization": plant("context"), "inner": {"token": plant("inner context")}},
            "control": {"name": "control", "wall": 0.1, "value": json.loads(control)},
            "candidates": [
                {"name": "whole", "wall": 0.1, "verdict": "mismatch", "value": json.loads(other)},
                {"name": "told", "wall": 0.1, "verdict": "mismatch", "value": json.loads(other), "differences": [difference]},
            ],
        }
        assert proxy.ask_admin("POST", "/api/v1/experiments", body=json.dumps(line).encode()).status == 200
    result = {
        "name": "rows", "result": False, "started": "2026-01-02T03:04:05.678Z", "seconds": 1, "paired": 0, "only_left": 1, "only_right": 0, "differing": 1,
        "left": {"store": f"postgresql://user:{plant('store')}@host/db", "rows": 1}, "examples": {
            "only_left": [{"id": 1, "password": plant("row")}],
            "differing": [{"key": {"id": 2}, "differences": [{"field": "/password", "kind": "value", "left": plant("left"), "right": plant("right")}]}],
        },
    }  # fmt: skip
    assert proxy.ask_admin("POST", "/api/v1/reconciliations", body=json.dumps(result).encode()).status == 200
    for name, output in [*outputs(proxy, tmp_path), *kept(proxy, tmp_path)]:
        plant.find(name, output)


def test_the_same_value_has_the_same_mark_over_a_restart(primary, candidate, run):
    """In a header, a query and JSON; and another value has another one."""
    primary.always(answers.json({"token": "a/secret", "other": 1}))
    candidate.always(answers.json({"token": "another", "other": 2}))

    def marks_of(proxy, count):
        with proxy.client() as client:
            client.get("/a?token=a%2Fsecret", [("Authorization", "Bearer a/secret")])
        poll("a record", lambda: len(proxy.differences()) == count)
        record = proxy.differences()[0]
        token = next(difference for difference in record["differences"] if difference["field"] == "/token")
        headers = dict(record["request"]["headers"])
        same = [record["request"]["target"], headers["Authorization"], record["primary"]["body"], token["primary"]]
        return {marks.digits(text) for text in same}, {marks.digits(token["candidate"]), marks.digits(record["candidate"]["body"])}

    proxy = run(primary, candidate)
    before = marks_of(proxy, 1)
    assert len(before[0]) == len(before[1]) == 1 and before[0] != before[1], before
    proxy.stop()
    assert marks_of(run(primary, candidate), 2) == before


def test_the_list_is_the_configurations(primary, candidate, run):
    primary.always(answers.json({"badge": "b1", "token": "t1", "pin": 1}))
    candidate.always(answers.json({"badge": "b2", "token": "t2", "pin": 2}))
    config = {"secrets": {"names": ["Badge"], "remove": ["token"]}}
    proxy = run(primary, candidate, access_log="access.log", **config)
    with proxy.client() as client:
        client.get("/a?badge=b1&token=t1")
        proxy.wait_for_exchanges(1)
        [record] = proxy.differences()
        assert marks.without_digits(record["request"]["target"]) == "/a?badge=[redacted]&token=t1"
        assert marks.without_digits(record["primary"]["body"]) == '{"badge": "[redacted]", "token": "t1", "pin": "[redacted]"}'
        told = {d["field"]: marks.without_digits(d["candidate"]) for d in record["differences"]}
        assert told == {"/badge": "[redacted]", "/token": '"t2"', "/pin": "[redacted]"}
        config = make_config(primary, candidate, access_log="access.log", secrets={"redact": False})
        proxy.reload({**json.loads(proxy.file.read_text()), **{"secrets": config["secrets"]}})
        client.get("/a?pin=17", [("Cookie", "sid=17")])
        proxy.wait_for_exchanges(2)
        record = proxy.differences()[0]
        assert record["request"]["target"] == "/a?pin=17" and ["Cookie", "sid=17"] in record["request"]["headers"]
        assert {d["field"]: d["primary"] for d in record["differences"]} == {"/badge": '"b1"', "/token": '"t1"', "/pin": "1"}


def test_a_service_has_names_of_its_own(primary, candidate, run):
    primary.always(answers.json({"badge": "b1", "ssn": "s1", "token": "t1"}))
    candidate.always(answers.json({"badge": "b2", "ssn": "s2", "token": "t2"}))
    own = {"secrets": {"names": ["ssn"], "remove": ["token"]}, "routes": [{"match": "GET /route", "compare": {"mode": "strict"}}]}
    proxy = run(primary, candidate, service=own, secrets={"names": ["badge"]})
    with proxy.client() as client:
        client.get("/a")
        client.get("/route")
    proxy.wait_for_exchanges(2)
    for record in proxy.differences():
        told = {d["field"]: marks.without_digits(d["candidate"]) for d in record["differences"]}
        assert told == {"/badge": "[redacted]", "/ssn": "[redacted]", "/token": '"t2"'}


def test_a_reload_reaches_the_spies(make_origin, spy, primary, candidate):
    real = make_origin("real").always(answers.json({"sent": True}))
    spies = spy(real, answer={"status": 200}, window="2s")
    config = json.loads(spies.file.read_text())
    for turn, secrets in enumerate([None, {"names": ["badge"]}, {"names": ["other"]}, {"redact": False}]):
        if secrets:
            spies.reload({**config, "secrets": secrets})
        for side in ("primary", "candidate"):
            body = json.dumps({"badge": f"{side}-{turn}", "pin": f"{side}-pin"}).encode()
            spies.call(side, body=body, exchange=f"{EXCHANGE[:-2]}{turn}{EXCHANGE[-1]}", headers=[("Content-Type", "application/json")])
        spies.wait_for_counts(different=turn + 1)
        shown = json.dumps(spies.spy_differences()[0])
        assert (f"primary-{turn}" in shown) == (turn != 1) and ("primary-pin" in shown) == (turn == 3), (turn, shown)
    assert not spies.log.events("needs_restart")
