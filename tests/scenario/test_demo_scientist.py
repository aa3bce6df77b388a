# SPDX-License-Identifier: Apache-2.0
"""`parallax demo scientist`: an experiment in the payment monolith. Without a fault nothing differs, with one the caller is none the wiser; nothing is left running."""
import os
import re
import signal
import subprocess

import pytest
from harness.proxy import PROGRAM, poll, run_command

SUMMARY = re.compile(r"^(synchronously|asynchronously): (\d+) runs, (\d+) match, (\d+) mismatch, (\d+) incomparable$", re.MULTILINE)


def summaries(text):
    return {how: tuple(map(int, numbers)) for how, *numbers in SUMMARY.findall(text)}


def test_nothing_differs():
    done = run_command("demo", "scientist", "--seconds", "2", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    told = summaries(done.stdout)
    assert set(told) == {"synchronously", "asynchronously"}
    for runs, match, mismatch, incomparable in told.values():
        assert runs == match >= 6 and mismatch == incomparable == 0
    assert "monolith     | Payroll 3 shipped to Juablaz of 320.0" in done.stdout
    assert "0 mismatch" in done.stdout


def test_a_fault_is_a_mismatch_and_shown():
    done = run_command("demo", "scientist", "--seconds", "2", "--fault", timeout=60)
    assert done.returncode == 0
    for runs, match, mismatch, incomparable in summaries(done.stdout).values():
        assert runs == match + mismatch and mismatch > 0 and match > 0 and incomparable == 0
    assert "of 320.0" in done.stdout and re.search(r"Payroll 3 shipped to Juablaz of 320\b(?!\.)", done.stdout)


@pytest.mark.parametrize("arguments, words", [(["--seconds", "0"], "from 1 to"), (["--seconds", "x"], "not 'x'"), (["more"], "more")])
def test_wrong_use_is_one_line(arguments, words):
    done = run_command("demo", "scientist", *arguments)
    assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1


def test_ctrl_c_ends_everything():
    process = subprocess.Popen([str(PROGRAM), "demo", "scientist", "--seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if "Juablaz" in line:
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0 and errors == ""
    poll("the services' end", lambda: not children_of(process.pid))


def children_of(pid):
    """Processes whose parent it was when they began: they die with it, and are then gone from /proc."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(name))
    return found
