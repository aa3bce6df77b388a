# SPDX-License-Identifier: Apache-2.0
"""
`parallax run` as a real process: started on free ports, watched through its log, asked through its admin API, stopped by SIGTERM.

Whatever a scenario is about, it also fails when the process leaves with anything but 0, leaves a process behind, or a sanitizer says something.
"""
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

from . import client, facts

BUILD = pathlib.Path(os.environ.get("PLX_BUILD") or pathlib.Path(__file__).resolve().parents[3] / "build")
PROGRAM = BUILD / "parallax"
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer|assertion failed|Assertion")
STOP_SECONDS = 20
TSAN_SECONDS = 4  # after which a signal that nothing has come of is sent again
POLL_SECONDS = 0.02


def parse_logfmt(line):
    """{key: value} of a line in logfmt, or JSON; {} where it is none. Values are text."""
    fields = {}
    if line.startswith("{"):
        try:
            return {key: str(value) for key, value in json.loads(line).items()}
        except ValueError:
            return {}
    for match in re.finditer(r'([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|\S*)', line):
        value = match.group(2)
        if value.startswith('"'):
            try:
                value = json.loads(value)
            except ValueError:
                value = value[1:-1]
        fields[match.group(1)] = value
    return fields if "time" in fields else {}


# Starts a command with sockets as a service manager does: from descriptor 3 on, by sd_listen_fds(3).
WITH_SOCKETS = """
import fcntl, os, sys
descriptors, names, command = sys.argv[1].split(","), sys.argv[2], sys.argv[3:]
high = [fcntl.fcntl(int(one), fcntl.F_DUPFD_CLOEXEC, 100) for one in descriptors]
for one in descriptors:
    os.close(int(one))
for number, one in enumerate(high):
    os.dup2(one, 3 + number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(descriptors)), LISTEN_FDNAMES=names)
os.execv(command[0], command)
"""


def address_of(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def poll(what, condition, deadline=10):
    """What condition() returns as soon as it is true. For what another process can't tell us by itself."""
    end = time.monotonic() + deadline
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {deadline} s")
        threading.Event().wait(POLL_SECONDS)
    return result


class Log:
    """The lines that a process writes, as they come."""

    def __init__(self, stream):
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            with self.changed:
                self.lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))
                self.changed.notify_all()
        stream.close()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def text(self):
        with self.changed:
            return "\n".join(self.lines)

    def events(self, name=None):
        with self.changed:
            found = [fields for fields in map(parse_logfmt, self.lines) if "event" in fields]
        return [fields for fields in found if name is None or fields["event"] == name]

    def wait_event(self, name, /, count=1, deadline=15, **having):
        """The count-th event of that name with these fields; fails at once when the log has ended without."""

        def found():
            return [e for e in self.events(name) if all(e.get(key) == value for key, value in having.items())]

        end = time.monotonic() + deadline
        with self.changed:
            while True:
                events = found()
                if len(events) >= count:
                    return events[count - 1]
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    said = "\n".join(self.lines)
                    raise AssertionError(f"no event={name} {having or ''} in the log:\n{said}")
                self.changed.wait(left)


