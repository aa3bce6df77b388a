# SPDX-License-Identifier: Apache-2.0
"""Pairs are marked on both sides so that none is lost or counted twice, whenever the process ends; rows that may be under way wait."""
import json
import os
import pty
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
from harness.proxy import PROGRAM, poll, run_command

PAIRS = 2500  # three batches of 1000 at most
STEPS = ["seal:1", "left:1", "right:1", "done:1", "left:2", "right:2", "done:3", "finish:1"]


class Sqlite:
    """A store of n notifications, each message twice but for what is only here."""

    def __init__(self, path, only, rows):
        self.path = path
        self.store = f"sqlite:{path}"
        self.query = "SELECT id, message FROM n WHERE consumed = 0"
        self.consume = "UPDATE n SET consumed = 1 WHERE id = $1"
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE n (id INTEGER PRIMARY KEY, message TEXT, consumed INT DEFAULT 0, marked INT DEFAULT 0)")
            db.executemany("INSERT INTO n (message) VALUES (?)", [(m,) for m in rows + [only]])

    def consumed(self):
        with sqlite3.connect(self.path) as db:
            return [m for (m,) in db.execute("SELECT message FROM n WHERE consumed = 1 ORDER BY message")]


class Postgresql:
    def __init__(self, cluster, only, rows):
        self.cluster = cluster
        self.store = cluster.database("CREATE TABLE n (id serial PRIMARY KEY, message text, consumed boolean DEFAULT false)")
        self.query = "SELECT id, message FROM n WHERE NOT consumed"
        self.consume = "UPDATE n SET consumed = true WHERE id = $1"
        values = ",".join(f"('{m}')" for m in rows + [only])
        cluster.execute(self.store, f"INSERT INTO n (message) VALUES {values}")

    def consumed(self):
        return [m for [m] in self.cluster.execute(self.store, "SELECT message FROM n WHERE consumed ORDER BY message COLLATE \"C\"")]


def messages():
    return [f"message {i // 2:05d}" for i in range(PAIRS)]


def command_for(left, right, *more):
    return [
        "reconcile", "--left", left.store, "--left-query", left.query, "--left-consume", left.consume,
        "--right", right.store, "--right-query", right.query, "--right-consume", right.consume, "--by", "message", *more
    ]  # fmt: skip


def result_of(done):
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["reconciliations"][0]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def stores(request, tmp_path):
    """Left and right: SQLite both, or SQLite and PostgreSQL. Each is killed at every step."""
    left = Sqlite(tmp_path / "l.db", "only left", messages())
    if request.param == "sqlite":
        return left, Sqlite(tmp_path / "r.db", "only right", messages()[::-1])
    return left, Postgresql(request.getfixturevalue("postgresql"), "only right", messages()[::-1])


@pytest.mark.parametrize("step", STEPS)
def test_no_pair_is_lost_or_counted_twice_by_kill_9(stores, tmp_path, step):
    left, right = stores
    command = command_for(left, right, "--json")
    killed = run_command(*command, cwd=tmp_path, env={**os.environ, "PARALLAX_RECONCILE_STOP_AT": step})
    assert killed.returncode == -signal.SIGKILL and killed.stdout == ""
    sealed = step != "seal:1"
    dry = run_command(*command, "--dry-run", cwd=tmp_path)
    assert dry.returncode == (2 if sealed else 1)
    assert ("a run was interrupted while it marked pairs" in dry.stderr) == sealed
    result = result_of(run_command(*command, cwd=tmp_path))
    assert (result["paired"], result["only_left"], result["only_right"]) == (PAIRS, 1, 1)
    assert (result["recovered"], result["consumed"]) == (PAIRS if sealed else 0, PAIRS)
    assert left.consumed() == right.consumed() == messages()
    again = result_of(run_command(*command, cwd=tmp_path))
    assert (again["paired"], again["only_left"], again["only_right"], again["recovered"]) == (0, 1, 1, 0)


@pytest.mark.xdist_group("postgresql")
def test_two_databases_of_postgresql(postgresql, tmp_path):
    left, right = (Postgresql(postgresql, only, messages()) for only in ("only left", "only right"))
    command = command_for(left, right, "--json")
    killed = run_command(*command, cwd=tmp_path, env={**os.environ, "PARALLAX_RECONCILE_STOP_AT": "right:2"})
    assert killed.returncode == -signal.SIGKILL
    assert (len(left.consumed()), len(right.consumed())) == (2000, 1000)
    assert (tmp_path / "reconcile.journal").exists()
    result = result_of(run_command(*command, cwd=tmp_path))
    assert (result["paired"], result["recovered"], result["only_left"], result["only_right"]) == (PAIRS, PAIRS, 1, 1)
    assert left.consumed() == right.consumed() == messages()


def test_a_dry_run_marks_nothing_and_leaves_no_journal(tmp_path):
    left, right = Sqlite(tmp_path / "l.db", "x", ["a"]), Sqlite(tmp_path / "r.db", "y", ["a"])
    result = result_of(run_command(*command_for(left, right, "--dry-run", "--json"), cwd=tmp_path))
    assert (result["paired"], result["consumed"]) == (1, 0)
    assert left.consumed() == right.consumed() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.db", "r.db"]


def test_an_id_that_names_two_rows_marks_none(tmp_path):
    left, right = Sqlite(tmp_path / "l.db", "x", ["a"]), Sqlite(tmp_path / "r.db", "y", ["a"])
    right.consume = "UPDATE n SET consumed = 1 WHERE id >= $1"
    done = run_command(*command_for(left, right), cwd=tmp_path)
    assert done.returncode == 2 and "consume has changed 2 rows for one id; the first column has to name one row" in done.stderr
    assert right.consumed() == []


