# SPDX-License-Identifier: Apache-2.0
"""A scanner's paths hide no real endpoint, whether they are answered or not, and whatever comes first."""
import json

import pytest
from harness import answers

INVENTED = 3000


def scan(proxy, count=INVENTED):
    """Each path once, and each of another shape."""
    with proxy.client(timeout=30) as client:
        for at in range(0, count, 50):
            client.send(
                b"".join(
                    f"GET /{'/'.join(f'{(number * 7919 + depth) % 99991:x}z' for depth in range(1 + number % 12))} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                    for number in range(at, at + 50)
                )
            )
            for _ in range(50):
                client.read_response()


def endpoints_of(report):
    return {endpoint["endpoint"]: endpoint for endpoint in report["endpoints"]}


@pytest.mark.parametrize("status", [404, 200])
def test_real_endpoints_are_seen_beside_3000_invented_paths(primary, candidate, run, status):
    for origin, total in ((primary, 1), (candidate, 2)):
        origin.always(answers.json({"ok": True}, status=status))
        origin.on("/payroll", answers.json({"total": 1}))
        origin.on("/differs", answers.json({"total": total}))
    proxy = run(primary, candidate, service={"limits": {"copies": 100000}, "timeout": {"copy": "60s"}, "fold": "no"})
    scan(proxy)
    with proxy.client() as client:
        for _ in range(5):
            assert client.get("/payroll").status == client.get("/differs").status == 200
    report = proxy.wait_for_exchanges(INVENTED + 10, deadline=60)
    found = endpoints_of(report)
    assert found["GET /payroll"]["exchanges"]["match"] == 5
    assert found["GET /differs"]["exchanges"]["mismatch"] == 5
    assert sum(endpoint["exchanges"]["total"] for endpoint in report["endpoints"]) == report["exchanges"]["total"] == INVENTED + 10
    if status == 404:
        assert found["(not found)"]["exchanges"]["match"] == INVENTED and len(found) == 3
        answer = proxy.ask_admin("POST", "/api/v1/services/test/reset", body=json.dumps({"endpoint": "(not found)"}).encode())
        assert answer.status // 100 == 2, answer.body
    else:
        assert len(found) <= 1001
