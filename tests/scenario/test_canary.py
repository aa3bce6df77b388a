# SPDX-License-Identifier: Apache-2.0
"""In a canary the share of the clients gets the candidate's answer, each client stays on its side, and the comparison goes on as before."""
import contextlib
import itertools
import socket
import threading
import time

import pytest
from harness import answers
from harness.client import timed
from harness.origin import closed_port
from harness.proxy import poll, total_of

OLD, NEW = b"from the primary", b"from the candidate"


@pytest.fixture
def canary(primary, candidate, run):
    """Starts the proxy with a canary: canary(share, by=..., only=..., workers=1, ...)."""
    primary.always(answers.text(OLD))
    candidate.always(answers.text(NEW))

    def start(share="50%", secondary=None, workers=1, stage="canary", top=None, **service):
        return run(primary, candidate, secondary, service={"stage": stage, "share": share, **service}, workers=workers, store="none", **(top or {}))

    return start


def served(proxy, count, headers=lambda n: ()):
    """Which of so many requests, one after the other, were answered by the candidate."""
    with proxy.client() as client:
        return [client.get("/inventory", headers(n)).body == NEW for n in range(count)]


# ---- shares


@pytest.mark.parametrize("share", ["0%", "10%", "50%", "90%", "100%"])
def test_by_request_the_weights_are_exact(canary, share):
    proxy = canary(share)
    sides = served(proxy, 100)
    want = int(share[:-1])
    assert sum(sides) == want
    for begin in range(0, 100, 10):
        assert sum(sides[begin : begin + 10]) == want // 10, "and they are spread evenly"
    report = proxy.wait_for_exchanges(100)
    assert report["served"] == {"primary": 100 - want, "candidate": want}
    assert (report["stage"], report["share"]) == ("canary", want)
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_share", service="test") == want / 100
    assert total_of(metrics, "parallax_stage", service="test", stage="canary") == 1
    assert total_of(metrics, "parallax_served_total", service="test", role="candidate") == want


@pytest.mark.threads
def test_over_several_workers_the_weights_are_exact_to_half_a_request_a_worker(canary):
    proxy = canary("10%", workers=4)
    new = 0
    for _ in range(100):  # each on a connection of its own, so that the kernel deals them to the workers
        new += sum(served(proxy, 1))
    assert 8 <= new <= 12


def test_by_cookie_a_client_stays_and_the_weights_are_within_three_sigma(canary):
    proxy = canary("30%", by="cookie session", workers=2)

    def sides():
        return served(proxy, 400, lambda n: [("Cookie", f"theme=dark; session=client-{n}")])

    first = sides()
    assert 400 * 0.3 - 3 * (400 * 0.3 * 0.7) ** 0.5 <= sum(first) <= 400 * 0.3 + 3 * (400 * 0.3 * 0.7) ** 0.5
    assert sides() == first


def test_by_header_and_by_address(canary):
    by_header = canary("50%", by="header X-User")
    first = served(by_header, 50, lambda n: [("X-User", f"u{n}")])
    assert 0 < sum(first) < 50
    assert served(by_header, 50, lambda n: [("x-user", f"u{n}")]) == first
    assert sum(served(by_header, 20)) == 0, "without the header a client is the primary's"
    by_address = canary("50%", by="address")
    assert sum(served(by_address, 20)) in (0, 20)


def test_the_same_clients_move_in_each_run_and_only_those_of_the_added_share(canary):
    before = None
    for share in ("10%", "40%", "70%"):
        now = served(canary(share, by="cookie id"), 200, lambda n: [("Cookie", f"id={n}")])
        assert before is None or all(new or not old for old, new in zip(before, now))
        before = now
    assert served(canary("40%", by="cookie id"), 200, lambda n: [("Cookie", f"id={n}")]) != before


def test_only_some_clients(canary):
    proxy = canary("100%", only="header X-Beta = 1")
    assert served(proxy, 6, lambda n: [("X-Beta", "1")] if n % 2 else [("X-Beta", "0")] if n % 3 else []) == [False, True] * 3
    proxy = canary("50%", only="cookie beta")
    assert sum(served(proxy, 20, lambda n: [("Cookie", "beta=x")])) == 10, "the share is one of them"
    assert sum(served(proxy, 20)) == 0


# ---- copies


