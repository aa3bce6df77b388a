# SPDX-License-Identifier: Apache-2.0
"""
What `parallax reconcile` takes for a million rows a side, SQLite to SQLite, against `EXCEPT` both ways in one SQLite process that has both files
attached; and that its memory does not grow with the rows. Both are whole processes, run in turn.
"""
import pathlib
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys

import peers

ROWS = (1000, 1000000)
CASES = {
    "by an integer key, one text compared": (["--by", "id", "--compare", "message"], "id, message"),
    "by a text without an index": (["--by", "message"], "message"),
}

MEASURE = """
import resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
took = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode)
sys.stdout.write(done.stdout + done.stderr)
"""


def make(folder, count):
    """The same rows on both sides, written in another order."""
    chance = random.Random(count)
    for side in ("left", "right"):
        rows = [(i, f"Payroll {i} shipped to user {i % 977} of {i * 7 % 100000 / 100}") for i in range(count)]
        if side == "right":
            chance.shuffle(rows)
        db = sqlite3.connect(folder / f"{side}{count}.db")
        db.execute("CREATE TABLE n (id INTEGER PRIMARY KEY, message TEXT)")
        with db:
            db.executemany("INSERT INTO n VALUES (?, ?)", rows)
        db.close()


def measure(folder, command):
    done = subprocess.run([sys.executable, "-c", MEASURE, *map(str, command)], cwd=folder, capture_output=True, text=True, check=True)
    first, _, output = done.stdout.partition("\n")
    seconds, cpu, peak, status = first.split()
    if status != "0":
        raise peers.Missing(f"{command[0]} has failed: {output}")
    return {"seconds": float(seconds), "cpu": float(cpu), "mib": int(peak) / 1024, "output": output}


def ours(folder, count, flags):
    query = "SELECT id, message FROM n"
    sides = [part for side in ("left", "right") for part in (f"--{side}", f"sqlite:{side}{count}.db", f"--{side}-query", query)]
    found = measure(folder, [peers.BUILD / "parallax", "reconcile", *sides, *flags])
    if not found["output"].startswith("true\n"):
        raise peers.Missing(f"not true: {found['output']}")
    return found


def theirs(folder, count, columns):
    both = [f"SELECT count(*) FROM (SELECT {columns} FROM {a} EXCEPT SELECT {columns} FROM {b})" for a, b in (("n", "o.n"), ("o.n", "n"))]
    # The second row is for a cache and temporary tables as large as they like: SQLite's default is 2 MB and a file.
    best = ["PRAGMA cache_size = -1000000", "PRAGMA temp_store = MEMORY"]
    found = measure(folder, ["sqlite3", f"left{count}.db", *best, f"ATTACH 'right{count}.db' AS o", *both])
    if found["output"].split() != ["0", "0"]:
        raise peers.Missing(f"EXCEPT says {found['output']}")
    return found


def spread(values, form):
    return f"{form(statistics.median(values))} ({form(min(values))}-{form(max(values))})"


def table(say, rounds, folder):
    lines = ["| 1,000,000 rows a side | seconds | CPU seconds | time against `EXCEPT` | peak memory | with 1,000 rows |", "|---|---|---|---|---|---|"]
    for name, (flags, columns) in CASES.items():
        runs = {"Parallax": [], "`EXCEPT`": []}
        for number in range(rounds):
            for who in sorted(runs, reverse=number % 2 == 1):
                runs[who].append(ours(folder, ROWS[1], flags) if who == "Parallax" else theirs(folder, ROWS[1], columns))
            say(f"{name}: round {number + 1}")
        small = {"Parallax": ours(folder, ROWS[0], flags), "`EXCEPT`": theirs(folder, ROWS[0], columns)}
        for who, found in runs.items():
            ratios = [mine["seconds"] / other["seconds"] for mine, other in zip(found, runs["`EXCEPT`"])]
            lines.append(
                f"| {name}: {who} | {statistics.median(f['seconds'] for f in found):.2f} | {statistics.median(f['cpu'] for f in found):.2f} "
                f"| {spread(ratios, lambda v: f'{v:.2f}')} | {max(f['mib'] for f in found):.0f} MiB | {small[who]['mib']:.0f} MiB |"
            )
    return "\n".join(lines) + "\n\n`EXCEPT` has a cache as large as it likes and its temporary tables in memory."


def reconcile(say, rounds):
    if not shutil.which("sqlite3"):
        raise peers.Missing("sqlite3 is not installed: apt-get install sqlite3")
    folder = pathlib.Path.cwd()
    for count in ROWS:
        make(folder, count)
    say("rows are made")
    return table(say, rounds, folder)