class Proxy:
    subcommand = "run"

    def __init__(self, folder, config=None, flags=(), wait=True, descriptors=None, sockets=(), env=None, prefix=()):
        """
        config: a dict, or YAML text; flags: what else `parallax run` gets; descriptors: at most so many files and sockets; sockets: (socket, name), handed
        to it as by systemd; env: more variables; prefix: a command that runs it.
        """
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "parallax.yaml"
        command = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
        command += [*map(str, prefix), str(PROGRAM), self.subcommand]
        if config is not None:
            self.write_config(config)
            command += ["-c", str(self.file)]
        self.command = command + list(flags)
        if sockets:
            numbers, names = ",".join(str(one.fileno()) for one, _ in sockets), ":".join(name for _, name in sockets)
            self.command = [sys.executable, "-c", WITH_SOCKETS, numbers, names, *self.command]
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[one.fileno() for one, _ in sockets],
            env={**os.environ, **(env or {})},
        )
        self.log = Log(self.process.stderr)
        self.output = Log(self.process.stdout)
        self.expected_exit = 0
        self.address = self.admin = None
        if wait:
            self.wait_ready()

    def wait_ready(self):
        try:
            self.log.wait_event("ready", deadline=30)
            self.take_addresses()
            self.admin = address_of(self.log.wait_event("admin")["address"])
        except BaseException:
            self.kill()
            raise

    def take_addresses(self):
        self.address = address_of(self.log.wait_event("listening")["address"])

    def __repr__(self):
        return f"{shlex.join(self.command)} (pid {self.process.pid})"

    # ---- steering

    def write_config(self, config):
        # JSON is YAML: a dict can be written as it is.
        self.file.write_text(config if isinstance(config, str) else json.dumps(config, indent=1), encoding="utf-8")

    def reload(self, config, event="reloaded"):
        """SIGHUP with this configuration; returns the event that says how it went."""
        before = len(self.log.events(event))
        self.write_config(config)
        self.signal(signal.SIGHUP)
        return self.log.wait_event(event, before + 1)

    def terminate(self):
        self.signal(signal.SIGTERM)

    def signal(self, number):
        """
        Sends it, and under TSan once more where nothing has come of it: of a signal that arrives just when the loop goes to sleep TSan's runtime sometimes
        never calls the handler (2 of 1,200 reloads; not once in 12,000 of the release build).
        """
        heard = len(self.log.events())
        self.process.send_signal(number)
        if BUILD.name.endswith("-tsan"):
            threading.Thread(target=self.signal_again, args=(number, heard), daemon=True).start()

    def signal_again(self, number, heard):
        threading.Event().wait(TSAN_SECONDS)
        if self.process.poll() is None and len(self.log.events()) == heard:
            self.process.send_signal(number)

    def kill(self):
        """kill -9: nothing is said about how it leaves."""
        self.process.kill()
        self.process.wait()
        self.expected_exit = -signal.SIGKILL
        self.join_logs()

    def wait_exit(self, deadline=STOP_SECONDS):
        code = self.process.wait(deadline)
        self.join_logs()
        return code

    def join_logs(self):
        self.log.thread.join(5)
        self.output.thread.join(5)

    def stop(self):
        """SIGTERM, and everything that has to be true afterwards."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.wait_exit()
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(STOP_SECONDS)
            self.join_logs()
            raise AssertionError(f"{self!r} did not leave within {STOP_SECONDS} s of SIGTERM; its log:\n{self.log.text()}") from None
        said = self.log.text()
        assert not SANITIZER.search(said), f"a sanitizer or an assertion speaks:\n{said}"
        assert code == self.expected_exit, f"{self!r} left with {code}, not {self.expected_exit}; its log:\n{said}"
        assert not self.leftovers(), f"{self!r} left processes behind"

    def leftovers(self):
        try:
            os.killpg(self.process.pid, 0)
            return True
        except ProcessLookupError:
            return False

    # ---- looking

    def client(self, **options):
        return client.Client(self.address, **options)

    def ask_admin(self, method, target, headers=(), body=b"", host=None):
        with client.Client(self.admin) as asking:
            return asking.request(method, target, headers, body, host=host or f"{self.admin[0]}:{self.admin[1]}")

    def admin_json(self, target, headers=()):
        response = self.ask_admin("GET", target, headers)
        assert response.status == 200, f"GET {target}: {response.first}: {response.body!r}"
        answer = json.loads(response.body)
        if target.partition("?")[0].endswith("/report"):
            facts.expect_known(answer)
        return answer

    def report(self, service="test"):
        return self.admin_json(f"/api/v1/services/{service}/report")

    def differences(self, service="test", query=""):
        return self.admin_json(f"/api/v1/services/{service}/differences{query}")["differences"]

    def wait_for_exchanges(self, count, service="test", deadline=15):
        """The report, once count exchanges are in it."""
        report = {}

        def enough():
            report.update(self.report(service))
            return report["exchanges"]["total"] >= count

        try:
            poll("exchanges", enough, deadline)
        except AssertionError:
            raise AssertionError(f"not {count} exchanges within {deadline} s, but {report['exchanges']}; log:\n{self.log.text()}") from None
        return report

    def metrics(self):
        response = self.ask_admin("GET", "/metrics")
        assert response.status == 200, response.first
        return parse_metrics(response.body.decode())

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def parse_metrics(text):
    """{(name, frozenset of label pairs): value} of a Prometheus text."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*)\})? (\S+)', line)
        assert match, f"not a line of a Prometheus text: {line!r}"
        labels = frozenset(re.findall(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', match.group(2) or ""))
        key = (match.group(1), labels)
        assert key not in found, f"told twice: {line!r}"
        found[key] = float(match.group(3))
    return found


def total_of(metrics, name, /, **labels):
    """The sum of a metric over every line that has these labels."""
    wanted = set(labels.items())
    return sum(value for (key, has), value in metrics.items() if key == name and wanted <= has)


def run_command(*arguments, timeout=30, **options):
    """A command of the program, to its end."""
    return subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False, **options)
