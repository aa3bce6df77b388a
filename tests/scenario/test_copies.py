# SPDX-License-Identifier: Apache-2.0
"""No side effect happens twice unasked: what is copied, what is not, and how a copy can be told from the request."""
import re

import pytest
from harness import answers

ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"])
def test_a_method_that_may_change_something_is_not_copied(primary, candidate, secondary, run, method):
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        assert client.request(method, "/x", body=b"{}" if method != "TRACE" else b"").status == 200
    report = proxy.wait_for_exchanges(1)
    assert report["uncopied"]["unsafe_method"] == 1
    assert [primary.count(), candidate.count(), secondary.count()] == [1, 0, 0]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_method_is_copied(primary, candidate, secondary, run, method):
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        assert client.request(method, "/x").status == 200
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
    assert [primary.count(), candidate.count(), secondary.count()] == [1, 1, 1]
    assert candidate.wait_for(1)[0].method == method


def test_a_route_that_says_always_copies_an_unsafe_method_with_its_body(primary, candidate, run):
    primary.always(answers.json({"id": 3}, status=201))
    candidate.always(answers.json({"id": 3}, status=201))
    proxy = run(primary, candidate, service={"routes": [{"match": "POST /payroll", "copy": "always", "endpoint": "hire"}]})
    body = b'{"shipTo":"Juablaz","total":320}'
    with proxy.client() as client:
        assert client.request("POST", "/payroll", [("Content-Type", "application/json")], body).status == 201
        assert client.request("POST", "/other", body=body).status == 201
    report = proxy.wait_for_exchanges(2)
    assert report["exchanges"]["match"] == 1 and report["uncopied"]["unsafe_method"] == 1
    assert {e["endpoint"] for e in report["endpoints"]} == {"hire", "POST /other"}
    [copy] = candidate.wait_for(1)
    assert (copy.target, copy.body, copy.get("Content-Type")) == ("/payroll", body, "application/json")
    assert candidate.count() == 1


def test_a_route_that_says_never_keeps_a_safe_method_from_the_candidate(primary, candidate, run):
    proxy = run(primary, candidate, service={"routes": [{"match": "GET /private/{rest}", "copy": "never"}]})
    with proxy.client() as client:
        client.get("/private/1")
        client.get("/public/1")
    report = proxy.wait_for_exchanges(2)
    assert report["uncopied"]["route"] == 1
    assert [r.target for r in candidate.wait_for(1)] == ["/public/1"] and candidate.count() == 1


def test_only_the_part_asked_for_is_copied(primary, candidate, run):
    proxy = run(primary, candidate, service={"copy": "0%"})
    with proxy.client() as client:
        for _ in range(20):
            client.get("/")
    report = proxy.wait_for_exchanges(20)
    assert report["uncopied"]["sampled_out"] == 20 and candidate.count() == 0


def test_a_part_of_the_requests_is_about_that_part(primary, candidate, run):
    proxy = run(primary, candidate, service={"copy": "50%"})
    with proxy.client() as client:
        for _ in range(400):
            client.get("/")
    report = proxy.wait_for_exchanges(400)
    # Six standard deviations around the half of 400.
    assert 140 <= report["exchanges"]["match"] <= 260
    assert report["exchanges"]["match"] + report["uncopied"]["sampled_out"] == 400
    assert candidate.count() == report["exchanges"]["match"]


def test_copies_say_that_they_are_copies_and_of_which_exchange(primary, candidate, secondary, run):
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        answer = client.get("/a?b=c")
        client.get("/a?b=c")
    assert "Parallax-Role" not in answer and "Parallax-Exchange" not in answer
    for original in primary.wait_for(2):
        assert not [name for name, _ in original.headers if name.lower().startswith("parallax-")]
    copies, others = candidate.wait_for(2), secondary.wait_for(2)
    assert {c.get("Parallax-Role") for c in copies} == {"candidate"}
    assert {c.get("Parallax-Role") for c in others} == {"secondary"}
    ids = {c.get("Parallax-Exchange") for c in copies}
    assert len(ids) == 2 and all(ULID.fullmatch(i) for i in ids)
    assert ids == {c.get("Parallax-Exchange") for c in others}
    assert {c.target for c in copies + others} == {"/a?b=c"}


def test_what_the_client_claims_about_copies_goes_nowhere(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/", [("Parallax-Role", "primary"), ("PARALLAX-exchange", "forged"), ("Parallax-Anything", "x")])
    [original], [copy] = primary.wait_for(1), candidate.wait_for(1)
    assert not [name for name, _ in original.headers if name.lower().startswith("parallax-")]
    assert copy.all("Parallax-Role") == ["candidate"]
    assert len(copy.all("Parallax-Exchange")) == 1 and copy.get("Parallax-Exchange") != "forged"
    assert "Parallax-Anything" not in copy


def test_a_copy_of_a_chunked_request_is_whole(primary, candidate, run):
    proxy = run(primary, candidate, service={"routes": [{"match": "* /up", "copy": "always"}]})
    with proxy.client() as client:
        client.send(b"PUT /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n")
        assert client.read_response().status == 200
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
    assert primary.wait_for(1)[0].body == b"abcdefgh"
    assert candidate.wait_for(1)[0].body == b"abcdefgh"


def test_a_redirect_is_compared_and_not_followed(primary, candidate, run):
    for origin in (primary, candidate):
        origin.on("/old", answers.answer(status=302, headers=[("Location", "/new")]))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/old").get("Location") == "/new"
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
    assert candidate.count("/new") == 0 and primary.count("/new") == 0
