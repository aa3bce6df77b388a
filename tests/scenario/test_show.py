# SPDX-License-Identifier: Apache-2.0
"""`parallax show ID`: one recorded mismatch whole, as people read it and as the API has it."""
import json

from harness import answers
from harness.proxy import run_command
from harness.spy import EXCHANGE


def show(proxy, *arguments):
    return run_command("show", *arguments, "--admin", "http://%s:%d" % proxy.admin)


def recorded(proxy, *request, **more):
    with proxy.client() as client:
        client.request(*request, **more)
    proxy.wait_for_exchanges(1)
    [record] = proxy.differences()
    return record


def test_request_and_both_answers_are_whole(primary, candidate, run):
    primary.always(answers.json(b'{"total":320.5,"items":[],"who":{"name":"a, {b}: \\"c\\""}}'))
    candidate.always(answers.json({"total": 320}, status=202))
    proxy = run(primary, candidate, service={"routes": [{"match": "POST /**", "copy": "always"}]})
    record = recorded(proxy, "POST", "/payroll?year=1", [("X-Trace", "t1")], b'{"employee": 3}')
    told = show(proxy, record["id"])
    assert (told.returncode, told.stderr) == (0, "")
    head, request, old, new = (part.strip("\n") for part in told.stdout.replace("\nprimary\n", "\0").replace("\ncandidate\n", "\0").replace("\nrequest\n", "\0").split("\0"))
    assert record["id"] in head and "320.5" in head
    assert request.startswith("  POST /payroll?year=1\n") and "  X-Trace: t1\n" in request
    assert request.endswith('\n\n  {\n    "employee": 3\n  }')
    assert old.startswith("  200 in ") and old.endswith(
        '\n\n  {\n    "total": 320.5,\n    "items": [],\n    "who": {\n      "name": "a, {b}: \\"c\\""\n    }\n  }'
    )
    assert new.startswith("  202 in ") and new.endswith('\n\n  {\n    "total": 320\n  }')
    assert json.loads(show(proxy, record["id"], "--json").stdout) == proxy.admin_json(f"/api/v1/exchanges/{record['id']}")


def test_text_keeps_its_lines_and_can_do_nothing_to_a_terminal(primary, candidate, run):
    primary.always(answers.text("{one\ntwo\x1b[2J\n".encode()))
    candidate.always(answers.text(b"\x00\xff\xfe\x00" * 16))
    proxy = run(primary, candidate)
    told = show(proxy, recorded(proxy, "GET", "/")["id"])
    assert told.returncode == 0
    assert told.stdout.split("\nprimary\n")[1].split("\ncandidate\n")[0].endswith("\n\n  {one\n  two\\x1B[2J\n")
    assert told.stdout.endswith("\n\n  64 bytes that are no text\n")
    assert "\x1b" not in told.stdout


def test_an_answer_that_broke_off_says_so(primary, candidate, run):
    primary.always(answers.json({"a": 1}))
    candidate.always(answers.short_body())
    proxy = run(primary, candidate)
    primary.always(answers.text(b"here", status=404))
    told = show(proxy, recorded(proxy, "GET", "/")["id"])
    side = told.stdout.split("\ncandidate\n")[1]
    assert side.startswith("  failed: reset\n  200\n") and side.endswith('  {\n    "ok": true\n  }\n  cut here: 13 bytes came\n')


def test_of_a_spy_it_shows_both_calls(make_origin, spy):
    real = make_origin("real").always(answers.json({"sent": True}, status=201))
    spies = spy(real)
    for side, total in (("primary", "320.0"), ("candidate", "32")):
        spies.call(side, body=b'{"total":%s}' % total.encode(), exchange=EXCHANGE, headers=[("Content-Type", "application/json")])
    spies.wait_for_counts(different=1)
    told = show(spies, spies.spy_differences()[0]["id"])
    assert told.returncode == 0 and "\nrequest\n" not in told.stdout
    for side, total in (("primary", "320.0"), ("candidate", "32")):
        call = told.stdout.split(f"\n{side}\n")[1].split("\ncandidate\n")[0]
        assert call.startswith("  POST /notification\n") and f'\n\n  {{\n    "total": {total}\n  }}\n' in call


def test_of_an_experiment_it_shows_both_results(primary, candidate, run):
    proxy = run(primary, candidate)
    run_of = {"experiment": "e", "control": {"name": "control", "value": {"n": 1}, "wall": 0.1}}
    other = {"name": "candidate", "verdict": "mismatch", "value": {"n": 2}, "wall": 0.1}
    other["differences"] = [{"field": "/n", "kind": "value", "control": "1", "candidate": "2"}]
    assert proxy.ask_admin("POST", "/api/v1/experiments", [], json.dumps({**run_of, "candidates": [other]}).encode()).status == 200
    told = show(proxy, proxy.admin_json("/api/v1/experiments/e/differences")["differences"][0]["id"])
    old, new = told.stdout.split("\ncontrol\n")[1].split("\ncandidate\n")
    assert '\n    "value": {\n      "n": 1\n    }' in old and '\n    "value": {\n      "n": 2\n    }' in new


def test_wrong_use_says_what_is_wrong(primary, candidate, run):
    proxy = run(primary, candidate)
    for arguments, words in (((), "give the id"), (("a", "b"), "give the id"), (("unknown",), "no exchange 'unknown' is recorded")):
        told = show(proxy, *arguments)
        assert (told.returncode, told.stdout) == (2, "") and words in told.stderr and told.stderr.count("\n") == 1
