# SPDX-License-Identifier: Apache-2.0
"""A parallel run: every request gets the primary's answer, every exchange gets its verdict, and the counts add up."""
import itertools
import random
import threading

from harness import answers
from harness.proxy import total_of


def adds_up(report):
    """What contract says of every report: the total is the sum of the verdicts, and reasons sum to their verdict."""
    counts = report["exchanges"]
    assert counts["total"] == sum(counts[key] for key in ("match", "mismatch", "ignored", "incomparable", "uncopied")), counts
    assert counts["uncopied"] == sum(report["uncopied"].values()), report["uncopied"]
    assert counts["incomparable"] == sum(report["incomparable"].values()), report["incomparable"]
    for key in counts:
        assert counts[key] == sum(e["exchanges"].get(key, 0) for e in report["endpoints"]), f"{key} over the endpoints"
    return counts


def fields_of(report, endpoint):
    [found] = [e for e in report["endpoints"] if e["endpoint"] == endpoint]
    return {(f["field"], f["kind"]): f for f in found["fields"]}


def test_equal_answers_match(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(20):
            assert client.get_json("/things/7") == {"ok": True}
    report = proxy.wait_for_exchanges(20)
    assert adds_up(report)["match"] == 20
    assert [e["endpoint"] for e in report["endpoints"]] == ["GET /things/{id}"]
    assert candidate.count() == 20 and primary.count() == 20


def test_equal_meaning_in_another_writing_matches(primary, candidate, run):
    primary.always(answers.json(b'{"a": 1.0, "b": [1, 2], "c": "\\u00e9"}'))
    candidate.always(answers.json('{"c":"é","b":[1,2],"a":1}'.encode()))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/").body == b'{"a": 1.0, "b": [1, 2], "c": "\\u00e9"}'
    assert adds_up(proxy.wait_for_exchanges(1))["match"] == 1


def test_a_different_value_is_a_mismatch_with_its_place_and_both_values(primary, candidate, run):
    primary.on("/payroll/3", answers.json({"id": 3, "items": [{"total": 320.5}]}))
    candidate.on("/payroll/3", answers.json({"id": 3, "items": [{"total": 320}]}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get_json("/payroll/3")["items"][0]["total"] == 320.5
    report = proxy.wait_for_exchanges(1)
    assert adds_up(report)["mismatch"] == 1
    field = fields_of(report, "GET /payroll/{id}")["/items/*/total", "value"]
    assert field["differences"] == 1 and field["noise"] == 0
    assert (field["example"]["primary"], field["example"]["candidate"]) == ("320.5", "320")
    [record] = proxy.differences()
    assert proxy.admin_json(f"/api/v1/exchanges/{field['example']['exchange']}")["sequence"] == record["sequence"]


def test_a_different_status_is_a_mismatch(primary, candidate, run):
    primary.always(answers.text(b"gone", status=404))
    candidate.always(answers.text(b"gone", status=500))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        assert client.get("/x").status == 404
    report = proxy.wait_for_exchanges(1)
    assert adds_up(report)["mismatch"] == 1
    assert ("status", "value") in fields_of(report, "GET /x")


def test_a_difference_that_a_rule_leaves_out_is_ignored(primary, candidate, run):
    primary.always(answers.json({"id": 1, "updated": "monday"}))
    candidate.always(answers.json({"id": 1, "updated": "tuesday"}))
    proxy = run(primary, candidate, service={"compare": {"ignore": ["/updated"]}})
    with proxy.client() as client:
        client.get("/")
    assert adds_up(proxy.wait_for_exchanges(1))["ignored"] == 1


def test_what_the_secondary_shows_too_is_noise(primary, candidate, secondary, run):
    stamp = itertools.count()
    lock = threading.Lock()

    def stamped(connection, request):
        with lock:
            now = next(stamp)
        answers.json({"id": 1, "now": now})(connection, request)

    for origin in (primary, candidate, secondary):
        origin.always(stamped)
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        for _ in range(10):
            client.get("/")
    report = proxy.wait_for_exchanges(10)
    assert adds_up(report)["ignored"] == 10
    field = fields_of(report, "GET /")["/now", "value"]
    assert field["noise"] == 10 and field["verdict"] != "regression"


def test_noise_does_not_hide_a_difference_beside_it(primary, candidate, secondary, run):
    chance = random.Random(20260102)
    for origin, total in ((primary, 1), (candidate, 2), (secondary, 1)):
        origin.always(lambda connection, request, total=total: answers.json({"total": total, "now": chance.randrange(10**9)})(connection, request))
    proxy = run(primary, candidate, secondary)
    with proxy.client() as client:
        for _ in range(200):
            client.get("/")
    report = proxy.wait_for_exchanges(200)
    assert adds_up(report)["mismatch"] == 200
    fields = fields_of(report, "GET /")
    assert fields["/total", "value"]["verdict"] == "regression"
    assert fields["/now", "value"]["verdict"] != "regression"
    assert report["verdict"] == "regression"


def test_many_equal_exchanges_are_clean(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(50):
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
            for _ in range(20):
                client.read_response()
    report = proxy.wait_for_exchanges(1000)
    assert adds_up(report)["match"] == 1000
    assert report["verdict"] == "clean"


def test_few_exchanges_are_inconclusive(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    assert proxy.wait_for_exchanges(1)["verdict"] == "inconclusive"


def test_every_request_is_counted_once_whatever_becomes_of_it(primary, candidate, run):
    primary.on("/same", answers.json([1])).on("/other", answers.json([1]))
    candidate.on("/same", answers.json([1])).on("/other", answers.json([2])).on("/gone", answers.reset)
    routes = [{"match": "GET /private", "copy": "never"}]
    proxy = run(primary, candidate, service={"routes": routes})
    with proxy.client() as client:
        for method, path in [("GET", "/same"), ("GET", "/other"), ("GET", "/gone"), ("GET", "/private"), ("POST", "/same"), ("DELETE", "/same")] * 5:
            assert client.request(method, path).status == 200
    report = proxy.wait_for_exchanges(30)
    counts = adds_up(report)
    assert (counts["total"], counts["match"], counts["mismatch"], counts["incomparable"], counts["uncopied"]) == (30, 5, 5, 5, 15)
    assert (report["uncopied"]["unsafe_method"], report["uncopied"]["route"]) == (10, 5)
    assert report["incomparable"]["reset"] == 5
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_exchanges_total", service="test") == 30
    assert total_of(metrics, "parallax_exchanges_total", verdict="mismatch") == 5


def test_without_a_candidate_nothing_is_copied(primary, run):
    proxy = run(primary)
    with proxy.client() as client:
        for _ in range(3):
            assert client.get("/").status == 200
    report = proxy.wait_for_exchanges(3)
    assert adds_up(report)["uncopied"] == 3


def test_at_the_stage_primary_the_candidate_hears_nothing(primary, candidate, run):
    proxy = run(primary, candidate, service={"stage": "primary"})
    with proxy.client() as client:
        for _ in range(3):
            client.get("/")
    report = proxy.wait_for_exchanges(3)
    assert report["uncopied"]["stage"] == 3 and adds_up(report)["uncopied"] == 3
    assert candidate.count() == 0


def test_started_by_flags_alone(primary, candidate, secondary, run):
    flags = ["--primary", primary.url, "--candidate", candidate.url, "--secondary", secondary.url]
    proxy = run(flags=flags + ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
    with proxy.client() as client:
        client.get("/")
    [service] = proxy.admin_json("/api/v1/services")["services"]
    report = proxy.wait_for_exchanges(1, service["name"])
    assert adds_up(report)["match"] == 1
    for origin in (primary, candidate, secondary):
        assert origin.count() == 1


def test_services_are_told_apart_by_host(make_origin, run):
    one, other = make_origin("one"), make_origin("other")
    one.always(answers.text(b"one"))
    other.always(answers.text(b"other"))
    services = [
        {"name": "one", "hosts": ["one.example"], "primary": one.url, "stage": "primary"},
        {"name": "other", "primary": other.url, "stage": "primary"},
    ]
    proxy = run(one, services=services)
    with proxy.client() as client:
        assert client.request("GET", "/", host="ONE.example:8080").body == b"one"
        assert client.request("GET", "/", host="two.example").body == b"other"
    assert proxy.wait_for_exchanges(1, "one")["exchanges"]["total"] == 1
    assert proxy.wait_for_exchanges(1, "other")["exchanges"]["total"] == 1
