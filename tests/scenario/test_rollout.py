# SPDX-License-Identifier: Apache-2.0
"""Stage and share change while traffic runs: in force everywhere when the answer comes, nothing dropped or done twice, kept over restarts."""
import json
import signal
import threading

import pytest
from conftest import make_config
from harness import answers, wire
from harness.client import Client
from harness.proxy import poll, run_command

OLD, NEW = b"from the primary", b"from the candidate"
STAGE, ROLLBACK, RESUME = (f"/api/v1/services/test/{name}" for name in ("stage", "rollback", "resume"))


@pytest.fixture(autouse=True)
def told_apart(primary, candidate):
    primary.always(answers.text(OLD))
    candidate.always(answers.text(NEW))


def put(proxy, status=200, headers=(), **change):
    response = proxy.ask_admin("PUT", STAGE, headers, json.dumps(change).encode())
    assert response.status == status, response.body
    return json.loads(response.body)


def roll_back(proxy):
    response = proxy.ask_admin("POST", ROLLBACK)
    assert response.status == 200, response.body
    return json.loads(response.body)


def resume(proxy):
    response = proxy.ask_admin("POST", RESUME)
    assert response.status == 200, response.body
    return json.loads(response.body)


def stage_of(proxy):
    service = proxy.admin_json("/api/v1/services/test")
    return service["stage"], service["share"]


def new_among(clients, count=10):
    return sum(client.get("/").body == NEW for client in clients for _ in range(count))


@pytest.mark.threads
def test_when_the_answer_comes_the_change_is_in_force_on_all_workers(primary, candidate, run):
    proxy = run(primary, candidate, workers=4, store="none")
    clients = [proxy.client() for _ in range(16)]  # open all the while, at the workers that the kernel dealt them to
    assert new_among(clients, 1) == 0
    for share in (100, 0, 100):
        service = put(proxy, stage="canary", share=share)
        assert (service["stage"], service["share"]) == ("canary", share)
        assert new_among(clients, 1) == (16 if share else 0)
    assert put(proxy, stage="candidate")["share"] == 100
    assert new_among(clients, 1) == 16
    assert roll_back(proxy)["stage"] == "shadow"
    assert new_among(clients, 1) == 0
    for client in clients:
        client.close()
    proxy.log.wait_event("hold_began", hold="rolled_back")
    changed = proxy.log.events("stage_changed")
    assert [(event["from"], event["to"], event["to_share"]) for event in changed] == [
        ("shadow", "canary", "100"),
        ("canary", "canary", "0"),
        ("canary", "canary", "100"),
        ("canary", "candidate", "100"),
        ("candidate", "shadow", "0"),
    ]
    assert {event["client"] for event in changed} == {"127.0.0.1"}


def test_weights_stay_exact_however_often_something_else_changes(primary, candidate, run):
    """What adds up to the candidate's next request goes on over a change of another service, and over a reload."""
    config = make_config(primary, candidate, service={"stage": "canary", "share": "10%"}, workers=1, store="none")
    config["services"].append({**config["services"][0], "name": "other", "hosts": ["other.example"]})
    proxy = run(config=config)
    new = 0
    with proxy.client() as client:
        for number in range(40):
            new += client.get("/").body == NEW
            body = json.dumps({"share": number}).encode()
            assert proxy.ask_admin("PUT", "/api/v1/services/other/stage", (), body).status == 200
            if number % 10 == 0:
                proxy.reload(config)
    assert new == 4


class Counted:
    """Clients that send requests which are all different, and remember which were answered, until stop()."""

    def __init__(self, address, threads=6):
        self.address = address
        self.done = threading.Event()
        self.answered, self.failures = [[] for _ in range(threads)], []
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        try:
            with Client(self.address) as client:
                while not self.done.is_set():
                    target = f"/{number}/{len(self.answered[number])}"
                    method = "POST" if number % 2 else "GET"
                    response = client.request(method, target, [("Cookie", f"id={target}")], b"{}" if number % 2 else b"")
                    if response.status != 200 or response.body not in (OLD, NEW):
                        self.failures.append((target, response.first, response.body))
                    self.answered[number].append(target)
        except OSError as error:
            self.failures.append(repr(error))

    def wait_for(self, more):
        wanted = sum(map(len, self.answered)) + more
        poll("more answers", lambda: sum(map(len, self.answered)) >= wanted or self.failures)

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(15)
        assert self.failures == []
        return [target for targets in self.answered for target in targets]


