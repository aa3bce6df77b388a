# SPDX-License-Identifier: Apache-2.0
"""
Spies as real processes: `parallax spy`, and the spies of a `parallax run`.

    spies = Spies(folder, {"spies": [make_spy(real)]})
    spies.call("primary", "POST", "/notification", body=b"hello")
    assert spies.compare() == "true"
"""
from . import client
from .proxy import Proxy, address_of, poll

EXCHANGE = "01M89F5F2BSYWSJAR33F17QS56"
SHORT = "400ms"  # a window for calls that are to be given up


def make_spy(real=None, name="test", **keys):
    """A spy's configuration. Equal calls pair at once, so its window is long but where a test says otherwise."""
    made = {"name": name, "primary": "127.0.0.1:0", "candidate": "127.0.0.1:0", "settle": "50ms"}
    if real:
        made["real"] = real if isinstance(real, str) else real.url
    made.update(keys)
    return made


class Watching:
    """What is asked of spies, whoever runs them."""

    def side(self, side, name="test"):
        return address_of(self.log.wait_event("spying", spy=name, side=side)["address"])

    def client_of(self, side, name="test", **options):
        return client.Client(self.side(side, name), **options)

    def call(self, side, method="POST", target="/notification", body=b"", exchange=None, name="test", headers=()):
        """One call of the implementation on that side, and its answer."""
        lines = list(headers)
        if exchange:
            lines.append(("Parallax-Exchange", exchange))
        with self.client_of(side, name) as calling:
            return calling.request(method, target, lines, body)

    def compare(self, name=None, query=""):
        response = self.ask_admin("GET", (f"/api/v1/spies/{name}/compare" if name else "/compare") + query)
        told = response.body.decode().strip()
        assert response.status == (409 if told == "pending" else 200), response.first
        return told

    def counts(self, name="test"):
        """{what: how often}, without what there was nothing of."""
        told = self.admin_json(f"/api/v1/spies/{name}")
        counts = {**told["exchanges"], **told["mismatches"]}
        return {what: count for what, count in counts.items() if count and what not in ("total", "mismatch")}

    def wait_for_counts(self, deadline=10, **wanted):
        """Until they are these and no others."""
        try:
            poll("counts", lambda: self.counts() == wanted, deadline)
        except AssertionError:
            raise AssertionError(f"not {wanted}, but {self.counts()}; log:\n{self.log.text()}") from None

    def spy_report(self, name="test"):
        return self.admin_json(f"/api/v1/spies/{name}/report")

    def spy_differences(self, name="test"):
        return self.admin_json(f"/api/v1/spies/{name}/differences")["differences"]


class Spies(Watching, Proxy):
    subcommand = "spy"

    def take_addresses(self):
        """They have one for each side: side()."""


class ProxyWithSpies(Watching, Proxy):
    """`parallax run` with spies in its file."""
