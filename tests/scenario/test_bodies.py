# SPDX-License-Identifier: Apache-2.0
"""Bodies of any size and framing pass both ways unharmed, and are compared as far as the limits say."""
import gzip
import random
import threading

import pytest
from harness import answers, wire
from harness.client import Client

# A body of several megabytes, no two parts of it alike.
BIG = random.Random(7).randbytes(3 << 20)
EVERYTHING = {"routes": [{"match": "* /**", "copy": "always"}]}


def chunked_request(path, body, size, trailers=()):
    head = wire.head_bytes(f"POST {path} HTTP/1.1", [("Host", "a"), ("Transfer-Encoding", "chunked")])
    chunks = b"".join(wire.chunk(body[at : at + size]) for at in range(0, len(body), size))
    return head + chunks + wire.last_chunk(trailers)


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_large_body_goes_there_and_back_and_to_the_candidate(primary, candidate, run, chunked):
    for origin in (primary, candidate):
        origin.always(answers.echo)
    proxy = run(primary, candidate, service={**EVERYTHING, "limits": {"capture": "8MiB"}})
    with proxy.client(timeout=30) as client:
        sending = chunked_request("/", BIG, 10_007) if chunked else b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(BIG), BIG)
        # The origin answers only when it has it all, so that sending and reading need no second thread.
        client.send(sending)
        assert client.read_response().body == BIG
    assert primary.wait_for(1)[0].body == BIG
    assert candidate.wait_for(1)[0].body == BIG
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_a_large_answer_in_chunks_arrives_whole(primary, candidate, run):
    chunks = [BIG[at : at + 9_001] for at in range(0, len(BIG), 9_001)]
    for origin in (primary, candidate):
        origin.always(answers.answer(body=b"", headers=[("Content-Type", "text/plain")], chunks=chunks))
    proxy = run(primary, candidate)
    with proxy.client(timeout=30) as client:
        response = client.get("/")
    assert response.body == BIG
    assert "Content-Length" not in response
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_framing_is_no_difference(primary, candidate, run):
    primary.always(answers.text(b"one two"))
    candidate.always(answers.answer(headers=[("Content-Type", "text/plain")], chunks=[b"one", b" two"]))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == b"one two"
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_trailers_pass_both_ways(primary, run):
    primary.always(answers.answer(chunks=[b"x"], headers=[("Trailer", "Digest")], trailers=[("Digest", "sha-256=abc")]))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(chunked_request("/", b"hello", 2, [("X-Sum", "5")]))
        response = client.read_response()
    assert response.trailers == [("Digest", "sha-256=abc")]
    [request] = primary.wait_for(1)
    assert (request.body, request.trailers) == (b"hello", [("X-Sum", "5")])


def test_a_request_byte_by_byte_is_the_same_request(primary, candidate, run):
    proxy = run(primary, candidate, service=EVERYTHING)
    with proxy.client() as client:
        client.send_cut(chunked_request("/slowly?x=1", b"abcdefghij", 3, [("T", "v")]))
        assert client.read_response().status == 200
        client.send_cut(b"PUT /next HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nwxyz")
        assert client.read_response().status == 200
    first, second = primary.wait_for(2)
    assert (first.target, first.body, second.target, second.body) == ("/slowly?x=1", b"abcdefghij", "/next", b"wxyz")
    assert {r.target: r.body for r in candidate.wait_for(2)} == {"/slowly?x=1": b"abcdefghij", "/next": b"wxyz"}


def test_an_answer_byte_by_byte_is_the_same_answer(primary, candidate, run):
    whole = wire.head_bytes("HTTP/1.1 200 Fine", [("Transfer-Encoding", "chunked")]) + wire.chunk(b"hello ") + wire.chunk(b"world") + wire.last_chunk([("T", "v")])

    def bytewise(connection, _request):
        for at in range(len(whole)):
            connection.send(whole[at : at + 1])

    primary.always(bytewise)
    candidate.always(bytewise)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(2):
            response = client.get("/")
            assert (response.first, response.body, response.trailers) == ("HTTP/1.1 200 Fine", b"hello world", [("T", "v")])
    assert proxy.wait_for_exchanges(2)["exchanges"]["match"] == 2


