# SPDX-License-Identifier: Apache-2.0
"""
SIGUSR2: the program that is there now is started anew with all listening sockets and serves, while the old process finishes. No request is lost over it,
and a new process that can't serve changes nothing.

PLX_LONG=1 has it ten upgrades over 20,000 requests.

Not for ThreadSanitizer: uv_spawn() closes its pipe by the system call itself, so that the next descriptor of that number, another thread's, looks like a
race with the pipe's making.
"""
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import threading

import pytest
from harness import answers
from harness.client import Client, Load
from harness.proxy import PROGRAM, parse_metrics, poll

PR_SET_CHILD_SUBREAPER = 36


def ended(pid):
    """The exit status of a successor, None while it runs, or its parent does."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if done else None


@pytest.fixture
def upgrade():
    """upgrade(proxy, pid): SIGUSR2 to pid (default: the first process); the pid of the one that then serves. All of them have to leave with 0."""
    successors = []
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # whose parent has ended is ours

    def go(proxy, pid=None):
        before = len(proxy.log.events("upgraded"))
        os.kill(pid or proxy.process.pid, signal.SIGUSR2)
        successors.append(int(proxy.log.wait_event("upgraded", before + 1, deadline=40)["pid"]))
        return successors[-1]

    go.found = successors.append
    yield go
    for pid in successors:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        statuses = poll(f"the end of {pid}", lambda pid=pid: [status] if (status := ended(pid)) is not None else None, 20)
        assert statuses == [0], pid


def streaming(gate):
    """An event stream that goes on until the gate opens."""

    def answer(connection, _request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not gate.wait(0.05):
            connection.send(b"3\r\nx\n\n\r\n")
        connection.send(b"0\r\n\r\n")

    return answer


def test_a_new_process_serves_while_the_old_one_finishes(primary, run, upgrade):
    gate = threading.Event()
    primary.on("/stream", streaming(gate))
    proxy = run(primary)
    with proxy.client() as stream:
        stream.send(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/stream")
        pid = upgrade(proxy)
        assert pid != proxy.process.pid and proxy.process.poll() is None, "the old one has a stream under way"
        with proxy.client() as client:
            assert client.get("/").status == 200
        assert proxy.ask_admin("GET", "/readyz").status == 200, "the admin side is the new process's"
        gate.set()
        assert stream.read_response().status == 200
    assert proxy.process.wait(10) == 0
    with proxy.client() as client:
        assert client.get("/").status == 200


UPGRADES, REQUESTS = (10, 20000) if os.environ.get("PLX_LONG") else (10, 600)


def test_upgrades_under_load_lose_nothing_and_count_all(primary, candidate, run, upgrade):
    primary.on("/stream", answers.late(0.3, answers.text(b"streamed")))
    proxy = run(primary, candidate, drain={"finish": "5s"})
    load = Load(proxy.address, "/", b'{"ok": true}', connections=3)
    short, done = [], threading.Event()

    def connecting():  # each request on a connection of its own
        while not done.is_set():
            try:
                with proxy.client() as client:
                    short.append(client.get("/stream").body == b"streamed")
            except OSError as error:
                short.append(repr(error))

    thread = threading.Thread(target=connecting, daemon=True)
    thread.start()
    pid = proxy.process.pid
    for _ in range(UPGRADES):
        load.wait_for(REQUESTS // UPGRADES, deadline=60)
        pid = upgrade(proxy, pid)
    load.wait_for(20)
    load.stop()
    done.set()
    thread.join(10)
    assert not load.failures and all(one is True for one in short), (load.failures, [one for one in short if one is not True])
    # All that each process has counted is in the store of the last one, once the one before has let go of it.
    total = load.answered + len(short)
    try:
        poll("all exchanges", lambda: proxy.report()["exchanges"]["total"] == total, 20)
    except AssertionError:
        raise AssertionError(f"{total} exchanges, counted {proxy.report()['exchanges']}; log:\n{proxy.log.text()}") from None


@pytest.mark.parametrize("breaks", ["configuration", "program"])
def test_a_new_process_that_can_not_serve_leaves_the_old_one(primary, run, tmp_path, monkeypatch, breaks):
    program = tmp_path / "parallax"
    shutil.copy2(PROGRAM, program)
    monkeypatch.setattr("harness.proxy.PROGRAM", program)
    proxy = run(primary)
    if breaks == "configuration":
        proxy.write_config("listen: nowhere\n")
    else:
        program.unlink()
        program.write_text("no program", encoding="ascii")
    for count in (1, 2):  # it may be tried again
        proxy.signal(signal.SIGUSR2)
        proxy.log.wait_event("upgrade_failed", count)
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert proxy.ask_admin("POST", "/api/v1/services/test/pause").status != 503


def test_the_upgrade_is_of_the_program_that_is_there_now(primary, run, tmp_path, monkeypatch, upgrade):
    """The file is replaced, as a package manager does, and the configuration is read anew."""
    program = tmp_path / "parallax"
    shutil.copy2(PROGRAM, program)
    monkeypatch.setattr("harness.proxy.PROGRAM", program)
    proxy = run(primary, workers=3)
    old = program.stat().st_ino
    (tmp_path / "next").write_bytes(PROGRAM.read_bytes())
    (tmp_path / "next").chmod(0o755)
    (tmp_path / "next").rename(program)
    proxy.write_config(proxy.file.read_text(encoding="utf-8").replace('"workers": 3', '"workers": 1'))
    pid = upgrade(proxy)
    assert pathlib.Path(f"/proc/{pid}/exe").stat().st_ino not in (old, 0)
    assert proxy.process.wait(10) == 0
    for _ in range(30):  # the one worker has all three sockets
        with proxy.client() as client:
            assert client.get("/").status == 200


def test_a_second_upgrade_waits_for_the_process_before(primary, run, upgrade):
    gate = threading.Event()
    primary.on("/stream", streaming(gate))
    proxy = run(primary)
    with proxy.client() as stream:
        stream.send(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        primary.wait_for(1, "/stream")
        first = upgrade(proxy)
        proxy.signal(signal.SIGUSR2)
        proxy.log.wait_event("upgrade_refused")
        os.kill(first, signal.SIGUSR2)
        proxy.log.wait_event("upgrade_waits")
        assert len(proxy.log.events("upgrading")) == 1
        gate.set()
        assert stream.read_response().status == 200
    upgrade.found(int(proxy.log.wait_event("upgraded", 2, deadline=20)["pid"]))


def test_systemd_is_told_who_is_the_service(primary, run, tmp_path, upgrade):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(10)
    proxy = run(primary, env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
    assert b"READY=1" in manager.recv(1000)
    pid = upgrade(proxy)
    said = {manager.recv(1000) for _ in range(2)}  # the new process's own, and the old one's
    assert any(f"MAINPID={pid}\nREADY=1".encode() in one for one in said), said
    assert proxy.process.wait(10) == 0
    manager.settimeout(0.2)
    with pytest.raises(TimeoutError):
        raise AssertionError(f"the old one says something of a service that is no longer its own: {manager.recv(1000)}")


def test_spies_and_the_admin_side_are_handed_over(spy, primary, upgrade):
    proxy = spy(primary, run={"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "services": [{"name": "test", "primary": primary.url}]})
    upgrade(proxy)
    assert proxy.process.wait(10) == 0
    sides = {event["side"]: event["address"] for event in proxy.log.events("spying")}
    assert len(proxy.log.events("spying")) == 4 and len({event["address"] for event in proxy.log.events("spying")}) == 2, sides
    host, _, port = sides["primary"].rpartition(":")
    with Client((host, int(port))) as client:
        assert client.get("/").status == 200
    assert parse_metrics(proxy.ask_admin("GET", "/metrics").body.decode())
