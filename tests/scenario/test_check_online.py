# SPDX-License-Identifier: Apache-2.0
"""`parallax check --online` tries what a configuration names: names, connections, the queries of jobs, folders."""
import json
import os
import sqlite3

import pytest
from conftest import make_config
from harness.origin import closed_port
from harness.proxy import run_command


@pytest.fixture
def check(tmp_path):
    def go(config):
        (tmp_path / "c.yaml").write_text(json.dumps(config), encoding="utf-8")
        return run_command("check", "-c", "c.yaml", "--online", "--json", cwd=tmp_path)

    return go


def job(tmp_path, **changes):
    for name in ("left.db", "right.db"):
        with sqlite3.connect(tmp_path / name) as database:
            database.execute("CREATE TABLE IF NOT EXISTS notification (id INTEGER, message TEXT, consumed INTEGER)")
        database.close()
    side = {"query": "SELECT id, message FROM notification", "consume": "UPDATE notification SET consumed = 1 WHERE id = $1"}
    left = {"store": "sqlite:left.db", **side, **changes}
    return [{"name": "notifications", "left": left, "right": {"store": "sqlite:right.db", **side}, "by": ["message"]}]


def test_all_that_answers_is_counted(primary, candidate, names, tmp_path, check):
    names.know("new.example", "127.0.0.1")
    url = candidate.url.replace("127.0.0.1", "new.example")
    done = check(make_config(primary, url, resolver=names.address, access_log="access.log", reconcile=job(tmp_path)))
    assert done.returncode == 0, done
    assert done.stderr == "parallax check: online: fine: 2 roles, 2 sides of jobs, 1 log; in trouble: 0\n"
    assert json.loads(done.stdout)["services"] and primary.count() == 0 and not (tmp_path / "access.log").exists()


def test_a_unix_socket_is_tried(make_origin, tmp_path, check):
    primary = make_origin(host=str(tmp_path / "old.sock"))
    done = check(make_config(primary, f"unix:{tmp_path}/absent.sock:/v2"))
    assert done.returncode == 1
    assert f"the candidate of test: {tmp_path}/absent.sock takes no connection: No such file or directory\n" in done.stderr
    assert "online: fine: 1 role, 0 sides of jobs, 0 logs; in trouble: 1" in done.stderr


def test_each_trouble_is_told(primary, names, tmp_path, check):
    config = make_config(
        f"http://127.0.0.1:{closed_port().rpartition(':')[2]}",
        "http://absent.example:80",
        primary,
        resolver=names.address,
        access_log="nowhere/access.log",
        log={"file": "nowhere/parallax.log"},
        reconcile=job(tmp_path, query="SELECT id, massage FROM notification"),
    )
    done = check(config)
    assert done.returncode == 1
    *troubles, summary = done.stderr.splitlines()
    assert summary == "parallax check: online: fine: 1 role, 1 side of jobs, 0 logs; in trouble: 5"
    for trouble, words in zip(
        troubles,
        ("the primary of test: 127.0.0.1:", "the candidate of test: the name absent.example", "the left side of notifications: ", "`access_log`", "`log.file`"),
    ):
        assert trouble.startswith("parallax check: ") and words in trouble, troubles
    assert "Connection refused" in troubles[0] and "massage" in troubles[2]


@pytest.mark.parametrize("wrong", [{"query": "SELECT id FROM notification"}, {"consume": "UPDATE nothing SET x = $1"}, {"store": "sqlite:absent.db"}])
def test_a_job_that_could_not_run(primary, tmp_path, check, wrong):
    done = check(make_config(primary, reconcile=job(tmp_path, **wrong)))
    assert done.returncode == 1 and "the left side of notifications: " in done.stderr, done
    assert not os.path.exists(tmp_path / "absent.db")