def test_an_answer_until_close_is_whole(primary, candidate, run):
    for origin in (primary, candidate):
        origin.always(answers.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end"))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == b"to the end"
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_an_answer_of_http_1_0_is_understood(primary, run):
    primary.always(answers.raw(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"))
    proxy = run(primary)
    with proxy.client() as client:
        for _ in range(2):
            response = client.get("/")
            assert (response.version, response.body) == ("HTTP/1.1", b"old")


def test_the_primary_gets_the_body_while_it_comes(primary, candidate, run):
    """The request is streamed: its beginning is at the primary before its end has left the client."""
    begun, finish = threading.Event(), threading.Event()

    def look(connection, request):
        assert connection.reader.exact(5) == b"begin"
        begun.set()
        finish.wait(10)
        assert connection.reader.exact(3) == b"end"
        answers.text(b"both")(connection, request)
        return True

    primary.on_head("/", look)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbegin")
        assert begun.wait(10)
        finish.set()
        client.send(b"end")
        assert client.read_response().body == b"both"


def test_the_client_gets_the_answer_while_it_comes(primary, candidate, run):
    gate = threading.Event()

    def in_parts(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nbegin")
        answers.hold(gate, lambda c, _: c.send(b"end"))(connection, request)

    primary.always(in_parts)
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.reader.until(b"\r\n\r\nbegin")
        gate.set()
        assert client.read_exact(3) == b"end"


def test_a_body_beyond_the_limit_is_not_copied_and_goes_to_the_primary_whole(primary, candidate, run):
    primary.always(answers.echo)
    proxy = run(primary, candidate, service={**EVERYTHING, "limits": {"body": "64KiB"}})
    with proxy.client(timeout=30) as client:
        assert client.request("POST", "/", body=BIG).body == BIG
        client.send(chunked_request("/", BIG, 8192))
        assert client.read_response().body == BIG
        assert client.request("POST", "/", body=BIG[:1000]).body == BIG[:1000]
    report = proxy.wait_for_exchanges(3)
    assert report["uncopied"]["too_large"] == 2
    assert [r.body for r in primary.wait_for(3)] == [BIG, BIG, BIG[:1000]]
    assert [r.body for r in candidate.wait_for(1)] == [BIG[:1000]] and candidate.count() == 1


def test_answers_beyond_capture_are_known_to_be_equal_or_not(primary, candidate, run):
    """Text is compared by length and digest; only JSON has to be read, and can't be when it was cut off."""
    text, other = b"t" * 200_000, b"t" * 199_999 + b"u"
    document = b'{"list":[' + b"1," * 100_000 + b"1]}"
    same_length = document[:-3] + b"2]}"
    for origin, tail, json_tail in ((primary, text, document), (candidate, other, same_length)):
        origin.on("/text/same", answers.text(text)).on("/text/other", answers.text(tail))
        origin.on("/json/same", answers.json(document)).on("/json/other", answers.json(json_tail))
    proxy = run(primary, candidate, service={"limits": {"capture": "64KiB"}})
    with proxy.client() as client:
        for path in ("/text/same", "/text/other", "/json/same", "/json/other"):
            assert client.get(path).status == 200
    report = proxy.wait_for_exchanges(4)
    by_endpoint = {e["endpoint"]: e["exchanges"] for e in report["endpoints"]}
    assert by_endpoint["GET /text/same"]["match"] == 1
    assert by_endpoint["GET /text/other"]["mismatch"] == 1
    assert by_endpoint["GET /json/same"]["match"] == 1
    assert by_endpoint["GET /json/other"]["incomparable"] == 1
    assert report["incomparable"]["truncated"] == 1


@pytest.mark.timing
def test_a_client_that_reads_slowly_does_not_fill_the_memory(primary, candidate, run):
    size = 64 << 20
    for origin in (primary, candidate):
        origin.always(answers.flood(size))
    proxy = run(primary, candidate)
    with proxy.client(timeout=60, receive_buffer=65536) as client:
        before = proxy.resident_bytes()
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1)
        stalled_at = primary.wait_stalled()
        assert stalled_at < size / 2, "the primary was read although nobody took its answer"
        assert proxy.resident_bytes() - before < 16 << 20
        assert len(client.read_response().body) == size


@pytest.mark.timing
def test_a_primary_that_reads_slowly_does_not_fill_the_memory(primary, candidate, run):
    size, gate = 64 << 20, threading.Event()

    def look(connection, request):
        gate.wait(60)
        left = size
        while left:
            left -= len(connection.reader.exact(min(left, 1 << 20)))
        answers.text(b"all of it")(connection, request)
        return True

    primary.on_head("/", look)
    proxy = run(primary, candidate, service=EVERYTHING)
    with proxy.client(timeout=60) as client:
        before = proxy.resident_bytes()
        data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
        done = client.send_until_stuck(data)
        assert done < len(data) / 2, "the client was read although the primary took nothing"
        # limits.body (8 MiB) may be kept for the copies, and the buffers.
        assert proxy.resident_bytes() - before < 24 << 20
        gate.set()
        client.send(data[done:])
        assert client.read_response().body == b"all of it"
    assert proxy.wait_for_exchanges(1)["uncopied"]["too_large"] == 1


def test_an_answer_before_the_request_is_whole_reaches_the_client(primary, run):
    """RFC 9112, 9.5: a server may answer early and close; the client must see that answer and not a broken pipe."""

    def refuse(connection, _request):
        connection.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig!")
        connection.wait_closed()
        connection.hang_up()

    primary.on_head("/", refuse)
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + bytes(1000))
        response = client.read_response()
    assert (response.status, response.body) == (413, b"big!")


def test_many_sizes_around_the_buffers(primary, candidate, run):
    for origin in (primary, candidate):
        origin.always(answers.echo)
    proxy = run(primary, candidate, service=EVERYTHING)
    sizes = [0, 1, 2] + [power + off for power in (4096, 8192, 16384, 32768, 65536, 131072) for off in (-1, 0, 1)]
    with Client(proxy.address) as client:
        for size in sizes:
            assert client.request("POST", "/", body=BIG[:size] if size else b"").body == BIG[:size]
            client.send(chunked_request("/", BIG[:size], 4096))
            assert client.read_response().body == BIG[:size]
    assert proxy.wait_for_exchanges(2 * len(sizes))["exchanges"]["match"] == 2 * len(sizes)


# ---- codings and types ----


def coded(value, level=9):
    return answers.answer(body=gzip.compress(value, level), headers=[("Content-Type", "application/json"), ("Content-Encoding", "gzip")])


def test_a_coding_is_no_difference(primary, candidate, run):
    primary.always(coded(b'{"total": 320, "items": [1, 2]}'))
    candidate.always(answers.json({"items": [1, 2], "total": 320}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        response = client.get("/")
    assert gzip.decompress(response.body) == b'{"total": 320, "items": [1, 2]}'
    assert response.get("Content-Encoding") == "gzip"
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_a_coded_mismatch_is_recorded_so_that_it_can_be_read(primary, candidate, run):
    primary.always(coded(b'{"total": 320}'))
    candidate.always(coded(b'{"total": 321}'))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["mismatch"] == 1
    assert report["endpoints"][0]["fields"][0]["field"] == "/total"
    record = proxy.differences()[0]
    assert record["candidate"]["body"] == '{"total": 321}'
    assert record["candidate"]["body_decoded"] is True


def test_a_decompression_bomb_is_too_large(primary, candidate, run):
    primary.always(answers.json({"a": 1}))
    candidate.always(coded(b'{"a": 1}' + b" " * (40 << 20)))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get_json("/") == {"a": 1}
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["too_large"] == 1


def test_a_charset_that_is_not_known_is_not_compared(primary, candidate, run):
    for role, letter in ((primary, b"a"), (candidate, b"b")):
        role.always(answers.answer(body=letter, headers=[("Content-Type", "text/plain; charset=klingon")]))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == b"a"
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["charset"] == 1 and report["exchanges"]["mismatch"] == 0



def test_xml_is_compared_as_a_tree(primary, candidate, run):
    xml = [("Content-Type", "application/xml")]
    primary.always(answers.answer(body=b'<order id="7" at="x"><price>3.10</price></order>', headers=xml))
    candidate.always(answers.answer(body=b"<order at='x' id='7'>\n  <price>3.1</price>\n</order>", headers=xml))
    proxy = run(primary, candidate, service={"compare": {"tolerance": {"/order/*/price/*": "0.01"}}})
    with proxy.client() as client:
        client.get("/")
    assert proxy.wait_for_exchanges(1)["exchanges"]["ignored"] == 1
