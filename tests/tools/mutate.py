# SPDX-License-Identifier: Apache-2.0
"""
./dev mutate: whether the tests would notice. Changes single lines of the files under PATH (mutants.py), one at a time, and says which changes no test
notices. The tree is copied; all mutants of a file are compiled into it at once, and each is tried by the tests that reach it: first unit, golden and
conformance tests and the short simulation, then, for those that survive, the scenarios.

A survivor is a question: either a test is missing, or the line is not needed, or the change makes no difference.

usage: mutate.py [PATH...] [--number N] [--seed N] [--no-scenarios]        PATH: a file, FILE:LINE, or a folder; without one, src and lib
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import mutants

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build-mutate"
TREE, BUILD = WORK / "tree", WORK / "build"
JOBS = max(1, len(os.sched_getaffinity(0)))
MEMORY_MAX = 8 << 30  # of a test: a mutant may take memory without end
COMPILES_MAX = 20  # in each, what does not compile is left out


def run(command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", **options)


# ---- the tree


def copy_tree():
    """As it is in the working folder. A file that is the same keeps its time, so that little is compiled again."""
    names = run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"]).stdout.split("\0")
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    for name in wanted:
        put(TREE / name, (ROOT / name).read_bytes(), (ROOT / name).stat().st_mode)
    for path in TREE.rglob("*"):
        if path.is_file() and str(path.relative_to(TREE)) not in wanted and "__pycache__" not in path.parts:
            path.unlink()


def put(path, data, mode=0o644):
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)


def configure():
    if not (BUILD / "build.ninja").exists():
        shutil.rmtree(BUILD, ignore_errors=True)
        done = run(["meson", "setup", BUILD, TREE, "-Dbuildtype=plain", "-Dc_args=-O1 -g0 -w", "-Dwerror=false"])
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
    suites = WORK / "shared"  # the published suites lie beside the project, and beside its copy
    if not suites.is_symlink() and (ROOT.parent / "shared").is_dir():
        suites.symlink_to(ROOT.parent / "shared")


def arguments_of(path):
    """What clang needs to know of how the file is compiled."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if pathlib.Path(entry["directory"], entry["file"]).resolve() == path.resolve():
            words = shlex.split(entry["command"])
            keep = [w for w in words if w.startswith(("-D", "-std=")) or (w.startswith("-I") and len(w) > 2)]
            return [w if not w.startswith("-I") else "-I" + str(pathlib.Path(entry["directory"], w[2:]).resolve()) for w in keep] + clang_includes()
    return None


def clang_includes():
    """clang's own headers, which its library does not find by itself."""
    found = sorted(pathlib.Path("/usr/lib").glob("llvm-*/lib/clang/*/include")) or sorted(pathlib.Path("/usr/lib/clang").glob("*/include"))
    return ["-isystem", str(found[-1])] if found else ["-isystem", run(["gcc", "-print-file-name=include"]).stdout.strip()]


# ---- the mutants


class Place:
    """A mutant, and what came of it."""

    def __init__(self, file, mutant):
        self.file, self.mutant = file, mutant
        self.reached_by, self.killed_by = [], None

    def __str__(self):
        return f"{self.file}:{self.mutant.line}: {self.mutant.says()}"


def files_of(paths):
    for text in paths:
        name, _, line = text.partition(":")
        path = (ROOT / name).resolve()
        if not path.exists():
            sys.exit(f"mutate: {name} is not there; give a file or folder of the project")
        names = [path] if path.is_file() else sorted(path.rglob("*.c"))
        for each in names:
            yield str(each.relative_to(ROOT)), int(line) if line.isdigit() else None


def find_places(paths):
    places = []
    for name, line in files_of(paths):
        arguments = arguments_of(TREE / name)
        if arguments is None:
            continue  # no part of this build
        for mutant in mutants.find(TREE / name, arguments):
            if line is None or mutant.line == line:
                places.append(Place(name, mutant))
    return places


def write_files(places):
    by_file = collections.defaultdict(list)
    for place in places:
        by_file[place.file].append(place.mutant)
    header = TREE / "tests" / "tools" / "mutant.h"
    for name, of_file in by_file.items():
        text = mutants.write((ROOT / name).read_bytes(), of_file)
        put(TREE / name, f'#include "{header}"\n#line 1 "{name}"\n'.encode() + text)


def build(places):
    """With as many of the places as compile."""
    for _ in range(COMPILES_MAX):
        write_files(places)
        done = run(["ninja", "-C", BUILD, "-k", "0"])
        if done.returncode == 0:
            return places
        wrong = {(file, int(line)) for file, line in re.findall(r"^(?:\.\./tree/)?([\w./+-]+\.c):(\d+):\d+: error:", done.stdout, re.M)}
        fewer = [p for p in places if (p.file, p.mutant.line) not in wrong]
        if len(fewer) == len(places):
            sys.exit(done.stdout[-5000:])
        for name in {p.file for p in places} - {p.file for p in fewer}:
            put(TREE / name, (ROOT / name).read_bytes())
        places = fewer
    sys.exit("mutate: what is left does not compile either")


# ---- the tests


class MesonTest:
    def __init__(self, said):
        self.name, self.command, self.folder = said["name"], said["cmd"], said["workdir"] or str(BUILD)
        self.environment = said["env"]
        self.seconds = 1.0

    def ok(self, environment, limit):
        return ends_well(self.command, self.folder, {**self.environment, **environment}, limit, MEMORY_MAX)


