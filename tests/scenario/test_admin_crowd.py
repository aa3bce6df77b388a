# SPDX-License-Identifier: Apache-2.0
"""Whoever crowds the admin side, and however: health, metrics and a rollback are answered at once."""
import contextlib
import json
import socket
import threading
import time

import pytest
from harness.client import Client
from harness.proxy import poll, run_command

AT_ONCE = 4  # seconds, on busy cores; each of them takes milliseconds


@contextlib.contextmanager
def crowd(proxy, count, behave):
    """So many connections to the admin side, with each of which `behave` did something first."""
    held = []
    try:
        for _ in range(count):
            sock = socket.create_connection(proxy.admin, 10)
            held.append(sock)
            with contextlib.suppress(OSError):  # it may have lost its place by then
                behave(sock)
        yield held
    finally:
        for sock in held:
            sock.close()


def say_nothing(_sock):
    pass


def send_half_a_head(sock):
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ")


def send_half_a_body(sock):
    sock.sendall(b"POST /api/v1/services/test/rollback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")


def keep_after_an_answer(sock):
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    sock.recv(65536)


def read_nothing(sock):
    """A megabyte of answers."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    sock.send(b"GET /dashboard.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 40)


def ask_all(proxy):
    """What has to be answered at once; how long the slowest took."""
    slowest = 0
    for method, path in (("GET", "/healthz"), ("GET", "/metrics"), ("POST", "/api/v1/services/test/rollback")):
        began = time.monotonic()
        with Client(proxy.admin, timeout=10) as client:
            response = client.request(method, path, host="127.0.0.1")
        assert response.status == 200, (path, response.first)
        slowest = max(slowest, time.monotonic() - began)
    return slowest


@pytest.mark.parametrize("count", [64, 500])
@pytest.mark.parametrize("behave", [say_nothing, send_half_a_head, send_half_a_body, keep_after_an_answer, read_nothing])
def test_health_metrics_and_rollback_are_answered_beside(primary, candidate, run, behave, count):
    proxy = run(primary, candidate)
    with crowd(proxy, count, behave):
        assert ask_all(proxy) < AT_ONCE
    assert ask_all(proxy) < AT_ONCE


def test_the_command_rolls_back_beside_silent_connections(primary, candidate, run):
    proxy = run(primary, candidate)
    with crowd(proxy, 64, say_nothing):
        done = run_command("rollback", "test", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert done.returncode == 0, done.stderr


def test_a_byte_now_and_then_keeps_no_place(primary, candidate, run):
    """All the time, while others are asked for: the drip neither keeps the places nor gets more time for its head."""
    proxy = run(primary, candidate)
    stop = threading.Event()
    with crowd(proxy, 64, send_half_a_head) as held:

        def drip():
            while not stop.wait(0.02):
                for sock in held:
                    with contextlib.suppress(OSError):
                        sock.send(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            for _ in range(5):
                assert ask_all(proxy) < AT_ONCE
        finally:
            stop.set()
            dripping.join()


def test_the_oldest_silent_connection_goes_first(primary, candidate, run):
    """One that has asked before stays while there are silent ones."""
    proxy = run(primary, candidate)
    with Client(proxy.admin) as regular:
        assert regular.request("GET", "/healthz", host="127.0.0.1").status == 200
        with crowd(proxy, 63, say_nothing) as held, crowd(proxy, 20, say_nothing):
            assert [sock.recv(1) for sock in held[:20]] == [b""] * 20
            held[20].setblocking(False)
            with pytest.raises(BlockingIOError):
                held[20].recv(1)
            assert regular.request("GET", "/healthz", host="127.0.0.1").status == 200


def test_a_first_request_has_ten_seconds_for_its_head(primary, run):
    proxy = run(primary)
    with crowd(proxy, 1, send_half_a_head) as [sock]:
        sock.settimeout(30)
        began = time.monotonic()
        sock.recv(65536)
        assert 8 < time.monotonic() - began < 20


def test_pipelined_answers_wait_for_their_reader_and_all_come(primary, run):
    """The answers are far more than what is queued for a client that does not read; none is lost or out of order."""
    proxy = run(primary)
    paths = ["/dashboard.js", "/healthz", "/dashboard.css"] * 100
    with Client(proxy.admin, receive_buffer=4096) as client:
        sending = threading.Thread(
            target=client.send, args=(b"".join(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths),)
        )
        sending.start()
        before = proxy.resident_bytes()
        poll("the answers that nobody reads", lambda: proxy.ask_admin("GET", "/healthz").status == 200)
        assert proxy.resident_bytes() < before + (16 << 20)
        sizes = {path: len(proxy.ask_admin("GET", path).body) for path in set(paths)}
        for path in paths:
            response = client.read_response()
            assert (response.status, len(response.body)) == (200, sizes[path])
        sending.join()


def test_readings_that_wait_leave_places_for_changes(primary, candidate, run):
    """Each of them asks the workers for what they have counted; nobody reads what comes of it."""
    proxy = run(primary, candidate)
    request = b"GET /api/v1/services/test/report HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with crowd(proxy, 200, lambda sock: sock.sendall(request)):
        assert ask_all(proxy) < AT_ONCE
    assert json.loads(proxy.ask_admin("GET", "/api/v1/services").body)["services"]
