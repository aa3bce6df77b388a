# SPDX-License-Identifier: Apache-2.0
"""
./dev faults: whether a candidate can hurt. Candidate and secondary are in each mode of trouble in turn, and the clients of the primary are watched:
whether every byte is the primary's, how long answers take beside the same proxy with a candidate that is well (interleaved, round by round), whether
every exchange is counted once, what memory and descriptors the proxy takes, and whether it ends in time. With --write the table goes into
docs/reliability.md.

usage: faults.py [--write] [--rounds N] [MODE...]        without a mode, all
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import peers
import proxy
import run

sys.path.insert(0, str(peers.ROOT / "tests" / "scenario"))
from harness import fault_modes  # noqa: E402 (the folder has to be known first)

DOCUMENT = peers.ROOT / "docs" / "reliability.md"
ROUND_SECONDS = 3
CLIENTS = 16
DRAIN = 10
MODE_PROGRAM = peers.ROOT / "tests" / "scenario" / "harness" / "fault_modes.py"


class Process:
    """A mode in a process of its own, which can be stopped, or killed and started again and again."""

    def __init__(self, mode="well"):
        self.mode, self.port = mode, peers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.restarting = None
        self.ended = threading.Event()
        self.start()

    def start(self):
        command = ["chrt", "--idle", "0", "taskset", "-c", str(peers.LOAD_CORE), sys.executable, str(MODE_PROGRAM), self.mode, str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def keep_killing(self):
        def kill():
            while not self.ended.wait(0.7):
                self.process.kill()
                self.process.wait()
                if not self.ended.wait(0.3):
                    self.start()

        self.restarting = threading.Thread(target=kill)
        self.restarting.start()

    def stop(self):
        self.ended.set()
        if self.restarting:
            self.restarting.join()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def start_mode(name):
    """What serves the mode: has a url and stop()."""
    if name == "refused":
        return fault_modes.Refused()
    if name == "a black hole":
        return fault_modes.BlackHole()
    if name == "no such name":
        return fault_modes.NoSuchName()
    if name == "slow to accept":
        return fault_modes.FaultServer(fault_modes.good, accept_pause=0.5)
    served = Process("well" if name in ("stopped", "killed and back") else name)
    if name == "stopped":
        served.pause()
    elif name == "killed and back":
        served.keep_killing()
    return served


class Checker(threading.Thread):
    """A client that looks at every byte, while others make the load."""

    def __init__(self, port):
        super().__init__()
        self.port, self.asked, self.wrong = port, 0, 0
        self.ended = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.ended.wait(0.02):
            self.asked += 1
            try:
                connection.request("GET", "/payroll/3")
                answer = connection.getresponse()
                self.wrong += (answer.status, answer.read()) != (200, peers.BODY.encode())
            except (OSError, http.client.HTTPException):
                self.wrong += 1
                connection.close()
        connection.close()

    def stop(self):
        self.ended.set()
        self.join()


def peak_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def start_proxy(name, primary, candidate, secondary):
    service = {"name": "bench", "primary": primary.url, "candidate": candidate.url, "secondary": secondary.url, "stage": "shadow"}
    port = peers.free_port()
    config = {
        "listen": f"127.0.0.1:{port}",
        "admin": f"127.0.0.1:{peers.free_port()}",
        "store": f"sqlite:{name}.db",
        "workers": 1,
        "drain": f"{DRAIN}s",
        "services": [service],
    }
    file = pathlib.Path.cwd() / f"{name}.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    peer = peers.Peer(name, [peers.PROGRAM, "run", "-c", file], port, peers.PROXY_CORE)
    peer.admin = config["admin"]
    return peer


def adds_up(report):
    counts = report["exchanges"]
    return counts["total"] == sum(counts[k] for k in ("match", "mismatch", "ignored", "incomparable", "uncopied")) and (
        counts["incomparable"] == sum(report["incomparable"].values()) and counts["uncopied"] == sum(report["uncopied"].values())
    )


class Seen:
    """What one mode did."""

    def __init__(self):
        self.p50, self.p99 = [], []
        self.asked = self.wrong = 0
        self.counted = False
        self.peak = self.descriptors = self.end_seconds = 0
        self.code = None

    def fine(self):
        return self.wrong == 0 and self.counted and self.code == 0 and self.end_seconds <= DRAIN + 1


def load(peer):
    return peers.Load(peer.url, CLIENTS, ROUND_SECONDS, (4, 12))


def measure(name, primary, well, rounds):
    """A proxy beside two that are well, another one beside two in the mode, and the same load on both by turns."""
    seen = Seen()
    with contextlib.ExitStack() as stack:
        bad = []
        for _ in range(2):
            bad.append(start_mode(name))
            stack.callback(bad[-1].stop)
        base = stack.enter_context(start_proxy("well", primary, *well))
        peer = start_proxy("bad", primary, *bad)
        ended = False
        try:
            load(base), load(peer)
            checker = Checker(peer.port)
            checker.start()
            asked = 0
            try:
                for turn in range(rounds):
                    results = {}
                    for one in (base, peer) if turn % 2 else (peer, base):
                        results[one.name] = load(one)
                    asked += results["bad"].requests
                    seen.p50.append(results["bad"].p50 / results["well"].p50)
                    seen.p99.append(results["bad"].p99 / results["well"].p99)
            finally:
                checker.stop()
            seen.asked, seen.wrong = checker.asked, checker.wrong
            report = proxy.counts_of(peer)
            seen.counted = adds_up(report) and report["exchanges"]["total"] >= asked + checker.asked
            seen.peak = peak_bytes(peer.process.pid) - peak_bytes(base.process.pid)
            seen.descriptors = descriptors(peer.process.pid) - descriptors(base.process.pid)
            began = time.monotonic()
            peer.process.terminate()
            seen.code = peer.process.wait(DRAIN + 30)
            seen.end_seconds = time.monotonic() - began
            ended = True
        finally:
            if not ended:
                peer.process.kill()
            peer.end()
    return seen


def row(name, seen):
    return [
        name,
        proxy.spread(seen.p50),
        proxy.spread(seen.p99),
        f"{seen.wrong} of {seen.asked}",
        "all" if seen.counted else "**not all**",
        f"{seen.peak / 1e6:+.0f} MB",
        f"{seen.descriptors:+d}",
        f"{seen.end_seconds:.1f} s" + ("" if seen.code == 0 else f", **status {seen.code}**"),
    ]


HEAD = ["candidate and secondary", "p50 against well", "p99 against well", "wrong answers", "counted", "peak memory", "descriptors", "ended in"]


def main():
    modes = [name for name in fault_modes.MODES if name != "well"] + list(fault_modes.PROCESS_MODES)
    parser = argparse.ArgumentParser(prog="./dev faults", description="Whether a candidate can hurt the clients of the primary.")
    parser.add_argument("modes", nargs="*", metavar="MODE", help="of trouble; without one, all: " + ", ".join(modes))
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    parser.add_argument("--rounds", type=int, default=5, help="of each mode (%(default)s)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.modes if name not in modes]
    if unknown or arguments.rounds < 1:
        parser.error(f"there is no mode {unknown[0]!r}" if unknown else "--rounds takes a number from 1")
    lines, failed = [], []
    with tempfile.TemporaryDirectory(prefix="plx-faults-") as folder:
        os.chdir(folder)
        with contextlib.ExitStack() as stack:
            primary = stack.enter_context(peers.origin("primary"))
            well = [Process(), Process()]
            for one in well:
                stack.callback(one.stop)
            for count, name in enumerate(arguments.modes or modes, 1):
                print(f"{count} of {len(arguments.modes or modes)}: {name}", file=sys.stderr, flush=True)
                try:
                    seen = measure(name, primary, well, arguments.rounds)
                    lines.append(row(name, seen))
                    if not seen.fine():
                        failed.append(name)
                except peers.Missing as missing:  # requests failed
                    lines.append([name, "", "", f"**{missing}**", "", "", "", ""])
                    failed.append(name)
        os.chdir("/")
    text = proxy.table(HEAD, lines) + f"\n\n*{run.machine()}; {arguments.rounds} rounds of {ROUND_SECONDS} s, {CLIENTS} clients; ratios within a round: median (least-most).*"
    print(text)
    if arguments.write:
        run.write("faults", text, DOCUMENT)
    if failed:
        print(f"faults: {', '.join(failed)}: clients were hurt, or the counts are not whole", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Missing as missing:
        sys.exit(f"faults: {missing}")
