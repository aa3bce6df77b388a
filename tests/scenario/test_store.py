# SPDX-License-Identifier: Apache-2.0
"""What was recorded survives kill -9, and no credential is ever in it."""
import json
import sqlite3
import threading

import pytest
from conftest import make_config
from harness import answers, marks
from harness.proxy import poll, run_command

SECRETS = [b"c2VjcmV0LXRva2Vu", b"session-secret-1", b"set-secret-2", b"proxy-secret-3", b"4111111111111111"]


def test_what_the_report_said_is_there_after_kill_9(primary, candidate, run):
    primary.on("/payroll/3", answers.json({"id": 3, "total": 320.5}))
    candidate.on("/payroll/3", answers.json({"id": 3, "total": 320}))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(20):
            client.get("/payroll/3")
            client.get("/fine")
            client.request("POST", "/fine", body=b"x")
    before = proxy.wait_for_exchanges(60)
    differences = proxy.differences()
    assert len(differences) == 20
    proxy.kill()

    again = run(primary, candidate)
    after = again.report()
    assert after == before
    assert again.differences() == differences
    with again.client() as client:
        client.get("/fine")
    assert again.wait_for_exchanges(61)["exchanges"]["match"] == before["exchanges"]["match"] + 1


def test_killed_again_and_again_under_load_it_never_loses_what_it_told(primary, candidate, run):
    told = 0
    for turn in range(4):
        proxy = run(primary, candidate)
        assert proxy.report()["exchanges"]["total"] >= told, turn
        with proxy.client() as client:
            for _ in range(50):
                client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 4)
                for _ in range(4):
                    client.read_response()
            told = proxy.wait_for_exchanges(told + 20)["exchanges"]["total"]
        proxy.kill()


def secretive(value):
    """An answer that sets a cookie, and differs from role to role."""
    return answers.json({"card": {"number": "4111111111111111"}, "value": value}, headers=[("Set-Cookie", "sid=set-secret-2; HttpOnly")])


def test_credentials_are_neither_shown_nor_stored(primary, candidate, run, tmp_path):
    primary.always(secretive(1))
    candidate.always(secretive(2))
    proxy = run(primary, candidate, service={"routes": [{"match": "* /**", "copy": "always", "redact": ["/card/number"]}]}, access_log="access.log")
    headers = [
        ("Authorization", "Bearer c2VjcmV0LXRva2Vu"),
        ("Proxy-Authorization", "Basic proxy-secret-3"),
        ("Cookie", "sid=session-secret-1"),
        ("X-Seen", "this-is-kept"),
    ]
    with proxy.client() as client:
        assert b"set-secret-2" in client.get("/a", headers).raw
    proxy.wait_for_exchanges(1)
    # They did reach the candidate: a comparison without them would be another request.
    assert candidate.wait_for(1)[0].get("Cookie") == "sid=session-secret-1"
    [record] = proxy.differences()
    shown = json.dumps([record, proxy.report(), proxy.admin_json(f"/api/v1/exchanges/{record['id']}")]).encode()
    assert b"[redacted]" in marks.without_digits(shown) and b"this-is-kept" in shown
    proxy.stop()
    stored = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert b"this-is-kept" in stored, "the store has to be where this looks"
    for secret in SECRETS:
        assert secret not in shown and secret not in stored, secret
        assert secret.decode() not in proxy.log.text() + proxy.output.text(), secret


def test_a_large_mismatch_is_kept_within_bounds_and_says_so(primary, candidate, run, tmp_path):
    primary.always(answers.text(b"p" * 900_000))
    candidate.always(answers.text(b"c" * 900_000))
    proxy = run(primary, candidate)
    with proxy.client() as client:
        for _ in range(5):
            client.get("/")
    assert proxy.wait_for_exchanges(5)["exchanges"]["mismatch"] == 5
    records = proxy.differences()
    assert len(records) == 5
    assert len(json.dumps(records)) < 5 * 400_000
    assert sum(path.stat().st_size for path in tmp_path.glob("parallax.db*")) < 8 << 20


