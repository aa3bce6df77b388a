# SPDX-License-Identifier: Apache-2.0
"""`parallax diff`: two files under rules, for people, for machines, and as a JSON Patch that makes the second of the first."""
import gzip
import json
import random
import time
from decimal import Decimal

import pytest
from harness import marks
from harness.proxy import run_command


def diff(folder, *arguments, **texts):
    """Runs it on the files a and b (names may be given as name__json="...")."""
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8", errors="surrogatepass")
    return run_command("diff", *arguments, cwd=folder)


# ---- rules ----


def test_rules_from_a_file(tmp_path):
    rules = """
mode: subset
ignore: [/id, {/at: {why: set by the database, owner: payments, until: 2999-12-31}}]
tolerance: {/total: 0.01}
unordered: {/items: {by: /sku}}
match: {/ref: "PAY-[0-9]+"}
redact: /card
"""
    old = '{"id":1,"at":1,"total":10.00,"items":[{"sku":"a","n":1},{"sku":"b","n":2}],"ref":"PAY-1","card":"1234"}'
    new = '{"id":2,"at":2,"total":10.01,"items":[{"sku":"b","n":3},{"sku":"a","n":1}],"ref":"PAY-2","card":"4321","more":1}'
    done = diff(tmp_path, "a.json", "b.json", "--rules", "r.yaml", a__json=old, b__json=new, r__yaml=rules)
    assert (done.returncode, done.stderr) == (1, "")
    assert marks.without_digits(done.stdout) == (
        "/items/1/n  value\n  - 2\n  + 3\n/card  value\n  - [redacted]\n  + [redacted]\n"
        "2 differences, 5 ignored (ignore 2, tolerance 1, unordered 1, match 1)\n"
    )
    done = diff(tmp_path, "a.json", "b.json", "--rules", "r.yaml", "--json", "--limit", "1")
    told = json.loads(done.stdout)
    assert told["total"] == 2 and len(told["differences"]) == 1
    assert told["ignored_by"] == {"ignore": 2, "tolerance": 1, "unordered": 1, "match": 1}


