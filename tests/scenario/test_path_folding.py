# SPDX-License-Identifier: Apache-2.0
"""Paths with many names in one segment (slugs, SKUs) are one endpoint: what was counted moves along, and a restart keeps it."""
from harness import answers
from harness.proxy import run_command

SLUGS = [f"red-shoe-{i}" for i in range(300)]


def ask_for(proxy, targets):
    with proxy.client() as client:
        for target in targets:
            assert client.get(target).status == 200


def endpoints(report):
    return {one["endpoint"]: one["exchanges"] for one in report["endpoints"]}


def shop(primary, candidate):
    """The candidate has another price for the first fifty,."""
    for one in (primary, candidate):
        one.always(answers.json({"price": 10}))
    for slug in SLUGS[:50]:
        candidate.on(f"/products/{slug}", answers.json({"price": 11}))


def test_three_hundred_slugs_are_one_endpoint(primary, candidate, run):
    shop(primary, candidate)
    proxy = run(primary, candidate)
    ask_for(proxy, [f"/products/{slug}" for slug in SLUGS])
    ask_for(proxy, [f"/products/{number}" for number in range(20)])
    ask_for(proxy, ["/products/red-shoe-7/reviews", "/about"])
    report = proxy.wait_for_exchanges(322)
    found = endpoints(report)
    assert set(found) == {"GET /products/{name}", "GET /products/{id}", "GET /products/{name}/reviews", "GET /about"}
    assert found["GET /products/{name}"]["total"] == 300 and found["GET /products/{name}"]["mismatch"] == 50
    assert found["GET /products/{id}"]["match"] == 20
    assert report["exchanges"]["total"] == 322
    [folded] = report["folded"]
    assert folded["endpoint"] == "GET /products/{name}" and folded["stay"] == [] and 30 <= folded["paths"] <= 300
    [cause] = report["causes"]
    assert cause["endpoint"] == "GET /products/{name}" and cause["count"] == 50
    differences = proxy.differences(query=f"?limit=1000&cause={cause['id']}")
    assert len(differences) == 50 and {one["endpoint"] for one in differences} == {"GET /products/{name}"}
    # Workers fold by themselves from here on: what they hand over has the folded name.
    proxy.log.wait_event("paths_folded", service="test", into="GET /products/{name}")
    said = run_command("report", "--admin", "http://%s:%d" % proxy.admin).stdout
    assert f"folded {folded['paths']} paths into GET /products/{{name}}" in said

    proxy.kill()
    again = run(primary, candidate)
    assert again.report() == report
    ask_for(again, ["/products/blue-hat", "/products/red-shoe-1"])
    after = endpoints(again.wait_for_exchanges(324))
    assert set(after) == set(found) and after["GET /products/{name}"]["total"] == 302
    assert not again.log.events("paths_folded"), "it knows"


def test_what_has_a_large_share_stays(primary, candidate, run):
    shop(primary, candidate)
    proxy = run(primary, candidate)
    ask_for(proxy, [f"/products/{part}" for slug in SLUGS[:90] for part in (slug, "search")])
    report = proxy.wait_for_exchanges(180)
    assert {name: counts["total"] for name, counts in endpoints(report).items()} == {"GET /products/{name}": 90, "GET /products/search": 90}
    assert report["folded"][0]["stay"] == ["search"]


def test_a_route_or_the_configuration_says_otherwise(primary, candidate, run):
    shop(primary, candidate)
    route = {"match": "GET /products/red-shoe-3", "endpoint": "GET /products/the-one"}
    proxy = run(primary, candidate, service={"routes": [route]})
    ask_for(proxy, [f"/products/{slug}" for slug in SLUGS])
    found = endpoints(proxy.wait_for_exchanges(300))
    assert {name: counts["total"] for name, counts in found.items()} == {"GET /products/{name}": 299, "GET /products/the-one": 1}
    proxy.terminate()
    proxy.wait_exit()

    again = run(primary, candidate, service={"routes": [route], "fold": "no"})
    ask_for(again, [f"/products/{slug}" for slug in SLUGS[:40]])
    found = endpoints(again.wait_for_exchanges(340))
    assert len(found) == 2 + 39 and found["GET /products/{name}"]["total"] == 299
