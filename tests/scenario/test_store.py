# SPDX-License-Identifier: Apache-2.0
"""What was recorded survives kill -9, and no credential is ever in it."""
import json

import pytest
from harness import answers, marks
from harness.proxy import run_command

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


def test_a_store_that_is_no_store_is_refused_with_its_name(primary, run, tmp_path):
    (tmp_path / "parallax.db").write_bytes(b"this is no database, and was here first\n" * 100)
    proxy = run(primary, wait=False)
    assert proxy.wait_exit(10) > 0
    proxy.expected_exit = proxy.process.returncode
    assert "parallax.db" in proxy.log.text()
    assert (tmp_path / "parallax.db").read_bytes().startswith(b"this is no database"), "it must not be overwritten"


@pytest.mark.parametrize("store", ["sqlite:/nowhere/at/all/parallax.db", "sqlite:."], ids=["no folder", "a folder"])
def test_a_store_that_cannot_be_opened_is_refused_with_its_name(primary, run, store):
    proxy = run(primary, store=store, wait=False)
    assert proxy.wait_exit(10) > 0
    proxy.expected_exit = proxy.process.returncode
    assert store.partition(":")[2] in proxy.log.text()


def test_the_report_command_reads_what_the_proxy_says(primary, candidate, run):
    proxy = run(primary, candidate)
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    done = run_command("report", "--json", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}")
    assert done.returncode == 3, done.stderr
    [service] = json.loads(done.stdout)["services"]
    assert service == proxy.report()
