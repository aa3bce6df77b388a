# SPDX-License-Identifier: Apache-2.0
"""`parallax reconcile`: rows of two stores pair by key as a multiset; what it prints, and what it takes for equal."""
import json
import os
import pty
import re
import sqlite3
import subprocess

import pytest
from harness import marks
from harness.proxy import PROGRAM, run_command

ALL = "SELECT id, message, total FROM n WHERE consumed = 0"
SCHEMA = "CREATE TABLE n (id INTEGER PRIMARY KEY, message TEXT, total REAL, consumed INT DEFAULT 0)"


def make_sqlite(path, rows, schema=SCHEMA, into="n (message, total)"):
    with sqlite3.connect(path) as db:
        db.execute(schema)
        if rows:
            db.executemany(f"INSERT INTO {into} VALUES ({','.join('?' * len(rows[0]))})", rows)
    db.close()
    return f"sqlite:{path}"


def reconcile(folder, *arguments, **options):
    return run_command("reconcile", *arguments, cwd=folder, **options)


def sides(left, right, query=ALL, right_query=None):
    return ("--left", left, "--left-query", query, "--right", right, "--right-query", right_query or query)


def counts(done):
    [told] = json.loads(done.stdout)["reconciliations"]
    return {name: told[name] for name in ("paired", "only_left", "only_right", "differing", "waiting")}


# ---- what is printed


def test_true_is_the_first_line_and_the_exit_status(tmp_path):
    left, right = make_sqlite(tmp_path / "l.db", [("a", 1), ("b", 2), ("b", 2)]), make_sqlite(tmp_path / "r.db", [("b", 2), ("a", 1), ("b", 2)])
    done = reconcile(tmp_path, *sides(left, right), "--by", "message")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"true\n  paired      3\n  only left   0\n  only right  0\n  differing   0\n  3 rows on the left, 3 on the right, in .*\n", done.stdout)


def test_false_comes_with_the_first_rows_of_each_kind(tmp_path):
    left = make_sqlite(tmp_path / "l.db", [("a", 1), ("b", 2), ("b", 2)] + [(f"left {i}", 0) for i in range(4)])
    right = make_sqlite(tmp_path / "r.db", [("b", 2), ("a", 1.5), ("\x1b[2J", 3)])
    done = reconcile(tmp_path, *sides(left, right), "--by", "message", "--compare", "total", "--limit", "2")
    assert done.returncode == 1
    shown = done.stdout.split("\n\n")
    assert shown[0].startswith("false\n  paired      1\n  only left   5\n  only right  1\n  differing   1\n")
    assert shown[1:] == [
        '  only left, the first 2 of 5:\n    {"id":3,"message":"b","total":2}\n    {"id":4,"message":"left 0","total":0}',
        '  only right:\n    {"id":3,"message":"\\u001b[2J","total":3}',
        '  differing:\n    - {"id":1,"message":"a","total":1}\n    + {"id":2,"message":"a","total":1.5}\n      /total  1 -> 1.5\n',
    ]


