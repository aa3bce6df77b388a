# SPDX-License-Identifier: Apache-2.0
"""What `parallax reconcile` takes for equal: bytes and text, NULL and null, doubles, JSON, UUIDs, fields of CSV in quotes."""
import json

import pytest
from test_reconcile import counts, make_sqlite, reconcile

QUERY = "SELECT k, v FROM t"
UUID = "6d7e7a4e-0000-4000-8000-00000000abcd"


def table(path, rows, column="v"):
    return make_sqlite(path, rows, f"CREATE TABLE t (k INTEGER, {column})", "t")


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return name


def compare(folder, left, right, *more, by="k"):
    """How many pairs agree and differ where v is compared; stores of databases are asked for k and v."""
    arguments = []
    for side, store in (("left", left), ("right", right)):
        arguments += [f"--{side}", store]
        if not store.startswith(("csv:", "jsonl:")):
            arguments += [f"--{side}-query", QUERY]
    done = reconcile(folder, *arguments, "--by", by, *(["--compare", "v"] if by == "k" else []), "--json", *more)
    assert done.returncode in (0, 1), done.stderr
    told = counts(done)
    return told["paired"], told["differing"] if by == "k" else told["only_left"], done.stdout


# ---- bytes


def test_bytes_equal_only_bytes(tmp_path):
    left = table(tmp_path / "l.db", [(1, b"\x00\xff"), (2, b"\x00\xff"), (3, b""), (4, b"\x00\xff")])
    right = table(tmp_path / "r.db", [(1, "\\x00ff"), (2, b"\x00\xff"), (3, ""), (4, '{"bytes":"\\\\x00ff"}')])
    for a, b in ((left, right), (right, left)):
        paired, differing, out = compare(tmp_path, a, b)
        assert (paired, differing) == (1, 3), out
        assert compare(tmp_path, a, b, "--mode", "subset")[:2] == (1, 3)
    assert compare(tmp_path, left, right, "--ignore", "/v")[:2] == (4, 0)


# ---- JSON lines and their members


def test_a_member_that_stands_twice_is_seen(tmp_path):
    write(tmp_path, "l", '{"k":1,"v":6}\n{"k":2,"v":{"a":5,"a":6}}\n{"k":3,"v":7}\n')
    write(tmp_path, "r", '{"k":1,"v":5,"v":6}\n{"k":2,"v":{"a":6}}\n{"k":3,"v":7,"x":1,"x":2}\n')
    for a, b in (("l", "r"), ("r", "l")):
        paired, differing, out = compare(tmp_path, f"jsonl:{a}", f"jsonl:{b}")
        assert (paired, differing) == (1, 2), out
    shown = json.dumps(json.loads(out, object_pairs_hook=list))
    assert '["v", 5], ["v", 6]' in shown, out


def test_a_key_that_stands_twice_pairs_nothing(tmp_path):
    write(tmp_path, "l", '{"k":1}\n{"k":1,"k":2}\n')
    done = reconcile(tmp_path, "--left", "jsonl:l", "--right", "jsonl:l", "--by", "k")
    assert done.returncode == 2 and "l:2: 'k' stands there twice" in done.stderr, done.stderr


# ---- CSV


def test_what_is_in_quotes_is_text(tmp_path):
    write(tmp_path, "l", 'k,v\n1,"1.10"\n2,1.10\n3,"5"\n4,x\n5,""\n6,\n')
    write(tmp_path, "r", 'k,v\n1,"1.1"\n2,1.1\n3,5\n4,"x"\n5,\n6,\n')
    paired, differing, out = compare(tmp_path, "csv:l", "csv:r")
    assert (paired, differing) == (3, 3), out
    assert compare(tmp_path, "csv:l", "csv:r", "--left-quotes", "all", "--right-quotes", "all")[:2] == (5, 1)


def test_a_column_of_text_is_text_in_csv_too(tmp_path):
    """Most writers put into quotes only what needs them: 5 may be text."""
    left = table(tmp_path / "l.db", [(1, "007"), (2, "1.10"), (3, "5"), (4, "1.10"), (5, "true")], "v TEXT")
    write(tmp_path, "r", 'k,v\n1,007\n2,1.1\n3,"5"\n4,"1.10"\n5,true\n')
    paired, differing, out = compare(tmp_path, left, "csv:r")
    assert (paired, differing) == (4, 1), out


def test_a_column_of_numbers_is_none_in_quotes(tmp_path):
    left = table(tmp_path / "l.db", [(1, 1), (2, 2.5), (3, 3)], "v REAL")
    write(tmp_path, "r", 'k,v\n1,"1"\n2,2.50\n3,3.0\n')
    paired, differing, out = compare(tmp_path, left, "csv:r")
    assert (paired, differing) == (2, 1), out
    assert compare(tmp_path, left, "csv:r", "--right-quotes", "all")[:2] == (3, 0)


def test_text_of_json_lines_is_what_stands_without_quotes(tmp_path):
    """JSON lines say of each value whether it is text; a field without quotes says nothing."""
    write(tmp_path, "l", '{"k":1,"v":"5"}\n{"k":2,"v":5}\n{"k":3,"v":"1.10"}\n{"k":4,"v":5}\n')
    write(tmp_path, "r", 'k,v\n1,5\n2,5.0\n3,"1.1"\n4,"5"\n')
    paired, differing, out = compare(tmp_path, "jsonl:l", "csv:r")
    assert (paired, differing) == (2, 2), out


# ---- doubles


