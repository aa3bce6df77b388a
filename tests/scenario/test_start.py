# SPDX-License-Identifier: Apache-2.0
"""Wrong use is told in a line that says what and how to mend it, with exit status 2; a wrong configuration with its place."""
import pytest
from harness.proxy import run_command


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--primary", "nonsense"],
        ["run", "--primary", "ftp://127.0.0.1:1"],
        ["run", "--primary", "http://127.0.0.1:99999"],
        ["run", "--candidate", "http://127.0.0.1:1"],
        ["run", "--primary", "http://127.0.0.1:1", "--listen", "127.0.0.1"],
        ["run", "--primary", "http://127.0.0.1:1", "--listen", "nowhere:port"],
        ["run", "--primary", "http://127.0.0.1:1", "--unknown"],
        ["run", "--primary"],
        ["run", "-c", "/no/such/file.yaml"],
    ],
    ids=" ".join,
)
def test_wrong_use(tmp_path, arguments):
    done = run_command(*arguments, cwd=tmp_path, timeout=10)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert 0 < len(done.stderr) < 2000


def test_a_wrong_configuration_is_told_with_its_place(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text("services:\n  - name: test\n    primary: http://127.0.0.1:1\n    stag: shadow\n    limits: {body: many}\n", encoding="utf-8")
    done = run_command("run", "-c", file, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert f"{file}:4:5" in done.stderr and "stag" in done.stderr
    assert f"{file}:5:" in done.stderr, "every error is told, not only the first"


@pytest.mark.parametrize("command", ["run", "check", "status", "report", "diffs", "diff", "demo"])
def test_every_command_explains_itself(command):
    done = run_command(command, "--help")
    assert done.returncode == 0 and command in done.stdout and done.stderr == ""


def test_the_version_is_told():
    done = run_command("--version")
    assert done.returncode == 0 and done.stdout.startswith("parallax ")
