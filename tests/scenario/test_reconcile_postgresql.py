# SPDX-License-Identifier: Apache-2.0
"""`parallax reconcile` with PostgreSQL: types against those of the other stores, order, large results."""
import json

import pytest
from harness.proxy import run_command
from test_reconcile import counts, make_sqlite, reconcile, sides

pytestmark = pytest.mark.xdist_group("postgresql")


def test_every_type_against_json_lines(postgresql, tmp_path):
    url = postgresql.database(
        "CREATE TABLE v (k text, i int, n numeric, f float8, b boolean, x bytea, j jsonb, u uuid, at timestamptz, nan numeric)",
        """INSERT INTO v VALUES ('full', 5, 2.50, 0.1, true, '\\x00ff', '{"a": [1, 2]}', '6d7e7a4e-0000-4000-8000-000000000001', '2026-01-02 03:04:05+01', 'NaN'),
           ('', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL), (NULL, 0, 1e30, 1e300, NULL, '', '"x"', NULL, NULL, NULL)""",
    )
    rows = [
        {
            "k": "full", "i": 5.0, "n": 2.5, "f": 0.1, "b": True, "x": "\\x00ff", "j": {"a": [1, 2.0]}, "u": "6d7e7a4e-0000-4000-8000-000000000001",
            "at": "2026-01-02 02:04:05+00", "nan": "NaN",
        },
        {"k": "", "b": False},
        {"k": None, "i": 0, "n": 10**30, "f": 1e300, "x": "\\x", "j": "x"},
    ]  # fmt: skip
    (tmp_path / "r").write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = [part for name in ("i", "n", "f", "b", "x", "j", "u", "at", "nan") for part in ("--compare", name)]
    done = reconcile(tmp_path, "--left", url, "--left-query", "SELECT * FROM v", "--right", "jsonl:r", "--by", "k", *columns)
    assert done.stdout.startswith("true\n  paired      3\n"), done.stdout


def test_booleans_are_one_and_zero_where_the_other_side_has_none(postgresql, tmp_path):
    url = postgresql.database("CREATE TABLE v (k int, b boolean)", "INSERT INTO v VALUES (1, true), (2, false), (3, true)")
    sqlite = make_sqlite(tmp_path / "l.db", [(1, 1), (2, 0), (3, "true")], "CREATE TABLE v (k INT, b)", "v")
    done = reconcile(tmp_path, *sides(sqlite, url, "SELECT k, b FROM v"), "--by", "k", "--compare", "b", "--json")
    assert counts(done) == {"paired": 2, "only_left": 0, "only_right": 0, "differing": 1, "waiting": 0}


def test_both_databases_give_keys_in_one_order(postgresql, tmp_path):
    """Numbers before and after zero, letters of both cases and beyond ASCII, NULLs: no order but that of keys is asked for."""
    keys = ["B", "a", "\u00e9", "Z", "", "a b", "a-b", None, "~", "\U0001f600"] + [f"k{i}" for i in range(6000)]
    numbers = [0, -1, -10, 2.5, 1e15, -0.25, 7, None]
    rows = [(k, numbers[i % len(numbers)]) for i, k in enumerate(keys)]
    quoted = ",".join("({}, {})".format("NULL" if k is None else f"'{k}'", "NULL" if n is None else n) for k, n in rows)
    url = postgresql.database("CREATE TABLE v (k varchar(40), n numeric)", f"INSERT INTO v VALUES {quoted}")
    sqlite = make_sqlite(tmp_path / "l.db", rows[::-1], "CREATE TABLE v (k TEXT, n NUMERIC)", "v")
    done = reconcile(tmp_path, *sides(sqlite, url, "SELECT k, n FROM v"), "--by", "n", "--by", "k", "--json", env=None)
    assert counts(done)["paired"] == len(rows) and done.returncode == 0, done.stdout


