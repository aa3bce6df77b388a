# SPDX-License-Identifier: Apache-2.0
"""`parallax demo`: the README's first command. It must name each fault of the new service and none of the noise, and leave nothing behind."""
import fcntl
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios

import pytest
from harness.proxy import BUILD, PROGRAM, poll, run_command

FAULTS = {
    ("GET /payroll/{id}", "/total", "value"),
    ("GET /payroll/{id}", "status", "value"),
    ("GET /invoicing", "/*/total", "missing"),
    ("GET /invoicing/{id}", "/billTo", "missing"),
    ("GET /invoicing/{id}", "/bill_to", "extra"),
    # An unknown id is answered wrongly under either path.
    ("GET /invoicing/{id}", "status", "value"),
}
NOISE = {
    ("GET /status", "/requestId", "value"),
    ("GET /status", "header:X-Request-Id", "value"),
}
COLUMNS = 80


def rows(text):
    """{(endpoint, field, kind): verdict} of a report as people read it."""
    found, endpoint = {}, None
    for line in text.splitlines():
        if match := re.fullmatch(r"  ([A-Z]+ /\S*)  \w+", line):
            endpoint = match.group(1)
        elif endpoint and (match := re.fullmatch(r"    (\S+) +(\w+) +\d+ +\d+ +(\w+)", line)):
            found[endpoint, match.group(1), match.group(2)] = match.group(3)
    return found


@pytest.fixture
def folder(tmp_path):
    """Where the demo makes its temporary folder; a space in its name has to do no harm. Empty again in the end."""
    made = tmp_path / "a folder"
    made.mkdir()
    yield made
    assert not list(made.iterdir())