def test_another_job_s_journal_is_not_touched(tmp_path):
    left, right = Sqlite(tmp_path / "l.db", "x", ["a"]), Sqlite(tmp_path / "r.db", "y", ["a"])
    run_command(*command_for(left, right), cwd=tmp_path, env={**os.environ, "PARALLAX_RECONCILE_STOP_AT": "left:1"})
    other = Sqlite(tmp_path / "o.db", "y", ["a"])
    done = run_command(*command_for(left, other), cwd=tmp_path)
    assert done.returncode == 2 and "has pairs of a run that was interrupted, of another job or with other stores" in done.stderr
    foreign = run_command(*command_for(left, other, "--journal", str(other.path)), cwd=tmp_path)
    assert foreign.returncode == 2 and "is no journal of parallax; --journal names another file" in foreign.stderr
    assert left.consumed() == other.consumed() == []


def test_one_run_of_a_job_at_a_time(tmp_path):
    left, right = Sqlite(tmp_path / "l.db", "x", ["a"]), Sqlite(tmp_path / "r.db", "y", ["a"])
    command = [str(PROGRAM), *command_for(left, right, "--settle", "60s")]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
        poll("the journal is there", (tmp_path / "l.db.reconcile.journal").exists)
        poll("it is locked", lambda: "another `parallax reconcile` is at work" in run_command(*command_for(left, right), cwd=tmp_path).stderr)
        waiting.send_signal(signal.SIGINT)
        out, said = waiting.communicate(timeout=20)
    assert (waiting.returncode, out) == (2, b"") and b"stopped; nothing has been marked" in said
    assert left.consumed() == []
    assert result_of(run_command(*command_for(left, right, "--json"), cwd=tmp_path))["consumed"] == 1


def test_ctrl_c_ends_a_query_that_is_at_work(tmp_path):
    left = Sqlite(tmp_path / "l.db", "x", ["a"])
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
    arguments = ["--left", left.store, "--left-query", endless, "--right", left.store, "--right-query", left.query, "--by", "id"]
    with subprocess.Popen([str(PROGRAM), "reconcile", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        poll("SIGINT is caught", lambda: caught_signals(running.pid) >> (signal.SIGINT - 1) & 1)
        running.send_signal(signal.SIGINT)
        out, said = running.communicate(timeout=20)
    assert (running.returncode, out, said) == (2, b"", b"parallax reconcile: stopped; nothing has been marked\n")


def caught_signals(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))


# ---- settle


def test_rows_that_are_young_wait(tmp_path):
    now = time.time()
    lines = {"l": [("old", now - 3600), ("young", now), ("both", now)], "r": [("both", now), ("none", None)]}
    for name, rows in lines.items():
        (tmp_path / name).write_text("".join(json.dumps({"k": k, "at": at}) + "\n" for k, at in rows))
    arguments = ["reconcile", "--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--time", "at", "--settle", "60s", "--json"]
    result = result_of(run_command(*arguments, cwd=tmp_path))
    assert (result["paired"], result["only_left"], result["only_right"], result["waiting"]) == (1, 1, 1, 1)
    assert result["examples"]["only_left"] == [{"k": "old"}]


def test_a_row_that_differs_and_is_young_waits(tmp_path):
    (tmp_path / "l").write_text(json.dumps({"k": 1, "v": 1, "at": "2020-01-01T00:00:00Z"}) + "\n")
    (tmp_path / "r").write_text(json.dumps({"k": 1, "v": 2, "at": int(time.time() * 1000)}) + "\n")
    arguments = ["reconcile", "--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--compare", "v", "--time", "at", "--settle", "1h", "--json"]
    result = result_of(run_command(*arguments, cwd=tmp_path))
    assert (result["result"], result["differing"], result["waiting"]) == (True, 0, 2)


def test_a_time_that_is_none_is_trouble(tmp_path):
    for name in ("l", "r"):
        (tmp_path / name).write_text('{"k":1,"at":"yesterday"}\n')
    done = run_command("reconcile", "--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--time", "at", "--settle", "1s", cwd=tmp_path)
    assert done.returncode == 2 and "'at' of row 1 is no time: 'yesterday'" in done.stderr


def test_without_a_time_what_has_no_partner_twice_counts(tmp_path):
    """The right side's copy of "late" comes while the settle time runs, and so does a row of which nobody can know yet."""
    left, right = Sqlite(tmp_path / "l.db", "late", ["a", "b"]), Sqlite(tmp_path / "r.db", "lost", ["b", "a"])
    command = [str(PROGRAM), *command_for(left, right, "--settle", "1500ms", "--json")]
    outer, inner = pty.openpty()
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=inner, env={**os.environ, "TERM": "xterm"}) as running:
        os.close(inner)
        said = b""
        while b"waiting" not in said:
            said += os.read(outer, 4096)
        with sqlite3.connect(right.path) as db:
            db.execute("INSERT INTO n (message) VALUES ('late'), ('new')")
        threading.Thread(target=drain, args=(outer,), daemon=True).start()
        out = running.stdout.read()
    assert running.returncode == 1, said
    result = json.loads(out)["reconciliations"][0]
    assert (result["paired"], result["only_left"], result["only_right"], result["waiting"]) == (3, 0, 1, 1)
    assert [row["message"] for row in result["examples"]["only_right"]] == ["lost"]
    assert left.consumed() == right.consumed() == ["a", "b", "late"]


def drain(terminal):
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        os.close(terminal)
