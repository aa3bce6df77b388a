# SPDX-License-Identifier: Apache-2.0
"""Log lines are logfmt that a peer's bytes cannot forge; the access log has a line for each request."""
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest
from conftest import make_config
from harness import answers, client
from harness.origin import closed_port
from harness.proxy import PROGRAM, parse_logfmt, poll


def test_every_line_on_standard_error_is_logfmt(primary, run):
    proxy = run(primary, closed_port())
    with proxy.client() as asking:
        asking.get("/")
        asking.send(b"nonsense\r\n\r\n")
        asking.read_response()
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
    with proxy.client() as asking:
        asking.get("/a?b=c")
        asking.get("/missing")
        asking.request("POST", "/a", body=b"x")
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
    with proxy.client() as asking:
        asking.get("/unlogged")
    proxy.wait_for_exchanges(1)
    proxy.stop()
    assert "/unlogged" not in proxy.log.text() + proxy.output.text()
    assert not list(tmp_path.glob("*.log"))


def test_a_client_cannot_forge_a_line(primary, run, tmp_path):
    proxy = run(primary, access_log="access.log")
    target = '/a"event=forged=%0Aevent=forged;x\\'
    with proxy.client() as asking:
        asking.get(target, [("User-Agent", 'x" event=forged y="\\'), ("Referer", "a b=c event=forged")])
    proxy.wait_for_exchanges(1)
    [line] = poll("a line", lambda: lines_of(tmp_path / "access.log"))
    assert not isinstance(line, str) and "event" not in line
    assert line["target"] == target


class Unread:
    """`parallax run` whose standard error and standard output nobody reads: pipes, or sockets as a service manager has them."""

    def __init__(self, folder, config, kind):
        if kind == "pipe":
            (self.error, error), (self.output, output) = os.pipe(), os.pipe()
        else:
            pairs = [socket.socketpair() for _ in range(2)]
            (self.error, error), (self.output, output) = [(a.detach(), b.detach()) for a, b in pairs]
        file = folder / "unread.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")
        self.process = subprocess.Popen([str(PROGRAM), "run", "-c", str(file)], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=error)
        os.close(output)
        self.filler = error  # the same pipe, as others may have it
        os.set_blocking(self.error, False)

    def read(self):
        said = b""
        try:
            while piece := os.read(self.error, 1 << 16):
                said += piece
        except BlockingIOError:
            pass
        return said.decode()

    def fill(self):
        """Nothing more goes into it. That this end does not block is its own affair: the program's would be, if it wrote into it."""
        os.set_blocking(self.filler, False)
        try:
            while os.write(self.filler, b"x" * 511 + b"\n"):
                pass
        except BlockingIOError:
            os.set_blocking(self.filler, True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.error), os.close(self.output), os.close(self.filler)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_logs_that_nobody_reads_hold_up_no_client(primary, tmp_path, kind):
    config = make_config(primary, workers=2, access_log="-")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config["listen"] = "127.0.0.1:%d" % free.getsockname()[1]
    with Unread(tmp_path, config, kind) as proxy:
        said = ""

        def serves():
            nonlocal said
            said += proxy.read()
            return "event=ready" in said

        poll("the start", serves)
        address = config["listen"].rpartition(":")
        with client.Client((address[0], int(address[2]))) as asking:
            for _ in range(3000):  # a megabyte of lines, of which a pipe holds 64 KiB
                assert asking.get("/").status == 200
        poll("what was dropped to be told", lambda: "event=access_log_lost count=" in proxy.read(), 5)
        # And its own log: nobody reads what these say.
        proxy.fill()
        for _ in range(5):
            proxy.process.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        with client.Client((address[0], int(address[2]))) as asking:
            for _ in range(50):
                assert asking.get("/").status == 200
        assert proxy.process.poll() is None
        proxy.read()

        def told():
            proxy.process.send_signal(signal.SIGHUP)
            time.sleep(0.1)
            return "event=log_lines_dropped count=" in proxy.read()

        poll("the lines that were dropped to be counted", told, 10)


def test_an_access_log_that_was_moved_away_is_opened_anew(primary, run, tmp_path):
    proxy = run(primary, access_log="access.log")
    names = [tmp_path / "access.log", tmp_path / "access.log.1", tmp_path / "access.log.2"]
    for turn, how in enumerate((signal.SIGUSR1, signal.SIGHUP)):
        with proxy.client() as asking:
            asking.get(f"/{turn}")
        poll("the line", lambda turn=turn: any(line["target"] == f"/{turn}" for line in lines_of(names[0])))
        names[0].rename(names[turn + 1])
        proxy.signal(how)
        proxy.log.wait_event("access_log_reopened", turn + 1)
    with proxy.client() as asking:
        asking.get("/last")
    poll("the last line", lambda: [line["target"] for line in lines_of(names[0])] == ["/last"])
    assert [[line["target"] for line in lines_of(name)] for name in names[1:]] == [["/0"], ["/1"]]


def test_where_it_cannot_be_opened_anew_the_file_before_goes_on(primary, run, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    proxy = run(primary, access_log="logs/access.log")
    folder.rename(tmp_path / "moved")
    proxy.signal(signal.SIGUSR1)
    proxy.log.wait_event("access_log_not_reopened")
    with proxy.client() as asking:
        asking.get("/on")
    poll("the line", lambda: [line["target"] for line in lines_of(tmp_path / "moved" / "access.log")] == ["/on"])


def test_without_an_access_log_sigusr1_ends_nothing(primary, run):
    proxy = run(primary)
    proxy.signal(signal.SIGUSR1)
    with proxy.client() as asking:
        assert asking.get("/").status == 200


def test_lines_are_json_where_that_is_asked_for(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate, log={"format": "json"}, access_log="access.log")
    with proxy.client() as asking:
        asking.get("/a?b=c")
        asking.send(b"nonsense\r\n\r\n")
        asking.read_response()
    proxy.wait_for_exchanges(1)
    # A reload changes it for both, line by line.
    proxy.reload(make_config(primary, candidate, log={"format": "text"}, access_log="access.log"))
    with proxy.client() as asking:
        asking.get("/a?b=c")
    proxy.wait_for_exchanges(2)
    proxy.stop()
    said = proxy.log.text().splitlines()
    assert json.loads(said[0])["event"] == "listening" and said[-1].startswith("time=")
    # Each worker writes its own lines, in its own time.
    text_line, json_line = sorted((tmp_path / "access.log").read_text(encoding="utf-8").splitlines())
    first = json.loads(json_line)
    assert (first["target"], first["status"], first["result"]) == ("/a?b=c", 200, "match") and 0 < first["seconds"] < 10
    assert parse_logfmt(text_line)["target"] == "/a?b=c"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])


def test_the_log_goes_to_a_file_that_is_opened_anew(primary, run, tmp_path):
    proxy = run(primary, log={"level": "info", "file": "parallax.log"}, wait=False)
    log = tmp_path / "parallax.log"

    def events():
        return [line["event"] for line in lines_of(log)]

    poll("the beginning", lambda: "ready" in events())
    log.rename(tmp_path / "moved.log")
    proxy.signal(signal.SIGUSR1)
    poll("the file anew", lambda: events() == ["log_reopened"])
    proxy.stop()
    assert events()[-1] == "ended" and "ready" in (tmp_path / "moved.log").read_text(encoding="utf-8")
    assert proxy.log.text() == ""
    refused = run(primary, log={"file": "nowhere/parallax.log"}, wait=False)
    assert refused.wait_exit(10) == 1 and "can't write the log nowhere/parallax.log" in refused.log.text()
    refused.expected_exit = 1
