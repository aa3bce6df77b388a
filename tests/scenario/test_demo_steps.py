# SPDX-License-Identifier: Apache-2.0
"""
`parallax demo spies|scientist|canary --step N`: the step's processes come up, the commands that it shows do what they say, and nothing is left of it
however it ends. All on free ports.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest
from harness.payment import Reserved
from harness.proxy import PROGRAM, Log, poll, run_command

PAID = '"shipTo":"Juablaz","total":320.0}'
NOTIFIED = "Payroll 3 shipped to Juablaz of 320.0"


class Step:
    """A step that stays up; .curls are the commands that it shows, .admin is the proxy's admin side."""

    def __init__(self, *arguments, folder):
        self.process = subprocess.Popen(
            [PROGRAM, "demo", *arguments, "--ports", "free"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(folder)}
        )
        self.out, self.errors = Log(self.process.stdout), Log(self.process.stderr)
        self.wait_line(" status --admin ", 30)
        self.curls = [line.strip() for line in self.lines() if line.startswith("  curl ")]
        self.admin = re.search(r"--admin (\S+)", self.out.text()).group(1)
        self.children = children_of(self.process.pid)

    def lines(self):
        return self.out.text().splitlines()

    def wait_line(self, words, deadline=10):
        def found():
            assert not self.out.ended or words in self.out.text(), f"{self.out.text()}\n{self.errors.text()}"
            return [line for line in self.lines() if words in line]

        return poll(f"a line with {words!r}", found, deadline)[0]

    def run(self, curl):
        """A curl command as it is shown, through a shell: the body that came."""
        done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"{curl}: {done.stderr}"
        return done.stdout

    def wait_exit(self):
        status = self.process.wait(30)
        self.out.thread.join(5)
        self.errors.thread.join(5)
        poll("the step's processes are gone", lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in self.children))
        return status


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@pytest.fixture
def folder():
    """Where the demo has its folder: short, and open to the user postgres. Empty again in the end."""
    with tempfile.TemporaryDirectory(prefix="plx-") as made:
        os.chmod(made, 0o755)
        yield pathlib.Path(made)
        assert not list(pathlib.Path(made).iterdir())


@pytest.fixture
def start(folder):
    steps = []

    def make(*arguments):
        steps.append(Step(*map(str, arguments), folder=folder))
        return steps[-1]

    yield make
    for step in steps:
        if step.process.poll() is None:
            step.process.send_signal(signal.SIGINT)
            assert step.wait_exit() == 0, step.errors.text()


@pytest.mark.parametrize("scenario", ["spies", "scientist"])
def test_first_the_monolith_logs_each_notification(start, scenario):
    step = start(scenario, "--step", 1)
    [pay] = step.curls
    assert pay.endswith(" payment.service/payroll") and PAID in step.run(pay)
    assert step.wait_line(NOTIFIED).startswith("monolith-v1")


def test_in_the_end_the_microservice_notifies(start):
    step = start("spies", "--step", 3)
    directly, by_proxy = step.curls
    assert '{"id":3,' + PAID in step.run(directly) and '{"id":4,' + PAID in step.run(by_proxy)
    assert step.wait_line(NOTIFIED).startswith("microservice")
    assert not [line for line in step.lines() if line.startswith("monolith-v3") and "shipped" in line]


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_scientist_reads_each_notification_back_from_both(start, store):
    step = start("scientist", "--step", 2, "--store", store)
    for curl in step.curls:
        assert PAID in step.run(curl)
    assert "8 match, 0 mismatch, 0 incomparable" in step.wait_line("so far 8 match")

    def reported():
        told = run_command("report", "--experiment", "notify", "--json", "--admin", step.admin)
        return told.returncode != 2 and json.loads(told.stdout)["experiments"][0]["exchanges"]["match"] == 8

    poll("the proxy's report has the experiment", reported)


