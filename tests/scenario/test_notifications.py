# SPDX-License-Identifier: Apache-2.0
"""
The example's way from the monolith's notifications to the microservice's: what each version does with one, in SQLite and in PostgreSQL, and that the
microservice can be away without the caller noticing or a notification getting lost.
"""
import json
import sqlite3
import subprocess
import threading

import pytest
from harness import answers
from harness.payment import Reserved, Service
from harness.proxy import BUILD, poll

pytestmark = pytest.mark.xdist_group("postgresql")
SEEDED = [f"Payroll {i} shipped to user {i + 1} of {total}" for i, total in enumerate((10549.95, 6549.95, 1449.95))]
SEEDED += [f"Payroll {i} billed to user {i + 1} of {total}" for i, total in enumerate((4549.95, 549.95, 1049.95))]
JUABLAZ = "Payroll 3 shipped to Juablaz of 320.0"


class Databases:
    """A database for each service: .url(name), and .rows(name), which are (id, message, consumed)."""

    def __init__(self, kind, folder, cluster):
        self.kind, self.folder, self.cluster, self.urls = kind, folder, cluster, {}

    def url(self, name):
        if name not in self.urls:
            self.urls[name] = f"sqlite:{self.folder}/{name}.db" if self.kind == "sqlite" else self.cluster.database()
        return self.urls[name]

    def rows(self, name):
        query = "SELECT id, message, consumed FROM notification ORDER BY id"
        if self.kind == "postgresql":
            return [(int(number), message, consumed == "t") for number, message, consumed in self.cluster.execute(self.url(name), query)]
        with sqlite3.connect(f"{self.folder}/{name}.db") as connection:
            return [(number, message, bool(consumed)) for number, message, consumed in connection.execute(query)]

    def consume(self, name, number):
        statement = f"UPDATE notification SET consumed = {'true' if self.kind == 'postgresql' else 1} WHERE id = {number}"
        if self.kind == "postgresql":
            self.cluster.execute(self.url(name), statement)
        else:
            with sqlite3.connect(f"{self.folder}/{name}.db") as connection:
                connection.execute(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request, tmp_path):
    return Databases(request.param, tmp_path, request.getfixturevalue("postgresql") if request.param == "postgresql" else None)


@pytest.fixture
def start():
    started = []

    def make(*arguments, **options):
        started.append(Service(*arguments, **options))
        return started[-1]

    yield make
    for service in started:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture
def nobody():
    """Where a service may be, and is not yet."""
    reserved = Reserved()
    yield reserved
    reserved.socket.close()


def pay(service):
    made = service.ask("POST", "/payroll", '{"shipTo":"Juablaz","total":320}', [("Content-Type", "application/json")])
    assert made.status == 201 and made.body == b'{"id":3,"shipTo":"Juablaz","total":320.0}'


def listed(microservice):
    return [row["message"] for row in json.loads(microservice.ask("GET", "/notification").body)]


def test_the_second_version_and_the_spy_keep_the_same(start, databases):
    microservice = start("notification", "--store", databases.url("microservice"))
    monolith = start("v2", "--store", databases.url("monolith"), "--notifications", microservice.url)
    pay(monolith)
    poll("all has arrived", lambda: len(databases.rows("microservice")) == 7)
    assert databases.rows("monolith") == databases.rows("microservice") == [(i + 1, message, False) for i, message in enumerate([*SEEDED, JUABLAZ])]
    monolith.stop()
    microservice.stop()
    assert [line for line in monolith.log if line.startswith("Payroll")] == [*SEEDED, JUABLAZ]
    assert [line for line in microservice.log if "Payroll" in line] == [f"kept: {message}" for message in [*SEEDED, JUABLAZ]], "it sends nothing"


def test_the_spy_lists_what_is_not_consumed(start, databases):
    microservice = start("notification", "--store", databases.url("microservice"))
    for message in ("one", "two", "two"):
        posted = microservice.ask("POST", "/notification", message)
        assert (posted.status, posted.body.decode(), posted.get("Content-Type")) == (200, message, "text/plain")
    databases.consume("microservice", 2)
    assert json.loads(microservice.ask("GET", "/notification").body) == [{"id": 1, "message": "one"}, {"id": 3, "message": "two"}]
    assert json.loads(microservice.ask("GET", "/notification/2").body) == {"id": 2, "message": "two"}


def test_what_was_kept_is_there_after_a_kill(start, databases):
    microservice = start("notification", "--store", databases.url("microservice"))
    assert microservice.ask("POST", "/notification", "one").status == 200
    microservice.kill()
    assert listed(start("notification", "--store", databases.url("microservice"))) == ["one"]


