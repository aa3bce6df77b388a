# SPDX-License-Identifier: Apache-2.0
"""
./dev bench: measures what docs/performance.md promises and prints it as Markdown; with --write it also goes into that file,
between its markers.

usage: run.py [--write] [--rounds N] [NAME...]        NAME: proxy, clients, memory, json, experiment, reconcile, verdict, instructions; without one, all
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import instructions
import peers
import proxy
import reconcile

DOCUMENT = peers.ROOT / "docs" / "performance.md"


def program(say, name, *before, timeout=120):
    """A program of build/bench, which prints Markdown."""
    path = peers.BUILD / "bench" / name
    if not os.access(path, os.X_OK):
        raise peers.Missing(f"there is no build/bench/{name} to run")
    text = subprocess.run([*before, path], capture_output=True, text=True, timeout=timeout, check=True).stdout.strip()
    say(name)
    return text


MEASUREMENTS = {
    "proxy": ("What a request costs", lambda say, rounds: proxy.proxy(say, rounds)),
    "clients": ("What clients see of a candidate in trouble", lambda say, rounds: proxy.clients(say, rounds)),
    "memory": ("Memory", lambda say, rounds: proxy.memory(say)),
    "json": ("Comparing JSON", lambda say, rounds: program(say, "json_compare", "taskset", "-c", "0")),
    "experiment": ("What an experiment costs", lambda say, rounds: program(say, "experiment_cost")),
    "verdict": ("What a verdict is worth", lambda say, rounds: program(say, "verdict", "nice", timeout=3600)),
    "reconcile": ("A batch comparison", lambda say, rounds: reconcile.reconcile(say, rounds)),
    "instructions": ("Instructions per request", lambda say, rounds: instructions.instructions(say, rounds)),
}


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(encoding="utf-8"))
    return f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, {system.group(1) if system else ''}"


def section(title, text):
    today = datetime.date.today().isoformat()
    return f"### {title}\n\n{text}\n\n*{today}; {machine()}; medians of the rounds, ratios within a round: median (least-most).*"


def write(name, text, path=DOCUMENT):
    document = path.read_text(encoding="utf-8")
    begin, end = f"<!-- bench {name} -->", f"<!-- end of bench {name} -->"
    if begin not in document or end not in document:
        raise peers.Missing(f"{path} has no lines `{begin}` and `{end}` to write between")
    before, _, rest = document.partition(begin)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures what docs/performance.md promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="proxy, clients, memory, json, experiment, reconcile, verdict, instructions; without one, all")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--rounds", type=int, default=proxy.ROUNDS, help="of each comparison (%(default)s)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in MEASUREMENTS]
    if unknown or arguments.rounds < 1:
        parser.error(f"there is no measurement {unknown[0]}" if unknown else "--rounds takes a number from 1")
    if (os.cpu_count() or 1) < 2:
        print("bench: one core is not enough: the proxy and the load need one each", file=sys.stderr)
        return 1

    def say(what):
        print(f"  {what}", file=sys.stderr, flush=True)

    failed = 0
    for name in arguments.names or MEASUREMENTS:
        title, measure = MEASUREMENTS[name]
        say(f"{name}:")
        with tempfile.TemporaryDirectory(prefix="parallax-bench-") as folder:
            here = os.getcwd()
            os.chdir(folder)
            try:
                text = section(title, measure(say, arguments.rounds))
                if arguments.write:
                    write(name, text)
                print(text + "\n", flush=True)
            except (peers.Missing, OSError, subprocess.SubprocessError) as error:
                print(f"bench {name}: {error}", file=sys.stderr)
                for log in sorted(pathlib.Path(folder).glob("*.log")):
                    if said := log.read_text(encoding="utf-8", errors="replace").strip():
                        print(f"  {log.name}: {said[-1000:]}", file=sys.stderr)
                failed = 1
            finally:
                os.chdir(here)
    return failed


if __name__ == "__main__":
    sys.exit(main())
