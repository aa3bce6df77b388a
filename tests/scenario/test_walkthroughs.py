# SPDX-License-Identifier: Apache-2.0
"""The walk-throughs of examples/: every command in them does what the document says, in both languages, which have the same commands."""
import os
import pathlib
import tempfile

import pytest
from harness import walk

EXAMPLES = walk.ROOT / "examples"
SCENARIOS = ["spies", "canary", "scientist", "compare", "diferencia"]


@pytest.fixture(scope="module")
def network():
    return walk.find_network()


@pytest.fixture
def start():
    """Walks with a folder that the user postgres may enter."""
    walks = []
    with tempfile.TemporaryDirectory(prefix="plx-") as folder:
        os.chmod(folder, 0o755)

        def make(alone):
            walks.append(walk.Walk(folder, alone))
            return walks[-1]

        yield make
        for started in walks:
            started.close()
        assert {path.name for path in pathlib.Path(folder).iterdir()} <= {"log"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_document_does_what_it_says(start, network, scenario):
    start(network).follow(EXAMPLES / scenario / "README.md")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_languages_have_the_same_commands(scenario):
    english, spanish = (walk.steps_of(EXAMPLES / scenario / name) for name in ("README.md", "README.es.md"))
    assert english == spanish