def test_the_final_microservice_notifies_and_the_monolith_does_not(start):
    microservice = start("notification", "--final")
    monolith = start("v3", "--notifications", microservice.url)
    pay(monolith)
    monolith.stop()
    microservice.stop()
    assert [line for line in microservice.log if line.startswith("Payroll")] == [*SEEDED, JUABLAZ]
    assert not [line for line in monolith.log if "Payroll" in line]
    assert listed(start("notification", "--final")) == []


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_the_caller_never_waits_for_the_microservice(start, make_origin, version):
    gate = threading.Event()
    microservice = make_origin().always(answers.hold(gate, answers.text(b"taken")))
    monolith = start(version, "--notifications", microservice.url)
    microservice.wait_for(1, "/notification")
    pay(monolith)
    assert microservice.count() == 1, "the first of the seeded ones is under way still"
    gate.set()
    assert [request.body.decode() for request in microservice.wait_for(7)] == [*SEEDED, JUABLAZ]


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_nothing_is_lost_while_the_microservice_is_away(start, nobody, version):
    """Down at first, then up, then down again and back on the same port: each notification comes once, in order."""
    monolith = start(version, "--notifications", nobody.url)
    pay(monolith)
    microservice = start("notification", port=nobody.port)
    poll("what waited is sent", lambda: len(listed(microservice)) == 7)
    assert listed(microservice) == [*SEEDED, JUABLAZ]
    microservice.kill()
    assert monolith.ask("POST", "/invoicing", '{"billTo":"Ana","total":1}').status == 201
    back = start("notification", port=nobody.port)
    poll("so is the later one", lambda: listed(back) == ["Payroll 3 billed to Ana of 1.0"])
    monolith.stop()
    assert sum("takes no notifications" in line for line in monolith.log) == sum("takes notifications again" in line for line in monolith.log) == 2


def test_a_refused_notification_is_told_and_does_not_hold_up_the_others(start, make_origin):
    microservice = make_origin().always(answers.text(b"no", status=400))
    monolith = start("v3", "--notifications", microservice.url)
    microservice.wait_for(6)
    monolith.stop()
    assert [line for line in monolith.log if "refused" in line] == [f"the microservice has refused a notification with 400: {message}" for message in SEEDED]


def test_what_was_not_taken_is_told_at_the_end(start, nobody):
    monolith = start("v3", "--notifications", nobody.url)
    monolith.stop()
    assert "6 notifications were not taken by the microservice" in monolith.log


def test_compare_is_passed_on_to_the_batch_once_all_has_arrived(start, make_origin):
    gate = threading.Event()
    microservice = make_origin("microservice").always(answers.hold(gate, answers.text(b"taken")))
    batch = make_origin("batch").always(answers.text(b"true\n"))
    monolith = start("v2", "--notifications", microservice.url, "--batch", batch.url)
    microservice.wait_for(1)
    asked = []
    asking = threading.Thread(target=lambda: asked.append(monolith.ask("GET", "/notification/compare")))
    asking.start()
    gate.set()
    asking.join(10)
    assert (asked[0].status, asked[0].body) == (200, b"true\n") and microservice.count() == 6
    batch.always(answers.text(b"false\n"))
    assert monolith.ask("GET", "/notification/compare").body == b"false\n"
    assert [request.target for request in batch.requests] == ["/notification/compare"] * 2
    assert monolith.ask("POST", "/notification/compare").status == 405


def test_without_a_batch_compare_says_so(start, make_origin, nobody):
    microservice = make_origin()
    for more in ([], ["--batch", nobody.url]):
        answer = start("v2", "--notifications", microservice.url, *more).ask("GET", "/notification/compare")
        assert answer.status == 502 and b"the batch does not answer" in answer.body


@pytest.mark.parametrize("path, status", [("/", 404), ("/notifications", 404), ("/notification/", 404), ("/notification/1", 404), ("/notification/x", 404), ("/notification/0", 404)])
def test_what_the_microservice_has_not(start, path, status):
    assert start("notification").ask("GET", path).status == status


def test_what_the_microservice_refuses(start):
    microservice = start("notification")
    assert microservice.ask("POST", "/notification", b"x" * 5000).status == 413
    assert microservice.ask("POST", "/notification", b"a\0b").status == 400
    assert microservice.ask("DELETE", "/notification").get("Allow") == "GET, HEAD, POST"
    assert microservice.ask("POST", "/notification/1").get("Allow") == "GET, HEAD"
    assert listed(microservice) == []


@pytest.mark.parametrize("name, arguments, status, words", [
    ("v2", [], 2, "--notifications URL is needed"), ("v3", [], 2, "--notifications URL is needed"), ("scientist", [], 2, "--notifications URL is needed"),
    ("notification", ["--store", "x"], 1, "a store is sqlite:FILE or postgresql://"), ("notification", ["--store", "sqlite:/missing/folder/x.db"], 1, "can't be used"),
    ("notification", ["--store", "postgresql:///x?host=/missing"], 1, "can't be used"), ("v2", ["--notifications", "http://127.0.0.1:1", "--store", "x"], 1, "a store is"),
])  # fmt: skip
def test_what_it_can_not_start_with_is_told(name, arguments, status, words):
    done = subprocess.run([BUILD / "examples" / "payment" / f"payment-{name}", *arguments], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == status and words in done.stderr and done.stdout == ""