def test_a_fault_of_the_microservice_is_a_mismatch(start):
    step = start("scientist", "--step", 2, "--fault")
    assert PAID in step.run(step.curls[0])
    assert "1 mismatch" in step.wait_line("so far 6 match, 1 mismatch")


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_both_notify_and_the_batch_says_whether_the_same(start, store):
    step = start("spies", "--step", 2, "--store", store)
    directly, by_proxy, kept, compare = step.curls
    assert '{"id":3,' + PAID in step.run(directly) and '{"id":4,' + PAID in step.run(by_proxy)
    step.wait_line(f"kept: {NOTIFIED}")
    assert len(json.loads(step.run(kept))) == 8
    assert step.run(compare).strip() == "true"
    assert json.loads(step.run(kept)) == [], "what has been paired is consumed"
    assert step.run(compare).strip() == "true"
    microservice = kept.removeprefix("curl ")
    step.run(f"curl -s -d 'Payroll 9 shipped to nobody of 1.0' {microservice}")
    assert [step.run(compare).strip() for _ in range(2)] == ["false", "false"]
    assert [row["message"] for row in json.loads(step.run(kept))] == ["Payroll 9 shipped to nobody of 1.0"]


def test_a_spy_that_is_not_written_by_hand_lets_only_the_old_one_notify(start):
    step = start("spies", "--step", 2, "--generic")
    pay, compare = step.curls
    assert '{"id":3,' + PAID in step.run(pay)
    assert step.wait_line(NOTIFIED).startswith("microservice")

    def counted():
        return json.loads(step.run(compare.replace("?wait=10s", "?json=1").replace("curl ", "curl -s ")))

    poll("the calls of both are paired", lambda: NOTIFIED and '"match":7' in json.dumps(counted(), separators=(",", ":")))
    assert step.run(compare).strip() == "true"
    assert sum(NOTIFIED in line for line in step.lines()) == 1


def test_a_spy_lets_the_new_one_notify_once_it_serves(start):
    step = start("spies", "--step", 3, "--generic")
    pay, compare = step.curls
    assert '{"id":3,' + PAID in step.run(pay)
    assert step.wait_line(NOTIFIED).startswith("microservice")

    def matched():
        counted = json.loads(step.run(compare.replace("?wait=10s", "?json=1").replace("curl ", "curl -s ")))
        return [spy["exchanges"]["match"] for spy in counted.get("spies", [counted])] == [7]

    poll("the calls of both are paired", matched)
    assert step.run(compare).strip() == "true"
    assert sum(NOTIFIED in line for line in step.lines()) == 1


def test_canary_begins_with_the_old_version_for_all(start):
    step = start("canary", "--step", 1)
    assert step.run(step.curls[0]).startswith('[{"id":0,"shipTo":"user 1"')


def test_the_new_version_is_beside_it_and_asked_directly(start):
    step = start("canary", "--step", 2)
    directly, by_proxy = step.curls
    assert PAID in step.run(directly) and step.wait_line(NOTIFIED).startswith("monolith-v2")
    assert [step.run(by_proxy) for _ in range(4)] == ['{"version":"v1"}'] * 4


def test_the_weights_move_in_steps_of_ten_and_back_at_once(start):
    """Weighted by request they are exact but for where each worker's round has begun."""
    step = start("canary", "--step", 3)
    counted = [re.match(r"clients +\| (.*?)  +[#.]{40}  v1 +(\d+), v2 +(\d+) of 200", line).groups() for line in step.lines() if line.startswith("clients")]
    assert [name for name, *_ in counted] == [f"canary_{new}_{100 - new}.yaml" for new in range(0, 101, 10)] + ["after the rollback"]
    for (_, old, new), percent in zip(counted, [*range(0, 101, 10), 0]):
        assert int(old) + int(new) == 200 and abs(int(new) - 2 * percent) <= 2
    done = run_command("stage", "payment", "candidate", "--admin", step.admin)
    assert done.returncode == 0, done.stderr
    assert step.run(step.curls[0]) == '{"version":"v2"}'


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_ctrl_c_stops_everything(start, number):
    step = start("spies", "--step", 1)
    step.process.send_signal(number)
    assert step.wait_exit() == 0 and step.errors.text() == ""


def test_one_that_dies_is_named_and_all_are_stopped(start):
    step = start("spies", "--step", 3)
    [monolith] = [child for child in step.children if os.readlink(f"/proc/{child}/exe").endswith("payment-v3")]
    os.kill(monolith, signal.SIGKILL)
    assert step.wait_exit() == 1
    assert step.errors.text() == "parallax demo: monolith-v3 has ended, so all is stopped; its last lines say why"


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_its_processes_die_with_it(start, folder, store):
    """kill -9 of the demo: only the folder is left, since nobody is there to remove it."""
    step = start("scientist", "--step", 2, "--store", store)
    step.process.kill()
    assert step.wait_exit() == -signal.SIGKILL
    [left] = folder.iterdir()
    shutil.rmtree(left)


