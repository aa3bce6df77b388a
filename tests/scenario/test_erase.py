# SPDX-License-Identifier: Apache-2.0
"""`parallax erase`: a value is gone from what a running proxy tells and from the bytes of its files, or from a store nobody has open."""
import base64
import json
import shutil
import sqlite3
import subprocess

import pytest
from harness import answers
from harness.proxy import PROGRAM, run_command

MAIL = "bob+shop@example.com"
WRITINGS = [text.encode() for text in (MAIL, "bob%2Bshop%40example.com", "bob%2bshop@example.com", "bob\\u002bshop@example.com", base64.b64encode(f"x:{MAIL}".encode()).decode())]


def found_in(files):
    return [(path.name, writing) for path in files for writing in WRITINGS if writing in path.read_bytes()]


def ask_some(proxy, primary, candidate):
    primary.always(answers.json({"mail": MAIL, "total": 1}))
    candidate.always(answers.json({"mail": MAIL + ".org", "total": 1, "other": "alice@example.com"}))
    body = json.dumps({"mail": MAIL, "nested": json.dumps({"mail": MAIL})}).replace("+", "\\u002b").encode()
    with proxy.client() as client:
        client.get("/a?to=bob%2Bshop%40example.com&page=7")
        client.get("/a?to=bob%2bshop@example.com", [("X-Seen", base64.b64encode(f"x:{MAIL}".encode()).decode())])
        client.request("POST", "/b", [("Content-Type", "application/json")], body)
        client.request("POST", f"/c/{MAIL}", [("Content-Type", "application/x-www-form-urlencoded")], b"mail=bob%2Bshop%40example.com")
    proxy.wait_for_exchanges(4)


@pytest.fixture
def start(primary, candidate, run):
    def starting(**top):
        proxy = run(primary, candidate, service={"routes": [{"match": "* /**", "copy": "always"}], "fold": "no"}, **top)
        ask_some(proxy, primary, candidate)
        return proxy

    return starting


def erase(*arguments, value=MAIL):
    """With the value on standard input, where nobody sees it."""
    return subprocess.run([PROGRAM, "erase", "--value-file", "-", *map(str, arguments)], capture_output=True, text=True, input=value + "\n", timeout=30, check=False)


def shown(proxy):
    texts = [json.dumps(proxy.report()), json.dumps(proxy.differences(query="?limit=100"))]
    texts += [proxy.ask_admin("GET", f"/api/v1/exchanges/{record['id']}").body.decode() for record in proxy.differences()]
    return "".join(texts)