@pytest.mark.threads
@pytest.mark.parametrize("by", ["request", "cookie id"])
def test_under_load_changes_drop_nothing_and_do_nothing_twice(primary, candidate, run, by):
    config = make_config(primary, candidate, service={"by": by, "share": "20%"}, workers=3, store="none")
    proxy = run(config=config)
    load = Counted(proxy.address)
    for turn in range(6):
        put(proxy, stage="canary", share=(turn % 3 + 1) * 30)
        load.wait_for(20)
        put(proxy, stage=("candidate", "shadow", "primary")[turn % 3])
        load.wait_for(20)
        proxy.signal(signal.SIGHUP)
        put(proxy, stage="canary", share=50)
        roll_back(proxy)
        load.wait_for(20)
        resume(proxy)
    sent = load.stop()
    proxy.log.wait_event("reloaded")
    assert stage_of(proxy) == ("shadow", 0), "the reloads change nothing of what was set"
    done = [request.target for origin in (primary, candidate) for request in origin.requests if request.get("Parallax-Role") is None]
    assert sorted(done) == sorted(sent), "each one once, whoever did it"
    report = proxy.wait_for_exchanges(len(sent))
    assert report["exchanges"]["total"] == len(sent) == sum(report["served"].values())
    of_the_candidate = sum(request.get("Parallax-Role") is None for request in candidate.requests)
    assert report["served"]["candidate"] == of_the_candidate > 0


def test_a_rollback_lets_what_is_under_way_finish_and_brings_sticky_clients_back(primary, candidate, run):
    gate = threading.Event()
    candidate.on("/held", answers.hold(gate, answers.text(NEW)))
    proxy = run(primary, candidate, service={"by": "cookie id"}, workers=1, store="none")
    put(proxy, stage="canary", share=60)
    cookies = [[("Cookie", f"id={n}")] for n in range(40)]
    with proxy.client() as client, proxy.client() as waiting:
        sides = [client.get("/", cookie).body for cookie in cookies]
        assert {OLD, NEW} == set(sides)
        mine = cookies[sides.index(NEW)]
        waiting.send(wire.head_bytes("GET /held HTTP/1.1", [("Host", "a"), *mine]))
        candidate.wait_for(1, "/held")
        roll_back(proxy)
        assert [client.get("/", cookie).body for cookie in cookies] == [OLD] * 40
        gate.set()
        assert waiting.read_response().body == NEW
        resume(proxy)
        put(proxy, stage="canary", share=60)
        assert [client.get("/", cookie).body for cookie in cookies] == sides, "and forth to the same sides"


def test_the_commands(primary, candidate, run):
    proxy = run(primary, candidate)
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"

    def command(*arguments):
        done = run_command(*arguments, "--admin", admin)
        return done.returncode, done.stdout, done.stderr

    assert command("share", "test", "10")[0] == 2, "there is no canary yet"
    assert "set its stage to canary" in command("share", "test", "10")[2]
    assert command("stage", "test", "canary", "--share", "2.5%") == (0, "test: shadow -> canary, 2.5 % of the clients\n", "")
    assert command("share", "test", "10") == (0, "test: canary, 2.5 % of the clients -> canary, 10 % of the clients\n", "")
    assert command("stage", "test", "canary") == (0, "test: canary, 10 % of the clients, as before\n", "")
    assert "test: set by command " in command("status")[1]
    assert json.loads(command("stage", "test", "candidate", "--json")[1])["share"] == 100
    assert command("rollback", "test")[1].startswith("test: candidate -> shadow, rolled back\n")
    assert command("resume", "test")[1].startswith("test: shadow, rolled back -> shadow\n")
    assert command("rollback", "nobody")[0] == 2
    with proxy.client() as client:
        put(proxy, stage="canary", share=100)
        client.get("/")
    proxy.wait_for_exchanges(1)
    assert "served by the primary: 0; served by the candidate: 1, of these" in command("report")[1]


# ---- restarts and reloads


@pytest.mark.parametrize("leave", ["kill", "stop"])
def test_what_was_set_survives_a_restart(primary, candidate, run, leave):
    proxy = run(primary, candidate)
    assert put(proxy, stage="canary", share=12.5)["changed"]["stored"] is True
    getattr(proxy, leave)()
    again = run(primary, candidate)
    assert stage_of(again) == ("canary", 12.5)
    kept = again.log.wait_event("stage_kept")
    assert (kept["stage"], kept["share"], kept["configured_stage"]) == ("canary", "12.5", "shadow")
    roll_back(again)
    again.kill()
    assert stage_of(run(primary, candidate)) == ("shadow", 0)


def test_without_a_store_it_holds_until_the_restart_and_says_so(primary, candidate, run):
    proxy = run(primary, candidate, store="none")
    assert put(proxy, stage="canary", share=5)["changed"]["stored"] is False
    proxy.reload(make_config(primary, candidate, store="none"))
    assert stage_of(proxy) == ("canary", 5)
    proxy.stop()
    assert stage_of(run(primary, candidate, store="none")) == ("shadow", 0)


