# SPDX-License-Identifier: Apache-2.0
"""
HTTP/1.1 as bytes: a reader over a socket that keeps all it saw, and messages that remember how they were written.

Lenient where a test may want to look at what is wrong, and it never mends anything: header lines keep their order, case and
number. Both ends of a scenario read with it; the code under test shares nothing with it.
"""
import socket

CRLF = b"\r\n"


class Closed(ConnectionError):
    """The peer closed, or reset, before what was asked for was there. `got` is what had come by then."""

    def __init__(self, what, got=b""):
        super().__init__(what)
        self.got = bytes(got)


class Reader:
    """Reads a socket through a buffer; `seen` is everything that was taken out of it, in order."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        self.seen = bytearray()

    def fill(self):
        try:
            data = self.sock.recv(262144)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise Closed("reset by the peer", self.buffer) from error
        if not data:
            raise Closed("closed by the peer", self.buffer)
        self.buffer += data

    def take(self, count):
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.seen += data
        return data

    def until(self, end):
        scanned = 0
        while (at := self.buffer.find(end, scanned)) < 0:
            scanned = max(0, len(self.buffer) - len(end) + 1)
            self.fill()
        return self.take(at + len(end))

    def exact(self, count):
        while len(self.buffer) < count:
            self.fill()
        return self.take(count)

    def to_end(self):
        try:
            while True:
                self.fill()
        except Closed as closed:
            if "reset" in str(closed):
                raise
        return self.take(len(self.buffer))


class Message:
    """A head with its body. Header names are found in any case; `raw` is all of it as it came."""

    def __init__(self, first, headers):
        self.first = first
        self.headers = headers
        self.body = b""
        self.trailers = []
        self.raw = b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.all(name))


class Request(Message):
    def __init__(self, first, headers):
        super().__init__(first, headers)
        self.method, self.target, self.version = (first.split(" ", 2) + ["", ""])[:3]
        self.connection = None

    def __repr__(self):
        return f"<{self.method} {self.target}, {len(self.body)} bytes of body>"


class Response(Message):
    def __init__(self, first, headers):
        super().__init__(first, headers)
        self.version, code, self.reason = (first.split(" ", 2) + ["", ""])[:3]
        self.status = int(code)
        self.interim = []

    def __repr__(self):
        return f"<{self.first}, {len(self.body)} bytes of body>"


def parse_lines(block):
    """Header lines (without the empty one at their end) as (name, value)."""
    lines = []
    for line in block.split(CRLF):
        if line:
            name, _, value = line.decode("latin-1").partition(":")
            lines.append((name, value.strip(" \t")))
    return lines


def read_head(reader, kind):
    head = reader.until(CRLF + CRLF)
    first, _, rest = head.partition(CRLF)
    return kind(first.decode("latin-1"), parse_lines(rest))


def read_chunked(reader):
    body = bytearray()
    while True:
        size = int(reader.until(CRLF).split(b";")[0].strip(), 16)
        if size == 0:
            break
        body += reader.exact(size)
        if reader.exact(2) != CRLF:
            raise ValueError("a chunk does not end in CR LF")
    trailer = bytearray()
    while (line := reader.until(CRLF)) != CRLF:
        trailer += line
    return bytes(body), parse_lines(bytes(trailer))


def read_body(reader, message, until_close):
    if "chunked" in message.get("Transfer-Encoding", "").lower():
        message.body, message.trailers = read_chunked(reader)
    elif "Content-Length" in message:
        message.body = reader.exact(int(message.get("Content-Length")))
    elif until_close:
        message.body = reader.to_end()


def head_bytes(first, headers):
    lines = [first] + [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + CRLF + CRLF


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def last_chunk(trailers=()):
    return b"0\r\n" + b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in trailers) + CRLF


def set_reset_on_close(sock):
    """Closing then sends RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def quietly_close(sock):
    try:
        sock.close()
    except OSError:
        pass
