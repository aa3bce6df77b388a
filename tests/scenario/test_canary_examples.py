# SPDX-License-Identifier: Apache-2.0
"""examples/canary: a file for each step of ten, to begin with or to reload, whose weights a loop of requests shows."""
import pathlib
import re

import pytest
from harness import answers
from harness.client import Client
from harness.proxy import run_command

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "canary"
STEPS = [f"canary_{new}_{100 - new}.yaml" for new in range(0, 101, 10)]


def test_there_is_a_file_for_each_step_and_nothing_else_in_it_changes():
    texts = [(FOLDER / name).read_text(encoding="utf-8") for name in STEPS]
    assert {path.name for path in FOLDER.glob("canary_*.yaml")} == set(STEPS)
    assert {re.sub(r"#.*|share: \d+%", "", text) for text in texts} == {re.sub(r"#.*|share: \d+%", "", texts[0])}
    for step, text in zip(STEPS, texts):
        assert f"share: {step.split('_')[1]}%" in text


@pytest.mark.parametrize("name", STEPS)
def test_each_file_is_fine(name):
    done = run_command("check", "-c", FOLDER / name)
    assert done.returncode == 0 and done.stderr == ""
    assert f"{name.split('_')[1]} % of the requests" in done.stdout


def test_the_weights_of_each_step_after_a_reload_and_the_way_back(primary, candidate, run):
    primary.always(answers.json({"version": "v1"}))
    candidate.always(answers.json({"version": "v2"}))
    # Ports that are free in the place of those of the files, as flags.
    flags = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--primary", primary.url, "--candidate", candidate.url, "--workers", "2"]
    proxy = run(config=(FOLDER / STEPS[0]).read_text(encoding="utf-8"), flags=flags)

    def new_of(count):
        with Client(proxy.address) as client:
            return sum(b"v2" in client.request("GET", "/inventory", host="payment.service").body for _ in range(count))

    assert new_of(20) == 0
    for step in STEPS[1:]:
        proxy.reload((FOLDER / step).read_text(encoding="utf-8"))
        assert abs(new_of(100) - int(step.split("_")[1])) <= 1
    proxy.reload((FOLDER / STEPS[5]).read_text(encoding="utf-8"))
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"
    assert run_command("rollback", "payment", "--admin", admin).stdout.startswith("payment: canary, 50 % of the clients -> shadow, rolled back\n")
    assert new_of(20) == 0
    # No file undoes it; once it is resumed a further step, a change of the configuration, is in force again.
    proxy.reload((FOLDER / STEPS[6]).read_text(encoding="utf-8"))
    assert new_of(20) == 0
    assert run_command("resume", "payment", "--admin", admin).returncode == 0
    assert new_of(20) == 0
    proxy.reload((FOLDER / STEPS[5]).read_text(encoding="utf-8"))
    proxy.reload((FOLDER / STEPS[6]).read_text(encoding="utf-8"))
    assert proxy.admin_json("/api/v1/services/payment")["share"] == 60
