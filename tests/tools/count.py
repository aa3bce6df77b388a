# SPDX-License-Identifier: Apache-2.0
"""
Adds up what the test runners report and prints the closing line, `N passed, N failed`.

Reads Meson's test log (a JSON object a line), JUnit XML (pytest) and files with three numbers. A file that is not there or
cannot be read counts as one failure: a runner that died must not look like one that had nothing to say. Within a Meson
test the tests of a cmocka group count one by one, from cmocka's own summary.

usage: count.py FILE...
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

CMOCKA = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) test", re.M),
    "failed": re.compile(r"^\[  FAILED  \] (\d+) test", re.M),
    "skipped": re.compile(r"^\[  SKIPPED \] (\d+) test", re.M),
}


def of_meson_test(test):
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    passed, failed, skipped = (sum(map(int, CMOCKA[kind].findall(text))) for kind in ("passed", "failed", "skipped"))
    if test["result"] == "SKIP":
        return 0, 0, max(1, skipped)
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        # A test that is not cmocka's, or says nothing, is one.
        return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)
    return passed, max(1, failed), skipped


def of_meson(path):
    with open(path, encoding="utf-8") as log:
        tests = [json.loads(line) for line in log if line.strip()]
    return [of_meson_test(test) for test in tests]


def of_junit(path):
    counts = []
    for case in ElementTree.parse(path).iter("testcase"):
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            counts.append((0, 1, 0))
        elif "skipped" in tags:
            counts.append((0, 0, 1))
        else:
            counts.append((1, 0, 0))
    return counts


def of_numbers(path):
    with open(path, encoding="utf-8") as file:
        passed, failed, skipped = map(int, file.read().split())
    return [(passed, failed, skipped)]


READERS = {"json": of_meson, "xml": of_junit, "count": of_numbers}


def counts_of(path):
    try:
        counts = READERS[path.rsplit(".", 1)[-1]](path)
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        print(f"no result in {path}: {error}", file=sys.stderr)
        return 0, 1, 0
    return tuple(map(sum, zip(*counts))) if counts else (0, 0, 0)


def main(paths):
    passed, failed, skipped = map(sum, zip(*map(counts_of, paths)))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
