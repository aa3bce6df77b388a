# SPDX-License-Identifier: Apache-2.0
"""A spy in place of a dependency: what each side called is passed on or answered, paired, compared, and told."""
import json
import threading

import pytest
from conftest import make_config
from harness import answers
from harness.client import Client
from harness.proxy import poll, run_command, total_of
from harness.spy import EXCHANGE, SHORT

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER_PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"


@pytest.fixture
def real(make_origin):
    """The real notifier: it answers, and remembers whom it has notified."""
    return make_origin("real").always(answers.json({"sent": True}, status=201))


# ---- the example


def test_the_old_service_notifies_and_the_new_one_only_seems_to(real, spy):
    spies = spy(real)
    assert spies.call("primary", body=b"Payroll 3 shipped to Juablaz of 320.0").body == b'{"sent": true}'
    answer = spies.call("candidate", body=b"Payroll 3 shipped to Juablaz of 320.0")
    assert (answer.status, answer.body) == (201, b'{"sent": true}')
    spies.wait_for_counts(match=1)
    assert spies.compare() == "true"
    assert spies.compare("test") == "true"
    [sent] = real.wait_for(1)
    assert sent.body == b"Payroll 3 shipped to Juablaz of 320.0"
    assert real.count() == 1


def test_nothing_called_is_equal(real, spy):
    assert spy(real).compare() == "true"


# ---- what is not known yet


def test_calls_that_wait_for_their_pair_are_pending_and_not_equal(real, spy):
    spies = spy(real, window="1h")
    spies.call("primary", body=b"hello")
    assert [spies.compare(), spies.compare("test")] == ["pending", "pending"]
    for target in ("/compare?json=1", "/api/v1/spies/test/compare?json=1"):
        response = spies.ask_admin("GET", target)
        assert (response.status, json.loads(response.body)["pending"]) == (409, True)
    assert spies.admin_json("/api/v1/spies/test")["pending"] is True
    assert spies.compare(query="?wait=50ms") == "pending"
    spies.call("candidate", body=b"hello")
    assert spies.compare() == "true"
    assert spies.admin_json("/compare?json=1")["pending"] is False


def test_who_asks_to_wait_is_told_when_the_pair_has_come(real, spy):
    spies = spy(real, window="1h")
    spies.call("primary", body=b"hello")
    told = []
    asking = threading.Thread(target=lambda: told.append(spies.compare(query="?wait=60s")))
    asking.start()
    spies.call("candidate", body=b"hello")
    asking.join(30)
    assert told == ["true"]


def test_who_asks_to_wait_is_told_of_a_call_that_is_given_up(real, spy):
    spies = spy(real, window="6s")  # longer than any other answer may wait
    spies.call("primary", body=b"hello")
    assert spies.compare(query="?wait=60s") == "false"


def test_what_differs_is_told_whatever_else_waits(real, spy):
    spies = spy(real, answer={"status": 200})
    for side, body in (("primary", b"1"), ("candidate", b"2")):
        spies.call(side, body=body, exchange=EXCHANGE)
    spies.wait_for_counts(different=1)
    spies.call("primary", body=b"hello")
    assert spies.compare(query="?wait=60s") == "false"


@pytest.mark.parametrize("wait", ["", "10", "s", "ms", "61s", "1m", "-1s", "1.5s", "60001ms"])
def test_a_time_to_wait_that_is_none_is_refused(real, spy, wait):
    response = spy(real).ask_admin("GET", f"/compare?wait={wait}")
    assert response.status == 400 and b"wait is a time up to 60s" in response.body


# ---- what can be wrong, each by its name


def test_a_different_message_is_told_with_both(real, spy):
    spies = spy(real)
    spies.call("primary", body=b'{"to": "ann", "total": 320.0}', exchange=EXCHANGE, headers=[("Content-Type", "application/json")])
    spies.call("candidate", body=b'{"to": "ann", "total": 32}', exchange=EXCHANGE, headers=[("Content-Type", "application/json")])
    spies.wait_for_counts(different=1)
    assert spies.compare() == "false"
    [record] = spies.spy_differences()
    [difference] = record["differences"]
    assert (difference["field"], difference["primary"], difference["candidate"]) == ("/total", "320.0", "32")
    assert record["primary"]["target"] == record["candidate"]["target"] == "/notification"
    assert spies.spy_report()["verdict"] == "regression"