VALUES = {
    "uuid": ["5f1c7f7e-3a52-4f0e-9c55-0a3f6f1f7a10", "{5F1C7F7E-3A52-4F0E-9C55-0A3F6F1F7A11}", "5f1c7f7e-3a52-4f0e-9c55-0a3f6f1f7a1"],
    "ulid": ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5faw", "81ARZ3NDEKTSV4RRFFQ69G5FAV"],
    "timestamp": ["2026-01-31T08:00:00Z", "2026-01-31 09:30:00.125+01:00", "2026-01-31"],
    "date": ["2026-01-31", "2026-02-28", "2026-02-32"],
    "number": ["-1.50e3", "20", "1,5"],
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("rule", ["match: {{/at: {}}}", "match: {{/at: {{pattern: {}, why: its own}}}}"])
def test_a_pattern_can_be_named(tmp_path, name, rule):
    """Both sides must look like it: what only one of them is stays a difference. Without stderr: nobody is warned."""
    one, other, wrong = (json.dumps({"at": value}) for value in VALUES[name])
    files = {"r__yaml": rule.format(name), "one__json": one, "other__json": other, "wrong__json": wrong}
    done = diff(tmp_path, "one.json", "other.json", "--rules", "r.yaml", **files)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the same, 1 ignored (match 1)\n", "")
    for a, b in (("one", "wrong"), ("wrong", "one")):
        assert diff(tmp_path, f"{a}.json", f"{b}.json", "--rules", "r.yaml").returncode == 1


def test_the_named_number_is_one_in_or_out_of_a_string(tmp_path):
    """But not one on one side and a string on the other: the types differ."""
    done = diff(tmp_path, "a", "b", "--rules", "r", a='{"n":-1.5E+3}', b='{"n":20}', r="match: {/n: number}")
    assert done.returncode == 0
    assert diff(tmp_path, "a", "b", "--rules", "r", b='{"n":"20"}').returncode == 1


def test_a_group_makes_a_name_a_pattern_of_its_own(tmp_path):
    done = diff(tmp_path, "a", "b", "--rules", "r", a='{"at":"2026-01-31"}', b='{"at":"2026-02-01"}', r="match: {/at: (?:date)}")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("pattern, mend", [("timestmap", "did you mean `timestamp`?"), ("PAY-1", "uuid, ulid, timestamp, date, number")])
def test_a_pattern_that_can_excuse_nothing_is_warned_of(tmp_path, pattern, mend):
    done = diff(tmp_path, "a", "b", "--rules", "r", a='{"at":"1"}', b='{"at":"2"}', r="match: {/at: %s}" % pattern)
    assert done.returncode == 1
    assert done.stderr.startswith(f"r:1:14: warning: only the text '{pattern}' itself matches") and mend in done.stderr


def test_a_rule_that_has_ended_no_longer_applies(tmp_path):
    done = diff(tmp_path, "a.json", "b.json", "--rules", "r.yaml", a__json='{"a":1}', b__json='{"a":2}', r__yaml="ignore: {/a: {until: 2020-01-01}}\n")
    assert done.returncode == 1
    assert "r.yaml:1:22: warning: this rule has ended" in done.stderr


@pytest.mark.parametrize(
    "rules, place, mend",
    [
        ("tolerence: {}\n", "r.yaml:1:1: ", "did you mean `tolerance`?"),
        ("match: {/a: '('}\n", "r.yaml:1:13: ", "closing parenthesis"),
        ("ignore: [a]\n", "r.yaml:1:10: ", "write /a"),
        ("- ignore\n", "r.yaml:1:1: ", "write keys and values"),
        ("redact: {/a: {until: 2027-01-01}}\n", "r.yaml:1:15: ", "a rule of `redact` has: why owner"),
    ],
)
def test_wrong_rules(tmp_path, rules, place, mend):
    done = diff(tmp_path, "a.json", "b.json", "--rules", "r.yaml", a__json="1", b__json="1", r__yaml=rules)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(place) and mend in done.stderr


def test_modes(tmp_path):
    files = {"a__json": '{"a":[{"x":1}]}', "b__json": '{"a":[{"x":2,"y":3}]}'}
    assert diff(tmp_path, "a.json", "b.json", **files).stdout.endswith("2 differences\n")
    assert diff(tmp_path, "a.json", "b.json", "--mode", "subset").stdout.endswith("1 difference\n")
    assert diff(tmp_path, "a.json", "b.json", "--mode", "schema").stdout == "/a/*/y  extra\n  + 3\n1 difference\n"


# ---- use ----


def test_exit_status_and_quiet(tmp_path):
    assert diff(tmp_path, "a", "b", "--quiet", a="1", b="1.0").returncode == 0
    done = diff(tmp_path, "a", "b", "--quiet", b="2")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["a.json", "no"], "no can't be opened"),
        (["a.json"], "give two documents"),
        (["a.json", "bad.json"], "bad.json:1:3: this is not JSON"),
        (["a.json", "deep.json"], "deep.json is nested deeper than 512"),
        (["deep.xml", "deep.xml"], "deep.xml is nested deeper than 256"),
        (["many.xml", "deep.xml"], "more than 1024 attributes of an element"),
        (["charset.xml", "deep.xml"], "charset.xml is in a charset that is not known"),
        (["a.json", "a.json", "--mode", "lax"], "strict, subset or schema"),
        (["a.json", "a.json", "--limit", "0"], "from 1 to"),
        (["a.json", "a.json", "--json", "--patch"], "choose one of"),
        (["a.json", "a.json", "--rules", "none.yaml"], "none.yaml can't be opened"),
        (["-", "-"], "only one of the two"),
        (["text", "a.json", "--patch"], "--patch is for JSON"),
        (["twice.json", "a.json", "--patch"], "a key twice"),
    ],
)
def test_trouble_is_one_line(tmp_path, arguments, words):
    files = {"deep__json": "[" * 600 + "]" * 600, "deep__xml": "<a>" * 300 + "</a>" * 300, "charset__xml": "<?xml version='1.0' encoding='klingon'?><a/>"}
    files["many__xml"] = "<a " + " ".join(f'x{i}=""' for i in range(2000)) + "/>"
    files |= {"a__json": '{"a":1}', "bad__json": "[1", "text": "words", "twice__json": '{"a":1,"a":2}'}
    done = diff(tmp_path, *arguments, **files)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1