def test_the_other_role_gets_a_copy_and_is_compared(canary, primary, candidate, secondary):
    secondary.always(answers.text(OLD))
    proxy = canary("50%", secondary)
    with proxy.client() as client:
        for _ in range(4):
            client.get("/x", [("Parallax-Role", "forged")])
    report = proxy.wait_for_exchanges(4)
    assert report["exchanges"]["mismatch"] == 4
    for difference in proxy.differences():
        assert difference["primary"]["body"].encode() == OLD and difference["candidate"]["body"].encode() == NEW, "whichever served"
    roles = {origin.name: [request.get("Parallax-Role") for request in origin.wait_for(4)] for origin in (primary, candidate, secondary)}
    # Who serves is asked as if nobody stood between: it has to do what is asked for.
    assert sorted(roles["primary"], key=str) == [None, None, "primary", "primary"]
    assert sorted(roles["candidate"], key=str) == [None, None, "candidate", "candidate"]
    assert roles["secondary"] == ["secondary"] * 4
    # Of each exchange one of the two was a copy, in whatever order they came.
    copies = [request.get("Parallax-Exchange") for origin in (primary, candidate) for request in origin.requests if request.get("Parallax-Role")]
    assert sorted(copies) == sorted(request.get("Parallax-Exchange") for request in secondary.requests) and len(set(copies)) == 4
    assert all(request.get("Parallax-Exchange") is None for origin in (primary, candidate) for request in origin.requests if not request.get("Parallax-Role"))


def test_an_unsafe_request_goes_to_the_serving_role_alone(canary, primary, candidate):
    proxy = canary("50%")
    with proxy.client() as client:
        bodies = [client.request("POST", "/payroll", body=b"{}").body for _ in range(10)]
    assert bodies.count(NEW) == 5
    assert proxy.wait_for_exchanges(10)["uncopied"]["unsafe_method"] == 10
    assert primary.count() == candidate.count() == 5


@pytest.mark.parametrize("stage, origin", [("primary", "primary"), ("candidate", "candidate")])
def test_at_either_end_only_one_implementation_is_asked(canary, primary, candidate, stage, origin):
    proxy = canary("50%", stage=stage)
    assert served(proxy, 10) == [stage == "candidate"] * 10
    report = proxy.wait_for_exchanges(10)
    assert report["uncopied"]["stage"] == 10
    assert report["share"] == (100 if stage == "candidate" else 0)
    assert {"primary": primary.count(), "candidate": candidate.count()} == {"primary": 0, "candidate": 0, origin: 10}


def test_the_access_log_names_the_role_that_served(primary, candidate, run):
    proxy = run(primary, candidate, service={"stage": "canary", "share": "50%"}, workers=1, access_log="-")
    served(proxy, 4)
    proxy.wait_for_exchanges(4)
    poll("the lines", lambda: len(proxy.output.lines) == 4)
    assert sorted(line.count("served=candidate") for line in proxy.output.lines) == [0, 0, 1, 1]


# ---- what a serving candidate does


