# SPDX-License-Identifier: Apache-2.0
"""The examples of experiments say what their README shows, in C and in C++."""
import pathlib
import re
import subprocess

import pytest
from harness.proxy import BUILD

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "scientist"


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
@pytest.mark.parametrize("program", ["cart", "cart-cpp"])
def test_an_experiment_says_what_its_readme_shows(program, readme):
    shown = re.search(r"^```\n(ana.*?)^```", (FOLDER / readme).read_text(encoding="utf-8"), re.M | re.S).group(1)
    done = subprocess.run([BUILD / "examples" / "scientist" / program], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", shown)