def test_a_double_is_the_nearest_one_on_both_sides(tmp_path):
    values = [0.1, 1 / 3, 123456.789e3, 5e-324, 2.0**60, 1e22]
    left = table(tmp_path / "l.db", [(i, v) for i, v in enumerate(values)] + [(9, 0.5)], "v REAL")
    lines = [f"{i},{v:.17g}" for i, v in enumerate(values)]
    write(tmp_path, "r.csv", "\n".join(["k,v", *lines, "9,0.50000000000000011"]) + "\n")
    write(tmp_path, "r.jsonl", "".join('{{"k":{},"v":{}}}\n'.format(*line.split(",")) for line in lines) + '{"k":9,"v":0.50000000000000011}\n')
    for right in ("csv:r.csv", "jsonl:r.jsonl"):
        paired, differing, out = compare(tmp_path, left, right)
        assert (paired, differing) == (len(values), 1), out
    # Of an expression SQLite says no type; each value says its own.
    done = reconcile(tmp_path, "--left", left, "--left-query", "SELECT k, v + 0 AS v FROM t", "--right", "jsonl:r.jsonl", "--by", "k", "--compare", "v", "--json")
    assert counts(done)["paired"] == len(values), done.stdout


# ---- JSON, UUIDs


def test_json_is_compared_as_json_where_it_is_said(tmp_path):
    rows = [(1, '{"a": 1, "b": [2.0]}'), (2, "[1]"), (3, "null"), (4, "no JSON"), (5, '"x"')]
    left = table(tmp_path / "l.db", rows, "v TEXT")
    right = table(tmp_path / "r.db", [(1, '{"b":[2],"a":1}'), (2, "[2]"), (3, None), (4, "no JSON"), (5, '"x"')], "v TEXT")
    assert compare(tmp_path, left, right)[:2] == (2, 3)
    paired, differing, out = compare(tmp_path, left, right, "--json-column", "v")
    assert (paired, differing) == (3, 2), out
    said = table(tmp_path / "s.db", rows, "v JSON")
    assert compare(tmp_path, said, right)[:2] == (3, 2)


def test_json_lines_have_one_null(tmp_path):
    said = table(tmp_path / "l.db", [(1, "null"), (2, None), (3, None)], "v JSON")
    write(tmp_path, "r", '{"k":1,"v":null}\n{"k":2,"v":null}\n{"k":3}\n')
    assert compare(tmp_path, said, "jsonl:r")[:2] == (3, 0)


@pytest.mark.parametrize("by", ["k", "v"])
def test_a_uuid_is_one_in_every_form(tmp_path, by):
    packed = bytes.fromhex(UUID.replace("-", ""))
    left = table(tmp_path / "l.db", [(1, UUID), (2, UUID.upper()), (3, packed), (4, UUID.replace("-", "")), (5, packed)])
    right = table(tmp_path / "r.db", [(1, UUID.upper()), (2, packed), (3, UUID), (4, "{" + UUID + "}"), (5, UUID[:-1] + "e")])
    assert compare(tmp_path, left, right)[:2] == (0, 5)
    paired, unequal, out = compare(tmp_path, left, right, "--uuid-column", "v", by=by)
    assert (paired, unequal) == (4, 1), out


def test_characters_are_shown(tmp_path):
    write(tmp_path, "l", '{"k":1,"v":{"n":"Zo\\u00eb \\ud83d\\ude00 \\\\u00eb \\u001b \\ud800"}}\n')
    write(tmp_path, "r", '{"k":1,"v":{"n":"Zoe"}}\n')
    done = reconcile(tmp_path, "--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--compare", "v")
    assert '{"n":"Zo\u00eb \U0001f600 \\\\u00eb \\u001b \\ud800"}' in done.stdout, done.stdout
    assert '/v/n  "Zo\u00eb \U0001f600' in done.stdout


# ---- times


def test_a_day_that_is_none_is_refused(tmp_path):
    for day, fits in (("2026-02-28", True), ("2026-02-29", False), ("2024-02-29", True), ("1900-02-29", False), ("2000-02-29", True)):
        write(tmp_path, "l", f'{{"k":1,"at":"{day}"}}\n')
        done = reconcile(tmp_path, "--left", "jsonl:l", "--right", "jsonl:l", "--by", "k", "--time", "at", "--settle", "1s")
        assert (done.returncode == 0) == fits and ("is no time" in done.stderr) != fits, day + done.stderr


def test_rows_before_a_moment_are_left_out(tmp_path):
    write(tmp_path, "l", '{"k":1,"v":1,"at":"2026-01-01"}\n{"k":2,"v":1,"at":"2026-01-03"}\n{"k":3,"v":1}\n')
    write(tmp_path, "r", '{"k":1,"v":2,"at":"2026-01-01"}\n{"k":2,"v":1,"at":"2026-01-03"}\n{"k":3,"v":1,"at":null}\n{"k":4,"v":1,"at":"2025-12-31"}\n')
    arguments = ("--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--compare", "v", "--time", "at")
    done = reconcile(tmp_path, *arguments, "--since", "2026-01-02T00:00:00Z", "--json")
    told = json.loads(done.stdout)["reconciliations"][0]
    assert (told["paired"], told["differing"], told["left_out"], told["result"]) == (1, 0, 5, True), told
    done = reconcile(tmp_path, "--left", "jsonl:l", "--right", "jsonl:r", "--by", "k", "--since", "2026-01-02")
    assert done.returncode == 2 and "`since` leaves out rows by their time: name the column with `time`" in done.stderr
