# SPDX-License-Identifier: Apache-2.0
"""Validators belong to the role that made them: where they hold for one alone nothing is said, where both answer alike they are compared."""
import pytest
from harness import answers


def conditional(tag, body=b"same"):
    """A server with an ETag of its own, which takes If-None-Match, If-Match and If-Range by it."""

    def handler(connection, request):
        etag = [("ETag", tag)]
        if request.get("If-Match") not in (None, tag):
            answers.text(b"", status=412)(connection, request)
        elif request.get("If-None-Match") == tag:
            answers.answer(304, headers=etag)(connection, request)
        elif "Range" in request and request.get("If-Range") in (None, tag):
            answers.text(body[:2], status=206, headers=[*etag, ("Content-Range", "bytes 0-1/4")])(connection, request)
        else:
            answers.text(body, headers=etag)(connection, request)

    return handler


@pytest.mark.parametrize(
    "headers, of_primary",
    [
        ([("If-None-Match", '"old"')], 304),
        ([("If-None-Match", '"new"')], 200),
        ([("If-Match", '"old"')], 200),
        ([("If-Match", '"new"')], 412),
        ([("Range", "bytes=0-1"), ("If-Range", '"old"')], 206),
        ([("Range", "bytes=0-1"), ("If-Range", '"new"')], 200),
    ],
)
def test_what_holds_for_one_role_alone_is_no_difference(primary, candidate, run, headers, of_primary):
    primary.always(conditional('"old"'))
    candidate.always(conditional('"new"'))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/", headers).status == of_primary
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["validators"] == 1 and report["exchanges"]["mismatch"] == 0, report


def test_equal_behaviour_is_compared(primary, candidate, run):
    primary.always(conditional('"one"'))
    candidate.always(conditional('"one"'))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/", [("If-None-Match", '"one"')]).status == 304
        assert client.get("/", [("If-None-Match", '"other"')]).status == 200
    report = proxy.wait_for_exchanges(2)
    assert report["exchanges"]["match"] == 2 and report["incomparable"]["validators"] == 0


def test_a_difference_beside_validators_is_one(primary, candidate, run):
    """Another body under 200, an error, and 304 that nobody has asked for."""
    primary.always(conditional('"one"'))
    candidate.always(conditional('"one"', body=b"else"))
    candidate.on("/error", answers.text(b"", status=500))
    candidate.on("/unasked", answers.answer(304))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/body", [("If-None-Match", '"other"')])
        assert client.get("/error", [("If-None-Match", '"one"')]).status == 304
        client.get("/unasked")
    report = proxy.wait_for_exchanges(3)
    assert report["exchanges"]["mismatch"] == 3 and report["incomparable"]["validators"] == 0


def test_etags_are_each_ones_own_where_all_headers_are_compared(primary, candidate, run):
    primary.always(conditional('"old"'))
    candidate.always(conditional('"new"'))
    proxy = run(primary, candidate, service={"compare": {"headers": "all"}})
    with proxy.client() as client:
        client.get("/")
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
