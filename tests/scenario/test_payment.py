# SPDX-License-Identifier: Apache-2.0
"""The example's payment monolith: every version, and the rewrite without its faults, must do what the seed's does."""
import json
import subprocess

import pytest
from harness.client import Client
from harness.payment import Service
from harness.proxy import BUILD

VERSIONS = {"v1": ["v1"], "new, faithful": ["new", "--faithful"], "v2": ["v2"], "v3": ["v3"]}
PAYROLLS = [("user 1", 10549.95), ("user 2", 6549.95), ("user 3", 1449.95)]
INVOICINGS = [("user 1", 4549.95), ("user 2", 549.95), ("user 3", 1049.95)]


@pytest.fixture(params=VERSIONS.values(), ids=VERSIONS)
def service(request, make_origin):
    """v2 and v3 have a microservice that takes everything."""
    more = ["--notifications", make_origin().url] if request.param[0] in ("v2", "v3") else []
    started = Service(*request.param, *more)
    yield started
    if started.process.poll() is None:
        started.stop()


def text(kind, number, to, total):
    return f'{{"id":{number},"{kind}":{json.dumps(to)},"total":{total}}}'


@pytest.mark.parametrize("path, kind, seeded", [("/payroll", "shipTo", PAYROLLS), ("/invoicing", "billTo", INVOICINGS)])
def test_what_the_seed_says_of_each_request(service, path, kind, seeded):
    listed = service.ask("GET", path)
    assert listed.status == 200 and listed.get("Content-Type") == "application/json"
    assert listed.body.decode() == "[" + ",".join(text(kind, i, to, total) for i, (to, total) in enumerate(seeded)) + "]"

    made = service.ask("POST", path, json.dumps({kind: "Juablaz", "total": 320}), [("Content-Type", "application/json")])
    assert made.status == 201 and made.body.decode() == text(kind, 3, "Juablaz", "320.0")
    assert made.get("Location").endswith(path + "/3") and made.get("Location").startswith("http://")

    assert service.ask("GET", path + "/3").body.decode() == text(kind, 3, "Juablaz", "320.0")
    unknown = service.ask("GET", path + "/99")
    assert unknown.status == 404 and unknown.body == b""

    put = service.ask("PUT", path + "/3", json.dumps({"id": 77, kind: "Ana", "total": 0.5}))
    assert put.status == 200 and put.body.decode() == text(kind, 3, "Ana", 0.5)
    assert service.ask("PUT", path + "/99", json.dumps({kind: "Ana", "total": 1})).status == 404

    gone = service.ask("DELETE", path + "/3")
    assert gone.status == 200 and gone.body.decode() == text(kind, 3, "Ana", 0.5)
    assert service.ask("DELETE", path + "/3").status == 404 and service.ask("GET", path + "/3").status == 404
    # Ids are not given again.
    assert json.loads(service.ask("POST", path, json.dumps({kind: "x", "total": 1})).body)["id"] == 4


@pytest.mark.parametrize("service", [["v1"], ["new", "--faithful"], ["v2"]], indirect=True, ids=" ".join)
def test_what_is_saved_is_notified_the_seeded_rows_too(service):
    service.ask("POST", "/payroll", '{"shipTo":"Juablaz","total":320}')
    service.ask("POST", "/invoicing", '{"billTo":"Juablaz","total":1e7}')
    service.stop()
    said = [line for line in service.log if line.startswith("Payroll")]
    assert said[:3] == [f"Payroll {i} shipped to {to} of {total}" for i, (to, total) in enumerate(PAYROLLS)]
    assert said[3:6] == [f"Payroll {i} billed to {to} of {total}" for i, (to, total) in enumerate(INVOICINGS)]
    assert said[6:] == ["Payroll 3 shipped to Juablaz of 320.0", "Payroll 3 billed to Juablaz of 1.0E7"]


