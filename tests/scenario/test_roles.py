# SPDX-License-Identifier: Apache-2.0
"""
What each role is asked: its prefix, its Host, its fields and its paths, whatever the request is for - to serve, as a copy, once more, in the other one's
place, or later again. No role is sent what is another's, and no value that is set is shown anywhere.
"""
import json
import os

import pytest
from harness import answers
from harness.proxy import poll, run_command

KEY = "k-0123456789-secret"

pytestmark = pytest.mark.threads


def url(origin, path=""):
    return f"http://127.0.0.1:{origin.port}{path}"


def role(origin, path="", **keys):
    return {"url": url(origin, path), **keys}


def told(request):
    return request.target, request.get("Host"), request.get("X-Api-Key"), request.get("Cookie")


def test_a_candidate_behind_a_prefix_with_a_host_and_a_key(primary, candidate, run, monkeypatch):
    monkeypatch.setenv("ROLE_KEY", KEY)
    asked = role(candidate, "/v2/", host="new.example", request={"set": {"X-Api-Key": "${ROLE_KEY}"}, "remove": ["Cookie"]})
    proxy = run(primary, candidate, service={"candidate": asked})
    with proxy.client() as client:
        client.request("GET", "/payroll?x=1", [("Cookie", "a=b"), ("X_Api_Key", "forged")], host="shop.example")
    [request] = primary.wait_for(1)
    assert told(request) == ("/payroll?x=1", "shop.example", None, "a=b")
    [request] = candidate.wait_for(1)
    assert told(request) == ("/v2/payroll?x=1", "new.example", KEY, None)
    assert request.get("X_Api_Key") is None and request.get("X-Forwarded-Host") == "shop.example"
    assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1


def test_a_body_and_its_trailer_go_to_each_as_it_is_asked(primary, candidate, run):
    asked = role(candidate, "/v2", request={"remove": ["X-Sum"]})
    proxy = run(primary, candidate, service={"candidate": asked, "routes": [{"match": "POST /p", "copy": "always"}]})
    with proxy.client() as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Kept\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Kept: 2\r\n\r\n")
        assert client.read_response().status == 200
    [request] = primary.wait_for(1)
    assert (request.target, request.body, dict(request.trailers)) == ("/p", b"abc", {"X-Sum": "1", "X-Kept": "2"})
    [request] = candidate.wait_for(1)
    assert (request.target, request.body, dict(request.trailers)) == ("/v2/p", b"abc", {"X-Kept": "2"})


def test_paths_and_queries_are_rewritten_by_role_and_route(primary, candidate, run):
    rewrite = {"path": {"from": "^/v1/(.*)", "to": "/v2/$1"}, "query": {"from": "(^|&)debug=[^&]*", "to": ""}}
    route = {"match": "GET /v1/b/**", "request": {"candidate": {"rewrite": {"path": [{"from": "^/v1/b", "to": "/b2"}]}, "set": {"X-Route": "b"}}}}
    asked = role(candidate, request={"set": {"X-Api-Key": KEY}, "rewrite": rewrite})
    proxy = run(primary, candidate, service={"candidate": asked, "routes": [route]})
    with proxy.client() as client:
        for target in ("/v1/a?debug=1", "/v1/b/c?debug=1&x=2", "/other"):
            client.get(target)
    assert [r.target for r in primary.wait_for(3)] == ["/v1/a?debug=1", "/v1/b/c?debug=1&x=2", "/other"]
    requests = candidate.wait_for(3)
    assert [r.target for r in requests] == ["/v2/a", "/b2/c?&x=2", "/other"]
    assert [(r.get("X-Api-Key"), r.get("X-Route")) for r in requests] == [(KEY, None), (KEY, "b"), (KEY, None)]


def test_a_path_that_can_t_be_rewritten_is_not_asked(primary, candidate, run):
    rewrite = {"rewrite": {"path": {"from": "^/gone", "to": ""}}}
    proxy = run(primary, candidate, service={"candidate": role(candidate, request=rewrite)})
    with proxy.client() as client:
        assert client.get("/gone").status == 200
    report = proxy.wait_for_exchanges(1)
    assert report["incomparable"]["too_large"] == 1 and candidate.requests == []
    proxy.stop()
    proxy = run(primary, service={"primary": role(primary, request=rewrite)})
    with proxy.client() as client:
        assert client.get("/gone").status == 414
        assert client.get("/there").status == 200


