# SPDX-License-Identifier: Apache-2.0
"""Sockets that the service manager has opened (systemd's socket activation, sd_listen_fds(3)) are listened on, shared, and never taken from others."""
import socket
import threading

import pytest
from harness import answers
from harness.client import Client
from harness.proxy import poll

pytestmark = pytest.mark.threads


def listening(host="127.0.0.1", family=socket.AF_INET):
    made = socket.socket(family)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind((host, 0))
    made.listen(512)
    return made


def text_of(made):
    return f"127.0.0.1:{made.getsockname()[1]}"


@pytest.fixture
def sockets():
    made = [listening(), listening()]
    yield made
    for one in made:
        one.close()


def refuses(address):
    with socket.socket() as sock:
        sock.settimeout(2)
        return sock.connect_ex(address) != 0


def test_sockets_are_found_by_their_own_addresses(primary, run, sockets):
    services, admin = sockets
    # In whatever order they come, whatever they are called, and for more workers than there are sockets.
    proxy = run(primary, listen=text_of(services), admin=text_of(admin), workers=3, sockets=[(admin, "x"), (services, "parallax.socket")])
    assert proxy.log.wait_event("listening")["socket"] == "inherited" and proxy.log.wait_event("admin")["socket"] == "inherited"
    assert proxy.address == services.getsockname() and proxy.admin == admin.getsockname()
    for _ in range(20):
        with proxy.client() as client:
            assert client.get("/").status == 200
    assert not proxy.log.events("socket_unused")


def test_what_no_address_is_for_is_told_and_closed(primary, run, sockets):
    services, other = sockets
    proxy = run(primary, listen=text_of(services), sockets=[(services, "a"), (other, "b")])
    unused = proxy.log.wait_event("socket_unused")
    assert (unused["socket"], unused["name"]) == (text_of(other), "b")
    other.close()
    assert refuses((proxy.address[0], int(unused["socket"].rpartition(":")[2])))


def test_a_socket_that_can_not_be_used_is_told(primary, run, sockets):
    datagrams = socket.socket(type=socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    proxy = run(primary, listen=text_of(sockets[0]), sockets=[(datagrams, "d"), (sockets[0], "s")])
    datagrams.close()
    assert "no TCP socket" in proxy.log.wait_event("socket_unused", name="d")["socket"]


def test_sockets_of_another_process_are_left_alone(primary, run, sockets):
    proxy = run(primary, env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})
    assert proxy.log.wait_event("listening")["socket"] == "own" and not proxy.log.events("socket_unused")


def test_a_socket_of_both_families_does_for_every_ipv4_address(primary, run):
    both = listening("::", socket.AF_INET6)
    port = both.getsockname()[1]
    proxy = run(primary, listen=f":{port}", access_log="-", sockets=[(both, "both")])
    with Client(("127.0.0.1", port)) as client:
        assert client.get("/").status == 200
    both.close()
    line = poll("the access log", lambda: proxy.output.text())
    assert "client=127.0.0.1 " in line, line


def test_one_process_drains_while_another_takes_over(primary, run, sockets, tmp_path):
    """SIGTERM with an event stream under way, and a new process on the same socket: nobody is refused."""
    gate = threading.Event()
    primary.on("/held", answers.hold(gate, answers.text(b"finished")))
    shared = sockets[0]
    old = run(primary, listen=text_of(shared), sockets=[(shared, "s")])
    with old.client() as streaming:
        streaming.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/held")
        old.terminate()
        old.log.wait_event("draining")
        with Client(old.address) as early:  # between the two: the kernel keeps it until there is somebody
            early.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            new = run(primary, listen=text_of(shared), store="none", sockets=[(shared, "s")])
            assert early.read_response().status == 200
        for _ in range(100):
            with new.client() as client:
                assert client.get("/").status == 200
        assert old.process.poll() is None
        gate.set()
        assert streaming.read_response().body == b"finished"
    assert old.wait_exit(10) == 0
    with new.client() as client:
        assert client.get("/").status == 200, "what the old process closed is still open for the new one"