def test_the_candidate_s_answer_is_streamed(canary, candidate):
    gate = threading.Event()

    def slowly(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        gate.wait(10)
        connection.send(b"def")

    candidate.always(slowly)
    proxy = canary("100%")
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        seen = b""
        while not seen.endswith(b"abc"):
            seen += client.read_exact(1)
        gate.set()
        assert client.read_exact(3) == b"def"


def test_a_long_body_reaches_the_serving_candidate_alone(canary, primary, candidate):
    candidate.always(answers.echo)
    proxy = canary("100%")
    body = b"x" * 3_000_000
    with proxy.client() as client:
        assert client.request("POST", "/", body=body).body == body
    assert primary.count() == 0


def test_an_upgrade_goes_to_the_serving_role(canary, candidate):
    def switch(connection, _request):
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello")
        connection.hang_up()

    candidate.always(switch)
    proxy = canary("100%")
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        assert client.read_response().status == 101
        assert client.read_to_end() == b"hello"


def test_a_client_of_the_primary_never_pays_for_the_candidate(canary, primary, candidate):
    """Invariant 1 in a canary: half of the clients are the candidate's, which is stuck; the others don't notice."""
    proxy = canary("50%", by="header X-User", timeout={"answer": "1h", "copy": "1h"}, top={"drain": "1ms"})
    sides = served(proxy, 20, lambda n: [("X-User", f"u{n}")])
    candidate.always(answers.silent)
    for user in (n for n, new in enumerate(sides) if not new):
        with proxy.client() as client:
            response, seconds = timed(lambda: client.get("/", [("X-User", f"u{user}")]))
            assert response.body == OLD and seconds < 1


def test_a_client_of_the_candidate_does_not_wait_for_the_primary(canary, primary):
    primary.always(answers.silent)
    proxy = canary("100%", timeout={"copy": "1h"}, top={"drain": "1ms"})
    with proxy.client() as client:
        for _ in range(5):
            response, seconds = timed(lambda: client.get("/"))
            assert response.body == NEW and seconds < 1


@pytest.mark.parametrize("how, status", [(answers.reset_in_body(), None), (answers.raw(b"nonsense\r\n\r\n"), 502), (answers.text(b"no", status=500), 500)])
def test_what_the_serving_candidate_says_is_the_client_s(canary, candidate, primary, how, status):
    candidate.always(how)
    proxy = canary("100%", copy="0%")
    with proxy.client() as client:
        if status is None:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200 OK" in client.read_to_end()
        else:
            response = client.get("/")
            assert response.status == status
            assert status == 500 or b"the candidate of this service gave no answer (protocol)" in response.body
    assert primary.count() == 0


# ---- fallback


@pytest.mark.parametrize("stage", ["canary", "candidate"])
def test_a_candidate_that_can_t_be_connected_to_is_answered_for(primary, run, stage):
    primary.always(answers.echo)
    proxy = run(primary, closed_port(), service={"stage": stage, "share": "100%"}, workers=1)
    with proxy.client() as client:
        assert client.get("/").status == 200
        # Nothing of it was sent, so that a payment is not made twice.
        for body in (b"{}", b"x" * 2_000_000):
            assert client.request("POST", "/payroll", body=body).body == body
        client.send(b"POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert client.read_response().body == b"hello"
    report = proxy.wait_for_exchanges(4)
    assert {reason: count for reason, count in report["fallbacks"].items() if count} == {"connect": 4}
    assert report["served"] == {"primary": 4, "candidate": 0}
    assert report["incomparable"]["connect"] == (1 if stage == "canary" else 0)
    assert total_of(proxy.metrics(), "parallax_fallbacks_total", service="test", reason="connect") == 4
    assert all(request.get("Parallax-Role") is None for request in primary.matching("/payroll"))
    health = proxy.admin_json("/api/v1/services/test")["roles"]
    assert health["candidate"]["failed"] == 4 and health["primary"]["answered"] == 4


def test_a_candidate_that_is_answered_for_gets_no_copy_when_it_is_back(primary, run):
    """It got the body alone, without a head: a client's bytes as a request of their own."""
    primary.always(answers.echo)
    with contextlib.closing(socket.socket()) as back:
        back.bind(("127.0.0.1", 0))  # refuses, until it listens
        url = f"http://127.0.0.1:{back.getsockname()[1]}"
        routes = [{"match": "POST /**", "copy": "always"}]
        proxy = run(primary, url, service={"stage": "canary", "share": "100%", "routes": routes}, workers=1, store="none")
        with proxy.client() as client:
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n")
            poll("the primary is asked in its place", lambda: len(primary.connections) > 0)
            back.listen()
            body = b"GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n\n"
            client.send(body)
            assert client.read_response().body == body
        report = proxy.wait_for_exchanges(1)
        assert report["fallbacks"]["connect"] == 1 and report["incomparable"]["connect"] == 1
        back.setblocking(False)
        with pytest.raises(BlockingIOError):
            back.accept()


def test_a_candidate_that_takes_no_connection_is_answered_for_in_time(primary, run):
    primary.always(answers.echo)
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # the kernel takes one or two of them, and says nothing to all that follow
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        proxy = run(primary, url, service={"stage": "canary", "share": "100%", "timeout": {"connect": "100ms"}}, workers=1, store="none")
        with proxy.client() as client:
            response, seconds = timed(lambda: client.request("POST", "/", body=b"{}"))
        assert response.body == b"{}" and 0.1 <= seconds < 2
        assert proxy.wait_for_exchanges(1)["fallbacks"]["connect"] == 1


def test_a_candidate_that_goes_down_between_two_requests_is_answered_for(canary, candidate):
    proxy = canary("100%")
    with proxy.client() as client:
        assert client.get("/").body == NEW
        candidate.stop()  # with the connection that is kept to it
        for method, body in (("GET", b""), ("POST", b"{}"), ("GET", b"")):
            assert client.request(method, "/", body=body).body == OLD
    report = proxy.wait_for_exchanges(4)
    assert report["served"] == {"primary": 3, "candidate": 1} and sum(report["fallbacks"].values()) == 3


def test_a_candidate_that_hangs_up_is_answered_for_where_the_request_may_be_repeated(canary, primary, candidate):
    candidate.always(answers.hang_up)
    proxy = canary("100%")
    with proxy.client() as client:
        assert client.get("/").body == OLD
        assert client.request("DELETE", "/x").body == OLD
        # Nobody knows whether these were done.
        assert client.request("POST", "/payroll", body=b"{}").status == 502
        assert client.request("PUT", "/payroll/1", body=b"{}").status == 502
    assert {reason: count for reason, count in proxy.wait_for_exchanges(4)["fallbacks"].items() if count} == {"reset": 2}
    assert primary.count("/payroll") == 0


@pytest.mark.parametrize("descriptors", [160, 161, 162, 163])
def test_requests_that_pile_up_at_a_candidate_leave_descriptors_for_the_others(primary, candidate, run, descriptors):
    """However many are left over: each of them takes three."""
    primary.always(answers.text(OLD))
    candidate.always(answers.silent)
    service = {"stage": "canary", "share": "100%", "copy": "0%", "timeout": {"answer": "1h"}}
    proxy = run(primary, candidate, service=service, workers=1, store="none", drain="1ms", descriptors=descriptors)
    waiting = []
    for number in range(1, 61):
        waiting.append(proxy.client())
        waiting[-1].send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        # Each one waits, until there are so many of them that the primary takes over.
        poll("the request", lambda: candidate.count() == number or primary.count() > 0)
        if primary.count():
            break
    assert waiting[-1].read_response().body == OLD
    assert 20 < len(waiting) < 60
    with proxy.client() as client:
        assert client.request("POST", "/", body=b"{}").body == OLD
    for client in waiting:
        client.reset()
    report = proxy.wait_for_exchanges(len(waiting) + 1)
    assert report["fallbacks"]["shed"] == 2
    candidate.always(answers.text(NEW))
    with proxy.client() as client:
        poll("the candidate serves again", lambda: client.get("/").body == NEW)


def test_what_is_copied_by_its_route_is_not_done_twice_by_the_primary(primary, run):
    proxy = run(primary, closed_port(), service={"stage": "canary", "share": "100%", "routes": [{"match": "POST /**", "copy": "always"}]}, workers=1)
    with proxy.client() as client:
        assert client.request("POST", "/payroll", body=b"{}").status == 200
    proxy.wait_for_exchanges(1)
    assert primary.count() == 1


def test_where_neither_can_be_connected_to_the_client_is_told_so(run):
    proxy = run(closed_port(), closed_port(), service={"stage": "canary", "share": "100%"}, workers=1)
    with proxy.client() as client:
        response = client.get("/")
        assert response.status == 502 and b"the primary of this service" in response.body


# ---- what is not copied


def pay(proxy, clients, requests=1, first=0):
    """Each client with a cookie of its own."""
    with proxy.client() as client:
        for number in range(first, first + clients):
            for _ in range(requests):
                client.request("POST", "/pay", [("Cookie", f"sid={number}")], b"{}")


@pytest.mark.parametrize("by", ["request", "cookie sid"])
def test_a_candidate_that_fails_requests_that_are_not_copied_is_a_regression(canary, primary, candidate, run, by):
    """Nothing is compared with them, but who serves them was drawn."""
    count = itertools.count()
    candidate.on("/pay", lambda connection, request: answers.json({}, status=500 if next(count) % 5 == 0 else 200)(connection, request))
    primary.on("/pay", answers.json({}))
    proxy = canary("40%", by=by)
    first, report = 0, None
    for _ in range(60):
        pay(proxy, 60, first=first)
        first += 60
        report = proxy.report()
        if report["verdict"] == "regression":
            break
        time.sleep(0.2)
    assert report["verdict"] == "regression", report["says"]
    assert "fails more of the clients" in report["why"]
    seen = report["uncopied_answers"]
    assert seen["verdict"] == "regression" and seen["primary_failed"] == 0 and seen["candidate_failed"] * 4 <= seen["candidate"] <= seen["candidate_failed"] * 6
    assert any("Of requests that are not copied the candidate failed" in said for said in report["says"])


def test_a_client_who_fails_anywhere_is_no_regression(canary, primary, candidate):
    """He stays on his side, where all his failures are."""
    for origin in (primary, candidate):
        origin.on("/pay", lambda connection, request: answers.json({}, status=500 if request.get("Cookie") in BAD else 200)(connection, request))
    proxy = canary("50%", by="cookie sid")
    bad = next(n for n in range(100) if served_by(proxy, n) == NEW)
    BAD.append(f"sid={bad}")
    try:
        for turn in range(12):
            pay(proxy, 30, first=1000 + 30 * turn)
            pay(proxy, 1, requests=20, first=bad)
            time.sleep(0.25)
        report = proxy.report()
    finally:
        BAD.clear()
    assert report["verdict"] != "regression", report["why"]
    assert report["uncopied_answers"]["candidate_failed"] <= 1 and report["uncopied_answers"]["candidate"] < 240


BAD = []


def served_by(proxy, number):
    with proxy.client() as client:
        return client.request("POST", "/side", [("Cookie", f"sid={number}")], b"{}").body


def test_what_uncopied_answers_showed_survives_a_restart(primary, candidate, run):
    for origin in (primary, candidate):
        origin.on("/pay", answers.json({}))
    config = {"service": {"stage": "canary", "share": "50%", "by": "cookie sid"}, "store": "sqlite:counts.db"}
    proxy = run(primary, candidate, **config)
    pay(proxy, 40)
    before = proxy.report()["uncopied_answers"]
    assert before["candidate"] + before["primary"] == 40 and before["candidate"] and before["primary"]
    proxy.stop()
    assert run(primary, candidate, **config).report()["uncopied_answers"] == before
