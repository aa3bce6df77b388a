# SPDX-License-Identifier: Apache-2.0
"""What systemd is told (sd_notify(3)): ready when clients are served, reloading while a configuration is read, stopping when it drains."""
import signal
import socket

import pytest
from harness import answers


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify") if request.param == "path" else f"@plx-test-{tmp_path.name}-{id(sock)}"
    sock.bind("\0" + name[1:] if name[0] == "@" else name)
    sock.settimeout(15)
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with sock:
        yield lambda: dict(line.split("=", 1) for line in sock.recv(4096).decode().splitlines())


def test_ready_reloading_ready_stopping(manager, primary, candidate, run):
    proxy = run(primary, candidate)
    assert manager()["READY"] == "1"
    with proxy.client() as client:
        assert client.get("/").status == 200
    proxy.signal(signal.SIGHUP)
    news = manager()
    assert (news["RELOADING"], news["MONOTONIC_USEC"].isdigit()) == ("1", True)
    assert manager() == {"READY": "1", "STATUS": "serving"}
    proxy.terminate()
    assert manager()["STOPPING"] == "1"


def test_a_reload_that_fails_is_ready_again_and_says_so(manager, primary, run):
    proxy = run(primary)
    assert manager()["READY"] == "1"
    proxy.write_config("services: nonsense")
    proxy.signal(signal.SIGHUP)
    assert manager()["RELOADING"] == "1"
    news = manager()
    assert news["READY"] == "1" and "the configuration before" in news["STATUS"]


@pytest.mark.parametrize("name", ["", "relative", "/nowhere/at/all", "/" + "x" * 200, "@"])
def test_who_does_not_listen_is_none_the_wiser(monkeypatch, primary, run, name):
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    primary.always(answers.text(b"ok"))
    with run(primary).client() as client:
        assert client.get("/").status == 200