@pytest.mark.parametrize(
    "number, printed",
    [("0", "0.0"), ("320", "320.0"), ("0.1", "0.1"), ("1e-3", "0.001"), ("9.99e-4", "9.99E-4"), ("9999999.5", "9999999.5"), ("1e7", "1.0E7"), ("12345678", "1.2345678E7"),
     ("1e21", "1.0E21"), ("-320.25", "-320.25"), ("0.30000000000000004", "0.30000000000000004"), ("1e-300", "1.0E-300"), ("5e-324", "4.9E-324"),
     ("2e23", "2.0E23"), ("100", "100.0"), ("0.001", "0.001"), ("0.0012", "0.0012"), ("1.7976931348623157e308", "1.7976931348623157E308"),
     ("9223372036854775808", "9.223372036854776E18"), ("-0.0", "-0.0")],
)  # fmt: skip
def test_totals_are_printed_as_java_prints_doubles(service, number, printed):
    assert service.ask("POST", "/payroll", f'{{"shipTo":"a","total":{number}}}').body.decode() == text("shipTo", 3, "a", printed)


def test_head_is_get_without_the_body(service):
    for path in ("/payroll", "/payroll/0", "/inventory"):
        head, got = service.ask("HEAD", path), service.ask("GET", path)
        assert (head.status, head.body) == (200, b"") and head.get("Content-Length") == str(len(got.body))


@pytest.mark.parametrize("method, path, allow", [("PATCH", "/payroll", "GET, HEAD, POST"), ("POST", "/payroll/0", "GET, HEAD, PUT, DELETE"), ("PUT", "/status", "GET, HEAD")])
def test_other_methods_are_told_which_there_are(service, method, path, allow):
    refused = service.ask(method, path)
    assert refused.status == 405 and refused.get("Allow") == allow


@pytest.mark.parametrize("path", ["/", "/payrol", "/payrolls", "/payroll/", "/payroll/+0", "/payroll/-1", "/payroll/0x0", "/payroll/0/1", "/payroll/99999999999999999999"])
def test_what_is_not_there_is_a_404_without_a_body(service, path):
    unknown = service.ask("GET", path)
    assert (unknown.status, unknown.body) == (404, b"")


def test_the_location_has_the_host_that_was_asked(service):
    with Client(service.address) as client:
        made = client.request("POST", "/payroll", [], b'{"shipTo":"a","total":1}', host="payment.service")
    assert made.get("Location") == "http://payment.service/payroll/3"


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--port", "65536"], ["--port", ""], ["--latency", "-1"], ["--nonsense"], ["more"], ["--host", "x"]], ids=" ".join)
@pytest.mark.parametrize("name", ["v1", "new", "notification"])
def test_wrong_use_ends_with_2(name, arguments):
    done = subprocess.run([BUILD / "examples" / "payment" / f"payment-{name}", *arguments], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 2 and "usage:" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("body", ["", "{", "[]", '{"shipTo":1}', '{"total":"1"}', "\x00", '{"shipTo":"\xff"}'.encode("latin-1")])
def test_bad_bodies_are_refused_and_change_nothing(service, body):
    assert service.ask("POST", "/payroll", body).status == 400
    assert len(json.loads(service.ask("GET", "/payroll").body)) == 3


def test_a_body_that_is_too_large_is_refused(service):
    assert service.ask("POST", "/payroll", b"x" * 100_000).status == 413


def test_the_inventory_names_the_version_and_the_status_never_repeats(service):
    assert json.loads(service.ask("GET", "/inventory").body)["version"] in ("v1", "v2", "v3")
    first, second = (json.loads(service.ask("GET", "/status").body) for _ in range(2))
    assert first["requestId"] != second["requestId"] and first["time"] != second["time"]
    assert {key: value for key, value in first.items() if key not in ("time", "requestId")} == {"service": "payment", "payrolls": 3}


def test_the_new_service_has_its_four_faults():
    old, new = Service("v1"), Service("new")
    try:
        assert json.loads(new.ask("GET", "/payroll/0").body)["total"] == 10550
        assert new.ask("GET", "/payroll/99").status == 200 and old.ask("GET", "/payroll/99").status == 404
        assert "total" not in json.loads(new.ask("GET", "/invoicing").body)[0]
        assert "bill_to" in json.loads(new.ask("GET", "/invoicing/0").body)
        assert new.ask("GET", "/payroll").body == old.ask("GET", "/payroll").body
    finally:
        old.stop()
        new.stop()
