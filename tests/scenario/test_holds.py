# SPDX-License-Identifier: Apache-2.0
"""What holds a service until it is resumed: a pause, in which nothing is sent to the candidate, and a rollback, which no file and no restart undoes."""
import json
import threading

import pytest
from conftest import make_config
from harness import answers, wire
from harness.client import Client
from harness.proxy import poll, run_command, total_of

OLD, NEW = b"from the primary", b"from the candidate"


@pytest.fixture(autouse=True)
def told_apart(primary, candidate):
    primary.always(answers.text(OLD))
    candidate.always(answers.text(NEW))


def post(proxy, what, status=200, **body):
    response = proxy.ask_admin("POST", f"/api/v1/services/test/{what}", (), json.dumps(body).encode() if body else b"")
    assert response.status == status, response.body
    return json.loads(response.body)


def put(proxy, status=200, **change):
    response = proxy.ask_admin("PUT", "/api/v1/services/test/stage", (), json.dumps(change).encode())
    assert response.status == status, response.body
    return json.loads(response.body)


def service_of(proxy):
    return proxy.admin_json("/api/v1/services/test")


def stage_of(proxy):
    service = service_of(proxy)
    return service["stage"], service["share"]


def held(proxy):
    return [hold["hold"] for hold in service_of(proxy)["holds"]]


