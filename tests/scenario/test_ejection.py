# SPDX-License-Identifier: Apache-2.0
"""A candidate of a canary that gives no answers is ejected: its clients get the primary's, and come back when it does. What the primary has done as a copy is answered."""
import contextlib
import socket
import threading
import time

import pytest
from harness import answers
from harness.client import timed
from harness.origin import closed_port
from harness.proxy import poll, total_of

OLD, NEW = b"from the primary", b"from the candidate"
COPIED = {"routes": [{"match": "POST /**", "copy": "always"}]}


@pytest.fixture
def canary(primary, candidate, run):
    primary.always(answers.text(OLD))
    candidate.always(answers.text(NEW))

    def start(to=None, **service):
        return run(primary, to or candidate, service={"stage": "canary", "share": "100%", **service}, workers=1, store="none")

    return start


def ejected(proxy):
    return proxy.admin_json("/api/v1/services/test")["roles"]["candidate"]["ejected"]


# ---- ejection


def test_a_candidate_that_takes_no_connection_costs_a_few_clients_time_and_the_others_none(primary, run):
    primary.always(answers.text(OLD))
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        service = {"stage": "canary", "share": "100%", "timeout": {"connect": "400ms"}, "eject": {"after": 3, "for": "1h", "at_most": "1h"}}
        proxy = run(primary, url, service=service, workers=1, store="none")
        with proxy.client() as client:
            times = [timed(lambda: client.request("POST", "/", body=b"{}"))[1] for _ in range(13)]
        assert times[0] >= 0.4 and all(0.19 <= seconds for seconds in times[1:3]), "half of the time, once it has failed"
        assert sum(times[3:]) < 0.4, "ten clients who wait for nothing"
        report = proxy.wait_for_exchanges(13)
        assert report["fallbacks"] == {"connect": 3, "reset": 0, "shed": 0, "timeout": 0, "protocol": 0, "ejected": 10}
        assert report["served"] == {"primary": 13, "candidate": 0}
        [line] = proxy.log.events("candidate_ejected")
        assert (line["service"], line["reason"], line["failures"]) == ("test", "connect", "3")
        assert ejected(proxy)["reason"] == "connect" and ejected(proxy)["times"] == 1
        metrics = proxy.metrics()
        assert total_of(metrics, "parallax_candidate_ejected", service="test") == 1
        assert total_of(metrics, "parallax_candidate_ejections_total", service="test") == 1
        assert total_of(metrics, "parallax_fallbacks_total", service="test", reason="ejected") == 10
        assert proxy.admin_json("/api/v1/services/test")["roles"]["candidate"]["failed"] == 3, "who was not asked has not failed"


def test_a_copy_brings_it_back_and_no_client_pays(canary, candidate):
    proxy = canary(eject={"after": 2, "for": "300ms", "at_most": "300ms"})
    candidate.always(answers.hang_up)
    with proxy.client() as client:
        assert [client.get("/").body for _ in range(3)] == [OLD] * 3
        poll("it is ejected", lambda: ejected(proxy))
        candidate.always(answers.text(NEW))
        poll("its client is back", lambda: client.get("/").body == NEW)
        assert [client.get("/").body for _ in range(3)] == [NEW] * 3
    assert ejected(proxy) is None
    assert len(proxy.log.events("candidate_ejected")) == len(proxy.log.events("candidate_back")) == 1


def test_without_copies_one_request_is_the_trial(canary, candidate):
    proxy = canary(copy="0%", eject={"after": 2, "for": "100ms", "at_most": "100ms"})
    candidate.always(answers.hang_up)
    with proxy.client() as client:
        assert [client.get("/").body for _ in range(3)] == [OLD] * 3
        asked = candidate.count()
        assert asked == 2
        candidate.always(answers.text(NEW))
        poll("its client is back", lambda: client.get("/").body == NEW)
        assert candidate.count() == 3, "one trial"


def test_no_ejects_nobody_and_errors_are_answers(canary, candidate):
    never = canary(to=closed_port(), eject="no")
    with never.client() as client:
        assert {client.get("/").body for _ in range(12)} == {OLD}
    assert never.wait_for_exchanges(12)["fallbacks"]["connect"] == 12 and ejected(never) is None
    candidate.always(answers.text(b"no", status=503))
    errors = canary()
    with errors.client() as client:
        assert {client.get("/").status for _ in range(12)} == {503}
    gateway = canary(eject={"gateway_errors": "yes"})
    with gateway.client() as client:
        assert [client.get("/").status for _ in range(8)] == [503] * 5 + [200] * 3
    assert (ejected(gateway)["reason"], ejected(gateway)["status"]) == ("status", 503)


