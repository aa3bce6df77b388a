# SPDX-License-Identifier: Apache-2.0
"""
Trouble that comes from elsewhere than candidate and secondary, for ./dev faults: from another service's primary, from clients, from the machine, and
from whoever steers the proxy. Each is what is done to a proxy while the clients of a primary that is well are watched.
"""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import threading

from harness import fault_modes

OTHER = "other.test"  # the Host of the other service
PACE = 0.02


class Surrounding:
    """prefix: a command before the program's; roles: a mode of candidate and secondary; primary: that of the other service's primary."""

    def __init__(self, disturb=None, prefix=(), roles="well", primary=None, environment=None):
        self.disturb, self.prefix, self.roles, self.primary, self.environment = disturb, list(prefix), roles, primary, environment


class Disturber(threading.Thread):
    """Does it to a proxy until it is ended."""

    def __init__(self, disturb, peer):
        super().__init__(daemon=True)
        self.disturb, self.peer, self.ended = disturb, peer, threading.Event()
        self.failure = None

    def run(self):
        try:
            self.disturb(self.peer, self.ended)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def stop(self):
        self.ended.set()
        self.join(30)
        if self.failure:
            raise self.failure


def connect(peer):
    return socket.create_connection(("127.0.0.1", peer.port), 5)


def at_once(count, head, then=None):
    """So many connections, each of which sends this and then what `then` says, again and again."""

    def disturb(peer, ended):
        with contextlib.ExitStack() as stack:
            sockets = []
            for _ in range(count):
                with contextlib.suppress(OSError):
                    sockets.append(stack.enter_context(connect(peer)))
                    sockets[-1].sendall(head)
                    sockets[-1].setblocking(False)
                if ended.is_set():
                    return
            while not ended.wait(1):
                for sock in sockets if then else ():
                    with contextlib.suppress(OSError):
                        sock.send(then)

    return disturb


def ask_other(peer, ended):
    """Clients of the other service, who get what its primary does."""

    def one():
        while not ended.wait(PACE):
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException), connect(peer) as sock:
                sock.settimeout(1)
                sock.sendall(b"GET / HTTP/1.1\r\nHost: " + OTHER.encode() + b"\r\n\r\n")
                while not ended.is_set() and sock.recv(1 << 16):
                    pass

    threads = [threading.Thread(target=one, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def come_and_go(peer, ended):
    """A new connection for each request, reset in the middle of it."""
    while not ended.wait(0.002):
        with contextlib.suppress(OSError):
            sock = connect(peer)
            sock.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.close()


def invented_paths(peer, ended):
    count = 0
    while not ended.wait(0.002):
        connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            for _ in range(50):
                count += 1
                connection.request("GET", f"/{count:x}/{count * 7919:x}/{os.urandom(4).hex()}")
                connection.getresponse().read()
        connection.close()


def reload_all_the_time(peer, ended):
    while not ended.wait(0.05):
        peer.process.send_signal(signal.SIGHUP)


def steer(method, target, *bodies, pause=PACE):
    def disturb(peer, ended):
        turn = 0
        while not ended.wait(pause):
            connection = http.client.HTTPConnection(peer.admin, timeout=10)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request(method, target, bodies[turn % len(bodies)] if bodies else None)
                connection.getresponse().read()
            connection.close()
            turn += 1

    return disturb


def take_the_store(peer, ended):
    ended.wait(1)
    for name in peer.store.parent.glob(peer.store.name + "*"):
        if not name.name.endswith(".stages"):
            name.unlink()
    ended.wait()


def shift_the_clock(peer, ended):
    """An hour back, an hour on, again and again; the monotonic clock goes on as it did."""
    turn = 0
    while not ended.wait(0.3):
        peer.clock.write_text(("-3600", "+3600", "+0")[turn % 3] + "\n", encoding="ascii")
        turn += 1


def faketime_library():
    """Of Debian's libfaketime; None where it is not installed."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


def clock_environment(folder):
    return {
        "LD_PRELOAD": str(faketime_library()),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
PIPELINED = b"GET /payroll/3 HTTP/1.1\r\nHost: x\r\n\r\n" * 50
OF_OTHERS = (
    "never answers",
    "reset within the head",
    "closed within the body",
    "an endless body",
    "garbage",
    "10,000 header lines",
    "103 for ever",
    "chunks of a byte",
    "refused",
    "a black hole",
    "no such name",
)

SURROUNDINGS = {
    **{f"another service's primary: {mode}": Surrounding(ask_other, primary=mode) for mode in OF_OTHERS},
    "2,000 silent connections": Surrounding(at_once(2000, b"")),
    "500 heads, a byte a second": Surrounding(at_once(500, HALF_A_HEAD, b"x")),
    "30 clients that ask and do not read": Surrounding(at_once(30, PIPELINED)),
    "clients that come, break off and go": Surrounding(come_and_go),
    "invented paths": Surrounding(invented_paths),
    "256 descriptors, 150 silent connections": Surrounding(at_once(150, b""), prefix=["prlimit", "--nofile=256:256"], roles="never answers"),
    "1 GiB of address space, bombs": Surrounding(prefix=["prlimit", f"--as={1 << 30}"], roles="a decompression bomb"),
    "a full disk": Surrounding(prefix=["prlimit", f"--fsize={128 << 10}"]),
    "the store is deleted": Surrounding(take_the_store),
    "a clock that jumps by an hour": Surrounding(shift_the_clock, environment=clock_environment),
    "reloads, 20 a second": Surrounding(reload_all_the_time),
    "stages, 50 changes a second": Surrounding(steer("PUT", "/api/v1/services/bench/stage", '{"stage":"primary"}', '{"stage":"shadow"}')),
    "reports and metrics, 100 a second": Surrounding(steer("GET", "/metrics", pause=0.01)),
}


def start_primary(name):
    servers = {"refused": fault_modes.Refused, "a black hole": fault_modes.BlackHole, "no such name": fault_modes.NoSuchName}
    return servers[name]() if name in servers else fault_modes.FaultServer(fault_modes.MODES[name])


def missing():
    """{name: why} of those that can't be had here."""
    lacks = {}
    if not faketime_library():
        lacks["a clock that jumps by an hour"] = "libfaketime is not installed"
    if not shutil.which("prlimit"):
        lacks.update({name: "prlimit is not installed" for name, one in SURROUNDINGS.items() if one.prefix})
    return lacks
