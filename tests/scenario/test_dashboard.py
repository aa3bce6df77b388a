# SPDX-License-Identifier: Apache-2.0
"""The dashboard: what is sent to a browser and what to others, who gets it, and what a real browser makes of it."""
import json
import re

import pytest
from conftest import make_config
from harness import answers
from harness.browser import Browser

BROWSER = [("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
FILES = {"/": "text/html; charset=utf-8", "/dashboard.css": "text/css; charset=utf-8", "/dashboard.js": "text/javascript; charset=utf-8",
         "/facts.js": "text/javascript; charset=utf-8"}
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
TOKEN = "let-me-in-0123456789"

def page_of(proxy, opened=""):
    return Browser(f"http://{proxy.admin[0]}:{proxy.admin[1]}/{opened}")


def in_a_browser(test):
    """One browser at a time, and once: what it shows does not depend on how the proxy was built."""
    return pytest.mark.timing(pytest.mark.xdist_group("browser")(test))


# ---- what is sent


@pytest.mark.parametrize("path", FILES)
def test_a_browser_gets_the_files_and_is_told_to_be_strict(primary, run, path):
    response = run(primary).ask_admin("GET", path, BROWSER)
    assert (response.status, response.get("Content-Type")) == (200, FILES[path])
    policy = dict(part.strip().split(" ", 1) for part in response.get("Content-Security-Policy").split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert response.get("X-Content-Type-Options") == "nosniff"
    assert response.get("Cache-Control") == "no-store"
    assert response.get("Referrer-Policy") == "no-referrer"


def test_the_page_needs_nothing_that_the_policy_forbids_and_nothing_from_elsewhere(primary, run):
    proxy = run(primary)
    for path in FILES:
        text = proxy.ask_admin("GET", path, BROWSER).body.decode()
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.|@import|url\(|\seval\(|innerHTML|insertAdjacentHTML|document\.write", text), path
    page = proxy.ask_admin("GET", "/", BROWSER).body.decode()
    assert not re.search(r"\s(style|on\w+)=|<style|<script>", page)


def test_others_get_the_list_of_paths_as_text(primary, run):
    proxy = run(primary)
    for headers in ([], [("Accept", "*/*")], [("Accept", "text/plain")]):
        response = proxy.ask_admin("GET", "/", headers)
        assert response.get("Content-Type") == "text/plain; charset=utf-8"
        assert b"/api/v1/services/{name}/report" in response.body and b"services: 1" in response.body
    head = proxy.ask_admin("HEAD", "/", BROWSER)
    assert (head.status, head.body) == (200, b"") and int(head.get("Content-Length")) > 0


def test_the_files_need_no_token_and_what_they_show_does(primary, run):
    proxy = run(primary, token=TOKEN)
    for path in FILES:
        response = proxy.ask_admin("GET", path, BROWSER)
        assert response.status == 200 and TOKEN.encode() not in response.body, path
        assert proxy.ask_admin("POST", path, BROWSER).status == 405
    assert proxy.ask_admin("GET", "/").status == 401
    assert proxy.ask_admin("GET", "/", [("Authorization", f"Bearer {TOKEN}")]).status == 200
    assert proxy.ask_admin("GET", "/api/v1/services", BROWSER).status == 401


def test_a_page_of_a_foreign_name_learns_nothing(primary, run):
    proxy = run(primary)
    assert proxy.ask_admin("GET", "/", host="evil.example").status == 403
    assert b"services: " not in proxy.ask_admin("GET", "/", BROWSER, host="evil.example").body
    assert proxy.ask_admin("GET", "/api/v1/services", BROWSER, host="evil.example").status == 403


# ---- what is shown


@in_a_browser
def test_services_experiments_spies_and_reconciliations_are_shown(primary, candidate, make_origin, spy):
    config = make_config(primary, candidate)
    other = make_origin("other")
    config["services"].append({"name": "alone", "primary": other.url, "hosts": ["alone.service"]})
    proxy = spy(make_origin("real"), run=config, name="notification")
    with proxy.client() as client:
        for _ in range(4):
            client.get("/payroll/1")
    proxy.wait_for_exchanges(4)
    run = {"experiment": "cart-total", "control": {"name": "control", "value": 1, "wall": 0.001}, "candidates": [{"name": "candidate", "verdict": "match", "value": 1, "wall": 0.002}]}
    assert proxy.ask_admin("POST", "/api/v1/experiments", body=json.dumps(run).encode()).status == 200
    result = {"name": "stock", "result": True, "started": "2026-11-25T12:00:00.000Z", "seconds": 0.1, "paired": 2, "only_left": 0, "only_right": 0, "differing": 0}
    assert proxy.ask_admin("POST", "/api/v1/reconciliations", body=json.dumps(result).encode()).status == 200
    with page_of(proxy, "#services/test") as page:
        page.wait_text("#status", "up to date")
        assert page.text("h2") == ["Services", "Experiments", "Spies", "Reconciliations"]
        assert page.text("h3") == ["test", "alone", "cart-total", "notification", "stock"]
        test, alone, experiment, spied, stock = page.text("summary")
        assert "inconclusive" in test and "stage shadow" in test and "4 match" in test and "candidate p50" in test
        assert "There is no candidate to compare with" in alone and "1 run" in experiment and "calls equal" in spied
        assert "true" in stock and "paired 2" in stock
        assert "Roles" in page.text("caption") and primary.url in page.text("td code")
        assert page.text("h4") == ["GET /payroll/{id} inconclusive"]
        for kind in ("experiments/cart-total", "spies/notification", "reconciliations/stock"):
            page.run(f"location.hash = '{kind}'")
        page.wait_text("h4", "candidate inconclusive")
        page.wait_text("caption", "Last runs")
        assert page.complaints == []


@in_a_browser
def test_a_regression_stands_first_with_its_values_and_a_hostile_one_stays_text(make_origin, run):
    origins = {name: make_origin(name) for name in ("primary", "candidate", "old", "new")}
    config = make_config(origins["old"], origins["new"])
    config["services"].append({"name": "worse", "primary": origins["primary"].url, "candidate": origins["candidate"].url, "stage": "shadow", "hosts": ["worse.service"]})
    origins["primary"].always(answers.json({"name": "Ann"})).on("/a", answers.json({}))
    origins["candidate"].always(answers.json({"name": HOSTILE})).on("/a", answers.json({}))
    proxy = run(config=config)
    with proxy.client() as client:
        for target in ("/a", "/b", "/b"):
            client.request("GET", target, host="worse.service")
    proxy.wait_for_exchanges(3, "worse")
    with page_of(proxy, "#services/worse") as page:
        page.wait_text("#status", "up to date")
        assert page.text("h3") == ["worse", "test"]
        assert page.text("h4") == ["Causes: mismatches that look alike", "GET /b regression", "GET /a inconclusive", "Last mismatches"]
        assert page.text("title") == ["(1) Parallax"]
        # Once as the field's example, once as the cause's, once in each of the mismatches; never as an element.
        shown = [text for text in page.text("code") if "onerror" in text]
        assert len(shown) == 4 and all(json.loads(text) == HOSTILE for text in shown)
        assert page.run("document.querySelectorAll('img, main script').length") == 0
        assert page.complaints == []
        # Narrow, too, nothing is wider than the page.
        page.ask("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
        assert page.run("document.documentElement.scrollWidth") <= 400


@in_a_browser
def test_the_page_asks_for_the_token_follows_the_proxy_and_says_when_it_has_gone(primary, candidate, run):
    primary.always(answers.json({"total": 1}))
    candidate.always(answers.json({"total": 2}))
    proxy = run(primary, candidate, token=TOKEN)
    enter = "document.getElementById('token').value = '%s'; document.querySelector('form button').click()"
    with page_of(proxy) as page:
        page.wait("!document.getElementById('ask').hidden")
        assert page.text("#status") == ["this proxy asks for its token"] and page.text("summary") == []
        page.run(enter % "wrong")
        page.wait_text("#refused", "not the token")
        page.run(enter % TOKEN)
        page.wait_text("#status", "up to date")
        assert page.run("document.getElementById('ask').hidden") and page.run("sessionStorage.length") == 1
        assert "No traffic yet: send requests to" in page.text("summary")[0]
        page.run("document.querySelector('summary').click(); window.opened = document.querySelector('details')")
        page.wait_text("caption", "Roles")
        with proxy.client() as client:
            client.get("/")
        page.wait_text("h4", "GET / regression")
        # The same element as before, and still open; what has changed is said to those who don't see it.
        assert page.run("window.opened === document.querySelector('details') && window.opened.open")
        assert page.text("#news") == ["test: regression, was inconclusive"]
        proxy.kill()
        page.wait_text("#status", "does not answer")
        assert page.text("h3") == ["test"]