# ---- types ----


def test_a_type_for_each(tmp_path):
    files = {"a": '{"x":1}', "b": "x=1"}
    assert diff(tmp_path, "a", "b", "--type", "json", "--type", "form", **files).stdout.startswith("body  type")
    assert diff(tmp_path, "a", "c.json", "--type", "json", "--type", "json", c__json='{"x":1.0}').returncode == 0
    done = diff(tmp_path, "a", "b", "--type", "json", "--type", "form", "--type", "xml")
    assert done.returncode == 2 and "once for each" in done.stderr


def test_packed_files(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"a":1,"b":2}'))
    assert diff(tmp_path, "a.json.gz", "b.json", b__json='{"b":2.0,"a":1}').returncode == 0
    assert diff(tmp_path, "a.json.gz", "b.json", "--json", b__json='{"b":2}').returncode == 1
    done = diff(tmp_path, "c.json.gz", "b.json", c__json__gz="{}")
    assert done.returncode == 2 and "c.json.gz is no gzip" in done.stderr


def test_multipart_says_its_boundary(tmp_path):
    def form(boundary):
        return f'--{boundary}\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--{boundary}--\r\n'

    assert diff(tmp_path, "a", "b", "--type", "multipart", a=form("abc"), b=form("x-y z")).returncode == 0
    done = diff(tmp_path, "a", "b", "--type", "multipart/form-data", b=form("q").replace("\n1", "\n2"))
    assert done.stdout.startswith("/x/body")


def test_csv_by_key(tmp_path):
    files = {"a__csv": "id,name,n\n1,x,5\n2,\"y,\"\"q\"\"\nz\",6\n\n", "b__csv": 'id;n;name\r\n2;6;"y,""q""\nz"\r\n1;7;x\r\n'}
    done = diff(tmp_path, "a.csv", "b.csv", "--by", "id", "--json", **files)
    assert [(d["field"], d["primary"], d["candidate"]) for d in json.loads(done.stdout)["differences"]] == [("/0/n", '"5"', '"7"')]
    assert diff(tmp_path, "a.csv", "a.csv", "--type", "csv").returncode == 0
    assert diff(tmp_path, "a.csv", "b.csv").stdout.startswith("body:1")  # as lines
    done = diff(tmp_path, "a.csv", "c.csv", "--by", "id", c__csv="id,n\n1\n")
    assert done.returncode == 2 and "c.csv:2:1: this is not CSV: this row has fewer fields" in done.stderr
    assert diff(tmp_path, "a.json", "b.json", "--by", "/k/x,y", a__json='[{"k":{"x":1},"y":2},{"k":{"x":1},"y":1}]', b__json='[{"y":1,"k":{"x":1}},{"k":{"x":1},"y":2}]').returncode == 0
    assert "--by takes" in diff(tmp_path, "a.json", "b.json", "--by", "").stderr


def test_yaml(tmp_path):
    text = "a: &x {n: 007, t: yes, f: .5, h: 0x1F, e: 1e3, z: ~, q: '5', b: True}\nl:\n- *x\n- |\n  lines\n- +1\n- -2.\n- ~\n? k\n: 1.\n"
    want = {"n": 7, "t": "yes", "f": 0.5, "h": 31, "e": 1000, "z": None, "q": "5", "b": True}
    other = json.dumps({"a": want, "l": [want, "lines\n", 1, -2, None], "k": 1})
    assert diff(tmp_path, "a.yaml", "b.json", a__yaml=text, b__json=other).stdout == "the same\n"
    assert diff(tmp_path, "a.yml", "b.json", "--type", "yaml", "--type", "json", a__yml="--- 1\n--- x\n", b__json='[1,"x"]').returncode == 0
    for wrong, place, words in [("a: [1\n", "w.yaml:", "this is not YAML"), ("a: *b\n", "w.yaml:1:", "names no anchor"), ("a: &b [*b]\n", "w.yaml:1:", "what it stands in"), ("[1]: 2\n", "w.yaml:1:", "no scalar"), ("b\n%\"\udcff\n", "w.yaml:2:3", "no UTF-8"), ("a\0b", "w.yaml:1:2", "no UTF-8")]:
        done = diff(tmp_path, "w.yaml", "b.json", w__yaml=wrong)
        assert done.returncode == 2 and done.stderr.startswith(f"parallax diff: {place}") and words in done.stderr, done.stderr


