# SPDX-License-Identifier: Apache-2.0
"""A service with a spy is moved: at each stage the real dependency gets the call of who serves, once, and no copy's."""
import itertools
import json

import pytest
from conftest import make_config
from harness import answers
from harness.client import Client
from harness.origin import closed_port
from harness.proxy import poll, run_command

CLIENT = {"shadow": b"old", "primary": b"old", "canary": b"new", "candidate": b"new"}  # whose answer the client gets


@pytest.fixture
def real(make_origin):
    """The mail service: each mail gets a number."""
    numbers = itertools.count(1)

    def handler(connection, request):
        answers.json({"number": next(numbers)}, status=202)(connection, request)

    return make_origin("real").always(handler)


@pytest.fixture
def moved(make_origin, real, spy):
    """Two implementations that send a mail for each POST, and the spy between: moved(stage, spy's keys)."""
    primary, candidate = make_origin("primary"), make_origin("candidate")

    def mailing(proxy, side, body, passes_on):
        def handler(connection, request):
            headers = [("Parallax-Exchange", request.get("Parallax-Exchange"))] if passes_on and "Parallax-Exchange" in request else []
            with Client(proxy.side(side)) as calling:
                got = calling.request("POST", "/mail", headers, request.body)
            implementation = primary if side == "primary" else candidate
            implementation.mailed = [*getattr(implementation, "mailed", []), (got.status, got.body)]
            answers.text(body)(connection, request)

        return handler

    def start(stage="shadow", service=None, copy="always", passes_on=True, candidate_url=None, **keys):
        route = {"match": "POST /notify", **({"copy": copy} if copy else {})}
        config = make_config(
            primary, candidate_url or candidate, service={"stage": stage, "share": "100%", "correlate": "yes", "routes": [route], **(service or {})}
        )
        proxy = spy(real, run=config, **{"window": "2s", **keys})
        primary.always(mailing(proxy, "primary", b"old", passes_on))
        candidate.always(mailing(proxy, "candidate", b"new", passes_on))
        proxy.roles = {"primary": primary, "candidate": candidate}
        return proxy

    return start


def post(proxy, count=3, headers=(), target="/notify"):
    with proxy.client() as client:
        return [client.request("POST", target, headers, json.dumps({"to": n}).encode()).body for n in range(count)]


def set_stage(proxy, *stage, status=0):
    told = run_command("stage", "test", *stage, "--admin", "http://%s:%d" % proxy.admin)
    assert told.returncode == status, told.stderr
    return told.stderr


# stage, route's copy, mode of the candidate's side, answer -> mails for three requests, what the spy counts
@pytest.mark.parametrize(
    "stage, copy, mode, answer, mails, counts",
    [
        ("primary", "always", "stub", "primary", 3, {"uncopied": 3}),
        ("shadow", "always", "stub", "primary", 3, {"match": 3}),
        ("shadow", "always", "stub", {"status": 201}, 3, {"match": 3}),
        ("shadow", "always", "observe", "primary", 6, {"match": 3}),
        ("shadow", None, "stub", "primary", 3, {"uncopied": 3}),
        ("canary", "always", "stub", "primary", 3, {"match": 3}),
        ("canary", "always", "stub", {"status": 201}, 3, {"match": 3}),
        ("canary", "always", "observe", "primary", 6, {"match": 3}),
        ("canary", None, "stub", "primary", 3, {"uncopied": 3}),
        ("candidate", "always", "stub", "primary", 3, {"uncopied": 3}),
        ("candidate", "always", "stub", {"status": 201}, 3, {"uncopied": 3}),
        ("candidate", None, "observe", "primary", 3, {"uncopied": 3}),
    ],
)
def test_what_the_dependency_gets(moved, real, stage, copy, mode, answer, mails, counts):
    proxy = moved(stage, copy=copy, answer=answer, candidate={"listen": "127.0.0.1:0", "mode": mode})
    assert post(proxy) == [CLIENT[stage]] * 3
    proxy.wait_for_counts(**counts)
    assert real.count() == mails
    assert sorted({json.loads(request.body)["to"] for request in real.wait_for(real.count())}) == [0, 1, 2]
    assert proxy.compare() == "true"
    assert proxy.spy_report()["uncopied"]["not_copied"] == counts.get("uncopied", 0)


def test_in_a_canary_each_client_has_one_mail_whoever_serves(moved, real):
    proxy = moved("canary", {"share": "50%"})
    answered = post(proxy, 6)
    assert sorted(answered) == [b"new"] * 3 + [b"old"] * 3
    proxy.wait_for_counts(match=6)
    assert [json.loads(request.body)["to"] for request in real.wait_for(real.count())].count(0) == 1
    assert real.count() == 6


def test_the_copy_gets_what_the_serving_side_got(moved, real):
    proxy = moved("canary")
    post(proxy, 1)
    proxy.wait_for_counts(match=1)
    assert real.count() == 1
    for role in proxy.roles.values():
        poll("answered", lambda role=role: getattr(role, "mailed", None) == [(202, b'{"number": 1}')])


def test_moved_by_command_it_goes_on_mailing_once(moved, real):
    proxy = moved("shadow")
    sent = 0
    for stage in (["shadow"], ["canary", "--share", "100"], ["candidate"], ["primary"], ["canary", "--share", "50"]):
        set_stage(proxy, *stage)
        post(proxy, 2)
        sent += 2
        poll(f"{sent} mails", lambda: real.count() == sent)
    counts = {"match": 6, "uncopied": 4}
    proxy.wait_for_counts(**counts)
    assert real.count() == 10


def test_who_stands_in_for_a_candidate_that_is_down_really_mails(moved, real):
    proxy = moved("canary", copy=None, candidate_url=closed_port())
    assert post(proxy) == [b"old"] * 3
    proxy.wait_for_counts(uncopied=3)
    assert real.count() == 3


def test_what_a_client_says_of_the_exchange_counts_for_nothing(moved, real):
    """It would make the candidate's call count, and the primary's a copy's."""
    proxy = moved("shadow")
    forged = [("Parallax-Exchange", "01M89F5F2BSYWSJAR33F17QS57"), ("Parallax-Role", "candidate")]
    post(proxy, 3, forged)
    proxy.wait_for_counts(match=3)
    assert real.count() == 3


def test_without_the_exchange_each_side_does_what_is_configured_for_it(moved, real):
    proxy = moved("shadow", passes_on=False)
    post(proxy)
    proxy.wait_for_counts(match=3)
    assert real.count() == 3


# ---- where it can't be known


def test_a_stage_that_would_lose_calls_is_refused(moved):
    proxy = moved("shadow", {"correlate": "no"})
    for stage in (["canary", "--share", "5"], ["candidate"]):
        assert "add `correlate: yes`" in set_stage(proxy, *stage, status=2)
    set_stage(proxy, "primary")


@pytest.mark.parametrize("stage", ["canary", "candidate"])
def test_a_file_with_such_a_stage_is_no_configuration(moved, stage):
    with pytest.raises(AssertionError, match="add `correlate: yes` to the service"):
        moved(stage, {"correlate": "no"})


def test_where_both_sides_observe_nothing_needs_to_be_known(moved, real):
    proxy = moved("canary", {"correlate": "no"}, candidate={"listen": "127.0.0.1:0", "mode": "observe"})
    post(proxy, 1)
    poll("mails", lambda: real.count() == 2)