def test_a_call_that_the_candidate_does_not_make_is_missing(real, spy):
    spies = spy(real, window=SHORT)
    spies.call("primary", body=b"hello")
    spies.wait_for_counts(missing=1)
    [endpoint] = spies.spy_report()["endpoints"]
    assert endpoint["endpoint"] == "POST /notification"
    assert [(f["field"], f["kind"]) for f in endpoint["fields"]] == [("call", "missing")]
    assert total_of(spies.metrics(), "parallax_spy_calls_total", spy="test", endpoint="POST /notification", result="missing") == 1
    assert total_of(spies.metrics(), "parallax_spy_waiting", spy="test") == 0
    assert spies.compare() == "false"


def test_a_call_that_the_candidate_alone_makes_is_extra(real, spy):
    spies = spy(real, answer={"status": 200}, window=SHORT)
    spies.call("candidate", body=b"hello")
    spies.wait_for_counts(extra=1)
    assert spies.compare() == "false"
    assert real.count() == 0


def test_an_equal_call_of_one_exchange_made_twice_is_a_duplicate(real, spy):
    spies = spy(real, answer={"status": 200}, window="1s")
    spies.call("primary", body=b"hello", exchange=EXCHANGE)
    spies.call("candidate", body=b"hello", exchange=EXCHANGE)
    spies.call("candidate", body=b"hello", exchange=EXCHANGE)
    spies.wait_for_counts(match=1, duplicated=1)
    assert spies.compare() == "false"


def test_a_call_whose_pair_was_given_up_is_late(real, spy):
    spies = spy(real, answer={"status": 200}, window=SHORT)
    spies.call("primary", body=b"hello")
    spies.wait_for_counts(missing=1)
    spies.call("candidate", body=b"hello")
    spies.wait_for_counts(missing=1, late=1)


def test_a_pair_that_is_further_apart_than_late_says_is_late(real, spy):
    real.always(answers.late(0.05, answers.text(b"slow")))
    spies = spy(real, answer={"status": 200}, late="40ms")
    spies.call("primary", body=b"hello")
    spies.call("candidate", body=b"hello")
    spies.wait_for_counts(late=1)
    [record] = spies.spy_differences()
    assert record["differences"][0]["field"] == "late"


def test_another_target_is_a_difference_unless_it_is_left_out(real, spy):
    spies = spy(real, answer={"status": 200})
    for side, target in (("primary", "/to/7?fast=1"), ("candidate", "/to/8?fast=1")):
        spies.call(side, target=target, exchange=EXCHANGE)
    spies.wait_for_counts(different=1)
    assert spies.spy_differences()[0]["differences"][0]["field"] == "target"


def test_targets_may_be_left_out(real, spy):
    spies = spy(real, answer={"status": 200}, target="no")
    spies.call("primary", target="/to/7")
    spies.call("candidate", target="/to/8")
    spies.wait_for_counts(match=1)


def test_a_call_that_is_refused_before_it_is_whole_counts_when_it_is(real, spy):
    spies = spy(real, answer={"status": 200}, window="1s")
    real.go_down()
    with spies.client_of("primary") as calling:
        calling.send(b"POST /notification HTTP/1.1\r\nHost: n\r\nContent-Length: 10\r\n\r\nhello")
        assert calling.read_response().status == 502
        calling.send(b"again")
        assert calling.is_closed_by_peer()
    spies.call("candidate", body=b"helloagain")
    spies.wait_for_counts(match=1)


# ---- pairing


def test_without_ids_calls_pair_as_a_multiset_in_any_order(real, spy):
    spies = spy(real, answer={"status": 200}, window="1s")
    for body in (b"a", b"b", b"a"):
        spies.call("primary", body=body)
    for body in (b"b", b"a", b"a", b"a"):
        spies.call("candidate", body=body)
    spies.wait_for_counts(match=3, extra=1)


@pytest.mark.parametrize("exchange", [None, EXCHANGE], ids=["without ids", "of one exchange"])
def test_calls_to_targets_of_one_endpoint_pair_in_any_order(real, spy, exchange):
    """Equal implementations that call at the same time: GET /to/7 and GET /to/8 are one endpoint, and have no body."""
    spies = spy(real, answer={"status": 200}, window="1s")
    for side, targets in (("primary", ("/to/7", "/to/8", "/to?page=1", "/to?page=2")), ("candidate", ("/to?page=2", "/to/8", "/to/7", "/to?page=1"))):
        for target in targets:
            spies.call(side, method="GET", target=target, exchange=exchange)
    spies.wait_for_counts(match=4)
    assert spies.compare() == "true"