def test_a_folder_whose_name_is_too_long_for_postgresql_is_told(tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    done = run_command("demo", "spies", "--step", 1, "--ports", "free", "--store", "postgresql", env={**os.environ, "TMPDIR": str(long)})
    assert done.returncode == 1 and "set TMPDIR to a shorter one" in done.stderr and done.stderr.count("\n") == 1
    assert not list(long.iterdir())


def test_a_reader_that_goes_away_ends_it(folder):
    """`parallax demo spies --step 1 | head -1` leaves nothing behind either."""
    demo = subprocess.Popen([PROGRAM, "demo", "spies", "--step", "1", "--ports", "free"], stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(folder)})
    demo.stdout.readline()
    demo.stdout.close()
    assert demo.wait(30) == 1


def test_all_steps_of_spies_one_after_another(folder):
    done = run_command("demo", "spies", "--ports", "free", timeout=60, env={**os.environ, "TMPDIR": str(folder)})
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert re.findall(r"^spies, step (\d):", done.stdout, re.M) == ["1", "2", "3"]
    assert "/notification/compare\n  true\n" in done.stdout


def test_all_steps_of_canary_one_after_another(folder):
    done = run_command("demo", "canary", "--ports", "free", timeout=60, env={**os.environ, "TMPDIR": str(folder)})
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert re.findall(r"^canary, step (\d):", done.stdout, re.M) == ["1", "2", "3"]
    for said in ('\n  [{"id":0', "\n  {" + '"id":3,' + PAID, '\n  {"version":"v1"}', "v1   0, v2 200 of 200", "after the rollback   ........................................  v1 200"):
        assert said in done.stdout, said


def test_it_stops_by_itself_after_so_many_seconds(folder):
    done = run_command("demo", "spies", "--step", 1, "--ports", "free", "--seconds", 1, env={**os.environ, "TMPDIR": str(folder)})
    assert done.returncode == 0 and done.stderr == "" and "step 1 is ready" in done.stdout


def test_a_port_that_is_taken_is_told_with_its_owner(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_command("demo", "spies", "--step", 1, "--ports", "free", "--port", port, env={**os.environ, "TMPDIR": str(folder)})
    assert done.returncode == 1
    assert re.fullmatch(rf"parallax demo: port {port}, which is for proxy, is taken by \S+ \(pid {os.getpid()}\): end that, or add --ports free or --port N\n", done.stderr), done.stderr


def test_the_proxys_port_can_be_chosen(start):
    reserved = Reserved()
    step = start("spies", "--step", 1, "--port", reserved.port)
    assert f"--connect-to payment.service:80:localhost:{reserved.port} " in step.curls[0] and PAID in step.run(step.curls[0])
    reserved.socket.close()


def test_print_shows_the_seeds_ports_and_runs_nothing():
    done = run_command("demo", "spies", "--step", 2, "--print")
    said = {name.strip(): command for name, _, command in (line.partition("|") for line in done.stdout.splitlines())}
    assert done.returncode == 0 and list(said) == ["microservice", "monolith-v2", "batch", "proxy"]
    assert "payment-v2 --port 8082 --store sqlite:monolith.db --notifications http://127.0.0.1:8081 --batch http://127.0.0.1:8083" in said["monolith-v2"]
    assert "--listen 127.0.0.1:8080 --admin 127.0.0.1:9900 --primary http://127.0.0.1:8082" in said["proxy"]


@pytest.mark.parametrize("arguments", [
    ["spies", "--step", "0"], ["spies", "--step", "4"], ["spies", "--step", "x"], ["spies", "--port", "0"], ["spies", "--ports", "8080"], ["spies", "--store", "x"], ["spies", "--fault"],
    ["spies", "--step", "1", "--generic"], ["canary", "--generic"], ["scientist", "--step", "1", "--fault"], ["scientist", "--port", "80"], ["scientist", "--store", "postgresql"], ["spies", "--print"], ["compare", "--port", "80"], ["compare", "--fault"],
], ids=" ".join)  # fmt: skip
def test_wrong_use_is_one_line(arguments):
    done = run_command("demo", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("parallax demo: ")