def test_json_says_the_same(tmp_path):
    left, right = make_sqlite(tmp_path / "l.db", [("a", 1), ("b", 2)]), make_sqlite(tmp_path / "r.db", [("a", 3)])
    done = reconcile(tmp_path, *sides(left, right), "--by", "message", "--compare", "total", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["result"] is False
    [one] = told["reconciliations"]
    assert (one["left"]["rows"], one["right"]["rows"], one["error"]) == (2, 1, None) and one["name"] == "reconcile" and one["result"] is False
    assert one["examples"] == {
        "only_left": [{"id": 2, "message": "b", "total": 2}],
        "only_right": [],
        "differing": [
            {
                "left": {"id": 1, "message": "a", "total": 1},
                "right": {"id": 1, "message": "a", "total": 3},
                "differences": [{"field": "/total", "kind": "value", "left": "1", "right": "3"}],
            }
        ],
    }


def test_a_terminal_sees_how_far_it_is(tmp_path):
    rows = "".join(f'{{"id":{i}}}\n' for i in range(30000))
    for name in ("l", "r"):
        (tmp_path / name).write_text(rows)
    outer, inner = pty.openpty()
    command = [str(PROGRAM), "reconcile", "--left", "jsonl:l", "--right", "jsonl:r", "--by", "id", "--settle", "300ms"]
    (tmp_path / "r").write_text(rows + '{"id":"x"}\n')
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=inner, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(inner)
        said = b""
        try:
            while part := os.read(outer, 4096):
                said += part
        except OSError:
            pass
        assert process.stdout.read().startswith(b"false\n")
    os.close(outer)
    assert re.search(rb"waiting  \d+ rows  \d+ rows/s  \[#+\.*\] \d+ %", said), said


# ---- rules


def test_compared_columns_agree_under_rules(tmp_path):
    old = [("a", '{"tags":["x","y"],"at":1}', 10.0, "PAY-1", "4111"), ("b", '{"tags":[],"at":1}', 1, "PAY-2", "4222")]
    new = [("a", '{"at":2,"tags":["y","x"]}', 10.004, "PAY-9", "5111"), ("b", '{"tags":["z"],"at":1}', 1, "PAY-2", "4222")]
    for name, rows in (("l", old), ("r", new)):
        lines = [f'{{"id":"{i}","doc":{doc},"total":{total},"ref":"{ref}","card":"{card}"}}\n' for i, doc, total, ref, card in rows]
        (tmp_path / name).write_text("".join(lines))
    (tmp_path / "rules.yaml").write_text(
        'ignore: [/doc/at]\ntolerance: {/total: 0.01}\nunordered: [/doc/tags]\nmatch: {/ref: "PAY-[0-9]+"}\nredact: [/card]\n'
    )
    arguments = ["--left", "jsonl:l", "--right", "jsonl:r", "--by", "id", "--rules", "rules.yaml", "--json"]
    for column in ("doc", "total", "ref", "card"):
        arguments += ["--compare", column]
    done = reconcile(tmp_path, *arguments)
    assert counts(done) == {"paired": 0, "only_left": 0, "only_right": 0, "differing": 2, "waiting": 0}
    [first, second] = json.loads(done.stdout)["reconciliations"][0]["examples"]["differing"]
    assert [d["field"] for d in first["differences"]] == ["/card"]
    assert [d["field"] for d in second["differences"]] == ["/doc/tags/0"]
    assert "4111" not in done.stdout and marks.without_digits(first["left"]["card"]) == "[redacted]"
    done = reconcile(tmp_path, *arguments, "--ignore", "/card")
    assert counts(done) == {"paired": 1, "only_left": 0, "only_right": 0, "differing": 1, "waiting": 0}


def test_rows_of_one_key_pair_equal_ones_first(tmp_path):
    left = make_sqlite(tmp_path / "l.db", [("a", 1), ("a", 2), ("a", 3.005)])
    right = make_sqlite(tmp_path / "r.db", [("a", 3), ("a", 1), ("a", 7), ("a", 8)])
    done = reconcile(tmp_path, *sides(left, right), "--by", "message", "--compare", "total", "--tolerance", "/total=0.01", "--json")
    assert counts(done) == {"paired": 2, "only_left": 0, "only_right": 1, "differing": 1, "waiting": 0}


# ---- values


def test_values_keep_their_types(tmp_path):
    schema = "CREATE TABLE v (k)"
    left = make_sqlite(tmp_path / "l.db", [(1,), ("1",), (None,), ("",), (b"1",), (2.0,), ("2.0",), (10**18 + 1,), ("caf\xe9",)], schema, "v")
    right = make_sqlite(tmp_path / "r.db", [(1.0,), (None,), (b"1",), (2,), (10**18,), ("cafe\u0301",)], schema, "v")
    done = reconcile(tmp_path, *sides(left, right, "SELECT k FROM v"), "--by", "k", "--json")
    assert counts(done) == {"paired": 4, "only_left": 5, "only_right": 2, "differing": 0, "waiting": 0}


def test_text_that_is_no_utf8_is_bytes(tmp_path):
    schema = "CREATE TABLE v (k)"
    left, right = make_sqlite(tmp_path / "l.db", [], schema), make_sqlite(tmp_path / "r.db", [], schema)
    for store, value in ((left, "ff61"), (right, "fe61")):
        with sqlite3.connect(store[7:]) as db:
            db.execute(f"INSERT INTO v VALUES (CAST(x'{value}' AS TEXT))")
    done = reconcile(tmp_path, *sides(left, right, "SELECT k FROM v"), "--by", "k", "--json")
    assert json.loads(done.stdout)["reconciliations"][0]["examples"]["only_left"] == [{"k": "\\xff61"}]
    assert counts(done)["only_right"] == 1


def test_csv_has_the_types_of_the_other_side(tmp_path):
    left = make_sqlite(tmp_path / "l.db", [("5", 5), ("007", 1), ("", 0), (None, 2.50)])
    (tmp_path / "r.csv").write_bytes(b'\xef\xbb\xbfmessage,total\r\n5,5.0\r\n007,1\r\n"",0\r\n,2.5\r\n')
    done = reconcile(
        tmp_path, "--left", left, "--left-query", ALL, "--right", f"csv:{tmp_path}/r.csv", "--by", "message", "--compare", "total"
    )
    assert done.stdout.startswith("true\n  paired      4\n"), done.stdout


def test_a_note_says_why_nothing_pairs(tmp_path):
    left = make_sqlite(tmp_path / "l.db", [(1, 1), (2, 1)])
    (tmp_path / "r").write_text('{"message":1,"total":1}\n{"message":2,"total":1}\n')
    done = reconcile(tmp_path, "--left", left, "--left-query", ALL, "--right", "jsonl:r", "--by", "message")
    assert "note: 'message' is text on the left and a number on the right, which never pair: CAST one of them" in done.stdout


def test_a_collation_of_the_column_is_not_asked(tmp_path):
    rows = [(f"{chr(97 + i % 7)}{'B' if i % 2 else 'b'}{i}",) for i in range(500)]
    schema = "CREATE TABLE v (k TEXT COLLATE NOCASE)"
    left, right = make_sqlite(tmp_path / "l.db", rows, schema, "v"), make_sqlite(tmp_path / "r.db", rows[::-1], schema, "v")
    done = reconcile(tmp_path, *sides(left, right, "SELECT k FROM v ORDER BY k DESC"), "--by", "k")
    assert done.stdout.startswith("true\n  paired      500\n")


def test_rows_that_a_database_orders_otherwise_are_sorted_here(tmp_path):
    # A double is the shortest decimal that reads back as it, 1152921504606847000 here; SQLite puts it before the integer, as 2^60.
    schema = "CREATE TABLE v (k)"
    left = make_sqlite(tmp_path / "l.db", [(1152921504606846990,), (float(2**60),), (1,)], schema, "v")
    right = make_sqlite(tmp_path / "r.db", [(1,), (float(2**60),), (1152921504606846990,), (5,)], schema, "v")
    done = reconcile(tmp_path, *sides(left, right, "SELECT k FROM v"), "--by", "k", "--json")
    assert counts(done) == {"paired": 3, "only_left": 0, "only_right": 1, "differing": 0, "waiting": 0}


# ---- what is wrong


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "is empty; the first line has to have the columns' names"),
        ("id,v\n1\n", ":2: there are 1 fields, and the first line names 2 columns"),
        ('id,v\n1,"x\n', ":3:1: the file ends inside of quotes"),
        ('id,v\n1,x"y\n', ":2:4: a quote stands in a field that did not begin with one"),
        ("id,v\n\xff,1\n", ":2:1: this is not UTF-8; convert the file with iconv"),
        ("id,id\n1,1\n", "has two columns 'id'"),
        ("a,b\n1,1\n", "has no column 'id'; it has a, b"),
    ],
)
def test_csv_that_is_none(tmp_path, text, said):
    (tmp_path / "l.csv").write_bytes(text.encode("latin-1"))
    (tmp_path / "r.csv").write_text("id\n1\n")
    done = reconcile(tmp_path, "--left", "csv:l.csv", "--right", "csv:r.csv", "--by", "id")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize(
    "text, said",
    [
        ('{"id":1}\n{"id":01}\n', "l:2:8: this is not JSON: here was to be"),
        ("[1]\n", 'l:1: each line has to be an object, as in {"id":1}'),
        ('{"id":[1]}\n', "'id' of row 1 is an array, an object or a JSON column, which can't pair rows"),
        ('{"id":"\xff"}\n', "l:1:"),
        ("[" * 100000, "l:1:"),
    ],
)
def test_json_lines_that_are_none(tmp_path, text, said):
    (tmp_path / "l").write_bytes(text.encode("latin-1"))
    (tmp_path / "r").write_text('{"id":1}\n')
    done = reconcile(tmp_path, "--left", "jsonl:l", "--right", "jsonl:r", "--by", "id")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_stores_and_statements_that_are_none(tmp_path):
    left, right = make_sqlite(tmp_path / "l.db", [("a", 1)]), make_sqlite(tmp_path / "r.db", [("a", 1)])
    (tmp_path / "text.db").write_text("this is no database, however long the text of it may be " * 20)

    def expect(said, *arguments):
        done = reconcile(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (2, "") and said in done.stderr and done.stderr.count("\n") == 1, done.stderr

    by = ("--by", "message")
    expect("text.db: the query: file is not a database", *sides(left, "sqlite:text.db"), *by)
    expect("none.db: it can't be opened: unable to open database file", *sides(left, "sqlite:none.db"), *by)
    expect("no such table: t", *sides(left, right, "SELECT * FROM t"), *by)
    expect("the query has to be a SELECT", *sides(left, right, "DELETE FROM n"), *by)
    expect("the query: give one statement", *sides(left, right, "SELECT 1; SELECT 2"), *by)
    expect("has no column 'x'; it has id, message, total", *sides(left, right), "--by", "x")
    expect("--left 'mysql://x' is no store", *sides("mysql://x", right), *by)
    expect("a database needs a query", "--left", left, "--right", right, *by)
    expect("nothing says what pairs rows", *sides(left, right))
    expect("a column stands twice", *sides(left, right), *by, "--compare", "message")
    expect("pairs are marked on both sides or not at all", *sides(left, right), *by, "--left-consume", "UPDATE n SET consumed = 1 WHERE id = $1")
    no_id = "UPDATE n SET consumed = 1"
    expect("consume has to change the row whose first column is $1", *sides(left, right), *by, "--left-consume", no_id, "--right-consume", no_id)
    expect("give -c FILE, or two stores", "--dry-run")
    expect("is no regular file", "--left", "jsonl:/dev/null", "--right", "jsonl:/dev/null", *by)


def test_passwords_are_not_shown(tmp_path):
    urls = ["postgresql://user:s3c:r@t@localhost:1/db", "postgresql://user@localhost:1/db?connect_timeout=1&password=s3cr@t"]
    for url in urls:
        done = reconcile(tmp_path, *sides(url, url), "--by", "message")
        assert done.returncode == 2 and "postgresql://user" in done.stderr and "no connection" in done.stderr
        assert "s3c" not in done.stderr and "r@t" not in done.stderr, done.stderr


# ---- memory


@pytest.mark.timing
def test_memory_does_not_grow_with_the_rows(tmp_path):
    peaks = {}
    for count in (1000, 300000):
        for side in ("l", "r"):
            rows = [(f"message {i * 7919 % count} to somebody whose name is long enough to be one", i) for i in range(count)]
            make_sqlite(tmp_path / f"{side}{count}.db", rows)
            (tmp_path / f"{side}{count}.csv").write_text("id,message\n" + "".join(f"{i},{m}\n" for m, i in rows))
        stores = {
            "database": sides(f"sqlite:l{count}.db", f"sqlite:r{count}.db"),
            "file": ("--left", f"csv:l{count}.csv", "--right", f"csv:r{count}.csv", "--memory", "1MiB"),
        }
        for name, arguments in stores.items():
            command = [str(PROGRAM), "reconcile", *arguments, "--by", "message"]
            code = (
                "import resource,subprocess,sys;"
                "assert subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL).returncode==0;"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            )
            done = subprocess.run(["/usr/bin/python3", "-c", code, *command], cwd=tmp_path, capture_output=True, text=True, check=True)
            peaks[name, count] = int(done.stdout)
    for name in ("database", "file"):
        grown = peaks[name, 300000] - peaks[name, 1000]
        assert grown < 24 * 1024, peaks
