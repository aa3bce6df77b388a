# SPDX-License-Identifier: Apache-2.0
"""What the program says of itself: help as wide as the terminal, what was meant by a wrong word, manual pages and completions for every command."""
import os
import re
import subprocess

import pytest
from harness.proxy import BUILD, run_command

COMMANDS = re.findall(r"^  ([a-z][a-z-]*) +\S", run_command("--help").stdout, re.M) if (BUILD / "parallax").exists() else []


@pytest.mark.parametrize("columns", [60, 80, 100, 250])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(command, columns):
    wrapped = run_command(command, "--help", env={**os.environ, "COLUMNS": str(columns)}).stdout
    plain = run_command(command, "--help", env={**os.environ, "COLUMNS": "0"}).stdout
    assert [line for line in wrapped.splitlines() if len(line) > min(columns, 100)] == []
    assert wrapped.split() == plain.split()


def test_options_stand_below_one_another_when_they_are_wrapped():
    lines = run_command("run", "--help", env={**os.environ, "COLUMNS": "60"}).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "--store STORE" in line)
    assert lines[at + 1].startswith(" " * 25) and lines[at].index("sqlite:FILE") == 25


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["rn"], "did you mean `parallax run`?"),
        (["reprot"], "did you mean `parallax report`?"),
        (["xyzzy"], "`parallax --help` lists them"),
        (["help", "difs"], "did you mean `parallax diffs`?"),
        (["run", "--primry", "http://x"], "did you mean --primary?"),
        (["diffs", "--jsn"], "did you mean --json?"),
        (["diffs", "--xyzzy"], "'--xyzzy' is not known here"),
        (["status", "-x"], "'-x' is not known here"),
        (["status", "--json=yes"], "--json takes no value"),
        (["run", "--primary", "--candidate", "http://x"], "--primary needs a value"),
        (["report", "--epoch", "--json"], "--epoch needs a value"),
        (["spy", "--real"], "--real needs a value"),
        (["ask", "/x", "-H", "--json"], "-H needs a value"),
    ],
)
def test_wrong_use_says_what_was_meant(arguments, words):
    done = run_command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_help_of_a_command_and_the_version():
    assert run_command("help", "diffs").stdout == run_command("diffs", "--help").stdout
    assert run_command("help").stdout == run_command("--help").stdout == run_command("-h").stdout
    for arguments in (["-V"], ["--version"]):
        assert re.match(r"parallax \d+\.\d+\.\d+\nbuilt with .+\nstores: ", run_command(*arguments).stdout)
    for command in COMMANDS:
        assert re.fullmatch(r"parallax \d+\.\d+\.\d+\n", run_command(command, "-V").stdout)


# ---- pages and completions


def test_every_command_has_a_page_that_man_reads():
    assert set(COMMANDS) | {""} == {page.stem.partition("-")[2] for page in (BUILD / "man").glob("*.1")}
    for page in [*(BUILD / "man").glob("*.[15]")]:
        assert re.search(r"\.SH NAME\n\S+ \\- \S", page.read_text(encoding="utf-8")), page
        said = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True, timeout=30, check=True).stderr
        assert not re.search(r"(warning|error):(?!.*(can't break line|adjust))", said), said


def test_the_pages_have_each_option_and_each_key():
    ask = (BUILD / "man" / "parallax-ask.1").read_text(encoding="utf-8")
    assert ".TP\n.B \\-X METHOD\n" in ask and ".B \\-\\-unsafe\n" in ask
    configuration = (BUILD / "man" / "parallax.yaml.5").read_text(encoding="utf-8")
    assert ".TP\n\\fBcorrelate\\fR\n" in configuration


def complete(*words):
    script = f'. {BUILD}/man/parallax.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _parallax; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, timeout=10, check=True).stdout.split()


def test_bash_completes_commands_and_options():
    assert complete("parallax", "re") == [name for name in COMMANDS if name.startswith("re")]
    assert complete("parallax", "ask", "--un") == ["--unsafe"]
    assert set(complete("parallax", "run", "--s")) == {"--secondary", "--stage", "--share", "--store"}


def test_the_other_shells_have_them_too():
    for name in ("_parallax", "parallax.fish"):
        text = (BUILD / "man" / name).read_text(encoding="utf-8")
        assert all(re.search(rf"\b{command}\b", text) for command in COMMANDS) and "unsafe" in text
