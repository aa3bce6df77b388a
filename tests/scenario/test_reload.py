# SPDX-License-Identifier: Apache-2.0
"""SIGHUP puts a new configuration in force and drops no request; a bad one changes nothing and says why."""
import signal
import socket
import threading

import pytest
from conftest import make_config
from harness import answers
from harness.client import Client, Load
from harness.proxy import address_of, parse_logfmt, poll

pytestmark = pytest.mark.threads

BODY = b'{"ok": true}'


def all_epochs(proxy, count):
    """The reports of all epochs (each reload to another candidate begins one), once they have count exchanges together."""
    began = [epoch["began"] for epoch in proxy.admin_json("/api/v1/services/test/epochs")["epochs"]]
    reports = [proxy.admin_json(f"/api/v1/services/test/report?epoch={time}") for time in began]
    return reports if sum(report["exchanges"]["total"] for report in reports) >= count else None


def test_a_reload_under_load_drops_no_request(primary, candidate, make_origin, run):
    other = make_origin("other candidate")
    proxy = run(primary, candidate)
    load = Load(proxy.address, "/", BODY)
    try:
        for turn in range(6):
            now = (other, candidate)[turn % 2]
            heard = now.count()
            proxy.reload(make_config(primary, now))
            now.wait_for(heard + 5)
            load.wait_for(20)
    finally:
        answered = load.stop()
    assert load.failures == []
    reports = poll("all exchanges", lambda: all_epochs(proxy, answered))
    # What was under way at a reload is counted, and no evidence of the next candidate.
    assert sum(report["exchanges"]["match"] + report["incomparable"]["epoch"] for report in reports) == answered


def test_a_new_rule_is_in_force_after_a_reload(primary, candidate, run):
    primary.always(answers.json({"id": 1, "at": 1}))
    candidate.always(answers.json({"id": 1, "at": 2}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
        assert proxy.wait_for_exchanges(1)["exchanges"]["mismatch"] == 1
        proxy.reload(make_config(primary, candidate, service={"compare": {"ignore": ["/at"]}}))

        def ignored():
            client.get("/")
            return proxy.report()["exchanges"]["ignored"] > 0

        # In force within a second.
        poll("the new rule", ignored, 2)
    assert [epoch["verdict"] for epoch in proxy.report()["epochs"]] == ["regression"], "what was counted before is kept"


def test_a_reload_changes_the_stage(primary, candidate, run):
    proxy = run(primary, candidate)
    proxy.reload(make_config(primary, candidate, service={"stage": "primary"}))
    poll("stage primary", lambda: proxy.report()["stage"] == "primary", 2)
    with proxy.client() as client:
        client.get("/")
    assert proxy.wait_for_exchanges(1)["uncopied"]["stage"] == 1
    assert candidate.count() == 0


@pytest.mark.parametrize(
    "bad",
    [
        "services: [",
        "services:\n  - name: test\n    primary: http://127.0.0.1:1\n    stag: shadow\n",
        "",
        "listen: nonsense\nservices: []\n",
    ],
    ids=["no YAML", "unknown key", "empty", "nonsense"],
)
def test_a_bad_configuration_keeps_the_old_one_and_says_why(primary, candidate, run, bad):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
        event = proxy.reload(bad, "reload_failed")
        assert event["level"] == "error"
        assert "parallax.yaml" in proxy.log.text()
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(2)["exchanges"]["match"] == 2
    # And a good one afterwards is taken.
    proxy.reload(make_config(primary, candidate, service={"stage": "primary"}))
    poll("stage primary", lambda: proxy.report()["stage"] == "primary", 2)


def test_a_reload_does_not_touch_requests_under_way(primary, candidate, make_origin, run):
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"from the old one")))
    new = make_origin("new primary")
    new.always(answers.text(b"from the new one"))
    proxy = run(primary, candidate)
    with proxy.client() as waiting, proxy.client() as client:
        waiting.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/held")
        proxy.reload(make_config(new, candidate))
        poll("the new primary", lambda: client.get("/").body == b"from the new one", 2)
        gate.set()
        assert waiting.read_response().body == b"from the old one"


