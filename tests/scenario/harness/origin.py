# SPDX-License-Identifier: Apache-2.0
"""
A scripted HTTP/1.1 server: the primary, candidate or secondary of a scenario.

It listens on a free port, gives each connection a thread, records every request with its bytes, and answers as the handler of the
path says (answers.py has them ready made); a handler may just as well send nonsense, stop half-way or reset the connection.

    origin.on("/slow", answers.hold(gate, answers.text(b"late")))
    ...
    [request] = origin.wait_for(1, "/slow")
"""
import socket
import threading
import time

from . import answers, wire


class Connection:
    """One connection of a client to the origin, as handlers see it."""

    def __init__(self, origin, sock, number):
        self.origin = origin
        self.sock = sock
        self.number = number
        self.reader = wire.Reader(sock)
        self.requests = 0  # read on it so far
        self.sent = 0  # bytes, for those who wait for a stall

    def send(self, data):
        view = memoryview(data)
        while view:
            done = self.sock.send(view[:262144])
            self.sent += done
            view = view[done:]

    def hang_up(self):
        raise wire.Closed("hung up by the handler")

    def reset(self):
        wire.set_reset_on_close(self.sock)
        self.hang_up()

    def wait_closed(self):
        """Returns when the peer has closed; reads over what it still sends."""
        try:
            while True:
                self.reader.fill()
        except (wire.Closed, OSError):
            return


class Origin:
    def __init__(self, name="origin", host="127.0.0.1", port=0):
        """host: an address, or the absolute path of a unix socket that is made."""
        self.name = name
        self.default = answers.json({"ok": True})
        self.routes = {}
        self.head_routes = {}
        self.requests = []
        self.connections = []
        self.stopping = threading.Event()
        self.changed = threading.Condition()
        if host.startswith("/"):
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(host)
            self.listener.listen(1024)
            self.host, self.port = host, None
        else:
            self.listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024)
            self.host, self.port = self.listener.getsockname()[:2]
        self.threads = []
        self.begin_accepting()

    @property
    def url(self):
        if self.port is None:
            return f"unix:{self.host}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    # ---- scripting

    def on(self, path, handler):
        """How requests to path (without a query) are answered, once they are read whole."""
        self.routes[path] = handler
        return self

    def on_head(self, path, handler):
        """Called with connection and request when the head is there and the body is not. True: the handler has done it all."""
        self.head_routes[path] = handler
        return self

    def always(self, handler):
        self.default = handler
        return self

    # ---- looking

    def matching(self, path):
        return [r for r in self.requests if path is None or r.target.partition("?")[0] == path]

    def wait_for(self, count, path=None, deadline=10):
        """The first requests to path (to any), as soon as there are count of them."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.matching(path)) >= count, deadline):
                raise AssertionError(f"{self.name} got {self.matching(path)} within {deadline} s, not {count} requests")
            return self.matching(path)[:count]

    def count(self, path=None):
        with self.changed:
            return len(self.matching(path))

    def received(self):
        """All bytes that ever came in, connection by connection."""
        with self.changed:
            return b"\n".join(bytes(c.reader.seen + c.reader.buffer) for c in self.connections)

    def sent(self):
        with self.changed:
            return sum(c.sent for c in self.connections)

    def wait_stalled(self, quiet=0.4, deadline=20):
        """Returns how many bytes were sent in all once nothing more has gone out for `quiet` seconds: the peer has stopped reading."""
        end = time.monotonic() + deadline
        before = -1
        while (now := self.sent()) != before:
            if time.monotonic() > end:
                raise AssertionError(f"{self.name} could go on sending for {deadline} s ({now} bytes)")
            before = now
            self.stopping.wait(quiet)
        return now

    # ---- serving

    def begin_accepting(self):
        self.accepting = threading.Thread(target=self.accept, name=f"{self.name}-accept", daemon=True)
        self.accepting.start()

    def go_down(self):
        """As a server that is stopped in order: no connection is taken, kept ones are closed. None may be answering."""
        self.close_listener()
        self.accepting.join(10)
        self.close_connections()

    def come_back(self):
        """On the same port."""
        self.listener = socket.create_server((self.host, self.port), family=self.listener.family, backlog=1024)
        self.begin_accepting()

    def close_listener(self):
        # shutdown() wakes the accept; close() alone would not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        wire.quietly_close(self.listener)

    def close_connections(self):
        with self.changed:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.port is not None:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                if self.stopping.is_set():
                    wire.quietly_close(sock)
                    return
                connection = Connection(self, sock, len(self.connections))
                self.connections.append(connection)
                self.changed.notify_all()
            thread = threading.Thread(target=self.serve, args=(connection,), name=f"{self.name}-{connection.number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, connection):
        try:
            while not self.stopping.is_set():
                self.serve_one(connection)
        except (OSError, ValueError):
            pass  # the peer went away, or sent what is no HTTP: received() has it
        finally:
            wire.quietly_close(connection.sock)

    def serve_one(self, connection):
        start = len(connection.reader.seen)
        request = wire.read_head(connection.reader, wire.Request)
        request.connection = connection.number
        connection.requests += 1
        path = request.target.partition("?")[0]
        on_head = self.head_routes.get(path)
        if on_head and on_head(connection, request):
            self.record(request, connection, start)
            return
        if not on_head and request.get("Expect", "").lower() == "100-continue":
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        wire.read_body(connection.reader, request, until_close=False)
        self.record(request, connection, start)
        self.routes.get(path, self.default)(connection, request)

    def record(self, request, connection, start):
        request.raw = bytes(connection.reader.seen[start:])
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()

    def stop(self):
        self.stopping.set()
        self.close_listener()
        self.close_connections()
        for thread in [self.accepting] + self.threads:
            thread.join(10)
            if thread.is_alive():
                raise AssertionError(f"{thread.name} does not end: its handler waits for something that nothing ends")


held = []


def closed_port():
    """The URL of a port on which nobody listens, nor will, since it stays taken while the tests run."""
    held.append(socket.socket())
    held[-1].bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{held[-1].getsockname()[1]}"
