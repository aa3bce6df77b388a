# SPDX-License-Identifier: Apache-2.0
"""
A raw HTTP/1.1 client: sends the bytes it is told, cut as it is told, and shows every byte that comes back.
"""
import json
import socket
import threading
import time

from . import wire


class Client:
    def __init__(self, address, timeout=10, receive_buffer=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect(address)
        self.reader = wire.Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        wire.quietly_close(self.sock)

    def reset(self):
        wire.set_reset_on_close(self.sock)
        self.close()

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    # ---- sending

    def send(self, data):
        self.sock.sendall(data)

    def send_cut(self, data, size=1):
        """In pieces of so many bytes, a segment each as far as TCP lets us."""
        for at in range(0, len(data), size):
            self.sock.sendall(data[at : at + size])

    def send_until_stuck(self, data, quiet=0.5):
        """As much as is taken; returns how many bytes that were once nothing more has been for `quiet` seconds."""
        timeout = self.sock.gettimeout()
        self.sock.settimeout(quiet)
        done = 0
        try:
            while done < len(data):
                done += self.sock.send(data[done : done + 262144])
        except TimeoutError:
            pass
        finally:
            self.sock.settimeout(timeout)
        return done

    # ---- reading

    def read_response(self, method="GET"):
        """The next final answer, the interim ones before it in .interim; .raw is all of its bytes, theirs included."""
        start = len(self.reader.seen)
        interim = []
        while (response := wire.read_head(self.reader, wire.Response)).status // 100 == 1 and response.status != 101:
            interim.append(response)
        response.interim = interim
        if method != "HEAD" and response.status not in (101, 204, 304):
            wire.read_body(self.reader, response, until_close=True)
        response.raw = bytes(self.reader.seen[start:])
        return response

    def read_exact(self, count):
        return self.reader.exact(count)

    def read_to_end(self):
        return self.reader.to_end()

    def is_closed_by_peer(self, within=10):
        """Whether the peer closes (or resets) without a further byte."""
        self.sock.settimeout(within)
        try:
            self.reader.fill()
            return False
        except wire.Closed:
            return not self.reader.buffer
        except TimeoutError:
            return False

    # ---- both

    def request(self, method, target, headers=(), body=b"", host="test.example"):
        lines = [("Host", host), *headers] if host else list(headers)
        if body:
            lines.append(("Content-Length", len(body)))
        self.send(wire.head_bytes(f"{method} {target} HTTP/1.1", lines) + body)
        return self.read_response(method)

    def get(self, target, headers=()):
        return self.request("GET", target, headers)

    def get_json(self, target, headers=()):
        response = self.get(target, headers)
        assert response.status == 200, f"GET {target}: {response.first}: {response.body!r}"
        return json.loads(response.body)


class Load:
    """Requests over and over on several connections, each in a thread, until stop(). A wrong or missing answer is in .failures."""

    def __init__(self, address, target, expected, connections=4):
        self.address, self.target, self.expected = address, target, expected
        self.answered = 0
        self.failures = []
        self.done = threading.Event()
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(connections)]
        for thread in self.threads:
            thread.start()

    def run(self):
        client = Client(self.address)
        try:
            while not self.done.is_set():
                response = client.get(self.target)
                if response.body != self.expected or response.status != 200:
                    self.failures.append(f"{response.first}: {response.body[:200]!r}")
                if response.get("Connection", "").lower() == "close":
                    client.close()
                    client = Client(self.address)
                with self.changed:
                    self.answered += 1
                    self.changed.notify_all()
        except OSError as error:
            self.failures.append(repr(error))
        finally:
            client.close()

    def wait_for(self, more, deadline=10):
        """Until so many more requests have been answered than now."""
        with self.changed:
            wanted = self.answered + more
            assert self.changed.wait_for(lambda: self.answered >= wanted or self.failures, deadline), f"only {self.answered} of {wanted} answered"

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(15)
        return self.answered


def timed(action):
    """What action() returns, and how many seconds that took."""
    began = time.monotonic()
    result = action()
    return result, time.monotonic() - began
