# SPDX-License-Identifier: Apache-2.0
"""
Instructions of the worker's thread for one request, counted by valgrind's callgrind: a change on the request path shows where a clock would
show nothing. Those of the program's own code are steady to a few in ten thousand, since they do not depend on how many events one turn of
the loop finds; all of them, with libuv's and the C library's, to one or two in a hundred.

The proxy runs under callgrind with one worker; one client asks again and again on one kept connection, each time after the whole answer.
A run with N and one with 2 N requests: what the second one takes more, over N, is a request's. Start and end are in neither.
"""
import os
import pathlib
import signal
import socket
import subprocess
import threading

import peers

REQUESTS = 2000
ROUNDS_MAX = 3
REQUEST = b"GET /payroll/3 HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
ANSWER = (
    f"HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: application/json\r\nContent-Length: {len(peers.BODY)}\r\nConnection: keep-alive\r\n\r\n{peers.BODY}"
).encode()
CASES = {
    "no candidate": ("primary", 1),
    "stage shadow, every answer compared": ("shadow", 2),
}


class Origin:
    """Answers every request, which is a head, with the same 1 KB of JSON, in one piece."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(sock,), daemon=True).start()

    def answer(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock:
            head = b""
            while data := sock.recv(65536):
                head += data
                while b"\r\n\r\n" in head:
                    head = head.partition(b"\r\n\r\n")[2]
                    sock.sendall(ANSWER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def ask(port, count):
    """So many requests, one after the other, on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            sock.sendall(REQUEST)
            answer = b""
            while len(answer.partition(b"\r\n\r\n")[2]) < len(peers.BODY):
                data = sock.recv(65536)
                if not data:
                    raise peers.Missing("the proxy closed the client's connection while its instructions were counted")
                answer += data
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise peers.Missing(f"an answer that does not count: {answer[:80]!r}")


def read_counts(file):
    """What one thread did, of callgrind's own format: (instructions of the program's code, all of them)."""
    own = every = 0
    in_program = called = False
    names = {}
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(("ob=", "cob=")):  # a number, and its name where it stands for the first time
                number, _, path = line.partition("=")[2].strip().partition(" ")
                names.setdefault(number, path)
                if line.startswith("ob="):
                    in_program = names[number] == str(peers.PROGRAM)
            elif line.startswith("calls="):
                called = True
            elif line[0] in "0123456789+-*":
                if not called:  # else it is the callee's, counted where that stands
                    cost = int(line.split()[-1])
                    every += cost
                    own += cost if in_program else 0
                called = False
    return own, every


def counted(name, stage, upstreams, requests):
    """(own, all) of the worker's thread, in a run of its own."""
    folder = pathlib.Path(f"{name}-{requests}")
    folder.mkdir()
    valgrind = [peers.find("valgrind", "valgrind"), "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/out"]
    proxy = peers.parallax(f"{name}-{requests}", *upstreams, stage=stage, before=valgrind, patience=60)
    try:
        ask(proxy.port, requests)
    finally:
        proxy.process.send_signal(signal.SIGTERM)
        try:
            proxy.process.wait(60)
        except subprocess.TimeoutExpired:
            proxy.process.kill()
        proxy.end()
    # The first thread is the control thread; of the others the worker's is the only one with much to do.
    threads = [read_counts(file) for file in folder.glob("out-*") if not file.name.endswith("-01")]
    worker = max(threads, default=(0, 0))
    if not worker[0]:
        raise peers.Missing(f"callgrind left nothing to read in {folder}")
    return worker


def per_request(stage, origins, requests):
    name = f"{stage}-{len(os.listdir())}"
    few, many = (counted(name, stage, origins, count) for count in (requests, 2 * requests))
    return [(more - less) / requests for less, more in zip(few, many)]


def text(figures):
    figures = sorted(figures)
    return f"{figures[len(figures) // 2]:,.0f} ({figures[0]:,.0f}-{figures[-1]:,.0f})"


def instructions(say, rounds):
    """A Markdown table: the median of the rounds, and how far they lie apart."""
    lines = ["| one kept connection, GET, 1 KB of JSON | instructions per request, own code | with libraries |", "|---|---|---|"]
    with Origin() as primary, Origin() as candidate:
        for what, (stage, roles) in CASES.items():
            figures = [per_request(stage, (primary, candidate)[:roles], REQUESTS) for _ in range(min(rounds, ROUNDS_MAX))]
            say(f"{what}: {figures}")
            own, every = zip(*figures)
            lines.append(f"| {what} | {text(own)} | {text(every)} |")
    return "\n".join(lines)
