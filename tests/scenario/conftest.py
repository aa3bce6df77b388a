# SPDX-License-Identifier: Apache-2.0
"""
The stage of every scenario: origins for the three roles and `run`, which starts the proxy between them.

    def test_something(primary, candidate, run):
        proxy = run(primary, candidate)
        with proxy.client() as client:
            client.get("/")
        assert proxy.wait_for_exchanges(1)["exchanges"]["match"] == 1

What was started is stopped after each scenario, however it ended, and has to leave properly. PLX_BUILD names the build directory to try.
"""
import copy
import os

import pytest
from harness.names import NameServer
from harness.origin import Origin
from harness.postgresql import Cluster
from harness.proxy import PROGRAM, Proxy
from harness.spy import ProxyWithSpies, Spies, make_spy


def pytest_configure(config):
    config.addinivalue_line("markers", "timing: says something about time or memory, which sanitizers change")
    config.addinivalue_line("markers", "threads: several threads of the proxy are at work; worth a run under TSan")
    # What commands print fits into COLUMNS. The caller may have it, and pytest 8 loads readline, which sets it behind os.environ's back.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
        os.unsetenv(name)


def pytest_sessionstart(session):
    if not PROGRAM.exists():
        pytest.exit(f"{PROGRAM} is not there; `./dev build` makes it", returncode=1)


@pytest.fixture
def make_origin():
    origins = []

    def make(name="origin", **options):
        origins.append(Origin(name, **options))
        return origins[-1]

    yield make
    for origin in origins:
        origin.stop()


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL cluster (harness/postgresql.py): postgresql.database("CREATE TABLE ...") gives a URL."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture
def names():
    """A server of names (harness/names.py), whose address is for `resolver`."""
    server = NameServer()
    yield server
    server.stop()


@pytest.fixture
def primary(make_origin):
    return make_origin("primary")


@pytest.fixture
def candidate(make_origin):
    return make_origin("candidate")


@pytest.fixture
def secondary(make_origin):
    return make_origin("secondary")


def url_of(role):
    return role if isinstance(role, str) else role.url


def make_config(primary, candidate=None, secondary=None, service=None, **top):
    """A configuration with one service, `test`. service: more keys of the service; top: of the file."""
    made = {"name": "test", "primary": url_of(primary)}
    if candidate:
        made["candidate"] = url_of(candidate)
    if secondary:
        made["secondary"] = url_of(secondary)
    made["stage"] = "shadow" if candidate else "primary"
    made.update(service or {})
    config = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "store": "sqlite:parallax.db", "workers": 2, "services": [made]}
    config.update(top)
    return copy.deepcopy(config)


@pytest.fixture
def run(tmp_path):
    """Starts proxies: run(primary, candidate, secondary, service={...}, workers=1), or run(config=TEXT), or run(flags=[...])."""
    proxies = []

    def start(*roles, config=None, flags=None, wait=True, descriptors=None, sockets=(), env=None, prefix=(), **options):
        if flags is None and config is None:
            config = make_config(*roles, **options)
        proxies.append(Proxy(tmp_path, config, flags or (), wait, descriptors, sockets, env, prefix))
        return proxies[-1]

    yield start
    stop_all(proxies)


def stop_all(proxies):
    failures = []
    for proxy in proxies:
        try:
            proxy.stop()
        except AssertionError as error:
            failures.append(str(error))
    assert not failures, "\n".join(failures)


@pytest.fixture
def spy(tmp_path):
    """Starts spies: spy(real, window="2s", top={...}), or spy(flags=[...]), or with services around it: spy(real, run=CONFIG)."""
    started = []

    def start(real=None, flags=None, run=None, top=None, wait=True, **keys):
        config = None
        if flags is None or real or keys:
            base = run or {"admin": "127.0.0.1:0", "store": "sqlite:parallax.db"}
            config = {**base, "spies": [make_spy(real, **keys)], **(top or {})}
        started.append((ProxyWithSpies if run else Spies)(tmp_path, config, flags or (), wait))
        return started[-1]

    yield start
    stop_all(started)
