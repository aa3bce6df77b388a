# SPDX-License-Identifier: Apache-2.0
"""
./dev faults: whether a candidate can hurt. Candidate and secondary are in each mode of trouble in turn, then there is trouble around
(surroundings.py), and the clients of the primary are watched: whether every byte is the primary's, how long answers take beside the same proxy without
trouble (interleaved, round by round), whether every exchange is counted once, what memory and descriptors the proxy takes, and whether it ends in time.
With --write the tables go into docs/reliability.md. --soak lets all of it go on for long.

usage: faults.py [--write] [--rounds N] [--soak MINUTES] [TROUBLE...]        without one, all
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
import surroundings  # noqa: E402 (the folder has to be known first)
from harness import fault_modes  # noqa: E402
from surroundings import SURROUNDINGS, Disturber, Surrounding  # noqa: E402

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


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def start_proxy(name, primary, roles, trouble=None, other=None):
    """With the trouble's limits and environment, and where it has another service's primary that service."""
    candidate, secondary = roles
    service = {"name": "bench", "primary": primary.url, "candidate": candidate.url, "secondary": secondary.url, "stage": "shadow"}
    port, folder = peers.free_port(), pathlib.Path.cwd()
    config = {
        "listen": f"127.0.0.1:{port}",
        "admin": f"127.0.0.1:{peers.free_port()}",
        "store": f"sqlite:{name}.db",
        "workers": 1,
        "drain": f"{DRAIN}s",
        "services": [service],
    }
    if other:
        config["services"].insert(0, {"name": "other", "hosts": [surroundings.OTHER], "primary": other.url})
    for old in folder.glob(f"{name}.db*"):
        old.unlink()
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    environment = trouble.environment(folder) if trouble and trouble.environment else None
    if environment:
        (folder / "clock").write_text("+0\n", encoding="ascii")
    peer = peers.Peer(name, [*(trouble.prefix if trouble else []), peers.PROGRAM, "run", "-c", file], port, peers.PROXY_CORE, environment=environment)
    peer.admin, peer.store, peer.clock = config["admin"], folder / f"{name}.db", folder / "clock"
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
        self.peak = self.descriptors = self.end_seconds = self.resident = self.growth = 0
        self.code = None

    def fine(self):
        return self.wrong == 0 and self.counted and self.code == 0 and self.end_seconds <= DRAIN + 1


def load(peer):
    return peers.Load(peer.url, CLIENTS, ROUND_SECONDS, (4, 12))


def measure(trouble, primary, well, rounds):
    """A proxy beside two that are well, another one in the trouble, and the same load on both by turns."""
    seen = Seen()
    with contextlib.ExitStack() as stack:
        bad, other = well, None
        if trouble.roles != "well":
            bad = []
            for _ in range(2):
                bad.append(start_mode(trouble.roles))
                stack.callback(bad[-1].stop)
        if trouble.primary:
            other = surroundings.start_primary(trouble.primary)
            stack.callback(other.stop)
        base = stack.enter_context(start_proxy("well", primary, well))
        peer = start_proxy("bad", primary, bad, trouble, other)
        ended = False
        try:
            watch(seen, base, peer, trouble, rounds)
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


def watch(seen, base, peer, trouble, rounds):
    load(base), load(peer)
    checker = Checker(peer.port)
    checker.start()
    disturber = Disturber(trouble.disturb, peer) if trouble.disturb else None
    if disturber:
        disturber.start()
    asked = 0
    try:
        for turn in range(rounds):
            results = {}
            for one in (base, peer) if turn % 2 else (peer, base):
                results[one.name] = load(one)
            asked += results["bad"].requests
            seen.p50.append(results["bad"].p50 / results["well"].p50)
            seen.p99.append(results["bad"].p99 / results["well"].p99)
            if turn == rounds // 5:
                seen.resident = resident_bytes(peer.process.pid)
    finally:
        checker.stop()
        if disturber:
            disturber.stop()
    seen.growth = resident_bytes(peer.process.pid) - seen.resident
    seen.asked, seen.wrong = checker.asked, checker.wrong
    report = proxy.counts_of(peer)
    seen.counted = adds_up(report) and report["exchanges"]["total"] >= asked + checker.asked
    seen.peak = peak_bytes(peer.process.pid) - peak_bytes(base.process.pid)
    seen.descriptors = descriptors(peer.process.pid) - descriptors(base.process.pid)


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


HEAD = ["p50 against well", "p99 against well", "wrong answers", "counted", "peak memory", "descriptors", "ended in"]
TROUBLES = {
    **{name: Surrounding(roles=name) for name in [*fault_modes.MODES, *fault_modes.PROCESS_MODES] if name != "well"},
    **SURROUNDINGS,
}


def soak(primary, well, minutes):
    """All of it for long: candidates that are killed and come back, reloads, changes of the stage, clients that break off."""

    def disturb(peer, ended):
        both = [Disturber(surroundings.come_and_go, peer), Disturber(surroundings.steer("GET", "/metrics", pause=1), peer)]
        for one in both:
            one.start()
        while not ended.wait(1):
            peer.process.send_signal(signal.SIGHUP)
        for one in both:
            one.stop()

    rounds = max(5, int(minutes * 60 / (2 * ROUND_SECONDS)))
    seen = measure(Surrounding(disturb, roles="killed and back"), primary, well, rounds)
    grown = f"memory after the first fifth of it: {seen.growth / 1e6:+.1f} MB"
    return proxy.table(["for long", *HEAD], [row(f"{minutes} minutes", seen)]) + f"\n\n{grown}.", seen.fine()


def try_all(names, primary, well, rounds):
    """(rows, those that were not fine)"""
    lines, failed = [], []
    lacks = surroundings.missing()
    for count, name in enumerate(names, 1):
        print(f"{count} of {len(names)}: {name}", file=sys.stderr, flush=True)
        if name in lacks:
            lines.append([name, f"not tried: {lacks[name]}"] + [""] * (len(HEAD) - 1))
            continue
        try:
            seen = measure(TROUBLES[name], primary, well, rounds)
            lines.append(row(name, seen))
            if not seen.fine():
                failed.append(name)
        except peers.Missing as missing:  # requests failed
            lines.append([name, "", "", f"**{missing}**", "", "", "", ""])
            failed.append(name)
    return lines, failed


def tables(names, lines, arguments):
    by_name = dict(zip(names, lines))
    parts = []
    for head, group in (("candidate and secondary", [n for n in names if n not in SURROUNDINGS]), ("around", [n for n in names if n in SURROUNDINGS])):
        if group:
            parts.append(proxy.table([head, *HEAD], [by_name[name] for name in group]))
    note = f"*{run.machine()}; {arguments.rounds} rounds of {ROUND_SECONDS} s, {CLIENTS} clients; ratios within a round: median (least-most).*"
    return "\n\n".join([*parts, note])


def main():
    parser = argparse.ArgumentParser(prog="./dev faults", description="Whether a candidate, or what else goes on, can hurt the clients of the primary.")
    parser.add_argument("troubles", nargs="*", metavar="TROUBLE", help="without one, all: " + ", ".join(TROUBLES))
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reliability.md")
    parser.add_argument("--rounds", type=int, default=5, help="of each (%(default)s)")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="instead: much of it together, for so long")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.troubles if name not in TROUBLES]
    if unknown or arguments.rounds < 1:
        parser.error(f"there is no trouble {unknown[0]!r}" if unknown else "--rounds takes a number from 1")
    names = arguments.troubles or list(TROUBLES)
    os.sched_setaffinity(0, {peers.LOAD_CORE})  # what makes trouble takes nothing of the proxy's core
    with tempfile.TemporaryDirectory(prefix="plx-faults-") as folder:
        os.chdir(folder)
        with contextlib.ExitStack() as stack:
            primary = stack.enter_context(peers.origin("primary"))
            well = [Process(), Process()]
            for one in well:
                stack.callback(one.stop)
            if arguments.soak:
                text, fine = soak(primary, well, arguments.soak)
                failed = [] if fine else ["the soak"]
            else:
                lines, failed = try_all(names, primary, well, arguments.rounds)
                text = tables(names, lines, arguments)
        os.chdir("/")
    print(text)
    if arguments.write:
        run.write("soak" if arguments.soak else "faults", text, DOCUMENT)
    if failed:
        print(f"faults: {', '.join(failed)}: clients were hurt, or the counts are not whole", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Missing as missing:
        sys.exit(f"faults: {missing}")