def test_by_what_they_say_alone_calls_to_other_targets_are_others(real, spy):
    spies = spy(real, answer={"status": 200}, window="500ms")
    spies.call("primary", target="/to/7", body=b"a")
    spies.call("candidate", target="/to/8", body=b"a")
    spies.wait_for_counts(missing=1, extra=1)


def test_what_rules_excuse_does_not_keep_calls_apart(real, spy):
    spies = spy(real, answer={"status": 200}, compare={"ignore": ["/at"]})
    json_type = [("Content-Type", "application/json")]
    spies.call("primary", body=b'{"at": 1, "to": "ann"}', headers=json_type)
    spies.call("candidate", body=b'{"to":"ann","at":2}', headers=json_type)
    spies.wait_for_counts(ignored=1)
    assert spies.compare() == "true"


def test_calls_of_one_trace_pair_though_they_differ(real, spy):
    spies = spy(real, answer={"status": 200})
    spies.call("primary", body=b"a", headers=[("traceparent", TRACE)])
    spies.call("candidate", body=b"b", headers=[("traceparent", OTHER_PARENT)])
    spies.wait_for_counts(different=1)


def test_equal_calls_of_two_exchanges_do_not_pair(real, spy):
    spies = spy(real, answer={"status": 200}, window=SHORT)
    spies.call("primary", body=b"a", exchange=EXCHANGE)
    spies.call("candidate", body=b"a", exchange="another")
    spies.wait_for_counts(missing=1, extra=1)


def test_calls_of_an_exchange_may_come_in_another_order(real, spy):
    spies = spy(real, answer={"status": 200}, settle="5s")
    spies.call("primary", body=b"a", exchange=EXCHANGE)
    spies.call("candidate", body=b"b", exchange=EXCHANGE)
    spies.call("primary", body=b"b", exchange=EXCHANGE)
    spies.call("candidate", body=b"a", exchange=EXCHANGE)
    spies.wait_for_counts(match=2)


# ---- answers of a stub


def test_a_stub_waits_for_what_the_primary_gets(real, spy):
    gate = threading.Event()
    real.on("/slow", answers.hold(gate, answers.json({"id": 77}, status=202, headers=[("X-Id", "77"), ("Connection", "X-Hop"), ("X-Hop", "1")])))
    spies = spy(real, answer={"from": "primary", "wait": "10s"}, routes=[{"match": "GET /other", "answer": {"status": 204}}])
    with spies.client_of("candidate") as candidate, spies.client_of("primary") as primary:
        primary.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        real.wait_for(1)
        candidate.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        poll("the stub waits", lambda: spies.admin_json("/api/v1/spies/test")["stubs_waiting"] == 1)
        gate.set()
        answer, original = candidate.read_response(), primary.read_response()
        assert (answer.status, answer.body, answer.get("X-Id")) == (202, b'{"id": 77}', "77")
        assert original.body == answer.body
        assert "X-Hop" not in answer
        assert candidate.get("/other").status == 204  # the connection goes on
    assert real.count() == 1


def test_a_real_one_that_is_slower_than_the_window_makes_no_call_missing(real, spy):
    """A call is paired when it is whole, and not when it is answered."""
    gate = threading.Event()
    real.on("/slow", answers.hold(gate, answers.text(b"at last")))
    spies = spy(real, answer={"status": 200}, window="1s")
    with spies.client_of("primary") as primary:
        primary.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        real.wait_for(1)
        spies.call("candidate", "GET", "/slow")
        spies.call("candidate", body=b"extra")
        spies.wait_for_counts(extra=1)  # its window is over, and that of the pair before it
        gate.set()
        assert primary.read_response().body == b"at last"
    spies.wait_for_counts(extra=1, match=1)
    assert spies.spy_report()["latency"]["primary"]["count"] == 1


def test_an_answer_that_is_too_long_to_keep_is_not_given_to_a_stub(real, spy):
    real.always(answers.text(b"x" * 3000))
    spies = spy(real, limits={"capture": "1KiB"})
    assert len(spies.call("primary", "GET", "/long").body) == 3000
    assert spies.call("candidate", "GET", "/long").status == 503


