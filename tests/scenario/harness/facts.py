# SPDX-License-Identifier: Apache-2.0
"""
The members that a report has: tests/unit/whole_report.json has all of them, and each reading is held to show them (test_facts.c, test_facts.py). So a member of a
real report that is not there is a fact that the readings do not have yet.
"""
import functools
import json
import pathlib

UNIT = pathlib.Path(__file__).resolve().parents[2] / "unit"
KINDS = ("services", "experiments", "spies")
REASONS = ("uncopied", "incomparable", "mismatches", "fallbacks", "retries", "no_evidence")  # their members are words, and shown as such


def whole_report():
    """{kind: [report...]}, and a report of each kind."""
    return json.loads((UNIT / "whole_report.json").read_text(encoding="utf-8"))


def members(value, path=""):
    """The paths of all that is no object and no array; elements of an array are alike."""
    if isinstance(value, dict) and path.rpartition("/")[2] not in REASONS:
        return {found for key, below in value.items() for found in members(below, f"{path}/{key}")}
    if isinstance(value, list):
        return {found for below in value for found in members(below, f"{path}/*")}
    return {path}


@functools.cache
def known():
    whole = whole_report()
    return {path for kind in KINDS for report in whole[kind] for path in members(report)}


def expect_known(report):
    # null, where an object can be; or an object where null stands in all of ours, which is none.
    unknown = {path for path in members(report) - known() if not any(path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in known())}
    assert not unknown, f"a report has members that tests/unit/whole_report.json has not, so that no reading is held to show them: {sorted(unknown)}"