def test_a_type_whose_order_is_its_own_is_sorted_here(postgresql, tmp_path):
    """-Infinity stands before all numbers in the database, and among the texts here."""
    url = postgresql.database("CREATE TABLE v (k float8)", "INSERT INTO v VALUES (1), ('-Infinity'), (-5), ('Infinity'), ('NaN')")
    (tmp_path / "r").write_text('{"k":1}\n{"k":-5.0}\n{"k":"-Infinity"}\n{"k":"NaN"}\n{"k":"Infinity"}\n')
    done = reconcile(tmp_path, "--left", url, "--left-query", "SELECT k FROM v; ", "--right", "jsonl:r", "--by", "k")
    assert done.stdout.startswith("true\n  paired      5\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    "query, consume, said",
    [
        ("SELECT * FROM nothing", None, 'the query: ERROR: relation "nothing" does not exist'),
        ("SELECT 1 AS k; SELECT 2", None, "cannot insert multiple commands into a prepared statement"),
        ("DELETE FROM v", None, "the query has to be a SELECT"),
        ("SELECT k FROM v WHERE k = $1", None, "the query has a parameter; write its value there"),
        ("SELECT k, 1 / (k - 1) FROM v", None, "division by zero"),
        ("SELECT k FROM v", "UPDATE v SET k = 2", "consume has to change the row whose first column is $1"),
        ("SELECT k FROM v", "UPDATE v SET k = $1 WHERE x = $2", 'column "x" does not exist'),
    ],
)
def test_statements_that_are_none(postgresql, tmp_path, query, consume, said):
    url = postgresql.database("CREATE TABLE v (k int)", "INSERT INTO v VALUES (1)")
    sqlite = make_sqlite(tmp_path / "r.db", [(1,)], "CREATE TABLE v (k)", "v")
    more = ["--left-consume", consume, "--right-consume", "UPDATE v SET k = 1 WHERE k = $1"] if consume else []
    done = run_command("reconcile", *sides(url, sqlite, query, "SELECT k FROM v"), "--by", "k", *more, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_types_that_a_text_says_otherwise(postgresql, tmp_path):
    """char(n) is padded, json is spaced, a uuid has small letters and float4 fewer digits: the other store's text is read as the column's type."""
    url = postgresql.database(
        "CREATE TABLE t (k int, c char(8), j jsonb, u uuid, f float4, d float8, n numeric)",
        """INSERT INTO t VALUES (1, 'ab', '{"a": 1, "b": [1, 2]}', '6d7e7a4e-0000-4000-8000-00000000abcd', 0.1, 0.1, 0.1),
           (2, 'ab', 'null', NULL, 0.1, 1e23, 9007199254740993), (3, 'ab', NULL, NULL, 0.2, 0.3, 1)""",
    )
    sqlite = make_sqlite(
        tmp_path / "r.db",
        [
            (1, "ab      ", '{"b":[1,2.0],"a":1}', "6D7E7A4E-0000-4000-8000-00000000ABCD", 0.10000000149011612, 0.1, 0.1),
            (2, "ab", None, None, 0.1, 1e23, 9007199254740992.0),
            (3, " ab", "null", None, 0.2000001, 0.30000000000000004, 1.5),
        ],
        "CREATE TABLE t (k INT, c TEXT, j TEXT, u TEXT, f REAL, d REAL, n REAL)",
        "t",
    )
    csv = ["k,c,j,u,f,d,n", '1,ab      ,"{""b"":[1,2.0],""a"":1}",6D7E7A4E000040008000-00000000ABCD,0.100000001,0.1000000000000000055,0.1']
    (tmp_path / "r.csv").write_text("\n".join(csv) + "\n")
    found = {}
    for column in "cjufdn":
        done = reconcile(tmp_path, *sides(url, sqlite, "SELECT * FROM t"), "--by", "k", "--compare", column, "--json")
        found[column] = (counts(done)["paired"], counts(done)["differing"])
    assert found == {"c": (2, 1), "j": (1, 2), "u": (3, 0), "f": (2, 1), "d": (2, 1), "n": (2, 1)}
    columns = [part for name in "cjfd" for part in ("--compare", name)]
    done = reconcile(tmp_path, "--left", url, "--left-query", "SELECT * FROM t WHERE k = 1", "--right", "csv:r.csv", "--by", "k", *columns)
    assert done.stdout.startswith("true\n  paired      1\n"), done.stdout


def test_a_null_of_sql_is_none_of_json(postgresql, tmp_path):
    url = postgresql.database("CREATE TABLE t (k int, j jsonb)", "INSERT INTO t VALUES (1, 'null'), (2, NULL), (3, 'null')")
    other = postgresql.database("CREATE TABLE t (k int, j json)", "INSERT INTO t VALUES (1, NULL), (2, NULL), (3, 'null')")
    done = reconcile(tmp_path, *sides(url, other, "SELECT * FROM t"), "--by", "k", "--compare", "j", "--json")
    assert (counts(done)["paired"], counts(done)["differing"]) == (2, 1), done.stdout