def test_two_hosts_on_one_address_are_two_roles(primary, run):
    primary.always(lambda connection, request: answers.json({"host": request.get("Host")})(connection, request))
    roles = {"primary": "old.example", "candidate": "new.example", "secondary": "old2.example"}
    proxy = run(primary, primary, service={name: role(primary, host=host) for name, host in roles.items()})
    with proxy.client() as client:
        assert b"old.example" in client.get("/").body
    report = proxy.wait_for_exchanges(1)
    assert sorted(r.get("Host") for r in primary.wait_for(3)) == ["new.example", "old.example", "old2.example"]
    assert report["exchanges"]["total"] == 1
    admin = ("--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    roles = json.loads(run_command("status", "--json", *admin).stdout)["services"][0]["roles"]
    assert roles["candidate"]["url"] == url(primary) and roles["candidate"]["host"] == "new.example"
    assert f"{url(primary)} as new.example" in run_command("status", *admin, env={**os.environ, "COLUMNS": "200"}).stdout


def test_roles_at_unix_sockets(make_origin, run, tmp_path):
    primary, candidate = (make_origin(name, host=str(tmp_path / name)) for name in ("old.sock", "new.sock"))
    proxy = run(primary, candidate, service={"candidate": f"unix:{candidate.host}:/v2", "routes": [{"match": "POST /p", "copy": "always"}]}, workers=1)
    big = bytes(range(256)) * 8192
    primary.on("/big", answers.answer(body=big))
    candidate.on("/v2/big", answers.answer(body=big))
    with proxy.client() as client:
        client.send(b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert client.read_response().status == 200
        assert client.request("POST", "/p", body=b"x" * 300000, host="shop.example").status == 200
        assert client.get("/big").body == big
    report = proxy.wait_for_exchanges(3)
    assert report["exchanges"]["match"] == 3, report
    assert [(r.target, r.get("Host"), len(r.body)) for r in candidate.wait_for(2)] == [("/v2/old", "localhost", 0), ("/v2/p", "shop.example", 300000)]
    assert primary.wait_for(2)[0].get("Host") == "localhost"
    assert len(primary.connections) == 1, "it is kept"
    admin = ("--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert f"unix:{candidate.host}:/v2" in run_command("status", *admin, env={**os.environ, "COLUMNS": "300"}).stdout
    primary.stop()
    with proxy.client() as client:
        assert client.get("/").status == 502
    proxy.log.wait_event("role_failing", role="primary", reason="connect", url=f"unix:{primary.host}")


@pytest.mark.parametrize("changed", [True, False])
def test_in_its_place_the_primary_gets_its_own_request(primary, candidate, run, changed):
    """The candidate hangs up, or is not there: nothing of what it was to be asked reaches the primary."""
    candidate.always(lambda connection, request: connection.reset())
    path = "/v2" if changed else ""
    extra = {"host": "new.example", "request": {"set": {"X-Api-Key": KEY}}} if changed else {}
    proxy = run(primary, candidate, service={"stage": "canary", "share": "100%", "copy": "0%", "candidate": role(candidate, path, **extra)})
    with proxy.client() as client:
        assert client.get("/a", [("Cookie", "a=b")]).status == 200
        candidate.stop()
        assert client.request("POST", "/p", [("Cookie", "a=b")], body=b"hello").status == 200
    get, post = primary.wait_for(2)
    assert (get.target, get.get("X-Api-Key"), get.get("Cookie")) == ("/a", None, "a=b")
    assert (post.target, post.get("X-Api-Key"), post.get("Cookie"), post.body) == ("/p", None, "a=b", b"hello")
    assert get.get("Host") == post.get("Host") != "new.example"


def test_once_more_it_is_asked_the_same(primary, candidate, run):
    """A kept connection that is gone when it is used again."""
    def hang_up_when_used_again(connection, request):
        if connection.requests > 1:
            connection.hang_up()
        answers.json({"ok": True})(connection, request)

    candidate.always(hang_up_when_used_again)
    asked = role(candidate, "/v2", request={"set": {"X-Api-Key": KEY}})
    proxy = run(primary, candidate, service={"stage": "candidate", "candidate": asked}, workers=1)
    with proxy.client() as client:
        assert client.get("/a").status == 200
        assert client.get("/b").status == 200
    assert [(r.target, r.get("X-Api-Key")) for r in candidate.wait_for(3)] == [("/v2/a", KEY), ("/v2/b", KEY), ("/v2/b", KEY)]


def test_a_recheck_asks_each_as_before(primary, candidate, run):
    primary.always(answers.json({"n": 1}))
    candidate.always(answers.json({"n": 2}))
    asked = role(candidate, "/v2", host="new.example", request={"set": {"X-Api-Key": KEY}})
    proxy = run(primary, candidate, service={"candidate": asked, "recheck": {"after": "50ms", "share": "100%", "per_second": 100}})
    with proxy.client() as client:
        client.request("GET", "/a", [("Cookie", "a=b")], host="shop.example")
    asked = primary.wait_for(2)
    assert [told(r) for r in asked] == [("/a", "shop.example", None, "a=b")] * 2 and "Parallax-Recheck" in asked[1]
    asked = candidate.wait_for(2)
    assert [told(r) for r in asked] == [("/v2/a", "new.example", KEY, "a=b")] * 2 and "Parallax-Recheck" in asked[1]
    poll("a recheck", lambda: proxy.report()["recheck"]["persistent"] == 1)


def test_a_value_that_is_set_is_shown_nowhere(primary, candidate, run):
    primary.always(answers.json({"n": 1}))
    candidate.always(answers.json({"n": 2}))
    asked = role(candidate, "/v2", host="new.example", request={"set": {"X-Api-Key": KEY}, "remove": ["User-Agent"]})
    proxy = run(primary, candidate, service={"candidate": asked})
    admin = ("--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    with proxy.client() as client:
        client.request("GET", "/a", host="shop.example")
    [cause] = proxy.wait_for_exchanges(1)["causes"]
    assert cause["reproduce"]["candidate"] == f"curl -i -H 'Host: new.example' -H 'X-Api-Key: [set]' -H User-Agent: {url(candidate)}/v2/a"
    assert cause["reproduce"]["primary"] == f"curl -i {url(primary)}/a"
    record = proxy.admin_json(f"/api/v1/exchanges/{proxy.differences()[0]['id']}")
    shown = [json.dumps(record), json.dumps(cause), proxy.log.text(), proxy.ask_admin("GET", "/metrics").body.decode()]
    for command in (["check", "-c", str(proxy.file)], ["check", "--json", "-c", str(proxy.file)], ["status", "--json", *admin]):
        done = run_command(*command)
        assert done.returncode == 0, done.stderr
        shown.append(done.stdout + done.stderr)
    assert all(KEY not in text for text in shown)
    assert "Host new.example; sets X-Api-Key; removes User-Agent" in shown[4]


def test_an_error_beside_a_value_does_not_show_it(tmp_path, primary):
    for text in (
        f"candidate: {{url: 'nonsense', request: {{set: {{X-Api-Key: {KEY}}}}}}}",
        f"candidate: {{url: 'http://h:2', request: {{set: {{Content-Length: {KEY}}}}}}}",
        f"candidate: {{url: 'http://h:2', request: {{set: {{X-Api-Key: \"{KEY}\\n\"}}}}}}",
        f"candidate:\n    url: http://h:2\n    request:\n      set:\n        X-Api-Key: {KEY}\n        X-Api-Key: {KEY}",
        f"candidate:\n    url: http://h:2\n    request:\n      set:\n        Host: {KEY}",
    ):
        file = tmp_path / "c.yaml"
        file.write_text(f"services:\n- name: a\n  primary: {url(primary)}\n  {text}\n")
        done = run_command("check", "-c", str(file))
        assert done.returncode == 1 and "mend:" in done.stderr, done.stderr
        assert KEY not in done.stderr + done.stdout
