# SPDX-License-Identifier: Apache-2.0
"""`parallax demo`: the README's first command. It must name each fault of the new service and none of the noise, and leave nothing behind."""
import glob
import os
import re
import signal
import subprocess

import pytest
from harness.proxy import PROGRAM, run_command

FAULTS = {
    "GET /payroll/{id}": [("/total", "value"), ("status", "value")],
    "GET /invoicing": [("/*/total", "missing")],
    "GET /invoicing/{id}": [("/billTo", "missing"), ("/bill_to", "extra")],
}
NOISE = [("/requestId", "value"), ("/time", "value")]


def rows(text):
    """{endpoint: {(field, kind): verdict}} of a report as people read it."""
    found, endpoint = {}, None
    for line in text.splitlines():
        if match := re.fullmatch(r"  ([A-Z]+ /\S*)  \w+", line):
            endpoint = found.setdefault(match.group(1), {})
        elif endpoint is not None and (match := re.fullmatch(r"    (\S+) +(\w+) +\d+ +\d+ +(\w+)", line)):
            endpoint[match.group(1), match.group(2)] = match.group(3)
    return found


def leftovers():
    return set(glob.glob("/tmp/parallax-demo-*"))


def test_the_report_names_each_fault_and_none_of_the_noise():
    before = leftovers()
    done = run_command("demo", "--seconds", "4", timeout=60)
    assert done.returncode == 0, done.stderr
    endpoints = rows(done.stdout)
    for endpoint, fields in FAULTS.items():
        for field in fields:
            assert endpoints[endpoint][field] == "regression", (endpoint, field, done.stdout)
    for field in NOISE:
        assert endpoints["GET /status"][field] == "noise", done.stdout
    said = {(endpoint, field) for endpoint, fields in endpoints.items() for field, verdict in fields.items() if verdict == "regression"}
    named = {(endpoint, field) for endpoint, fields in FAULTS.items() for field in fields}
    # An unknown id is answered wrongly under either path.
    assert said <= named | {("GET /invoicing/{id}", ("status", "value"))}
    assert "payment: regression" in done.stdout and "demo --seconds 0" in done.stdout
    assert leftovers() == before


def test_ctrl_c_ends_it_properly(tmp_path):
    before = leftovers()
    process = subprocess.Popen([str(PROGRAM), "demo", "--seconds", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "requests/s" in line:
            break
    process.send_signal(signal.SIGINT)
    lines += process.stdout.readlines()
    assert process.wait(30) == 0, "".join(lines)
    text = "".join(lines)
    assert "until Ctrl-C" in text and "payment:" in text
    # The services have ended with it: nothing listens where they did.
    for port in set(re.findall(r"http://127\.0\.0\.1:(\d+)", text)):
        assert not listens(int(port)), f"port {port} still listens"
    assert leftovers() == before


def listens(port):
    with open("/proc/net/tcp", encoding="ascii") as table:
        wanted = f"0100007F:{port:04X}"
        return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in table.readlines()[1:])


@pytest.mark.parametrize("arguments", [["spies"], ["compare", "canary"], ["--seconds", "x"], ["--seconds"], ["--store", "postgresql"], ["--step", "1"], ["--nonsense"]], ids=" ".join)
def test_wrong_use_is_one_line(arguments):
    done = run_command("demo", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("parallax demo: ")


def test_it_dies_with_its_parent(tmp_path):
    """kill -9 of the demo takes its processes along."""
    process = subprocess.Popen([str(PROGRAM), "demo", "--seconds", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "requests/s" in line:
            break
    folders = leftovers()
    process.kill()
    process.wait(10)
    # Its end of the pipe is closed, but the children's output was never this one: they are gone when their ports are.
    ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", "".join(lines))}
    assert len(ports) >= 4
    from harness.proxy import poll

    poll("the demo's processes", lambda: not any(listens(port) for port in ports), deadline=20)
    for folder in folders:
        for name in glob.glob(folder + "/*"):
            os.unlink(name)
        os.rmdir(folder)