def environment(folder, **more):
    return {**os.environ, "TMPDIR": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1", **more}


class Demo:
    """A demo that goes on until it is told to end; its output up to the first line of the table is in .text."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [str(PROGRAM), "demo", "--seconds", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(folder)
        )
        self.text = ""
        for line in self.process.stdout:
            self.text += line
            if "requests/s" in line:
                break
        self.ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", self.text)}
        assert len(self.ports) == 5, self.text  # the proxy, its admin side, three services
        assert all(listens(port) for port in self.ports)

    def wait_gone(self):
        """Nothing listens where its processes did."""
        poll("the demo's processes", lambda: not any(listens(port) for port in self.ports), deadline=20)


def listens(port):
    with open("/proc/net/tcp", encoding="ascii") as table:
        wanted = f"0100007F:{port:04X}"
        return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in table.readlines()[1:])


def test_the_report_names_each_fault_and_none_of_the_noise(folder):
    done = run_command("demo", "--seconds", "4", timeout=60, env=environment(folder))
    assert done.returncode == 0 and done.stderr == "", done.stderr
    verdicts = rows(done.stdout)
    assert {field for field, verdict in verdicts.items() if verdict == "regression"} == FAULTS, done.stdout
    assert {field for field, verdict in verdicts.items() if verdict != "regression"} == NOISE, done.stdout
    assert {verdicts[field] for field in NOISE} == {"noise"}
    assert "payment: regression" in done.stdout and "demo --seconds 0" in done.stdout
    assert re.search(r"incomparable +0 ", done.stdout), done.stdout
    assert "\033" not in done.stdout


@pytest.mark.timing
def test_the_traffic_is_steady(folder):
    done = run_command("demo", "--seconds", "3", timeout=60, env=environment(folder))
    counted = int(re.search(r"^  exchanges +(\d+)$", done.stdout, re.MULTILINE).group(1))
    assert 1000 <= counted <= 1400, done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_ctrl_c_ends_it_with_the_report(folder, number):
    demo = Demo(folder)
    demo.process.send_signal(number)
    text = demo.process.stdout.read()
    assert demo.process.wait(30) == 0, text
    assert "until Ctrl-C" in demo.text and "payment: " in text and "What to try next" in text
    demo.wait_gone()


def test_the_commands_that_it_shows_work(folder):
    demo = Demo(folder)
    admin = re.search(r"PARALLAX_ADMIN=(\S+)", demo.text).group(1)
    for command, status in [(["report"], (0, 1, 3)), (["diffs"], (0,)), (["status"], (0,))]:
        assert run_command(*command, env={**os.environ, "PARALLAX_ADMIN": admin}).returncode in status
    demo.process.terminate()
    demo.process.stdout.read()
    assert demo.process.wait(30) == 0


def test_it_dies_with_its_parent(tmp_path):
    """kill -9 of the demo takes its processes along."""
    demo = Demo(tmp_path)
    demo.process.kill()
    demo.process.wait(10)
    demo.wait_gone()


def test_a_reader_that_goes_away_ends_it(folder):
    """`parallax demo | head -1` leaves nothing behind either."""
    demo = Demo(folder)
    demo.process.stdout.close()
    assert demo.process.wait(30) == 1
    demo.wait_gone()


def test_one_that_dies_is_named(folder):
    demo = Demo(folder)
    children = pathlib.Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text(encoding="ascii").split()
    [new] = [int(child) for child in children if os.readlink(f"/proc/{child}/exe").endswith("payment-new")]
    os.kill(new, signal.SIGKILL)
    text = demo.process.stdout.read()
    assert demo.process.wait(30) == 1 and "parallax demo: the new service" in text, text
    demo.wait_gone()


def on_a_terminal(folder, **more):
    """Everything that a demo of two seconds writes to a terminal of 80 columns, and its exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen([str(PROGRAM), "demo", "--seconds", "2"], stdin=slave, stdout=slave, stderr=slave, env=environment(folder, **more))
    os.close(slave)
    said = b""
    try:
        while part := os.read(master, 65536):
            said += part
    except OSError:  # what a terminal says once nobody has it open any more
        pass
    os.close(master)
    return said.decode(), process.wait(30)


def test_the_table_is_drawn_over_itself_and_fits_the_terminal(folder):
    said, status = on_a_terminal(folder, TERM="xterm")
    assert status == 0
    drawings = re.findall(r"\033\[\?7l(.*?)\033\[\?7h", said, re.DOTALL)
    assert len(drawings) >= 4
    for before, drawing in zip(drawings, drawings[1:]):
        assert drawing.startswith(f"\033[{before.count(chr(10))}A"), "each begins where the one before began"
    for drawing in drawings:
        for line in re.sub(r"\033\[[?0-9;]*[A-Za-z]", "", drawing).splitlines():
            assert len(line) <= COLUMNS, line
    assert said.count("\033[?25l") == 1 and said.rindex("\033[?25h") > said.rindex("\033[?7l"), "the cursor is there again"


def test_a_dumb_terminal_gets_lines(folder):
    said, status = on_a_terminal(folder, TERM="dumb")
    assert status == 0 and "requests/s" in said and "\033" not in said


def test_without_the_services_it_says_what_to_do(tmp_path):
    alone = tmp_path / "parallax"
    shutil.copy(PROGRAM, alone)
    done = subprocess.run([str(alone), "demo"], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1 and "./dev build" in done.stderr and done.stderr.count("\n") == 1


def test_where_it_is_installed_it_finds_them_too(tmp_path, folder):
    for source, target in [(PROGRAM, "bin/parallax"), (BUILD / "examples/payment/payment-v1", "libexec/parallax/payment-v1"), (BUILD / "examples/payment/payment-new", "libexec/parallax/payment-new")]:
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tmp_path / target)
    done = subprocess.run([str(tmp_path / "bin/parallax"), "demo", "--seconds", "1"], capture_output=True, text=True, timeout=60, env=environment(folder), check=False)
    assert done.returncode == 0 and "payment: " in done.stdout, done.stderr


def test_a_temporary_folder_that_is_none_is_told(tmp_path):
    done = run_command("demo", env=environment(tmp_path / "missing"))
    assert done.returncode == 1 and "TMPDIR" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["nothing"], ["compare", "canary"], ["--seconds", "x"], ["--seconds"], ["--store", "postgresql"], ["--step", "1"], ["--nonsense"]], ids=" ".join)
def test_wrong_use_is_one_line(arguments):
    done = run_command("demo", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("parallax demo: ")