def test_a_running_proxy_forgets_the_value_and_its_files_do(start, tmp_path):
    proxy = start()
    files = [tmp_path / "parallax.db", tmp_path / "parallax.db-wal"]
    before = proxy.report()
    assert {writing for _, writing in found_in(files)} == set(WRITINGS) and MAIL in shown(proxy)
    (tmp_path / "parallax.db.v10").write_bytes(b"an earlier version")
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"

    dry = erase("--admin", admin, "--dry-run", "--json")
    assert dry.returncode == 0 and json.loads(dry.stdout)["dry_run"] is True and MAIL in shown(proxy)
    done = erase("--admin", admin, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["places"] == sum(told["erased"].values()) and told["erased"] == json.loads(dry.stdout)["erased"]
    assert all(told["erased"][kind] for kind in ("records", "fields", "causes", "names")), told
    assert [name.rsplit("/")[-1] for name in told["left"]] == ["parallax.db.v10"]

    assert not found_in(files)
    now = shown(proxy)
    assert not any(writing.decode() in now for writing in WRITINGS) and "[erased]" in now and "alice@example.com" in now and "page=7" in now
    after = proxy.report()
    assert after["exchanges"] == before["exchanges"] and len(after["endpoints"]) == len(before["endpoints"])
    again = erase("--admin", admin)
    assert again.returncode == 1 and again.stdout.startswith("nothing was found\nnot looked through: "), again.stdout
    proxy.kill()
    assert not found_in([path for path in files if path.exists()])


def test_a_store_that_nobody_has_open_forgets_it(start, run, primary, candidate, tmp_path):
    proxy = start()
    path = tmp_path / "parallax.db"
    used = erase("--store", path)
    assert used.returncode == 2 and "in use" in used.stderr
    before = proxy.report()
    proxy.kill()
    assert erase("--store", path, "--dry-run").stdout.startswith("would be erased at ") and found_in(tmp_path.glob("parallax.db*"))
    done = erase("--store", f"sqlite:{path}")
    assert done.returncode == 0 and done.stdout.startswith("erased at "), done.stdout + done.stderr
    assert not found_in(tmp_path.glob("parallax.db*"))
    assert erase("--store", path).returncode == 1
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    again = run(primary, candidate)
    assert again.report()["exchanges"] == before["exchanges"] and "[erased]" in shown(again) and MAIL not in shown(again)


def test_the_mark_of_a_secret_goes_too(primary, candidate, run, tmp_path):
    primary.always(answers.json({"total": 1}))
    candidate.always(answers.json({"total": 2}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/a?token=hunter2-hunter2&sid=another")
    proxy.wait_for_exchanges(1)
    target = proxy.differences()[0]["request"]["target"]
    assert target.count("[redacted ") == 2
    proxy.stop()
    assert erase("--store", tmp_path / "parallax.db", value="hunter2-hunter2").returncode == 0
    again = run(primary, candidate)
    assert again.differences()[0]["request"]["target"] == "/a?token=[erased]" + target[target.index("&"):]


@pytest.mark.parametrize(
    "arguments, what",
    [
        ((), "the value is missing"),
        (("--value", "abcd", "--value-file", "x"), "given twice"),
        (("--value-file", "/no/such/file"), "can't be read"),
        (("--value", "abc", "--store", "STORE"), "from 4 to 4096 bytes"),
        (("--value", "abcd", "--store", "/no/such/store"), "there is no such store"),
        (("--value", "abcd", "--store", "TEXT"), "not an SQLite file"),
        (("--value", "abcd", "--store", "STORE", "--admin", "http://127.0.0.1:1"), "one of them"),
        (("--value", "abcd", "more"), "more"),
    ],
)
def test_wrong_use_is_told(primary, candidate, run, tmp_path, arguments, what):
    run(primary, candidate).stop()
    (tmp_path / "text").write_text("this is no store of anything, and long enough to be looked at" * 20)
    names = {"STORE": tmp_path / "parallax.db", "TEXT": tmp_path / "text"}
    done = run_command("erase", *(names.get(argument, argument) for argument in arguments))
    assert done.returncode == 2 and what in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_a_store_of_an_earlier_version_is_not_brought_up(start, tmp_path):
    proxy = start()
    proxy.stop()
    path = tmp_path / "parallax.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 10")
    db.close()
    shutil.copy(path, tmp_path / "before")
    done = erase("--store", path)
    assert done.returncode == 2 and "earlier Parallax" in done.stderr
    assert path.read_bytes() == (tmp_path / "before").read_bytes() and not list(tmp_path.glob("parallax.db.v*"))


def test_the_api_refuses_what_is_no_value(primary, candidate, run):
    proxy = run(primary, candidate)
    for body in (b"", b"[]", b"{}", b'{"value":1}', b'{"value":"abc"}', b'{"value":"abcd","more":1}', b'{"value":"abcd","dry_run":1}', b'{"value":"abcd","value":"abcd"}'):
        answer = proxy.ask_admin("POST", "/api/v1/erase", body=body)
        assert answer.status == 400, body
    answer = proxy.ask_admin("POST", "/api/v1/erase", body=b'{"value":"abcd"}')
    assert answer.status == 200 and json.loads(answer.body)["places"] == 0
