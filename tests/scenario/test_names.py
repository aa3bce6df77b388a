# SPDX-License-Identifier: Apache-2.0
"""
Names of roles: looked up once for all workers and outside of the requests' way, kept by their time to live, followed when they change; and
what it means for clients when a name hangs, can't be found, or has addresses that take no connections.
"""
import contextlib
import os
import signal
import socket
import subprocess
import time

import pytest
from conftest import make_config
from harness import answers
from harness.names import AAAA, A, NameServer
from harness.origin import Origin
from harness.proxy import poll, run_command, total_of

QUICK = 0.9  # a look-up that hangs, or a connection that is waited for, costs a second at least


def named(origin, name):
    return f"http://{name}:{origin.port}"


def timed(client, host="test.example"):
    began = time.monotonic()
    response = client.request("GET", "/", host=host)
    return response.status, time.monotonic() - began


@contextlib.contextmanager
def origins_at(*hosts):
    """Origins on the same port of several addresses."""
    made = []
    try:
        made.append(Origin(hosts[0], host=hosts[0]))
        for host in hosts[1:]:
            made.append(Origin(host, host=host, port=made[0].port))
        for one in made:
            one.always(answers.text(one.host.encode()))
        yield made
    finally:
        for one in made:
            one.stop()


@contextlib.contextmanager
def hanging_listener(host, port=0):
    """Takes no connection, and refuses none."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server((host, port), backlog=0))
        for _ in range(4):  # the kernel takes one or two of them, and says nothing to all that follow
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()[1]


# ---- a candidate's name, and clients of the primary


def test_a_candidates_name_that_hangs_costs_no_client_anything(primary, names, run):
    names.know("old.example", "127.0.0.1", ttl=1)
    names.hang("new.example")
    other = {"name": "other", "hosts": ["other"], "primary": named(primary, "old.example")}
    config = make_config(named(primary, "old.example"), "http://new.example:80", resolver=names.address)
    config["services"].append(other)
    proxy = run(config=config)
    told = proxy.log.wait_event("name_unknown", name="new.example")
    assert told["of"] == "candidate of test" and "resolver" in told["mend"]
    slowest = 0
    for _ in range(10):
        with proxy.client() as client:
            for count in range(30):
                status, took = timed(client, "other" if count % 2 else "test")
                assert status == 200
                slowest = max(slowest, took)
    assert slowest < QUICK, f"a request took {slowest} s"
    assert proxy.wait_for_exchanges(150)["incomparable"]["connect"] == 150
    began = time.monotonic()
    proxy.stop()
    assert time.monotonic() - began < 2, "nobody waits for a look-up at the end"


def test_nobody_waits_for_a_canary_whose_name_is_none(primary, names, run):
    proxy = run(primary, "http://nobody.example:80", resolver=names.address, workers=1, service={"stage": "canary", "share": "100%"})
    proxy.log.wait_event("name_unknown")
    with proxy.client() as client:
        began = time.monotonic()
        for _ in range(20):
            assert client.get("/").status == 200
        assert time.monotonic() - began < QUICK
        fallbacks = proxy.wait_for_exchanges(20)["fallbacks"]
        assert fallbacks["connect"] + fallbacks["ejected"] == 20 and fallbacks["connect"] >= 5
        names.know("nobody.example", "127.0.0.1")
        proxy.log.wait_event("name_known")


# ---- at the start and at a reload


def test_the_start_waits_for_names_and_tells_which_are_none(primary, names, run):
    names.know("old.example", "127.0.0.1")
    proxy = run(named(primary, "old.example"), "http://nobody.example:80", resolver=names.address)
    told = proxy.log.wait_event("name_unknown", name="nobody.example")
    assert told["level"] == "warn" and told["of"] == "candidate of test" and "no such name" in told["reason"]
    order = [event["event"] for event in proxy.log.events() if event["event"] in ("name_unknown", "listening")]
    assert order == ["name_unknown", "listening"]
    with proxy.client() as client:
        assert client.get("/").status == 200
    assert names.count("old.example") == 1, "one look-up is for all workers"


def test_a_name_that_hangs_holds_the_start_up_for_two_seconds_at_most(names, run):
    names.hang("old.example")
    began = time.monotonic()
    proxy = run("http://old.example:80", resolver=names.address, workers=1)
    assert 1.5 < time.monotonic() - began < 5
    assert proxy.log.wait_event("name_unknown")["name"] == "old.example"


def test_a_reload_looks_names_up_before_it_is_in_force(primary, names, run):
    names.know("old.example", "127.0.0.1")
    proxy = run(primary, resolver=names.address)
    proxy.reload(make_config(named(primary, "old.example"), "http://nobody.example:80", resolver=names.address))
    assert proxy.log.wait_event("name_unknown")["of"] == "candidate of test"
    order = [event["event"] for event in proxy.log.events() if event["event"] in ("name_unknown", "reloaded")]
    assert order == ["name_unknown", "reloaded"]
    with proxy.client() as client:
        assert client.get("/").status == 200
    proxy.reload(make_config(named(primary, "old.example"), "http://nobody.example:80", resolver=names.address))
    proxy.log.wait_event("name_unknown", 2, name="nobody.example")


def test_a_name_that_hangs_holds_a_reload_up_for_two_seconds_at_most(primary, names, run):
    names.hang("new.example")
    proxy = run(primary, resolver=names.address, workers=1)
    began = time.monotonic()
    config = make_config(primary, "http://new.example:80", resolver=names.address)
    proxy.reload(config)
    assert 1.5 < time.monotonic() - began < 5
    assert proxy.log.wait_event("name_unknown")["of"] == "candidate of test"
    with proxy.client() as client:  # nor is anybody kept waiting by one under way, and what is read last counts
        proxy.write_config(config)
        names.hang("newer.example")
        config["services"][0]["candidate"] = "http://newer.example:80"
        proxy.write_config(config)
        proxy.signal(signal.SIGHUP)
        names.wait_for(1, "newer.example")
        status, took = timed(client)
        assert status == 200 and took < QUICK
        del config["services"][0]["candidate"]
        config["services"][0]["stage"] = "primary"
        proxy.reload(config)
    assert proxy.admin_json("/api/v1/services")["names"] == [], "what nobody wants any more is forgotten"
    assert len(proxy.log.events("reloaded")) == 2, "one that another one overtakes never comes into force"


def test_other_servers_are_asked_after_a_reload(primary, names, run):
    proxy = run(named(primary, "old.example"), workers=1, resolver=names.address)
    proxy.log.wait_event("name_unknown")
    with NameServer() as other:
        other.know("old.example", "127.0.0.1")
        proxy.reload(make_config(named(primary, "old.example"), resolver=[other.address], workers=1))
        with proxy.client() as client:
            assert client.get("/").status == 200


def test_one_name_of_many_is_looked_up_once(primary, names, run):
    names.fail("old.example")
    services = [{"name": f"s{number}", "hosts": [f"s{number}"], "primary": named(primary, "old.example")} for number in range(20)]
    proxy = run(config=make_config(primary, resolver=names.address, services=services))
    assert proxy.log.wait_event("name_unknown")["of"] == "primary of s0 and 19 more"
    names.know("old.example", "127.0.0.1")
    proxy.log.wait_event("name_known")
    asked = names.count("old.example")
    with proxy.client() as client:
        for number in range(20):
            assert timed(client, f"s{number}")[0] == 200
    assert names.count("old.example") == asked


def test_two_hundred_names_that_hang_are_looked_up_side_by_side(primary, names, run):
    names.know("old.example", "127.0.0.1")
    services = []
    for number in range(200):
        new = f"n{number}.example"
        names.hang(new)
        services.append({"name": f"s{number}", "hosts": [f"s{number}"], "primary": named(primary, "old.example"), "candidate": f"http://{new}:80"})
    began = time.monotonic()
    proxy = run(config=make_config(primary, resolver=names.address, services=services))
    assert time.monotonic() - began < 6
    with proxy.client() as client:
        for number in range(0, 200, 10):
            status, took = timed(client, f"s{number}")
            assert status == 200 and took < QUICK


def test_search_domains_hold(primary, names, run, monkeypatch):
    monkeypatch.setenv("LOCALDOMAIN", "corp.example")  # as `search` of /etc/resolv.conf
    names.know("old.corp.example", "127.0.0.1")
    proxy = run(named(primary, "old"), workers=1, resolver=names.address)
    with proxy.client() as client:
        assert client.get("/").status == 200


def test_a_server_of_names_that_is_not_there(primary, run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    began = time.monotonic()
    proxy = run(primary, "http://new.example:80", resolver=f"127.0.0.1:{port}")
    assert time.monotonic() - began < 5
    assert proxy.log.wait_event("name_unknown")["reason"] in ("no server of names can be reached", "no server of names has answered yet")
    with proxy.client() as client:
        status, took = timed(client)
        assert status == 200 and took < QUICK


# ---- while a name can't be found


def test_a_failed_look_up_is_not_remembered(primary, names, run):
    names.know("other.example", "127.0.0.1")
    proxy = run(named(primary, "late.example"), resolver=names.address, workers=1)
    proxy.log.wait_event("name_unknown", name="late.example")
    with proxy.client() as client:
        status, took = timed(client)
        assert status == 502 and took < 2.5, "it waits for the next look-up, and no longer"
        names.know("late.example", "127.0.0.1")
        status, took = timed(client)
        assert status == 200 and took < 2.5, "it waits for the next look-up"
    assert proxy.log.wait_event("name_known", name="late.example")["addresses"] == "1"


def test_a_request_waits_for_the_look_up_within_its_time_to_connect(primary, names, run):
    names.hang("old.example")
    proxy = run(named(primary, "old.example"), resolver=names.address, workers=1, service={"timeout": {"connect": "700ms"}})
    with proxy.client() as client:
        status, took = timed(client)
        assert status == 502 and 0.6 < took < 2


def test_what_was_known_is_used_on_while_the_server_of_names_is_silent(primary, names, run):
    names.know("old.example", "127.0.0.1", ttl=1)
    proxy = run(named(primary, "old.example"), resolver=names.address, workers=1)
    names.hang("old.example")
    assert proxy.log.wait_event("name_stale", name="old.example")["reason"] == "no server of names has answered in time"
    with proxy.client() as client:
        status, took = timed(client)
        assert status == 200 and took < QUICK
    names.know("old.example", "127.0.0.1", ttl=1)
    proxy.log.wait_event("name_known", name="old.example")


# ---- names that have answers in time


def test_a_name_is_renewed_while_it_lives(primary, names, run):
    names.know("old.example", "127.0.0.1", ttl=1)
    names.know("long.example", "127.0.0.1", ttl=3600)
    run(named(primary, "old.example"), named(primary, "long.example"), resolver=names.address)
    names.wait_for(3, "old.example")
    assert names.count("long.example") == 1


def test_a_silent_family_holds_nothing_up(primary, names, run):
    names.know("old.example", "127.0.0.1")
    names.hang("old.example", AAAA)
    began = time.monotonic()
    proxy = run(named(primary, "old.example"), resolver=names.address, workers=1)
    assert time.monotonic() - began < 1.9
    with proxy.client() as client:
        assert client.get("/").status == 200


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "some.localhost", "[::1]", "127.0.0.1"])
def test_names_of_this_machine_need_no_server(names, run, host):
    with contextlib.ExitStack() as stack:
        origin = Origin("primary", host="::1" if host == "[::1]" else "127.0.0.1")
        stack.callback(origin.stop)
        proxy = run(f"http://{host}:{origin.port}", resolver=names.address, workers=1)
        with proxy.client() as client:
            assert client.get("/").status == 200
        assert not proxy.log.events("name_unknown")
    assert names.questions == []


def test_without_a_key_names_are_asked_of_the_systems_servers(primary, run):
    proxy = run(named(primary, "localhost"), workers=1)
    with proxy.client() as client:
        assert client.get("/").status == 200


def test_a_spys_dependency_has_a_name_too(make_origin, names, spy):
    real = make_origin("real")
    names.know("mail.example", "127.0.0.1")
    spies = spy(named(real, "mail.example"), top={"resolver": names.address})
    assert spies.call("primary", body=b"hello").status == 200
    [known] = spies.admin_json("/api/v1/services")["names"]
    assert (known["name"], known["of"], known["state"]) == ("mail.example", "real of test", "known")


# ---- several addresses


def test_addresses_take_turns(names, run):
    with origins_at("127.0.0.1", "127.0.0.2", "127.0.0.3") as three:
        names.know("old.example", *(one.host for one in three))
        proxy = run(named(three[0], "old.example"), resolver=names.address, workers=1)
        with proxy.client() as client:
            for _ in range(30):
                assert client.get("/").status == 200
        assert [len(one.requests) for one in three] == [10, 10, 10]
        assert [len(one.connections) for one in three] == [1, 1, 1], "each connection is kept and used again"


def test_an_address_that_is_refused_is_left_out(names, run):
    with origins_at("127.0.0.1", "127.0.0.2") as two:
        names.know("old.example", "127.0.0.1", "127.0.0.2", "127.0.0.3")
        proxy = run(named(two[0], "old.example"), resolver=names.address, workers=1)
        for _ in range(10):
            with proxy.client() as client:
                assert client.get("/").status == 200
        assert sorted(len(one.requests) for one in two) in ([4, 6], [5, 5])
        metrics = proxy.metrics()
        assert total_of(metrics, "parallax_name_left_out_total", name="old.example") == 1
        assert total_of(metrics, "parallax_name_addresses", name="old.example", state="left_out") == 1
        assert total_of(metrics, "parallax_name_addresses", name="old.example", state="in_use") == 2


def test_an_address_that_hangs_takes_a_quarter_of_a_second_once(names, run):
    with origins_at("127.0.0.1") as (origin,), hanging_listener("127.0.0.2", origin.port):
        names.know("old.example", "127.0.0.1", "127.0.0.2")
        proxy = run(named(origin, "old.example"), resolver=names.address, workers=1)
        times = []
        with proxy.client() as client:
            for _ in range(10):
                status, took = timed(client)
                assert status == 200
                times.append(took)
        assert 0.24 < max(times) < 1.5, times
        assert total_of(proxy.metrics(), "parallax_name_left_out_total", name="old.example") == 1, "it was tried once"


def test_addresses_that_all_hang_fail_within_the_time_to_connect(names, run):
    with hanging_listener("127.0.0.1") as port, hanging_listener("127.0.0.2", port):
        names.know("old.example", "127.0.0.1", "127.0.0.2")
        proxy = run(f"http://old.example:{port}", resolver=names.address, workers=1, service={"timeout": {"connect": "800ms"}})
        with proxy.client() as client:
            for _ in range(2):  # they are tried all the same where there is no other
                status, took = timed(client)
                assert status == 502 and 0.7 < took < 2


def test_a_name_whose_addresses_change_is_followed(names, run):
    with origins_at("127.0.0.1", "127.0.0.2") as (before, after):
        names.know("old.example", before.host, ttl=1)
        proxy = run(named(before, "old.example"), resolver=names.address, workers=1)
        with proxy.client() as client:
            for _ in range(3):
                assert client.get("/").body == b"127.0.0.1"
            assert len(before.connections) == 1
            names.know("old.example", after.host, ttl=1)
            poll("the new address", lambda: client.get("/").body == b"127.0.0.2")
            count = len(before.requests)
            for _ in range(20):
                assert client.get("/").body == b"127.0.0.2"
            assert len(before.requests) == count
        assert proxy.log.wait_event("name_changed", name="old.example")["addresses"] == "1"


def test_a_name_has_addresses_of_both_families(names, run):
    with origins_at("127.0.0.1") as (origin,):
        names.know("old.example", "127.0.0.1", "::1")  # nobody listens at the second one
        proxy = run(named(origin, "old.example"), resolver=names.address, workers=1)
        with proxy.client() as client:
            for _ in range(4):
                assert client.get("/").status == 200
        assert names.count("old.example", A) == names.count("old.example", AAAA) == 1


# ---- what is told


def test_status_and_metrics_tell_of_names(primary, names, run):
    names.know("old.example", "127.0.0.1")
    proxy = run(named(primary, "old.example"), "http://nobody.example:80", resolver=names.address)
    proxy.log.wait_event("name_unknown")
    by_name = {one["name"]: one for one in proxy.admin_json("/api/v1/services")["names"]}
    old, nobody = by_name["old.example"], by_name["nobody.example"]
    assert old == {"name": "old.example", "of": "primary of test", "state": "known", "addresses": 1, "left_out": 0, "lookups": 1, "failures": 0}
    assert nobody["state"] == "unknown" and nobody["addresses"] == 0 and nobody["failures"] >= 1
    metrics = proxy.metrics()
    assert total_of(metrics, "parallax_name_lookups_total", name="old.example") == 1
    assert total_of(metrics, "parallax_name_lookup_failures_total", name="nobody.example") >= 1
    assert total_of(metrics, "parallax_name_known", name="old.example") == 1
    assert total_of(metrics, "parallax_name_known", name="nobody.example") == 0
    text = run_command("status", "--admin", "http://{}:{}".format(*proxy.admin)).stdout
    assert "name nobody.example (candidate of test): unknown, " in text and "name old.example" not in text


def may_mount():
    """Whether this user may put another /etc/resolv.conf before a process, and serve names at port 53 of loopback, which that file can't name otherwise."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="needs a mount namespace and port 53")
def test_another_server_in_resolv_conf_is_asked_without_a_reload(primary, run, tmp_path):
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 127.0.0.78\n", encoding="ascii")  # where nobody answers
    before = ["unshare", "-m", "sh", "-c", f'mount --bind {file} /etc/resolv.conf && exec "$@"', "sh"]
    proxy = run(named(primary, "old.example"), prefix=before)
    proxy.log.wait_event("name_unknown", name="old.example")
    server = NameServer("127.0.0.77", 53)
    try:
        server.know("old.example", "127.0.0.1")
        with open(file, "w", encoding="ascii") as same:  # the same file, as who mounts it keeps it
            same.write("nameserver 127.0.0.77\n")
        proxy.log.wait_event("name_servers_changed")
        proxy.log.wait_event("name_known", name="old.example")
        with proxy.client() as client:
            assert client.get("/").status == 200
    finally:
        server.stop()
