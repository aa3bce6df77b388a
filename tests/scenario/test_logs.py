# SPDX-License-Identifier: Apache-2.0
"""Log lines are logfmt that a peer's bytes cannot forge; the access log has a line for each request."""
import re

from harness import answers
from harness.origin import closed_port
from harness.proxy import parse_logfmt, poll


def test_every_line_on_standard_error_is_logfmt(primary, run):
    proxy = run(primary, closed_port())
    with proxy.client() as client:
        client.get("/")
        client.send(b"nonsense\r\n\r\n")
        client.read_response()
    proxy.wait_for_exchanges(1)
    proxy.stop()
    lines = proxy.log.text().splitlines()
    assert len(lines) >= 3
    for line in lines:
        fields = parse_logfmt(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fields.get("time", "")), line
        assert fields.get("level") in ("debug", "info", "warn", "error"), line


def lines_of(path):
    return [parse_logfmt(line) or line for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_the_access_log_has_a_line_for_each_request(primary, candidate, run, tmp_path):
    primary.on("/missing", answers.text(b"no", status=404))
    proxy = run(primary, candidate, access_log="access.log")
    with proxy.client() as client:
        client.get("/a?b=c")
        client.get("/missing")
        client.request("POST", "/a", body=b"x")
    proxy.wait_for_exchanges(3)
    lines = poll("three lines", lambda: (found := lines_of(tmp_path / "access.log")) and len(found) >= 3 and found)
    assert len(lines) == 3
    assert sorted((line["method"], line["status"]) for line in lines) == [("GET", "200"), ("GET", "404"), ("POST", "200")]
    assert [line["target"] for line in lines if line["status"] == "404"] == ["/missing"]
    for line in lines:
        assert line["service"] == "test" and line["client"].startswith("127.0.0.1") and len(line["exchange"]) == 26
        assert 0 < float(line["seconds"]) < 10
    assert {(line["method"], line["result"]) for line in lines} == {("GET", "match"), ("GET", "mismatch"), ("POST", "uncopied")}


def test_without_being_asked_there_is_no_access_log(primary, run, tmp_path):
    proxy = run(primary)
    with proxy.client() as client:
        client.get("/unlogged")
    proxy.wait_for_exchanges(1)
    proxy.stop()
    assert "/unlogged" not in proxy.log.text() + proxy.output.text()
    assert not list(tmp_path.glob("*.log"))


def test_a_client_cannot_forge_a_line(primary, run, tmp_path):
    proxy = run(primary, access_log="access.log")
    target = '/a"event=forged=%0Aevent=forged;x\\'
    with proxy.client() as client:
        client.get(target, [("User-Agent", 'x" event=forged y="\\'), ("Referer", "a b=c event=forged")])
    proxy.wait_for_exchanges(1)
    [line] = poll("a line", lambda: lines_of(tmp_path / "access.log"))
    assert not isinstance(line, str) and "event" not in line
    assert line["target"] == target
