# SPDX-License-Identifier: Apache-2.0
"""
Servers in trouble: what a candidate may do to a proxy, each a mode of its own. A mode is served on its own port, by threads of this process, or by
`python3 fault_modes.py MODE PORT`, which can be stopped and killed.
"""
import gzip
import itertools
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

PAGE = json.dumps({"payrolls": [{"id": n, "total": n * 1.5} for n in range(40)]}).encode()
ENDLESS_SECONDS = 60  # after which even an endless answer ends, so that no thread is left


def head(length=None, lines=(), status="200 OK", kind="application/json"):
    text = [f"HTTP/1.1 {status}", f"Content-Type: {kind}"] + list(lines)
    if length is not None:
        text.append(f"Content-Length: {length}")
    return ("\r\n".join(text) + "\r\n\r\n").encode()


def read_request(sock):
    got = b""
    while b"\r\n\r\n" not in got:
        data = sock.recv(65536)
        if not data:
            raise OSError("gone")
        got += data


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def wait_gone(sock):
    """Until the peer closes."""
    while sock.recv(65536):
        pass


def for_a_while():
    end = time.monotonic() + ENDLESS_SECONDS
    while time.monotonic() < end:
        yield


def answers(answer):
    """A mode that answers each request with the same bytes."""

    def mode(sock):
        data = answer() if callable(answer) else answer
        while True:
            read_request(sock)
            sock.sendall(data)

    return mode


def good(sock):
    answers(head(len(PAGE)) + PAGE)(sock)


def silent(sock):
    wait_gone(sock)


def then(data, end):
    """Reads a request, sends so much, and ends like that."""

    def mode(sock):
        read_request(sock)
        sock.sendall(data)
        end(sock)

    return mode


def close(sock):
    sock.close()


def drip(sock):
    read_request(sock)
    for byte, _ in zip(head(len(PAGE)) + PAGE, for_a_while()):
        sock.sendall(bytes([byte]))
        time.sleep(1)


def endless_body(sock):
    read_request(sock)
    sock.sendall(head(None, ["Transfer-Encoding: chunked"]))
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for _ in for_a_while():
        sock.sendall(piece)


def ten_gigabytes(sock):
    read_request(sock)
    sock.sendall(head(10 << 30))
    for _ in for_a_while():
        sock.sendall(bytes(1 << 20))


def garbage(sock):
    chance = random.Random(20261126)
    read_request(sock)
    for _ in for_a_while():
        sock.sendall(chance.randbytes(4096))


def early(sock):
    for _ in for_a_while():
        sock.sendall(head(len(PAGE)) + PAGE)
        read_request(sock)


def endless_103(sock):
    read_request(sock)
    for _ in for_a_while():
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)


def big_and_different():
    chance = random.Random()
    return sized({"items": [chance.random() for _ in range(20_000)]})


def sized(value):
    body = json.dumps(value).encode()
    return head(len(body)) + body


def zipped(body, kind):
    data = gzip.compress(body)
    return head(len(data), ["Content-Encoding: gzip"], kind=kind) + data


CRUMBS = head(None, ["Transfer-Encoding: chunked"]) + b"".join(b"1\r\n%c\r\n" % byte for byte in PAGE * 40) + b"0\r\n\r\n"
ATTRIBUTES = b"<a " + b" ".join(b'a%d="1"' % n for n in range(110_000)) + b"/>"

# What a server does with one connection.
MODES = {
    "well": good,
    "never answers": silent,
    "reset at once": reset,
    "closed at once": close,
    "reset after the request": then(b"", reset),
    "closed after the request": then(b"", close),
    "reset within the head": then(head(len(PAGE))[:40], reset),
    "closed within the head": then(head(len(PAGE))[:40], close),
    "reset within the body": then(head(len(PAGE)) + PAGE[:100], reset),
    "closed within the body": then(head(len(PAGE)) + PAGE[:100], close),
    "half a head": then(head(len(PAGE))[:40], wait_gone),
    "a byte a second": drip,
    "an endless body": endless_body,
    "10 GB": ten_gigabytes,
    "more than it says": answers(head(10) + PAGE),
    "less than it says": then(head(len(PAGE) * 2) + PAGE, wait_gone),
    "garbage": garbage,
    "10,000 header lines": answers(head(len(PAGE), [f"X-{n}: {n}" for n in range(10_000)]) + PAGE),
    "answers before it is asked": early,
    "chunks of a byte": answers(CRUMBS),
    "1 MB that differs": answers(big_and_different),
    "103 for ever": endless_103,
    "110,000 attributes": answers(lambda: zipped(ATTRIBUTES, "application/xml")),
    "a decompression bomb": answers(lambda: zipped(bytes(64 << 20), "text/plain")),
    "many small numbers": answers(lambda: zipped(b"[" + b"1," * 4_000_000 + b"1]", "application/json")),
    "deep JSON": answers(head(200_000) + b"[" * 100_000 + b"]" * 100_000),
    "wide JSON": answers(lambda: sized({f"k{n}": n for n in range(60_000)})),
}
# What takes more than a thread: see start_mode().
PROCESS_MODES = ("refused", "a black hole", "slow to accept", "no such name", "stopped", "killed and back")


class FaultServer:
    """Serves a mode on a port until it is stopped."""

    def __init__(self, mode, port=0, accept_pause=0.0):
        self.mode, self.accept_pause = mode, accept_pause
        self.stopping = False
        self.sockets, self.lock = set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while not self.stopping:
            time.sleep(self.accept_pause)
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.sockets.add(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            self.mode(sock)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.sockets.discard(sock)
            sock.close()

    def stop(self):
        self.stopping = True
        for sock in [self.listener, *self.sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.listener.close()
        self.thread.join(10)


class BlackHole:
    """A port that takes no more connections and refuses none: its queue is full."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.listener.getsockname())
            self.fillers.append(filler)

    def stop(self):
        for sock in [self.listener, *self.fillers]:
            sock.close()


class Refused:
    """A port that is bound and does not listen."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}"

    def stop(self):
        self.sock.close()


class NoSuchName:
    names = itertools.count(1)

    def __init__(self):
        self.url = f"http://nowhere{next(self.names)}.invalid:80"

    def stop(self):
        pass


def main():
    server = FaultServer(MODES[sys.argv[1]], int(sys.argv[2]))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(server.url, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
