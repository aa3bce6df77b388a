# SPDX-License-Identifier: Apache-2.0
"""
What the proxy costs: CPU per request and requests per second against nginx, what clients see when the candidate is in trouble, memory.

Every comparison is interleaved round by round on the same machine in the same minute, and judged by the ratios within a round: the
absolute figures drift on shared machines, the ratios much less.
"""
import contextlib
import http.client
import json
import resource
import socket
import statistics
import time

import peers

ROUNDS = 5


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


class Row:
    """One thing that was measured, a figure a round."""

    def __init__(self):
        self.rate, self.cpu, self.p50, self.p99 = [], [], [], []

    def take(self, peer, load):
        before = peer.cpu_seconds()
        result = load()
        self.rate.append(result.requests / result.seconds)
        self.cpu.append((peer.cpu_seconds() - before) / result.requests)
        self.p50.append(result.p50)
        self.p99.append(result.p99)


def ratios(row, base, what):
    return [a / b for a, b in zip(getattr(row, what), getattr(base, what))]


def interleaved(cases, load, rounds, say):
    """{name: Row} of {name: peer}: each round every case, in an order that turns."""
    rows = {name: Row() for name in cases}
    names = list(cases)
    for peer in cases.values():
        load(peer, 1)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            rows[name].take(cases[name], lambda peer=cases[name]: load(peer, 4))
        say(f"round {turn + 1} of {rounds}")
    return rows


def table(head, lines):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(line) + " |" for line in lines])


def counts_of(peer):
    """What the proxy itself counted, once it has stopped growing."""
    connection = http.client.HTTPConnection(peer.admin, timeout=10)
    before = None
    for _ in range(100):
        connection.request("GET", "/api/v1/services/bench/report")
        report = json.loads(connection.getresponse().read())
        if report["exchanges"] == before:
            break
        before = report["exchanges"]
        time.sleep(0.3)
    connection.close()
    return report


def proxy(say, rounds=ROUNDS):
    """CPU and throughput: plain and shadow, against nginx plain and nginx `mirror`."""
    with contextlib.ExitStack() as stack:
        primary = stack.enter_context(peers.origin("primary"))
        candidate = stack.enter_context(peers.origin("candidate"))
        cases = {
            "nginx, plain": peers.nginx_proxy("nginx-plain", primary),
            "nginx, `mirror`": peers.nginx_proxy("nginx-mirror", primary, candidate),
            "Parallax, stage primary": peers.parallax("plain", primary, candidate, "primary"),
            "Parallax, stage shadow": peers.parallax("shadow", primary, candidate),
        }
        for peer in cases.values():
            stack.callback(peer.end)
        rows = interleaved(cases, lambda peer, seconds: peers.Load(peer.url, 64, seconds), rounds, say)
        report = counts_of(cases["Parallax, stage shadow"])
    plain, mirror = rows["nginx, plain"], rows["nginx, `mirror`"]
    lines = []
    for name, row in rows.items():
        lines.append(
            [name, f"{median(row.rate):,.0f}", f"{median(row.cpu) * 1e6:.1f} µs", spread(ratios(row, plain, "cpu")), spread(ratios(row, mirror, "cpu"))]
        )
    copied = report["exchanges"]["match"] / report["exchanges"]["total"]
    text = table(["64 kept connections, GET, 1 KB of JSON", "requests/s", "CPU per request", "CPU against nginx plain", "CPU against nginx `mirror`"], lines)
    counted = report["exchanges"]
    return text + (
        f"\n\nIn the shadow stage {counted['total']:,} requests were counted, {copied:.1%} of them copied, compared and found equal"
        f" ({report['uncopied']['shed']:,} copies shed, {counted['incomparable']:,} incomparable, {counted['mismatch']:,} mismatches)."
    )


def clients(say, rounds=ROUNDS):
    """What clients see, with the candidate well, down, slow or flooding, against no candidate at all."""
    down = f"http://127.0.0.1:{peers.free_port()}"
    with contextlib.ExitStack() as stack:
        primary = stack.enter_context(peers.origin("primary"))
        well = stack.enter_context(peers.origin("candidate", idle=True))
        slow = stack.enter_context(peers.slow_origin("slow", 0.05))
        flooding = stack.enter_context(peers.flooding_origin("flooding"))
        cases = {
            "no candidate": peers.parallax("none", primary),
            "candidate well": peers.parallax("well", primary, well),
            "candidate down": peers.parallax("down", primary, down),
            "candidate 100 times slower": peers.parallax("slowly", primary, slow),
            "candidate flooding": peers.parallax("flooded", primary, flooding),
        }
        for peer in cases.values():
            stack.callback(peer.end)
        rows = interleaved(cases, lambda peer, seconds: peers.Load(peer.url, 16, seconds, (4, 12)), rounds, say)
    base = rows["no candidate"]
    lines = [
        [name, f"{median(row.rate):,.0f}", f"{median(row.p50) * 1e6:.0f} µs", f"{median(row.p99) * 1e6:.0f} µs", spread(ratios(row, base, "p99"))]
        for name, row in rows.items()
    ]
    return table(["16 kept connections with pauses", "requests/s", "p50", "p99", "p99 against no candidate"], lines)


def memory(say, connections=10_000):
    """Resident memory, idle and with many idle clients that have had one answer each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < connections + 1000:
        connections = hard - 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536, hard))
    lines = []
    with peers.origin("primary") as primary, peers.origin("candidate") as candidate:
        for name, start in {
            "nginx, plain": lambda: peers.nginx_proxy("nginx-memory", primary),
            "Parallax, stage shadow": lambda: peers.parallax("memory", primary, candidate),
        }.items():
            with start() as peer:
                idle = peer.resident_bytes()
                sockets = []
                try:
                    for _ in range(connections):
                        sockets.append(ask_once(peer.port))
                    crowded = peer.resident_bytes()
                finally:
                    for sock in sockets:
                        sock.close()
                lines.append([name, f"{idle / 1e6:.1f} MB", f"{crowded / 1e6:.1f} MB"])
            say(name)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return table(["resident memory", "idle", f"{connections:,} idle clients"], lines)


def ask_once(port):
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.sendall(b"GET /payroll/3 HTTP/1.1\r\nHost: bench\r\n\r\n")
    got = b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < len(peers.BODY):
        data = sock.recv(65536)
        if not data:
            raise peers.Missing("a client's connection was closed while many were opened")
        got += data
    return sock