def test_a_reload_does_not_open_the_admin_side_that_others_can_reach(primary, run):
    """The socket stays where it is until a restart, so the token stays with it, whatever the new file says."""
    token = [("Authorization", "Bearer let-me-in-0123456789")]
    proxy = run(primary, admin="0.0.0.0:0", token="let-me-in-0123456789")
    proxy.admin = ("127.0.0.1", proxy.admin[1])
    assert proxy.ask_admin("GET", "/metrics").status == 401
    for _ in range(2):
        proxy.reload(make_config(primary, admin="127.0.0.1:0"))
        assert proxy.log.wait_event("token_kept")
        assert proxy.ask_admin("GET", "/metrics").status == 401
        assert proxy.ask_admin("GET", "/metrics", token).status == 200
    # Another token is taken at once.
    proxy.reload(make_config(primary, admin="127.0.0.1:0", token="another-0123456789"))
    assert proxy.ask_admin("GET", "/metrics", token).status == 401


def test_all_keys_that_need_a_restart_are_named_and_stay_as_they_are(primary, run):
    proxy = run(primary, workers=1)
    changed = make_config(primary, admin="127.0.0.2:0", store="none", workers=3)
    for turn in range(2):
        proxy.reload(changed)
        told = proxy.log.wait_event("needs_restart", turn + 1)
        assert told["keys"] == "admin,workers,store", "with each reload, since nothing of it is in force"
    # Back as it was started: nothing is left to restart for.
    proxy.reload(make_config(primary, workers=1))
    assert len(proxy.log.events("needs_restart")) == 2
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(1)["exchanges"]["total"] == 1


def refuses(address):
    with socket.socket() as sock:
        sock.settimeout(2)
        return sock.connect_ex(address) != 0


def test_addresses_come_and_go_and_nobody_elsewhere_notices(primary, run):
    proxy = run(primary)
    load = Load(proxy.address, "/", b'{"ok": true}')
    for turn in range(1, 4):
        load.wait_for(20)
        proxy.reload(make_config(primary, listen=["127.0.0.1:0", "127.0.0.2:0"]))
        more = address_of(proxy.log.wait_event("listening", 1 + turn)["address"])
        assert more[0] == "127.0.0.2"
        for _ in range(8):  # every worker has it
            with Client(more) as client:
                assert client.get("/").status == 200
        with Client(more) as kept:
            assert kept.get("/").status == 200
            proxy.reload(make_config(primary))
            poll("refusal", lambda more=more: refuses(more))
            assert kept.get("/").status == 200, "who had come stays"
        assert proxy.log.wait_event("listening_ended", turn)["address"] == f"127.0.0.2:{more[1]}"
    load.stop()
    assert not load.failures


def test_an_address_that_can_not_be_had_changes_nothing(primary, make_origin, run):
    proxy = run(primary)
    other = make_origin("other")
    taken = other.url.removeprefix("http://")
    proxy.reload(make_config(primary, token="let-me-in-0123456789", listen=["127.0.0.1:0", "127.0.0.2:0", taken]), event="reload_failed")
    assert f"can't listen on {taken}" in proxy.log.text()
    assert len(proxy.log.events("listening")) == 1
    assert proxy.ask_admin("GET", "/metrics").status == 200, "nor is the token of the new file asked for"


def test_the_access_log_is_turned_on_moved_and_turned_off(primary, run, tmp_path):
    proxy = run(primary)
    load = Load(proxy.address, "/", b'{"ok": true}')
    for name in ("a.log", "b.log", "-", "a.log", "off"):
        load.wait_for(50)
        proxy.reload(make_config(primary, access_log=name))
    load.wait_for(50)
    load.stop()
    assert not load.failures
    lines = (tmp_path / "a.log").read_text(encoding="utf-8") + (tmp_path / "b.log").read_text(encoding="utf-8")
    for line in lines.splitlines():
        assert parse_logfmt(line)["target"] == "/", line
    assert len(lines.splitlines()) > 100 and proxy.output.lines
    proxy.reload(make_config(primary, access_log="nowhere/a.log"), event="reload_failed")
    assert "can't write the access log nowhere/a.log" in proxy.log.text()


def test_a_reload_changes_the_level_of_the_log(primary, run):
    proxy = run(primary, workers=1)
    wrong = make_config(primary, workers=1)
    wrong["services"] = []
    proxy.reload(make_config(primary, workers=1, log="error"))
    # What is below it is written no more ...
    proxy.write_config(make_config(primary, workers=2, log="error", token="another-0123456789"))
    proxy.signal(signal.SIGHUP)
    poll("the token of the new file", lambda: proxy.ask_admin("GET", "/metrics").status == 401)
    proxy.reload(wrong, event="reload_failed")
    assert len(proxy.log.events("reloaded")) == 1 and not proxy.log.events("needs_restart")
    # ... and is again.
    proxy.reload(make_config(primary, workers=2, log="warn"), event="needs_restart")
    proxy.reload(make_config(primary, workers=1, log="info"))