def test_what_was_set_holds_until_the_file_says_another_stage_or_share(primary, candidate, run):
    def config(**service):
        return make_config(primary, candidate, service=service)

    proxy = run(config=config(stage="canary", share="10%"))
    put(proxy, share=20)
    proxy.reload(config(stage="canary", share="10%", copy="50%"))
    assert stage_of(proxy) == ("canary", 20), "the file changed, but not in this"
    service = proxy.admin_json("/api/v1/services/test")
    assert service["configured"] == {"stage": "canary", "share": 10} and service["changed"]
    proxy.reload(config(stage="canary", share="30%"))
    assert stage_of(proxy) == ("canary", 30)
    assert proxy.log.wait_event("stage_dropped")["share"] == "20"
    assert proxy.admin_json("/api/v1/services/test")["changed"] is None
    # It is forgotten, not only passed over.
    proxy.reload(config(stage="canary", share="10%"))
    assert stage_of(proxy) == ("canary", 10)
    put(proxy, stage="candidate")
    # The same while it does not run.
    proxy.kill()
    assert stage_of(run(config=config(stage="canary", share="40%"))) == ("canary", 40)


def test_a_stage_that_lost_its_candidate_is_dropped(primary, candidate, run):
    proxy = run(config=make_config(primary, candidate, service={"stage": "primary"}))
    put(proxy, stage="canary", share=100)
    proxy.reload(make_config(primary, service={"stage": "primary"}))
    assert stage_of(proxy) == ("primary", 0)
    assert "no candidate" in proxy.log.wait_event("stage_dropped")["what"]
    assert put(proxy, 409, stage="shadow")["error"]["code"] == "no_candidate"


# ---- who asks badly


def test_bad_changes_change_nothing(primary, candidate, run):
    proxy = run(primary, candidate, store="none")
    for body in (b"", b"[", b"{}", b"\xff\xfe", b'{"stage":"canary","share":101}', b"[" * 10000, b'{"stage":"' + b"c" * 60000 + b'"}'):
        response = proxy.ask_admin("PUT", STAGE, (), body)
        assert response.status == 400 and json.loads(response.body)["error"]["code"] == "bad_change", body[:20]
    with Client(proxy.admin) as client:
        client.send(wire.head_bytes(f"PUT {STAGE} HTTP/1.1", [("Host", "localhost"), ("Content-Length", 1_000_000)]))
        assert client.read_response().status == 413
    assert proxy.ask_admin("POST", ROLLBACK, (), b'{"a":1}').status == 400
    assert proxy.ask_admin("GET", ROLLBACK).status == 405
    assert proxy.ask_admin("PUT", STAGE, [("Origin", "http://evil.example")], b'{"stage":"candidate"}').status == 403
    assert stage_of(proxy) == ("shadow", 0)
    assert not proxy.log.events("stage_changed")


def test_changes_one_behind_the_other_on_one_connection(primary, candidate, run):
    """Each answer is about its own change, in order; a client that goes away while its change is taken over harms nobody."""
    proxy = run(primary, candidate, workers=3, store="none")

    def change(share):
        body = b'{"stage":"canary","share":%d}' % share
        return wire.head_bytes(f"PUT {STAGE} HTTP/1.1", [("Host", "localhost"), ("Content-Length", len(body))]) + body

    with Client(proxy.admin) as client:
        client.send(b"".join(change(share) for share in range(1, 21)) + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert [json.loads(client.read_response().body)["share"] for _ in range(20)] == list(range(1, 21))
        assert client.read_response().body == b"ok\n"
    with Client(proxy.admin) as client:
        client.send(change(25))
        client.half_close()
        assert json.loads(client.read_response().body)["share"] == 25
    for share in range(30, 40):
        with Client(proxy.admin) as client:
            client.send(change(share))
            client.reset()
    put(proxy, stage="canary", share=50)
    assert stage_of(proxy) == ("canary", 50)


@pytest.mark.threads
def test_changes_of_many_clients_at_once_come_one_after_the_other(primary, candidate, run):
    proxy = run(primary, candidate, workers=3, store="none")
    answers_seen = []

    def change(share):
        for _ in range(10):
            answers_seen.append(put(proxy, stage="canary", share=share)["share"] == share)

    threads = [threading.Thread(target=change, args=(share,)) for share in (10, 20, 30, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers_seen == [True] * 40
    told = proxy.log.events("stage_changed")
    for before, after in zip(told, told[1:]):
        assert before["to_share"] == after["from_share"]