class Scenario:
    def __init__(self, path):
        self.name, self.path = path.name, path
        self.seconds = 1.0

    def ok(self, environment, limit):
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not timing", self.path]
        return ends_well(command, str(TREE), {"PLX_BUILD": str(BUILD), **environment}, limit, None)


def ends_well(command, folder, environment, limit, memory):
    """In a session of its own, so that what it started can be ended with it."""

    def before():
        os.setsid()
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryDirectory(prefix="mutate-") as scratch:
        process = subprocess.Popen([str(c) for c in command], cwd=folder, env={**os.environ, "TMPDIR": scratch, **environment}, preexec_fn=before,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def meson_tests():
    said = json.loads(run(["meson", "introspect", "--tests", BUILD]).stdout)
    left_out = {"house", "documents"}  # they read the sources
    return [MesonTest(test) for test in said if test["name"] not in left_out]


def look_who_reaches(tests, places):
    """Each test alone, without a mutant: what it reaches and how long it takes. One that fails then says nothing."""
    good = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:

        def look(test):
            reached = pathlib.Path(folder, test.name.replace("/", "_"))
            size = max(place.mutant.number for place in places)
            reached.write_bytes(bytes(size + 1))
            began = time.monotonic()
            ok = test.ok({"PLX_MUTANTS_REACHED": str(reached), "PLX_MUTANTS": str(size)}, 600)
            test.seconds = time.monotonic() - began
            return ok, reached.read_bytes()

        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for test, (ok, reached) in zip(tests, pool.map(look, tests)):
                if not ok:
                    print(f"  {test.name} fails without any mutant: left out")
                    continue
                good.append(test)
                for place in places:
                    if reached[place.mutant.number]:
                        place.reached_by.append(test)
    return good


def attempt(place):
    """The quickest first."""
    for test in sorted(place.reached_by, key=lambda test: test.seconds):
        if not test.ok({"PLX_MUTANT": str(place.mutant.number)}, 10 + test.seconds * 8):
            place.killed_by = test
            return


def attempt_all(places, what):
    done, began = 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for _ in concurrent.futures.as_completed([pool.submit(attempt, place) for place in places]):
            done += 1
            if sys.stdout.isatty() or done % 50 == 0 or done == len(places):
                left = (time.monotonic() - began) / done * (len(places) - done)
                noticed = sum(1 for place in places if place.killed_by)
                print(f"  {what}: {done} of {len(places)} tried, {noticed} noticed, about {left:.0f} s left",
                      end="\r" if sys.stdout.isatty() and done < len(places) else "\n", flush=True)


# ---- what came of it


def tell(places, tried):
    survivors = [p for p in places if not p.killed_by and p.reached_by]
    unreached = [p for p in places if not p.reached_by]
    for title, which in (("not noticed", survivors), ("not reached by any test", unreached)):
        if which:
            print(f"\n{title}:")
            for place in which:
                by = ", ".join(test.name for test in place.reached_by[:3]) + (", ..." if len(place.reached_by) > 3 else "")
                print(f"  {place}" + (f"   ({by})" if by else ""))
    print(f"\n{'folder':<28}{'mutants':>9}{'noticed':>9}{'not':>6}{'unreached':>11}")
    folders = collections.defaultdict(list)
    for place in places:
        folders[str(pathlib.Path(place.file).parent)].append(place)
    for folder, those in sorted(folders.items()):
        noticed, missed = sum(1 for p in those if p.killed_by), sum(1 for p in those if not p.killed_by and p.reached_by)
        print(f"{folder:<28}{len(those):>9}{noticed:>9}{missed:>6}{len(those) - noticed - missed:>11}")
    print(f"{len(places)} mutants of {tried}, {sum(1 for p in places if p.killed_by)} noticed")


def main():
    parser = argparse.ArgumentParser(prog="./dev mutate", description="Whether the tests would notice a changed line.")
    parser.add_argument("path", nargs="*", default=["src", "lib"], help="a file, FILE:LINE or a folder (src and lib)")
    parser.add_argument("--number", type=int, default=100, help="so many mutants, drawn by the seed (100); 0: all")
    parser.add_argument("--seed", type=int, default=None, help="the draw of an earlier run")
    parser.add_argument("--no-scenarios", action="store_true", help="unit, golden and conformance tests and the simulation alone")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1_000_000)

    copy_tree()
    configure()
    print("finding mutants ...", flush=True)
    every = find_places(options.path)
    places = every if options.number == 0 else random.Random(seed).sample(every, min(options.number, len(every)))
    if not places:
        sys.exit("mutate: there is nothing to change in " + " ".join(options.path))
    for number, place in enumerate(places, 1):
        place.mutant.number = number
    print(f"{len(places)} of {len(every)}, by --seed {seed}; compiling them ...", flush=True)
    places = sorted(build(places), key=lambda p: (p.file, p.mutant.start))
    print("looking which tests reach them ...", flush=True)
    look_who_reaches(meson_tests(), places)
    attempt_all([p for p in places if p.reached_by], "tests")
    left = [p for p in places if not p.killed_by]
    if left and not options.no_scenarios:
        print("looking which scenarios reach those that are left ...", flush=True)
        before = {id(p): p.reached_by for p in left}
        for place in left:
            place.reached_by = []
        look_who_reaches([Scenario(path) for path in sorted((TREE / "tests" / "scenario").glob("test_*.py"))], left)
        attempt_all([p for p in left if p.reached_by], "scenarios")
        for place in left:
            place.reached_by = before[id(place)] + place.reached_by
    tell(places, len(every))


if __name__ == "__main__":
    main()