@pytest.mark.threads
def test_long_bodies_are_compared_beside_the_traffic(real, spy):
    spies = spy(real, answer={"status": 200})
    rows = [{"id": number, "total": number / 4} for number in range(8000)]
    json_type = [("Content-Type", "application/json")]
    spies.call("primary", body=json.dumps(rows).encode(), exchange=EXCHANGE, headers=json_type)
    spies.call("candidate", body=json.dumps(rows, indent=1).encode(), exchange=EXCHANGE, headers=json_type)
    spies.wait_for_counts(match=1)
    rows[4000]["total"] = 0
    spies.call("primary", body=json.dumps(rows).encode(), exchange="another", headers=json_type)
    rows[4000]["total"] = 1
    spies.call("candidate", body=json.dumps(rows).encode(), exchange="another", headers=json_type)
    spies.wait_for_counts(match=1, different=1)
    assert spies.spy_differences()[0]["differences"][0]["field"] == "/4000/total"


def test_a_stub_whose_primary_does_not_call_falls_back(real, spy):
    spies = spy(real, answer={"from": "primary", "wait": "50ms", "status": 202, "body": "later {{body}}"})
    answer = spies.call("candidate", body=b"hello")
    assert (answer.status, answer.body) == (202, b"later hello")


def test_calls_sent_ahead_to_a_stub_that_waits_are_answered_one_by_one(real, spy):
    spies = spy(real, window="10ms", settle="1ms", limits={"calls": 1}, answer={"from": "primary", "wait": "1s", "body": "{{path}}", "status": 200})
    with spies.client_of("candidate") as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(30)))
        for number in range(30):
            assert client.read_response().body == b"/%d" % number
    spies.wait_for_counts(extra=30)


def test_a_stub_whose_primary_was_not_answered_falls_back(make_origin, spy):
    broken = make_origin("real").always(answers.reset)
    spies = spy(broken)
    assert spies.call("primary", body=b"hello").status == 502
    assert spies.call("candidate", body=b"hello").status == 503
    spies.wait_for_counts(match=1)


