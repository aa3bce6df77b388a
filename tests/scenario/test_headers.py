# SPDX-License-Identifier: Apache-2.0
"""Headers pass as they are, but for those that belong to one connection (RFC 9110, 7.6.1) and those that say who forwarded."""
import socket

import pytest
from harness import answers


def names(message):
    return [name.lower() for name, _ in message.headers]


def test_hop_by_hop_headers_of_a_request_stay_behind(primary, candidate, run):
    proxy = run(primary, candidate)
    hops = [
        ("Connection", "keep-alive, X-Named"),
        ("Keep-Alive", "timeout=5"),
        ("X-Named", "by Connection"),
        ("Proxy-Connection", "keep-alive"),
        ("Proxy-Authorization", "Basic eA=="),
        ("TE", "gzip"),
    ]
    with proxy.client() as client:
        client.get("/", hops + [("X-Kept", "yes")])
    for origin in (primary, candidate):
        [request] = origin.wait_for(1)
        assert not {"keep-alive", "x-named", "proxy-connection", "proxy-authorization"} & set(names(request)), request.headers
        assert "gzip" not in request.get("TE", "")
        assert request.get("X-Kept") == "yes"


def test_hop_by_hop_headers_of_an_answer_stay_behind(primary, run):
    primary.always(answers.text(b"x", headers=[("Connection", "X-Named"), ("X-Named", "1"), ("Keep-Alive", "timeout=5"), ("X-Kept", "yes")]))
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/")
    assert not {"x-named", "keep-alive"} & set(names(response)), response.headers
    assert response.get("X-Kept") == "yes"


def test_headers_keep_their_order_case_and_number(primary, run):
    sent = [("x-b", "1"), ("X-A", "2"), ("x-b", "3"), ("Cookie", "a=b"), ("Accept", "*/*"), ("X-Empty", "")]
    back = [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("X-Z", "\xe9"), ("A", "")]
    primary.always(answers.text(b"x", headers=back))
    proxy = run(primary)
    with proxy.client() as client:
        response = client.get("/", sent)
    [request] = primary.wait_for(1)
    assert [h for h in request.headers if h in sent] == sent
    assert [h for h in response.headers if h in back] == back


def test_host_is_kept(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.request("GET", "/", host="Shop.Example:8443")
    assert primary.wait_for(1)[0].all("Host") == ["Shop.Example:8443"]
    assert candidate.wait_for(1)[0].all("Host") == ["Shop.Example:8443"]


def test_forwarding_is_told(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.request("GET", "/", host="shop.example")
    for origin in (primary, candidate):
        [request] = origin.wait_for(1)
        assert request.all("X-Forwarded-For") == ["127.0.0.1"]
        assert request.all("X-Forwarded-Proto") == ["http"]
        assert request.all("X-Forwarded-Host") == ["shop.example"]


def test_forwarding_that_was_told_before_is_continued(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        client.get("/", [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "first.example")])
    [request] = primary.wait_for(1)
    assert [a.strip() for a in ",".join(request.all("X-Forwarded-For")).split(",")] == ["192.0.2.1", "127.0.0.1"]
    assert request.all("X-Forwarded-Proto") == ["https"]
    assert request.all("X-Forwarded-Host") == ["first.example"]


def test_an_absolute_target_goes_on_in_origin_form(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        client.send(b"GET http://abs.example/a?b HTTP/1.1\r\nHost: other.example\r\n\r\n")
        assert client.read_response().status == 200
    [request] = primary.wait_for(1)
    # RFC 9112, 3.2.2: the authority of the target replaces the Host that was received.
    assert (request.target, request.all("Host")) == ("/a?b", ["abs.example"])


def test_options_of_the_whole_server_passes(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        assert client.request("OPTIONS", "*").status == 200
    assert primary.wait_for(1)[0].target == "*"


def test_an_odd_but_legal_target_is_passed_on_byte_for_byte(primary, candidate, run):
    target = "/a//b/../c;d=e?x=%2F&y=[]&z='|~"
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get(target).status == 200
    assert primary.wait_for(1)[0].target == target
    assert candidate.wait_for(1)[0].target == target


def test_no_request_can_pose_as_a_copy_or_as_forwarded(primary, candidate, run):
    proxy = run(primary, candidate)
    posers = ["Parallax_Role", "PARALLAX_exchange", "Parallax.Role", "X_Forwarded_For", "X-Forwarded_Port", "Content_Length", "Transfer_Encoding", "Proxy_Authorization"]
    with proxy.client() as client:
        client.get("/", [(name, "7") for name in posers] + [("X_Kept", "yes")])
    for origin in (primary, candidate):
        [request] = origin.wait_for(1)
        assert not {name.lower() for name in posers} & set(names(request)), request.headers
        assert request.get("X_Kept") == "yes"


def test_no_trailer_can_pose_either(primary, run):
    proxy = run(primary)
    body = b"1\r\nx\r\n0\r\nParallax_Role: candidate\r\nX_Forwarded_Port: 1\r\nContent_Length: 9\r\nIf_Match: x\r\nX_Kept: yes\r\n\r\n"
    with proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        assert client.read_response("POST").status == 200
    [request] = primary.wait_for(1)
    assert [name for name, _ in request.trailers] == ["X_Kept"]


def test_who_names_no_host_gets_that_of_the_role(primary, candidate, run):
    """HTTP/1.0 may leave it out, as checks of load balancers do; servers answer 400 to an empty one."""
    proxy = run(primary, candidate)
    for head in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"):
        before = primary.count(), candidate.count()
        with socket.create_connection(proxy.address, 10) as sock:
            sock.sendall(head)
            assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        assert primary.wait_for(before[0] + 1)[-1].all("Host") == [f"127.0.0.1:{primary.port}"]
        assert candidate.wait_for(before[1] + 1)[-1].all("Host") == [f"127.0.0.1:{candidate.port}"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_an_answer_without_a_body_is_equal_whatever_coding_it_names(primary, candidate, run, method, status):
    """As nginx and Apache answer `curl -I --compressed`: one names the coding and length that GET would have."""
    primary.always(lambda connection, request: connection.send(f"HTTP/1.1 {status} X\r\nContent-Encoding: gzip\r\n\r\n".encode()))
    candidate.always(lambda connection, request: connection.send(f"HTTP/1.1 {status} X\r\n\r\n".encode()))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.request(method, "/", [("Accept-Encoding", "gzip")]).status == status
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
