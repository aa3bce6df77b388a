# SPDX-License-Identifier: Apache-2.0
"""
Ready-made handlers for an Origin: how a server answers, well or badly. Each is a function that makes a handler, and a handler is
called with the connection and the request; it sends what it wants, and the connection stays open unless it hangs up or resets.
"""
import json as json_module

from . import wire

REASONS = {200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 404: "Not Found", 417: "Expectation Failed", 500: "Internal Server Error"}


def first_line(status):
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}"


def answer(status=200, body=b"", headers=(), close=False, chunks=None, trailers=(), interim=()):
    """A correct answer: with Content-Length, or with chunks (a list of bytes) and trailers. interim: heads (bytes) sent before it."""

    def handler(connection, request):
        lines = list(headers)
        has_body = status not in (204, 304)
        if chunks is not None:
            lines.append(("Transfer-Encoding", "chunked"))
        elif has_body:
            lines.append(("Content-Length", len(body)))
        if close:
            lines.append(("Connection", "close"))
        data = b"".join(interim) + wire.head_bytes(first_line(status), lines)
        if has_body and request.method != "HEAD":
            if chunks is None:
                data += body
            else:
                data += b"".join(map(wire.chunk, chunks)) + wire.last_chunk(trailers)
        connection.send(data)
        if close:
            connection.hang_up()

    return handler


def text(body, status=200, headers=(), **more):
    return answer(status, body, [("Content-Type", "text/plain"), *headers], **more)


def json(value, status=200, headers=(), **more):
    body = value if isinstance(value, bytes) else json_module.dumps(value).encode()
    return answer(status, body, [("Content-Type", "application/json"), *headers], **more)


def echo(connection, request):
    """The request's body back, as it was framed."""
    lines = [("Content-Type", "application/octet-stream")]
    if "Transfer-Encoding" in request:
        body = b"".join(wire.chunk(request.body[at : at + 65536]) for at in range(0, len(request.body), 65536))
        connection.send(wire.head_bytes(first_line(200), lines + [("Transfer-Encoding", "chunked")]) + body + wire.last_chunk(request.trailers))
    else:
        connection.send(wire.head_bytes(first_line(200), lines + [("Content-Length", len(request.body))]) + request.body)


def raw(data, close=True):
    """These bytes, whatever they are, then the end of the connection."""

    def handler(connection, _request):
        connection.send(data)
        if close:
            connection.hang_up()

    return handler


def hold(gate, then):
    """Nothing until gate (a threading.Event) is set or the origin stops."""

    def handler(connection, request):
        while not gate.wait(0.05):
            if connection.origin.stopping.is_set():
                connection.hang_up()
        then(connection, request)

    return handler


def late(seconds, then):
    """A slow server: it thinks for so long."""

    def handler(connection, request):
        if connection.origin.stopping.wait(seconds):
            connection.hang_up()
        then(connection, request)

    return handler


def silent(connection, _request):
    """Takes the request and never says anything."""
    connection.wait_closed()
    connection.hang_up()


def reset(connection, _request):
    """RST instead of an answer."""
    connection.reset()


def hang_up(connection, _request):
    """The connection's end instead of an answer."""
    connection.hang_up()


def reset_in_body(head=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", part=b'{"ok":'):
    def handler(connection, _request):
        connection.send(head + part)
        connection.reset()

    return handler


def short_body(body=b'{"ok": true}', claimed=1000):
    """Says it is longer than it is, then closes."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (claimed, body))


def stuck_body(body=b'{"ok": true}', claimed=1000):
    """Says it is longer than it is, then keeps the connection and says no more."""

    def handler(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (claimed, body))
        silent(connection, request)

    return handler


def long_body(body, extra):
    """Sends more than it said, and keeps the connection."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s" % (len(body), body, extra), close=False)


TEXT_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


def flood(total, head=TEXT_HEAD, piece=b"x" * 65536):
    """total bytes of body as fast as they are taken, then the end of the connection."""

    def handler(connection, _request):
        connection.send(head)
        left = total
        while left > 0:
            connection.send(piece[:left])
            left -= len(piece)
        connection.hang_up()

    return handler


def by_turns(*handlers):
    """The first request gets the first handler, and so on; the last stays."""
    turn = iter(handlers[:-1])

    def handler(connection, request):
        next(turn, handlers[-1])(connection, request)

    return handler