def test_a_stub_answers_by_template_and_route(spy):
    answer = {"status": 201, "headers": {"Location": "/n/{{counter}}", "X-To": "{{query.to}}"}, "body": '{"id": {{counter}}, "said": {{json body/m}}}'}
    routes = [{"match": "DELETE /**", "answer": {"status": 204}}, {"match": "GET /n/{id}", "answer": {"body": "{{path.2}}"}}]
    stub = {"listen": "127.0.0.1:0", "mode": "stub"}
    spies = spy(primary=stub, answer=answer, routes=routes)
    json_type = [("Content-Type", "application/json")]
    made = spies.call("candidate", target="/n?to=a%0d%0aX-Evil:+1", body=b'{"m": "\\u00e9\\""}', headers=json_type)
    assert (made.status, made.get("Location"), json.loads(made.body)) == (201, "/n/1", {"id": 1, "said": "\u00e9\""})
    assert made.get("X-To") == "a  X-Evil: 1"
    assert made.get("Content-Type") == "application/json"
    deleted = spies.call("primary", "DELETE", "/n/1")
    assert (deleted.status, deleted.get("Content-Length")) == (204, None)
    assert spies.call("candidate", "GET", "/n/5").body == b"5"
    with spies.client_of("candidate") as client:
        client.send(b"GET /n/123 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /n/123 HTTP/1.1\r\nHost: a\r\n\r\nGET /n/6 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_response().body == b"123"
        head = client.read_response("HEAD")
        assert head.get("Content-Length") == str(len(json.dumps({"id": 4, "said": None})))  # no body, which the next one shows
        assert client.read_response().body == b"6"


def test_a_stub_lets_go_on_who_asks_first(spy):
    spies = spy(primary={"listen": "127.0.0.1:0", "mode": "stub"}, answer={"body": "{{body}}"})
    with spies.client_of("candidate") as client:
        client.send(b"POST /n HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert client.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"ok")
        assert client.read_response().body == b"ok"


# ---- what observes changes nothing


def test_an_observed_call_is_passed_on_as_it_is(real, spy):
    real.always(answers.answer(body=b"", chunks=[b"one", b"two"], headers=[("B", "1"), ("A", "2")], status=404))
    spies = spy(real)
    answer = spies.call("primary", "PUT", "/x?y=%20z", body=b"hello", exchange=EXCHANGE, headers=[("X-Own", "v")])
    assert (answer.status, answer.body, answer.get("A"), answer.get("B")) == (404, b"onetwo", "2", "1")
    [request] = real.wait_for(1)
    assert (request.first, request.body) == ("PUT /x?y=%20z HTTP/1.1", b"hello")
    assert request.get("X-Own") == "v"
    assert request.get("Parallax-Exchange") == EXCHANGE
    assert "Parallax-Role" not in request


def test_both_sides_may_observe(real, spy):
    spies = spy(real, candidate={"listen": "127.0.0.1:0", "mode": "observe"})
    for side in ("primary", "candidate"):
        assert spies.call(side, "GET", "/balance").status == 201
    spies.wait_for_counts(match=1)
    assert real.count() == 2


def test_a_body_longer_than_the_limit_passes_and_is_known_by_its_digest(real, spy):
    spies = spy(real, limits={"body": "1KiB"}, answer={"status": 200})
    body = b"x" * 300_000
    assert spies.call("primary", body=body).status == 201
    assert real.wait_for(1)[0].body == body
    spies.call("candidate", body=body)
    spies.wait_for_counts(match=1)
    spies.call("primary", body=b"{" + body, exchange=EXCHANGE)
    spies.call("candidate", body=b"[" + body, exchange=EXCHANGE)
    spies.wait_for_counts(match=1, incomparable=1)
    assert spies.spy_report()["incomparable"]["truncated"] == 1
    assert spies.compare() == "false"


# ---- trouble


def test_callers_that_go_away_are_counted_and_harm_nobody(real, spy):
    spies = spy(real)
    for side in ("primary", "candidate"):
        with spies.client_of(side) as client:
            client.send(b"POST /n HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
            client.reset()
        with spies.client_of(side) as client:
            client.send(b"\x16\x03\x01 nonsense\r\n\r\n")
            assert client.read_response().status == 400
    with spies.client_of("candidate") as client:  # goes while it waits for the primary's answer
        client.send(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
        poll("the stub waits", lambda: spies.admin_json("/api/v1/spies/test")["stubs_waiting"] == 1)
        client.reset()
    spies.call("primary", "GET", "/gone")
    spies.wait_for_counts(uncopied=2, match=1)
    assert spies.spy_report()["uncopied"]["canceled"] == 2


def test_more_calls_than_the_limit_are_answered_and_counted(real, spy):
    spies = spy(real, limits={"calls": 3}, answer={"status": 200})
    for number in range(5):
        assert spies.call("candidate", body=b"%d" % number).status == 200
    spies.wait_for_counts(uncopied=2)
    assert spies.spy_report()["uncopied"]["shed"] == 2
    assert spies.admin_json("/api/v1/spies/test")["waiting"] == 3


def test_beyond_the_bytes_that_are_kept_calls_are_known_by_their_digest(real, spy):
    spies = spy(real, limits={"bytes": "1KiB"}, answer={"status": 200})
    for side in ("primary", "candidate"):
        for letter in (b"a", b"b"):
            spies.call(side, body=letter * 900)
    spies.wait_for_counts(match=2)
    told = spies.admin_json("/api/v1/spies/test")
    assert (told["kept_bytes"], told["dropped"]) == (0, 4)


def test_secrets_of_calls_are_not_recorded(real, spy, tmp_path):
    spies = spy(real, redact=["/card"], answer={"status": 200})
    headers = [("Content-Type", "application/json"), ("Authorization", "Bearer c2VjcmV0")]
    spies.call("primary", body=b'{"card": "4111", "total": 1}', exchange=EXCHANGE, headers=headers)
    spies.call("candidate", target="/notification?token=s3cr3t", body=b'{"card": "4112", "total": 2}', exchange=EXCHANGE, headers=headers)
    spies.wait_for_counts(different=1)
    assert {difference["field"] for difference in spies.spy_differences()[0]["differences"]} == {"/card", "/total", "target"}
    told = json.dumps(spies.spy_differences()) + json.dumps(spies.spy_report())
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("parallax.db*"))
    for secret in ("c2VjcmV0", "4111", "4112", "s3cr3t"):
        assert secret not in told
        assert secret.encode() not in stored


# ---- life


def test_what_was_told_survives_kill_9(real, spy):
    spies = spy(real, answer={"status": 200}, window="1s")
    spies.call("primary", body=b"a")
    spies.call("candidate", body=b"a")
    spies.call("primary", body=b"b")
    spies.wait_for_counts(match=1, missing=1)
    before, differences = spies.spy_report(), spies.spy_differences()
    spies.kill()
    again = spy(real, answer={"status": 200})
    assert again.spy_report() == before
    assert again.spy_differences() == differences
    assert again.compare() == "false"


def test_calls_that_wait_at_the_end_are_counted(real, spy):
    spies = spy(real, answer={"status": 200})
    spies.call("primary", body=b"a")
    spies.terminate()
    assert spies.wait_exit() == 0
    again = spy(real)
    assert again.counts() == {"incomparable": 1}
    assert again.spy_report()["incomparable"]["canceled"] == 1


@pytest.mark.threads
def test_spies_are_paired_by_the_exchange_of_a_parallel_run(make_origin, real, spy):
    """The services pass Parallax-Exchange on; the primary has one, too, since the service says `correlate`."""
    primary, candidate = make_origin("primary"), make_origin("candidate")
    config = make_config(primary, candidate, service={"correlate": "yes", "routes": [{"match": "POST /payroll", "copy": "always"}]})
    proxy = spy(real, run=config, answer={"status": 201}, window="5s")

    def notifying(side, total):
        def handler(connection, request):
            with Client(proxy.side(side)) as calling:
                calling.request("POST", "/notification", [("Parallax-Exchange", request.get("Parallax-Exchange", ""))], total)
            answers.json({"ok": True})(connection, request)

        return handler

    primary.always(notifying("primary", b"320.5"))
    candidate.always(notifying("candidate", b"320"))
    with proxy.client() as client:
        assert client.request("POST", "/payroll", body=b"{}").status == 200
    proxy.wait_for_counts(different=1)
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1
    [record] = proxy.spy_differences()
    ids = {dict(record[side]["headers"])["Parallax-Exchange"] for side in ("primary", "candidate")}
    assert ids == {candidate.wait_for(1)[0].get("Parallax-Exchange")}
    assert "Parallax-Role" not in primary.wait_for(1)[0]
    assert proxy.reload(config, "needs_restart")["keys"] == "spies"
    proxy.log.wait_event("reloaded")
    assert proxy.compare() == "false"


# ---- the command


def test_the_command_line_makes_a_spy(real, spy):
    spies = spy(flags=["--primary", "127.0.0.1:0", "--candidate", ":0", "--real", real.url, "--answer", "200 ok", "--window", "5s", "--admin", "127.0.0.1:0"])
    assert spies.call("primary", name="spy").status == 201
    assert spies.call("candidate", name="spy").body == b"ok"
    poll("they pair", lambda: spies.counts("spy") == {"match": 1})


@pytest.mark.parametrize(
    "flags, words",
    [
        ([], "--candidate ADDRESS"),
        (["--primary", "1"], "--candidate ADDRESS"),
        (["--nothing"], "is not known here"),
        (["--primary", ":0", "--candidate", ":0", "x"], "is too much"),
        (["--primary", ":0", "--candidate", ":0"], "--real URL"),
        (["--primary", "a:b", "--candidate", ":0", "--answer", "200"], "--primary"),
        (["--primary", ":0", "--candidate", ":0", "--answer", "100"], "--answer"),
        (["--primary", ":0", "--candidate", ":0", "--answer", "200 {{no}}"], "{{"),
        (["--primary", ":0", "--candidate", ":0", "--real", "ftp://x"], "--real"),
        (["--primary", ":0", "--candidate", ":0", "--answer", "200", "--window", "0s"], "--window"),
    ],
)
def test_wrong_use_says_how_to_mend_it(flags, words):
    ended = run_command("spy", *flags)
    assert ended.returncode == 2
    assert words in ended.stderr


def test_an_address_that_is_taken_is_told(real):
    ended = run_command("spy", "--primary", f"127.0.0.1:{real.port}", "--candidate", ":0", "--real", "http://127.0.0.1:9", "--admin", "127.0.0.1:0")
    assert ended.returncode == 1
    assert "spy: spy spy: " in ended.stderr


# ---- in the commands


def test_the_commands_show_spies_beside_services(real, spy):
    spies = spy(real, window=SHORT)
    spies.call("primary", body=b"320.0")
    spies.wait_for_counts(missing=1)
    admin = ["--admin", f"http://{spies.admin[0]}:{spies.admin[1]}"]
    report = run_command("report", "--spy", "test", *admin)
    assert report.returncode == 1 and "test: regression   (spy" in report.stdout and "1 call: 1 mismatch" in report.stdout
    assert "different" in run_command("status", *admin).stdout
    diffs = run_command("diffs", "--spy", "test", *admin).stdout
    assert "primary in " in diffs and "POST /notification -> (nothing)" in diffs
