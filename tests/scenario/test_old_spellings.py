# SPDX-License-Identifier: Apache-2.0
"""Answers of old servers that have one reading are taken and go on spelled properly; of one that is refused the reason is told everywhere."""
import pytest
from harness import answers
from harness.proxy import poll, run_command

HEAD = b"HTTP/1.1 200 OK\r\n"

# What the primary sends, and the headers that the client must get (and no others of the kind).
ODD = {
    "bare LF": (b"HTTP/1.1 200 OK\nServer: old\nContent-Length: 2\n\nhi", {"Server": ["old"], "Content-Length": ["2"]}),
    "equal lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", {"Content-Length": ["2"]}),
    "list of equal lengths": (HEAD + b"Content-Length: 2, 2\r\n\r\nhi", {"Content-Length": ["2"]}),
    "chunked in HTTP/1.0": (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", {"Transfer-Encoding": ["chunked"]}),
    "blanks behind a size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2   \r\nhi\r\n0  \r\n\r\n", {"Transfer-Encoding": ["chunked"]}),
    "bare LF in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n", {"Transfer-Encoding": ["chunked"]}),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", {"Transfer-Encoding": ["chunked"]}),
    "chunked in two lines": (HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", {"Transfer-Encoding": ["chunked"]}),
    "a control character": (HEAD + b"X-Trace: a\x01b\r\nContent-Length: 2\r\n\r\nhi", {"X-Trace": ["a b"]}),
    "a blank before the colon": (HEAD + b"X-Trace : ab\r\nContent-Length : 2\r\n\r\nhi", {"X-Trace": ["ab"], "Content-Length": ["2"]}),
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_answer_is_passed_on_as_it_should_be_spelled(primary, candidate, run, what):
    data, headers = ODD[what]
    primary.on("/", answers.raw(data))
    candidate.on("/", answers.answer(200, b"hi"))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        raw = client.read_to_end()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK" and b"\n" not in b"".join(lines) and body in (b"hi", b"2\r\nhi\r\n0\r\n\r\n"), raw
    got = {}
    for line in lines[1:]:
        name, _, value = line.partition(b": ")
        got.setdefault(name.decode(), []).append(value.decode())
    assert {name: got.get(name) for name in headers} == headers, raw
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_requests_are_taken_in_one_spelling_only(primary, run):
    proxy = run(primary)
    for request in (b"GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nhi"):
        with proxy.client() as client:
            client.send(request)
            assert client.read_response().status == 400
    assert primary.count() == 0


REFUSED = {
    "lengths that differ": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", "values of Content-Length that differ"),
    "a control character in a name": (HEAD + b"X-\x07: a\r\n\r\n", "a header's name holds a character that is not allowed there (octet 0x07 in X-)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_502_says_what_is_wrong_with_the_answer(primary, run, what):
    data, why = REFUSED[what]
    primary.on("/", answers.raw(data))
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/")
    assert response.status == 502 and f"(protocol): {why}".encode() in response.body, response.body
    proxy.log.wait_event("role_failing", role="primary", reason="protocol", detail=why)
    failure = poll("the failure", lambda: proxy.admin_json("/api/v1/services")["services"][0]["roles"]["primary"]["last_failure"])
    assert failure["reason"] == "protocol" and failure["detail"] == why
    assert f"protocol: {why}" in " ".join(run_command("status", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}").stdout.split())


@pytest.mark.parametrize("what", REFUSED)
def test_why_a_candidate_could_not_be_compared_is_told(primary, candidate, run, what):
    data, why = REFUSED[what]
    candidate.on("/", answers.raw(data))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").status == 200
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["protocol"] == 1
    [field] = report["endpoints"][0]["fields"]
    assert field["field"] == "answer" and field["example"]["candidate"] == f"protocol: {why}"
    proxy.log.wait_event("role_failing", role="candidate", detail=why)


def test_what_is_wrong_in_a_body_is_told(primary, run):
    primary.on("/", answers.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nhi\r\n"))
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_to_end().endswith(b"2\r\nhi\r\n"), "cut off, and not ended"
    proxy.log.wait_event("role_failing", role="primary", detail="a chunk does not begin with its size (octet 0x68)")
