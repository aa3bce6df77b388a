# SPDX-License-Identifier: Apache-2.0
"""A role that leads back to the proxy by another name: such a copy is served, and not copied again."""
import http.client

from conftest import make_config
from harness import answers


def leads_to(target):
    """A server that asks the proxy itself, as something between them would; target() is its address."""

    def handler(connection, request):
        asked = http.client.HTTPConnection(*target(), timeout=10)
        asked.request(request.method, request.target, headers=dict(request.headers))
        answer = asked.getresponse()
        answers.text(answer.read(), status=answer.status)(connection, request)
        asked.close()

    return handler


def test_a_candidate_that_is_the_proxy_itself_makes_no_more_copies(primary, candidate, run):
    primary.always(answers.text(b"same"))
    candidate.always(leads_to(lambda: proxy.address))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for n in range(3):
            assert client.get(f"/{n}").status == 200
    report = proxy.wait_for_exchanges(6)
    assert report["exchanges"]["match"] == 3 and report["uncopied"]["loop"] == 3, report
    assert len(primary.requests) == 6 and len(candidate.requests) == 3
    [event] = proxy.log.events("loop")
    assert event["service"] == "test" and event["level"] == "warn"


def test_a_canary_that_leads_back_ends_at_the_primary(primary, candidate, run):
    candidate.always(leads_to(lambda: proxy.address))
    proxy = run(config=make_config(primary, candidate, service={"stage": "canary", "share": "100%", "by": "request", "correlate": True}))
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(2)["uncopied"]["loop"] == 1
    assert len(candidate.requests) == 1


def test_an_id_of_another_service_or_of_nobody_is_no_loop(primary, candidate, run):
    """Implementations pass ids on to what they call, which may be a service of the same proxy."""
    shared = {"primary": primary.url, "candidate": candidate.url}
    config = make_config(primary, candidate)
    config["services"] = [{"name": "a", "hosts": ["a.example"], "correlate": True, **shared}, {"name": "b", "hosts": ["b.example"], **shared}]
    proxy = run(config=config)
    with proxy.client() as client:
        client.request("GET", "/", host="a.example")
        [request, *_] = primary.wait_for(1)
        client.request("GET", "/", [("Parallax-Exchange", request.get("Parallax-Exchange"))], host="b.example")
        client.request("GET", "/", [("Parallax-Exchange", "01M89F5F2BSYWSJAR33F17QS51")], host="b.example")
    assert proxy.wait_for_exchanges(2, service="b")["exchanges"]["match"] == 2