def command(proxy, *arguments):
    done = run_command(*arguments, "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    return done.returncode, done.stdout, done.stderr


def asked(origin):
    return len(origin.requests)


# ---- a pause


def test_while_paused_nothing_is_sent_to_candidate_and_secondary(primary, candidate, secondary, run):
    secondary.always(answers.text(OLD))
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        for _ in range(3):
            client.get("/")
        proxy.wait_for_exchanges(3)
        service = post(proxy, "pause", reason="redeploying")
        assert (service["stage"], service["holds"][0]["hold"], service["holds"][0]["reason"], service["holds"][0]["client"]) == ("shadow", "paused", "redeploying", "127.0.0.1")
        before = asked(candidate), asked(secondary)
        for _ in range(5):
            assert client.get("/").body == OLD
        client.request("POST", "/", body=b"{}")
        report = proxy.wait_for_exchanges(9)
        assert (asked(candidate), asked(secondary)) == before
        assert report["uncopied"]["paused"] == 5, "what would have been copied"
        assert report["uncopied"]["unsafe_method"] == 1
        assert report["exchanges"]["mismatch"] == 3, "evidence stays"
        assert total_of(proxy.metrics(), "parallax_uncopied_total", reason="paused") == 5
        assert total_of(proxy.metrics(), "parallax_held", hold="paused") == 1
        assert post(proxy, "resume")["holds"] == []
        client.get("/")
        assert proxy.wait_for_exchanges(10)["exchanges"]["mismatch"] == 4
    assert total_of(proxy.metrics(), "parallax_held", hold="paused") == 0
    began, ended = proxy.log.wait_event("hold_began"), proxy.log.wait_event("hold_ended")
    assert (began["hold"], began["reason"], began["client"], began["stored"]) == ("paused", "redeploying", "127.0.0.1", "yes")
    assert ended["hold"] == "paused"


@pytest.mark.parametrize("stage", ["canary", "candidate"])
def test_while_paused_the_primary_answers_and_each_client_is_on_its_side_again(primary, candidate, run, stage):
    proxy = run(config=make_config(primary, candidate, service={"by": "cookie id"}))
    put(proxy, stage="canary", share=40)
    if stage == "candidate":
        put(proxy, stage="candidate")
    cookies = [[("Cookie", f"id={n}")] for n in range(40)]
    with proxy.client() as client:
        sides = [client.get("/", cookie).body for cookie in cookies]
        assert NEW in sides and (OLD in sides) == (stage == "canary")
        was = stage_of(proxy)
        proxy.wait_for_exchanges(40)
        post(proxy, "pause")
        before = asked(candidate)
        assert [client.get("/", cookie).body for cookie in cookies] == [OLD] * 40
        assert client.request("POST", "/", cookies[sides.index(NEW)], b"{}").body == OLD
        assert asked(candidate) == before and stage_of(proxy) == was
        post(proxy, "resume")
        assert [client.get("/", cookie).body for cookie in cookies] == sides
    assert stage_of(proxy) == was
    assert not any(proxy.report()["fallbacks"].values()), "the primary stands in for nobody"


class Load:
    """Clients that ask one thing after the other until stop(); every answer has to be a whole one."""

    def __init__(self, address, threads=4):
        self.address, self.count, self.failures, self.done = address, [0] * threads, [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        try:
            with Client(self.address) as client:
                while not self.done.is_set():
                    method, body = ("POST", b"{}") if number % 2 else ("GET", b"")
                    response = client.request(method, "/", [("Cookie", f"id={number}/{self.count[number]}")], body)
                    if response.status != 200 or response.body not in (OLD, NEW):
                        self.failures.append(response.first)
                    self.count[number] += 1
        except OSError as error:
            self.failures.append(repr(error))

    def wait_for(self, more):
        wanted = sum(self.count) + more
        poll("more answers", lambda: sum(self.count) >= wanted or self.failures)

    def wait_for_each(self):
        """What each of them had asked for has been answered."""
        had = list(self.count)
        poll("an answer to each", lambda: all(now > before for now, before in zip(self.count, had)) or self.failures)

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(15)
        assert self.failures == []
        return sum(self.count)


@pytest.mark.threads
@pytest.mark.parametrize("by", ["request", "cookie id"])
def test_a_candidate_is_deployed_anew_under_load(primary, candidate, run, by):
    """Between pause and resume the candidate is gone, and no client and no report notices."""
    proxy = run(config=make_config(primary, candidate, service={"stage": "canary", "share": "50%", "by": by}, workers=3, store="none"))
    load = Load(proxy.address)
    load.wait_for(50)
    for _ in range(3):
        post(proxy, "pause", reason="redeploying")
        # What was under way at the pause is finished by who began it.
        load.wait_for_each()
        poll("nothing under way", lambda: proxy.report()["under_way"] == 0)
        before = asked(candidate)
        load.wait_for(50)
        assert asked(candidate) == before
        post(proxy, "resume")
        load.wait_for(50)
        assert asked(candidate) > before
    total = load.stop()
    report = proxy.wait_for_exchanges(total)
    assert report["exchanges"]["incomparable"] == 0 and sum(report["fallbacks"].values()) == 0
    assert report["uncopied"]["paused"] > 0


def test_a_request_that_becomes_whole_after_the_pause_is_not_copied(primary, candidate, run):
    begun = threading.Event()
    primary.on_head("/", lambda connection, request: begun.set())
    proxy = run(config=make_config(primary, candidate, service={"routes": [{"match": "POST /", "copy": "always"}]}, workers=1))
    with proxy.client() as client:
        client.send(wire.head_bytes("POST / HTTP/1.1", [("Host", "a"), ("Content-Length", 4)]) + b"{ ")
        assert begun.wait(10)
        post(proxy, "pause")
        client.send(b" }")
        assert client.read_response().body == OLD
        assert proxy.wait_for_exchanges(1)["uncopied"]["paused"] == 1
    assert asked(candidate) == 0


def test_a_pause_ends_rechecks(primary, candidate, run):
    proxy = run(config=make_config(primary, candidate, service={"recheck": {"after": "300ms", "share": "100%", "per_second": 100}}))
    with proxy.client() as client:
        client.get("/")
        proxy.wait_for_exchanges(1)
        post(proxy, "pause")
    poll("the recheck is dropped", lambda: proxy.report()["recheck"]["dropped"] == 1)
    assert asked(candidate) == 1


@pytest.mark.parametrize("leave", ["kill", "stop"])
def test_a_pause_holds_over_restarts_and_reloads(primary, candidate, run, leave):
    config = make_config(primary, candidate, service={"stage": "canary", "share": "100%"})
    proxy = run(config=config)
    assert post(proxy, "pause", reason="redeploying")["holds"][0]["stored"] is True
    proxy.reload(make_config(primary, candidate, service={"stage": "canary", "share": "50%"}))
    assert (held(proxy), stage_of(proxy)) == (["paused"], ("canary", 50)), "the file changes the share, not the pause"
    getattr(proxy, leave)()
    again = run(config=config)
    kept = again.log.wait_event("hold_kept")
    assert (kept["hold"], kept["client"], kept["reason"]) == ("paused", "127.0.0.1", "redeploying")
    with again.client() as client:
        assert client.get("/").body == OLD
        put(again, share=100)
        assert client.get("/").body == OLD
        assert command(again, "resume", "test")[1] == "test: canary, 100 % of the clients, paused -> canary, 100 % of the clients\n"
        assert client.get("/").body == NEW


def test_a_paused_service_is_not_waited_for(primary, candidate, run):
    candidate.always(answers.text(OLD))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    post(proxy, "pause", reason="redeploying")
    status, out, err = command(proxy, "report", "--wait", "10m", "--within", "1%")
    assert status == 3 and "it is paused" in err
    assert "by 127.0.0.1 (redeploying): nothing is sent to the candidate" in out and "`parallax resume" in out


# ---- a rollback


def test_a_rollback_holds_over_reloads_and_kill_9_until_it_is_resumed(primary, candidate, run):
    def config(**service):
        return make_config(primary, candidate, service=service)

    proxy = run(config=config(stage="canary", share="25%"))
    with proxy.client() as client:
        for _ in range(4):
            client.get("/")
        proxy.wait_for_exchanges(4)
        status, out, _ = command(proxy, "rollback", "test", "--reason", "500s on /pay")
        assert (status, out.splitlines()[0]) == (0, "test: canary, 25 % of the clients -> shadow, rolled back")
        client.get("/")
        report = proxy.wait_for_exchanges(5)
        assert report["verdict"] != "not_compared" and report["exchanges"]["mismatch"] == 5, "the mend is watched"
    for share in ("50%", "25%"):
        proxy.reload(config(stage="canary", share=share))
        assert (stage_of(proxy), held(proxy)) == (("shadow", 0), ["rolled_back"])
    for arguments in (("stage", "test", "canary", "--share", "5"), ("share", "test", "5"), ("stage", "test", "primary")):
        status, out, err = command(proxy, *arguments)
        assert (status, out) == (2, "") and "`parallax resume test`" in err
    assert put(proxy, 409, stage="canary", share=5)["error"]["code"] == "rolled_back"
    proxy.kill()
    again = run(config=config(stage="candidate"))
    assert (stage_of(again), held(again)) == (("shadow", 0), ["rolled_back"])
    assert again.log.wait_event("hold_kept")["reason"] == "500s on /pay"
    status, out, _ = command(again, "resume", "test")
    assert status == 0 and out == (
        "test: shadow, rolled back -> shadow\n  no client is moved by this; before the rollback it was canary, 25 % of the clients\n  next: `parallax stage test canary --share 5`\n"
    )
    again.reload(config(stage="candidate", copy="50%"))
    assert stage_of(again) == ("shadow", 0), "nothing moves clients by itself"
    assert command(again, "stage", "test", "canary", "--share", "5")[0] == 0
    again.reload(config(stage="canary", share="10%"))
    assert stage_of(again) == ("canary", 10), "the file counts again"


def test_a_rollback_while_paused_is_not_delayed_and_both_end_one_by_one(primary, candidate, run):
    proxy = run(config=make_config(primary, candidate, service={"stage": "canary", "share": "100%"}))
    post(proxy, "pause")
    assert post(proxy, "rollback")["stage"] == "shadow"
    proxy.kill()
    again = run(config=make_config(primary, candidate, service={"stage": "canary", "share": "100%"}))
    assert held(again) == ["paused", "rolled_back"]
    with again.client() as client:
        client.get("/")
        assert asked(candidate) == 0
        assert "still rolled back" in command(again, "resume", "test")[1]
        assert held(again) == ["rolled_back"]
        assert client.get("/").body == OLD
        again.wait_for_exchanges(2)
        assert asked(candidate) == 1, "it is compared again"
    assert post(again, "resume")["holds"] == []


# ---- who, when, why


def test_changes_are_told_with_who_when_and_why(primary, candidate, run):
    proxy = run(primary, candidate)
    for arguments in (("stage", "test", "canary", "--share", "5"), ("share", "test", "10"), ("pause", "test"), ("resume", "test"), ("mark", "test", "build 7"), ("rollback", "test")):
        assert command(proxy, *arguments, "--reason", f"{arguments[0]}: caf\u00e9 \"{len(arguments)}\"")[0] == 0
    assert "test: rolled back since " in command(proxy, "status")[1]
    proxy.kill()
    again = run(primary, candidate)
    service = json.loads(command(again, "status", "--json")[1])["services"][0]
    assert [change["change"] for change in service["changes"]] == ["rollback", "mark", "resume", "pause", "stage", "stage"]
    assert {change["client"] for change in service["changes"]} == {"127.0.0.1"}
    assert service["changes"][0]["reason"] == "rollback: caf\u00e9 \"2\""
    assert (service["changes"][0]["from"], service["changes"][0]["to"]) == ({"stage": "canary", "share": 10}, {"stage": "shadow", "share": 0})
    assert again.report()["epoch_reason"] == "mark: caf\u00e9 \"3\""
    assert "rolled back since" in command(again, "status")[1] and "by 127.0.0.1: rollback: caf\u00e9" in command(again, "status")[1]


def test_a_service_without_a_candidate_has_nothing_to_pause(primary, run):
    proxy = run(config=make_config(primary, service={"stage": "primary"}))
    status, _, err = command(proxy, "pause", "test")
    assert status == 2 and "nothing to pause" in err
    assert command(proxy, "rollback", "test")[0] == 0
    assert stage_of(proxy) == ("primary", 0)