# ---- patches ----

KEYS = ["a", "b", "~", "/", "~1", "", "k\ud800", "\u00e9", "*"]


def some_value(chance, depth):
    kind = chance.randrange(7 if depth else 5)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randrange(5)
    if kind == 2:
        return Decimal(chance.choice(["1.5", "1.50", "2e3", "-0.0"]))
    if kind in (3, 4):
        return chance.choice(["", "a", "~/", '\u00e9\n"\\', "\ud800", "b"])
    if kind == 5:
        return [some_value(chance, depth - 1) for _ in range(chance.randrange(6))]
    return {chance.choice(KEYS) + str(i): some_value(chance, depth - 1) for i in range(chance.randrange(5))}


def mutant(chance, value, depth):
    if chance.random() < 0.15:
        return some_value(chance, depth)
    if isinstance(value, list):
        value = [mutant(chance, x, depth - 1) for x in value]
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(value) + 1)
            if chance.random() < 0.5:
                del value[at:at + 1]
            else:
                value.insert(at, some_value(chance, 1))
    elif isinstance(value, dict):
        value = {key: mutant(chance, x, depth - 1) for key, x in value.items() if chance.random() > 0.1}
        if chance.random() < 0.2:
            value["new"] = some_value(chance, 1)
    return value


def text_of(value):
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + text_of(x) for key, x in value.items()) + "}"
    return json.dumps(value)


def value_of(text):
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def same(a, b):
    """As == would have it, if True were not 1."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


def apply(document, operations):
    """RFC 6902 as far as the operations go that are written."""
    for operation in operations:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        if not steps:
            assert operation["op"] == "replace"
            document = operation["value"]
            continue
        at = document
        for step in steps[:-1]:
            at = at[int(step)] if isinstance(at, list) else at[step]
        last = int(steps[-1]) if isinstance(at, list) else steps[-1]
        there = 0 <= last < len(at) if isinstance(at, list) else last in at
        if operation["op"] == "add" and isinstance(at, list):
            assert 0 <= last <= len(at)
            at.insert(last, operation["value"])
        elif operation["op"] == "add":
            assert not there
            at[last] = operation["value"]
        elif operation["op"] == "remove":
            assert there
            del at[last]
        else:
            assert there
            at[last] = operation["value"]
    return document


def test_a_patch_makes_the_one_of_the_other(tmp_path):
    seed = int(time.time())
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(150):
        old = some_value(chance, 4)
        a, b = text_of(old), text_of(mutant(chance, old, 4))
        done = diff(tmp_path, "a.json", "b.json", "--patch", a__json=a, b__json=b)
        assert done.returncode == (0 if same(value_of(a), value_of(b)) else 1), (a, b, done)
        assert same(apply(value_of(a), value_of(done.stdout)), value_of(b)), (a, b, done.stdout)


def test_one_inserted_element_is_one_operation(tmp_path):
    numbers = list(range(1000))
    done = diff(tmp_path, "a.json", "b.json", "--patch", a__json=json.dumps(numbers), b__json=json.dumps(numbers[:500] + ["new"] + numbers[500:]))
    assert json.loads(done.stdout) == [{"op": "add", "path": "/500", "value": "new"}]


def test_rules_do_not_apply_to_a_patch(tmp_path):
    done = diff(tmp_path, "a.json", "b.json", "--patch", "--ignore", "/a", a__json='{"a":1}', b__json='{"a":2}')
    assert done.returncode == 1
    assert json.loads(done.stdout) == [{"op": "replace", "path": "/a", "value": 2}]
