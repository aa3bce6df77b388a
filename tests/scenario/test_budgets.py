# SPDX-License-Identifier: Apache-2.0
"""Whatever a candidate answers, comparing it takes no more memory, time and threads than there are for that, and clients never wait for it."""
import gzip
import os
import random
import threading
import time

import pytest
from harness import answers
from harness.client import timed
from harness.proxy import poll, total_of

MEBI = 1 << 20
XML, HTML, JSON, LINES = "application/xml", "text/html", "application/json", "application/x-ndjson"
MANY_ATTRIBUTES = b"<a " + b" ".join(b'a%d="1"' % i for i in range(110_000)) + b"/>"
# As Debian's gzip makes them: some kilobytes of what would be gigabytes as a tree.
BOMBS = {
    "lines": (LINES, b"1\n2", b"1\n" * (15 * MEBI // 2)),
    "numbers": (JSON, b"[1,2]", b"[" + b"1," * (7 * MEBI) + b"1]"),
    "elements": (XML, b"<a><b/></a>", b"<a>" + b"<b/>" * (3 * MEBI) + b"</a>"),
    "attributes": (XML, b"<a/>", MANY_ATTRIBUTES),
    "paragraphs": (HTML, b"<p>x", b"<p>" * (5 * MEBI)),
    "attributes of HTML": (HTML, b"<p>x", b"<a " + b" ".join(b"a%d" % i for i in range(110_000)) + b">"),
}
WITH_RULE = {"compare": {"ignore": ["/nothing"]}}  # so that lengths prove nothing


def typed(media_type, body, coded=False):
    headers = [("Content-Type", media_type)] + ([("Content-Encoding", "gzip")] if coded else [])
    return answers.answer(body=gzip.compress(body) if coded else body, headers=headers)


def peak_bytes(proxy):
    with open(f"/proc/{proxy.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def ask_at_once(proxy, count):
    def ask():
        with proxy.client(timeout=30) as client:
            assert client.get("/").status == 200

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.timing
@pytest.mark.parametrize("kind", BOMBS)
def test_many_bombs_take_no_more_than_the_budget(primary, candidate, run, kind):
    media_type, small, large = BOMBS[kind]
    count = 20 if "attributes" in kind else 100  # those are long as they come
    primary.always(typed(media_type, small))
    candidate.always(typed(media_type, large, coded=True))
    proxy = run(primary, candidate, service=WITH_RULE, limits={"comparisons": "64MiB"})
    with proxy.client() as client:
        client.get("/")
    proxy.wait_for_exchanges(1)
    idle = proxy.resident_bytes()
    _, seconds = timed(lambda: ask_at_once(proxy, count))
    assert seconds < 10, "clients waited"
    report = proxy.wait_for_exchanges(count + 1, deadline=60)
    assert report["incomparable"]["too_large"] == count + 1
    assert peak_bytes(proxy) <= (64 + 64) * MEBI
    poll("memory given back", lambda: proxy.resident_bytes() <= idle + 16 * MEBI)


@pytest.mark.timing
def test_large_plain_answers_take_no_more_than_the_budget_either(primary, candidate, run):
    primary.always(typed(JSON, b"[1]"))
    candidate.always(typed(JSON, b"[" + b"1," * (MEBI // 2 - 8) + b"1]"))
    proxy = run(primary, candidate, service=WITH_RULE)
    ask_at_once(proxy, 8)
    assert proxy.wait_for_exchanges(8, deadline=60)["exchanges"]["mismatch"] == 8
    assert peak_bytes(proxy) <= (128 + 64) * MEBI


def test_the_budget_is_in_the_metrics(primary, candidate, run):
    primary.always(typed(XML, b"<a><b/></a>"))
    candidate.always(typed(XML, b"<a><c/></a>"))
    proxy = run(primary, candidate, limits={"comparisons": "48MiB"})
    ask_at_once(proxy, 3)
    proxy.wait_for_exchanges(3)
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_comparisons_total") == 3
    assert total_of(metrics, "parallax_comparisons_shed_total") == 0
    assert total_of(metrics, "parallax_comparisons_memory_max_bytes") == 48 * MEBI
    assert total_of(metrics, "parallax_comparisons_threads") == max(1, os.cpu_count() // 2)
    poll("memory set aside is free again", lambda: total_of(proxy.metrics(), "parallax_comparisons_memory_bytes") == 0)


def test_threads_that_compare_have_a_low_priority(primary, candidate, run):
    proxy = run(primary, candidate)
    folder = f"/proc/{proxy.process.pid}/task"

    def values():
        stats = [open(f"{folder}/{task}/stat", encoding="ascii").read() for task in os.listdir(folder)]
        return [int(stat.rsplit(")", 1)[1].split()[16]) for stat in stats]

    usual = os.getpriority(os.PRIO_PROCESS, 0)
    lowered = min(19, usual + 10)
    poll("threads of a low priority", lambda: values().count(lowered) == max(1, os.cpu_count() // 2))
    assert values().count(usual) >= 3, "who serves clients has been lowered"


@pytest.mark.threads
def test_the_drain_is_kept_however_much_is_to_be_compared(primary, candidate, run):
    """What is not compared by then is counted as that, in the store."""
    primary.always(typed(HTML, b"<p>x"))
    candidate.always(typed(HTML, b"<p>" * (340 * 1024)))
    proxy = run(primary, candidate, drain="300ms", store="sqlite:counts.db")
    ask_at_once(proxy, 40)
    proxy.terminate()
    code, seconds = timed(lambda: proxy.wait_exit(15))
    assert code == 0 and seconds < 5
    again = run(primary, candidate, store="sqlite:counts.db")
    report = again.report()
    assert report["exchanges"]["total"] == 40
    assert report["incomparable"]["shed"] > 0
    assert sum(report["incomparable"].values()) + report["exchanges"]["mismatch"] == 40, report["incomparable"]


def test_names_are_looked_up_while_much_is_compared(primary, candidate, run):
    """libuv has four threads for names and files: what is compared must not be there."""
    candidate.always(typed(HTML, b"<p>" * (340 * 1024)))
    primary.on("/", typed(HTML, b"<p>x"))
    services = [
        {"name": "test", "primary": primary.url, "candidate": candidate.url},
        {"name": "named", "hosts": ["named.test"], "primary": primary.url.replace("127.0.0.1", "localhost")},
    ]
    proxy = run(primary, services=services, drain="100ms")
    ask_at_once(proxy, 12)
    with proxy.client(timeout=10) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: named.test\r\n\r\n")
        response, seconds = timed(client.read_response)
        assert response.status == 200 and seconds < 2
    assert total_of(proxy.metrics(), "parallax_comparisons_waiting") > 0, "all of it was compared by then"


# Which of the two is read first must not decide what an exchange comes to.
@pytest.mark.parametrize("late", ["primary", "candidate"])
@pytest.mark.parametrize("coded", ["primary", "candidate"])
def test_a_coded_body_is_compared_with_a_plain_one_whoever_is_faster(primary, candidate, run, late, coded):
    body = b'{"list": [' + b", ".join(b'"item"' for _ in range(100_000)) + b"]}"
    for origin, name in ((primary, "primary"), (candidate, "candidate")):
        answer = typed(JSON, body, coded=name == coded)
        origin.always(answers.late(0.2, answer) if name == late else answer)
    proxy = run(primary, candidate)
    with proxy.client(timeout=30) as client:
        client.get("/")
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["match"] == 1, report["incomparable"]


# Compact, indented, coded: all of it is far more than an empty list.
@pytest.mark.parametrize("coded", [False, True], ids=["plain", "coded"])
@pytest.mark.parametrize("late", [0, 0.05], ids=["at once", "late"])
@pytest.mark.parametrize("body", [b"[" + b"1234567," * 22361 + b"1]", b"[" + (b" " * 30 + b"12,\n") * 5261 + b"1]"], ids=["compact", "indented"])
def test_an_empty_list_is_another_than_178890_bytes(primary, candidate, run, body, late, coded):
    primary.always(answers.json([]))
    answer = typed(JSON, body, coded=coded)
    candidate.always(answers.late(late, answer) if late else answer)
    proxy = run(primary, candidate)
    with proxy.client(timeout=30) as client:
        client.get("/")
    assert proxy.wait_for_exchanges(1)["exchanges"]["mismatch"] == 1


def test_a_bomb_differs_from_a_short_answer_by_its_length(primary, candidate, run):
    primary.always(answers.json({"ok": 1}))
    candidate.always(typed(JSON, b"[" + b"1," * (7 * MEBI) + b"1]", coded=True))
    proxy = run(primary, candidate)
    with proxy.client(timeout=30) as client:
        client.get("/")
    report = proxy.wait_for_exchanges(1)
    assert report["exchanges"]["mismatch"] == 1
    fields = {field["field"]: field for field in report["endpoints"][0]["fields"]}
    assert fields["body"]["example"]["candidate"].startswith("more than ")


def test_what_copies_have_too_much_takes_little_time_of_clients(primary, candidate, run):
    """A megabyte of white space, beside which the answer is equal: read now and then, and cut where much of it comes at once."""
    primary.always(typed("application/json", b"[1]"))
    candidate.always(typed("application/json", b"[1" + b" " * 900_000 + b"]"))
    proxy = run(primary, candidate, workers=1)
    ask_at_once(proxy, 150)
    report = proxy.wait_for_exchanges(150, deadline=30)
    assert report["incomparable"]["truncated"] > 0 and report["exchanges"]["match"] > 0, report["exchanges"]
    assert report["exchanges"]["match"] + report["incomparable"]["truncated"] + report["uncopied"]["shed"] == 150, report["exchanges"]
    before = report["exchanges"]["match"]
    time.sleep(1.1)
    with proxy.client() as client:
        client.get("/")
    assert proxy.wait_for_exchanges(151)["exchanges"]["match"] == before + 1


def test_the_trailer_of_a_copy_that_was_cut_is_not_missed(primary, candidate, run):
    """It is read no further than is kept, beside a coded answer that is shorter: what comes behind is not known, and no difference."""
    text = random.Random(7).randbytes(150_000).hex().encode()
    trailer = {"trailers": [("X-Sum", "1")], "headers": [("Trailer", "X-Sum"), ("Content-Type", "text/plain")]}
    coded = {**trailer, "headers": [*trailer["headers"], ("Content-Encoding", "gzip")]}
    primary.always(answers.answer(chunks=[gzip.compress(text)], **coded))
    candidate.always(answers.answer(chunks=[text[at : at + 8192] for at in range(0, len(text), 8192)], **trailer))
    proxy = run(primary, candidate, service={"limits": {"capture": "64KiB"}, "compare": {"headers": ["X-Sum"]}})
    ask_at_once(proxy, 3)
    report = proxy.wait_for_exchanges(3)
    assert report["incomparable"]["truncated"] == 3, (report["exchanges"], report["causes"])
