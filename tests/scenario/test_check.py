# SPDX-License-Identifier: Apache-2.0
"""
`parallax check` says what would run, or every error with its place. tests/golden/config holds configurations and what is said of each; after a
change that is meant, PLX_GOLDEN_WRITE=1 writes what is said now, to be read before it is committed.
"""
import json
import os
import pathlib
import re
import subprocess

import pytest
from harness.proxy import PROGRAM, run_command

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "config"
CASES = sorted(GOLDEN.glob("*.yaml"))
SECRET = re.compile(r"\btoken\b|://[^ ]*@")
PLACE = re.compile(r"^([\w.]+\.yaml):(\d+):(\d+): \S")


def check(*arguments, **options):
    return run_command("check", *arguments, **options)


def said(done):
    version = run_command("--version").stdout.split()[1]
    return f"exit status {done.returncode}\n{done.stdout}{done.stderr}".replace(f"version ({version})", "version (VERSION)")


def test_there_are_cases():
    assert len(CASES) >= 15
    assert {file.stem for file in CASES} == {file.stem for file in GOLDEN.glob("*.txt")}, "each case has its answer"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_what_is_said_of(file):
    done = check("-c", file.name, cwd=GOLDEN)
    answer = file.with_suffix(".txt")
    if os.environ.get("PLX_GOLDEN_WRITE"):
        answer.write_text(said(done), encoding="utf-8")
    assert said(done) == answer.read_text(encoding="utf-8")
    assert (done.returncode == 0) == (done.stdout != "")
    if done.returncode == 0:
        assert all(": warning: " in line for line in done.stderr.splitlines() if PLACE.match(line)), "only warnings beside what is fine"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_each_error_has_a_place_that_exists_a_caret_and_a_mend(file):
    done = check("-c", file.name, cwd=GOLDEN)
    if done.returncode != 1:
        return
    source = file.read_bytes().decode("utf-8", "replace").splitlines()
    lines = done.stderr.splitlines()
    places = [number for number, line in enumerate(lines) if PLACE.match(line)]
    assert places and len(lines) == 4 * len(places), "place, line, caret and mend for each"
    for number in places:
        _, line, column = PLACE.match(lines[number]).groups()
        line, column = int(line), int(column)
        assert 1 <= line <= len(source) + 1
        caret = lines[number + 2].index("^")
        if column < 140:
            shown = "    " + (source[line - 1] if line <= len(source) else "").replace("\ufffd", "?")[:160] + (
                " ..." if line <= len(source) and len(source[line - 1]) > 160 else "")
            # A secret is a star for each of its characters.
            assert len(lines[number + 1]) == len(shown)
            assert all(a == b or (a == "*" and SECRET.search(shown)) for a, b in zip(lines[number + 1], shown))
            assert caret == 4 + column - 1
        else:
            assert lines[number + 1][caret] == source[line - 1][column - 1]
        assert lines[number + 3].startswith("  mend: ") and len(lines[number + 3]) > 15


def test_no_secret_is_shown():
    done = check("-c", "secrets.yaml", cwd=GOLDEN)
    assert not re.search("two words|//me|s3cret|reader|goes-on|p@ss", done.stdout + done.stderr)
    done = check("--primary", "http://joe:p4ss@h:1")
    assert "http://" in done.stderr and not re.search("joe|p4ss", done.stderr)


def test_for_machines():
    done = check("--json", "-c", "everything.yaml", cwd=GOLDEN)
    assert done.returncode == 0 and "error" not in done.stderr
    answer = json.loads(done.stdout)
    assert answer["listen"] == ["0.0.0.0:8080", "[::1]:0", ":8081"]
    assert answer["admin"] == "[::]:9900" and answer["token"] is True and answer["store"] is None
    assert answer["workers"] == 64
    assert answer["confidence"] == pytest.approx(0.999) and answer["detect"] == pytest.approx(0.005)
    assert "5c1f" not in done.stdout, "a token is not shown"
    payment, other, rest = answer["services"]
    assert payment["hosts"] == ["pay.example", "[::1]", "10.0.0.1"]
    assert payment["copy_percent"] == pytest.approx(12.345)
    assert (payment["stage"], payment["share"], payment["by"], payment["only"]) == ("canary", 0.125, "cookie session", "header X-Beta = 1")
    assert (rest["share"], rest["by"], rest["only"]) == (0, "request", None)
    assert payment["timeout_ms"] == {"connect": 250, "connect_copy": 250, "answer": 60000, "between": 180000, "copy": 2500}
    assert [route["timeout_ms"]["answer"] for route in payment["routes"]] == [60000, 60000, 60000, 120000]
    assert answer["resolver"] == "10.0.0.2:53,127.0.0.1:5353,[::1]:53"
    assert payment["limits"] == {"body_bytes": 512, "capture_bytes": 65536, "copies": 0}
    assert payment["fold"] is False and other["fold"] is True
    assert [route["copy"] for route in payment["routes"]] == ["always", "never", "share", "safe"]
    assert payment["routes"][2]["percent"] == pytest.approx(0.5)
    assert payment["routes"][0]["endpoint"] == "the payroll" and payment["routes"][1]["endpoint"] is None
    assert other["candidate"] is None and other["stage"] == "primary"
    assert rest["stage"] == "primary" and rest["hosts"] == []


def test_the_token_is_shown_to_nobody():
    done = check("-c", "everything.yaml", cwd=GOLDEN)
    assert "with a token" in done.stdout and "5c1f" not in done.stdout


def test_flags_alone(tmp_path):
    done = check("--primary", "http://127.0.0.1:1", "--candidate", "http://127.0.0.1:2", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("the command line: fine\n") and "stage shadow" in done.stdout and "none: what was counted" in done.stdout
    assert list(tmp_path.iterdir()) == [], "checking leaves nothing behind"


def test_a_flag_has_no_line_in_the_file():
    done = check("-c", "example.yaml", "--admin", "0.0.0.0:1", cwd=GOLDEN)
    assert done.returncode == 2
    assert re.fullmatch(r"parallax: the admin side would be open .*\n", done.stderr)
    done = check("-c", "example.yaml", "--listen", "127.0.0.1:9900", cwd=GOLDEN)
    assert done.returncode == 1 and done.stderr.startswith("example.yaml:2:8: clients and admin"), "its other half has"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["-c", "/no/such/file.yaml"], "can't be opened"),
        (["-c", "."], "is a directory"),
        (["-c"], "-c needs a value"),
        (["-xy"], "'-x' is not known here"),
        (["--confg", "x"], "did you mean --config?"),
        (["example.yaml"], "`-c FILE`"),
        ([], "nothing to run"),
        (["--primary", "http://127.0.0.1:1", "--secondary", "http://127.0.0.1:2"], "add --candidate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use(tmp_path, arguments, words):
    done = check(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_an_answer_that_can_not_be_written():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([str(PROGRAM), "check", "-c", "example.yaml"], cwd=GOLDEN, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "could not be written" in done.stderr