def ok_of(proxy):
    return {dict(labels)["part"]: value for (name, labels), value in proxy.metrics().items() if name == "parallax_store_ok"}


def serves_and_counts(proxy, primary, count=3):
    with proxy.client() as client:
        for _ in range(count):
            assert client.get("/").status == 200
    assert proxy.wait_for_exchanges(count)["exchanges"]["total"] == count


def a_letter(folder):
    (folder / "parallax.db").write_bytes(b"this is no database, and was here first\n" * 100)


def a_later_version(folder):
    with sqlite3.connect(folder / "parallax.db") as db:
        db.execute("PRAGMA application_id=1347180593")
        db.execute("PRAGMA user_version=99")
        db.execute("CREATE TABLE of_the_future (x)")
    db.close()


def another_program(folder):
    with sqlite3.connect(folder / "parallax.db") as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()


def a_folder(folder):
    (folder / "parallax.db").mkdir()


UNFIT = {a_letter: "not an SQLite file", a_later_version: "has version 99", another_program: "belongs to another program", a_folder: "opening the store failed"}


@pytest.mark.parametrize("put", UNFIT, ids=lambda put: put.__name__)
def test_a_store_that_cannot_be_used_stops_no_traffic_and_is_told(primary, candidate, run, tmp_path, put):
    put(tmp_path)
    before = (tmp_path / "parallax.db").read_bytes() if (tmp_path / "parallax.db").is_file() else None
    proxy = run(primary, candidate)
    told = proxy.log.wait_event("store_failed")
    assert "parallax.db" in told["error"] and UNFIT[put] in told["error"] and told["mend"] and told["level"] == "error"
    serves_and_counts(proxy, primary)
    assert proxy.ask_admin("GET", "/readyz").status == 200
    health = proxy.ask_admin("GET", "/healthz")
    assert health.status == 200 and b"the store can't be written" in health.body and b"parallax.db" not in health.body
    assert ok_of(proxy) == {"counts": 0, "stages": 1}
    store = proxy.admin_json("/api/v1/services")["store"]
    assert store["ok"] is False and len(store["troubles"]) == 1 and UNFIT[put] in store["troubles"][0]
    status = run_command("status", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert status.returncode == 0 and "store: " in status.stdout and UNFIT[put] in status.stdout
    checked = run_command("check", "-c", str(tmp_path / "parallax.yaml"), cwd=tmp_path)
    assert checked.returncode == 1 and UNFIT[put] in checked.stderr
    assert len(proxy.log.events("store_failed")) == 1, "once a minute"
    proxy.stop()
    assert proxy.log.events("counts_lost")
    if before:
        assert (tmp_path / "parallax.db").read_bytes() == before, "it must stay as it is"


def test_a_store_in_a_folder_that_is_not_there_is_made_when_it_is(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate, store=f"sqlite:{tmp_path}/later/parallax.db")
    assert "check that its folder exists" in proxy.log.wait_event("store_failed")["mend"]
    serves_and_counts(proxy, primary)
    report = proxy.report()
    (tmp_path / "later").mkdir()
    proxy.log.wait_event("store_recovered")
    assert ok_of(proxy) == {"counts": 1, "stages": 1}
    proxy.kill()
    assert run(primary, candidate, store=f"sqlite:{tmp_path}/later/parallax.db").report() == report


def test_a_store_that_another_proxy_holds_is_left_to_it(primary, candidate, run, tmp_path):
    first = run(primary, candidate)
    serves_and_counts(first, primary)
    report = first.report()
    second = run(primary, candidate)
    told = second.log.wait_event("store_failed")["error"]
    assert f"in use by another process ({first.process.pid})" in told
    serves_and_counts(second, primary, 2)
    checked = run_command("check", "-c", str(tmp_path / "parallax.yaml"), cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    second.stop()
    first.kill()
    assert run(primary, candidate).report() == report


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_counted_beside_a_store_is_added_when_it_can_be_used(primary, candidate, run, tmp_path, end):
    """Another process has it, and ends: what that wrote last is in the sum too. Nothing is counted twice, whatever happens next."""
    candidate.always(answers.json({"total": 1}))
    first = run(primary, candidate)
    serves_and_counts(first, primary)
    second = run(primary, candidate)
    second.log.wait_event("store_failed")
    serves_and_counts(second, primary, 2)
    with first.client() as client:
        client.get("/late")
    first.wait_for_exchanges(4)
    getattr(first, end)()
    second.log.wait_event("store_back")
    second.log.wait_event("store_recovered")

    def joined(proxy, count):
        report = proxy.wait_for_exchanges(count)
        assert report["exchanges"]["total"] == report["exchanges"]["mismatch"] == count
        assert [epoch["ended"] for epoch in proxy.admin_json("/api/v1/services/test/epochs")["epochs"]] == [None]
        assert [record["sequence"] for record in proxy.differences()] == list(range(count, 0, -1))
        return report

    joined(second, 6)
    with second.client() as client:
        client.get("/more")
    report = joined(second, 7)
    second.kill()
    again = run(primary, candidate)
    assert joined(again, 7)["exchanges"] == report["exchanges"] and not again.log.events("store_failed")


def test_a_store_that_comes_back_with_another_candidate_keeps_its_epoch(primary, candidate, make_origin, run, tmp_path):
    for origin in (candidate, other := make_origin("other")):
        origin.always(answers.json({"total": 1}))
    first = run(primary, candidate)
    serves_and_counts(first, primary)
    second = run(primary, other)
    second.log.wait_event("store_failed")
    serves_and_counts(second, primary, 2)
    first.stop()
    second.log.wait_event("store_recovered")

    def epochs(proxy):
        assert proxy.report()["exchanges"]["total"] == 2
        present, before = proxy.admin_json("/api/v1/services/test/epochs")["epochs"]
        old = proxy.admin_json(f"/api/v1/services/test/report?epoch={before['began']}")
        assert old["exchanges"]["mismatch"] == 3 and before["ended"] == present["began"] and present["ended"] is None
        return present, before

    told = epochs(second)
    second.stop()
    assert epochs(run(primary, other)) == told


def test_a_damaged_store_that_is_replaced_by_a_backup_is_added_to(primary, candidate, run, tmp_path):
    first = run(primary, candidate)
    serves_and_counts(first, primary)
    first.stop()
    kept = tmp_path / "kept"
    (tmp_path / "parallax.db").rename(kept)
    a_letter(tmp_path)
    second = run(primary, candidate)
    second.log.wait_event("store_failed")
    serves_and_counts(second, primary, 2)
    kept.rename(tmp_path / "parallax.db")
    second.log.wait_event("store_recovered")
    assert second.wait_for_exchanges(5)["exchanges"]["match"] == 5
    second.kill()
    assert run(primary, candidate).report()["exchanges"]["match"] == 5


def test_a_store_that_is_deleted_under_the_proxy_is_made_anew_with_all_of_it(primary, candidate, run, tmp_path):
    candidate.always(answers.json({"total": 1}))
    proxy = run(primary, candidate)
    serves_and_counts(proxy, primary)
    report, differences = proxy.report(), proxy.differences()
    for path in tmp_path.glob("parallax.db*"):
        path.unlink()
    # No traffic is needed for this to be found.
    assert "taken away" in proxy.log.wait_event("store_failed")["error"]
    proxy.log.wait_event("store_recovered")
    proxy.kill()
    again = run(primary, candidate)
    assert (again.report(), again.differences()) == (report, differences)


def test_a_store_that_is_replaced_under_the_proxy_is_left_alone_and_told(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate)
    serves_and_counts(proxy, primary)
    (tmp_path / "other").mkdir()
    another_program(tmp_path / "other")
    other = (tmp_path / "other" / "parallax.db").rename(tmp_path / "parallax.db").read_bytes()
    assert "another file was put in the place" in proxy.log.wait_event("store_failed")["error"]
    assert ok_of(proxy) == {"counts": 0, "stages": 1}
    proxy.stop()
    assert (tmp_path / "parallax.db").read_bytes() == other
    with sqlite3.connect(tmp_path / "parallax.db") as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("recipes",)], "no log of ours may be read into it"
    db.close()


def stage_of(proxy):
    service = proxy.admin_json("/api/v1/services/test")
    return service["stage"], service["share"]


@pytest.mark.parametrize("lose", [lambda db: db.unlink(), lambda db: db.write_bytes(b"damage" * 500)], ids=["deleted", "damaged"])
def test_a_rollback_and_a_share_outlive_the_store(primary, candidate, run, tmp_path, lose):
    config = {"stage": "canary", "share": "50%"}
    proxy = run(primary, candidate, service=config)
    assert proxy.ask_admin("PUT", "/api/v1/services/test/stage", body=b'{"stage":"canary","share":25}').status == 200
    serves_and_counts(proxy, primary)
    proxy.kill()
    lose(tmp_path / "parallax.db")
    again = run(primary, candidate, service=config)
    assert stage_of(again) == ("canary", 25)
    assert again.ask_admin("POST", "/api/v1/services/test/rollback").status == 200
    again.kill()
    (tmp_path / "parallax.db").unlink()
    last = run(primary, candidate, service=config)
    assert stage_of(last) == ("shadow", 0)
    [hold] = last.admin_json("/api/v1/services/test")["holds"]
    assert hold["hold"] == "rolled_back" and hold["stored"] is True


def test_stages_that_cannot_be_read_stop_nothing_and_are_told(primary, candidate, run, tmp_path):
    (tmp_path / "parallax.db.stages").write_text("{half of it")
    proxy = run(primary, candidate, service={"stage": "canary", "share": "50%"})
    assert "parallax.db.stages: it can't be read" in proxy.log.wait_event("stages_failed")["error"]
    assert ok_of(proxy) == {"counts": 1, "stages": 0}
    assert stage_of(proxy) == ("canary", 50)
    checked = run_command("check", "-c", str(tmp_path / "parallax.yaml"), cwd=tmp_path)
    assert checked.returncode == 1 and "parallax.db.stages" in checked.stderr
    assert proxy.ask_admin("POST", "/api/v1/services/test/rollback").status == 200
    proxy.log.wait_event("stages_recovered")
    assert (tmp_path / "parallax.db.stages.damaged").read_text() == "{half of it"
    assert (tmp_path / "parallax.db.stages").stat().st_mode & 0o777 == 0o600
    proxy.kill()
    assert stage_of(run(primary, candidate, service={"stage": "canary", "share": "50%"})) == ("shadow", 0)


def test_the_report_command_reads_what_the_proxy_says(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    done = run_command("report", "--json", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert done.returncode == 3, done.stderr
    [service] = json.loads(done.stdout)["services"]
    assert service == proxy.report()


def test_what_was_recorded_goes_by_the_configurations_retention(primary, candidate, run, tmp_path):
    candidate.always(answers.json({"total": 1}))
    proxy = run(primary, candidate)
    serves_and_counts(proxy, primary)
    proxy.stop()
    with sqlite3.connect(tmp_path / "parallax.db") as db:  # as of 2024
        assert db.execute("UPDATE record SET id = '01HKZZZZZZ' || substr(id, 11)").rowcount == 3
    db.close()
    again = run(primary, candidate, retention="3650d")
    assert len(again.differences()) == 3 and "retention  3650 days" in run_command("check", "-c", again.file).stdout
    again.reload(make_config(primary, candidate, retention="1h"))
    poll("the records to be gone", lambda: not again.differences())
    assert again.report()["exchanges"]["mismatch"] == 3
    again.stop()
    assert b"01HKZZZZZZ" not in (tmp_path / "parallax.db").read_bytes(), "what goes is overwritten"


def backup(proxy, *arguments, **options):
    return run_command("backup", *map(str, arguments), "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}", **options)


def test_a_backup_is_a_store_with_all_that_was_counted(primary, candidate, run, tmp_path):
    candidate.always(answers.json({"total": 1}))
    proxy = run(primary, candidate)
    serves_and_counts(proxy, primary, 20)
    ended = threading.Event()

    def go_on():
        with proxy.client() as client:
            while not ended.is_set():
                assert client.get("/more").status == 200

    traffic = threading.Thread(target=go_on)
    traffic.start()
    try:
        done = backup(proxy, tmp_path / "copy.db")
    finally:
        ended.set()
        traffic.join()
    assert done.returncode == 0, done.stderr
    copied = tmp_path / "copy.db"
    assert done.stdout == f"{copied}: {copied.stat().st_size} bytes\n" and copied.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("copy.db.*")) and not list(tmp_path.glob("*.backup*"))
    total = proxy.report()["exchanges"]["total"]
    with sqlite3.connect(copied) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    again = run(primary, candidate, store="sqlite:copy.db")
    assert 20 <= again.report()["exchanges"]["total"] <= total and not again.log.events("store_failed")


def test_a_backup_overwrites_nothing_unless_it_is_told_to(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate)
    there = tmp_path / "there"
    there.write_text("precious")
    done = backup(proxy, there)
    assert done.returncode == 2 and "--force" in done.stderr and there.read_text() == "precious"
    done = backup(proxy, there, "--force", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"file": str(there), "bytes": there.stat().st_size, "stages": None}
    done = backup(proxy, tmp_path / "no" / "folder")
    assert done.returncode == 2 and "can't be written" in done.stderr


def test_a_backup_has_the_stages_beside_it(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate)
    copied, stages = tmp_path / "copy.db", tmp_path / "copy.db.stages"
    assert backup(proxy, copied).stdout.count("\n") == 1 and not stages.exists()
    admin = f"http://{proxy.admin[0]}:{proxy.admin[1]}"
    assert run_command("rollback", "test", "--reason", "for the backup", "--admin", admin).returncode == 0
    done = backup(proxy, copied, "--force", "--json")
    assert json.loads(done.stdout)["stages"] == str(stages) and stages.stat().st_mode & 0o777 == 0o600
    assert json.loads(stages.read_text()) == json.loads((tmp_path / "parallax.db.stages").read_text())
    assert backup(proxy, tmp_path / "other.db").stdout == f"{tmp_path}/other.db: {copied.stat().st_size} bytes\n{stages.parent}/other.db.stages: {stages.stat().st_size} bytes\n"
    copied.unlink()
    refused = backup(proxy, copied)
    assert refused.returncode == 2 and "copy.db.stages is there already" in refused.stderr and not copied.exists()
    proxy.stop()
    again = run(primary, candidate, store="sqlite:other.db")
    assert "for the backup" in json.dumps(again.report()["holds"])
    again.stop()
    (tmp_path / "parallax.db.stages").unlink()
    third = run(primary, candidate)
    assert json.loads(backup(third, tmp_path / "other.db", "--force", "--json").stdout)["stages"] is None
    assert not (tmp_path / "other.db.stages").exists() and not list(tmp_path.glob("other.db.*"))


def test_without_a_store_there_is_no_backup(primary, candidate, run, tmp_path):
    proxy = run(primary, candidate, store="none")
    done = backup(proxy, tmp_path / "copy.db")
    assert done.returncode == 2 and "store: none" in done.stderr and not list(tmp_path.glob("copy.db*"))
    for target, status in [("/api/v1/backup/1", 404), ("/api/v1/backup/x", 404), ("/api/v1/backup/1/stages", 404), ("/api/v1/backup/x/stages", 404), ("/api/v1/backup/1?offset=x", 400)]:
        assert proxy.ask_admin("GET", target).status == status, target