def test_what_was_not_asked_is_no_evidence(canary, candidate):
    """Else a candidate that was away as long as the primary was would fail more often, for the time that its ejection lasts."""
    proxy = canary(to=closed_port(), share="50%", eject={"after": 2, "for": "1h", "at_most": "1h"})
    with proxy.client() as client:
        for _ in range(40):
            assert client.request("POST", "/payroll", body=b"{}").body == OLD
    report = proxy.wait_for_exchanges(40)
    assert report["fallbacks"]["ejected"] == 18
    answered = report["uncopied_answers"]
    assert (answered["candidate"], answered["candidate_failed"], answered["primary"], answered["primary_failed"]) == (2, 2, 20, 0)


# ---- the primary's answer to its copy


def test_what_the_primary_has_done_as_a_copy_is_answered(primary, run):
    primary.always(answers.text(b"paid", status=201, headers=[("Location", f"{primary.url}/payments/7"), ("X-Request", "1")]))
    proxy = run(primary, closed_port(), service={"stage": "canary", "share": "100%", **COPIED}, workers=1, store="none")
    with proxy.client() as client:
        for _ in range(2):
            response = client.request("POST", "/payments", body=b"{}")
            assert (response.status, response.body) == (201, b"paid")
            assert response.get("Location") == "/payments/7" and response.get("X-Request") == "1"
    report = proxy.wait_for_exchanges(2)
    assert report["fallbacks"]["connect"] == 2 and report["served"] == {"primary": 2, "candidate": 0}
    assert primary.count() == 2, "each was done once"


@pytest.mark.parametrize("how, reason", [(answers.hang_up, "reset"), (answers.silent, "timeout"), (answers.raw(b"nonsense\r\n\r\n"), "protocol")])
def test_however_the_candidate_fails(canary, primary, candidate, how, reason):
    primary.always(answers.answer(body=b"", chunks=[b"done ", b"once"]))
    candidate.always(how)
    proxy = canary(**COPIED, timeout={"answer": "300ms"})
    with proxy.client() as client:
        assert client.request("POST", "/payments", body=b"{}").body == b"done once"
    assert proxy.wait_for_exchanges(1)["fallbacks"][reason] == 1
    assert primary.count() == 1


def test_it_waits_for_the_primary_as_for_any_answer(canary, primary, candidate):
    gate = threading.Event()
    primary.always(answers.hold(gate, answers.text(b"done")))
    candidate.always(answers.hang_up)
    proxy = canary(**COPIED, timeout={"copy": "50ms", "answer": "20s"})
    with proxy.client() as client:
        client.send(b"POST /payments HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
        poll("the primary has it", lambda: primary.count() == 1)
        with pytest.raises(TimeoutError):
            client.sock.settimeout(0.3)
            client.sock.recv(1, socket.MSG_PEEK)
        client.sock.settimeout(10)
        gate.set()
        assert client.read_response().body == b"done"


@pytest.mark.parametrize("answer", [answers.hang_up, answers.text(b"x" * 200_000)])
def test_what_the_primary_can_t_say_is_told(canary, primary, candidate, answer):
    """It gave no answer either, or one that is longer than what is kept."""
    primary.always(answer)
    candidate.always(answers.hang_up)
    proxy = canary(**COPIED, limits={"capture": "64KiB"})
    with proxy.client() as client:
        response = client.request("POST", "/payments", body=b"{}")
        assert response.status == 502 and b"candidate" in response.body
    assert proxy.wait_for_exchanges(1)["fallbacks"]["reset"] == 0


def test_an_answer_that_is_too_long_when_the_candidate_fails_is_waited_for_no_longer(canary, primary, candidate):
    """More of it had been read by then than a copy may have beside none: it was cut, and the client waited for ever."""

    def later(connection, _request):
        time.sleep(0.3)
        connection.hang_up()

    def half(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)
        connection.wait_closed()

    primary.always(half)
    candidate.always(later)
    proxy = canary(**COPIED, limits={"capture": "64KiB"})
    with proxy.client() as client:
        assert client.request("POST", "/payments", body=b"{}").status == 502
