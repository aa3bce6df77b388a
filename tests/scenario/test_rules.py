# SPDX-License-Identifier: Apache-2.0
"""Rules of the configuration excuse what they are meant to on live traffic, and a rule that has ended excuses nothing and is named."""
from harness import answers
from harness.proxy import run_command


def compare_once(primary, candidate, run, compare, old, new, **service):
    primary.always(answers.json(old))
    candidate.always(answers.json(new))
    proxy = run(primary, candidate, service={"compare": compare, **service})
    with proxy.client() as client:
        assert client.get_json("/") == old
    return proxy, proxy.wait_for_exchanges(1)


def fields(report):
    return [(field["field"], field["kind"]) for field in report["endpoints"][0]["fields"]]


def test_rules_of_every_kind(primary, candidate, run):
    compare = {
        "mode": "subset",
        "ignore": ["/id", {"/at": {"why": "set by the database", "until": "2999-12-31"}}],
        "tolerance": {"/total": "0.01"},
        "unordered": {"/items": {"by": "/sku"}},
        "match": {"/ref": "PAY-[0-9]+"},
        "similar": {"/text": "90%"},
    }
    old = {"id": 1, "at": 1, "total": 1.00, "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "ref": "PAY-1", "text": "a payment was made"}
    new = {"id": 2, "at": 2, "total": 1.01, "items": [{"sku": "b", "n": 2}, {"sku": "a", "n": 1}], "ref": "PAY-2", "text": "a payment was mad", "more": 1}
    _, report = compare_once(primary, candidate, run, compare, old, new)
    assert report["exchanges"]["ignored"] == 1
    assert report["rules_ended"] == []


def test_a_difference_inside_a_paired_element_has_its_field(primary, candidate, run):
    old, new = [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], [{"sku": "b", "n": 3}, {"sku": "a", "n": 1}]
    _, report = compare_once(primary, candidate, run, {"unordered": {"": {"by": "/sku"}}}, old, new)
    assert fields(report) == [("/*/n", "value")]


def test_an_inserted_element_is_one_difference(primary, candidate, run):
    _, report = compare_once(primary, candidate, run, {}, list(range(100)), ["new", *range(100)])
    assert fields(report) == [("/*", "extra")]


def test_a_rule_that_has_ended_is_named(primary, candidate, run):
    rule = {"/at": {"why": "until the new clock", "owner": "payments", "until": "2020-01-31"}}
    routes = [{"match": "GET /**", "compare": {"tolerance": {"/n": {"within": "1", "until": "2020-02-01T12:00:00Z"}}}}]
    proxy, report = compare_once(primary, candidate, run, {"ignore": [rule]}, {"at": 1, "n": 1}, {"at": 2, "n": 2}, routes=routes)
    assert sorted(fields(report)) == [("/at", "value"), ("/n", "value")]
    assert report["rules_ended"] == [
        {"route": None, "kind": "ignore", "field": "/at", "why": "until the new clock", "owner": "payments", "until": "2020-02-01T00:00:00.000Z"},
        {"route": "GET /**", "kind": "tolerance", "field": "/n", "why": None, "owner": None, "until": "2020-02-01T12:00:00.000Z"},
    ]
    assert "warning: this rule has ended" in proxy.log.text()
    told = run_command("report", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert "rule ended 2020-02-01: ignore /at, owner payments: until the new clock" in told.stdout
