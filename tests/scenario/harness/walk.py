# SPDX-License-Identifier: Apache-2.0
"""
A walk-through, done as a reader would do it: the commands of its `sh` blocks in order, in one shell, and after them a block without a language is what
has to come of it ("..." stands for anything, within a line or as lines).

`build/parallax demo SCENARIO --step N` is the first terminal: it stays up, and Ctrl-C ends it before the next one. A line with a process's name before
"|" is looked for in its log; all else in what the commands have printed. A command ends with 0, or with what "# exit status N" behind it says. For lack of an engine the file of a `docker` command only has to be there;
test_compose.py reads them.

The ports are the documents' own, so the shell has a network of its own (unshare). Where that is not allowed, a step takes free ports, and in the later
commands those stand in place of the documents'; what a document starts without the demo is then on the ports that it says.
"""
import fcntl
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading

from .proxy import BUILD, poll, run_command

ROOT = pathlib.Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
STEP = re.compile(r"build/parallax demo (\w+) (--step \d.*)")
LOGGED = re.compile(r"^[\w-]+ +\| ")
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
ATTEMPTS, POLL_SECONDS = 50, 0.1


def bring_up_loopback():
    with socket.socket() as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def find_network():
    """The words before a command that give it a network of its own; None where there is no way to one."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return None


def pattern(text):
    """A regular expression of expected text: just three dots are anything in a line, and alone in a line any lines."""
    lines = []
    for line in text.strip().splitlines():
        parts = re.split(r"(?<!\.)\.\.\.(?!\.)", line)
        lines.append("(?s:.*)" if line == "..." else "[^\n]*".join(map(re.escape, parts)))
    return "\n".join(lines)


def steps_of(path):
    """[(kind, text)] of a document: "sh" with commands, "" with what comes of them."""
    return [(language, text) for language, text in FENCE.findall(path.read_text(encoding="utf-8")) if language in ("sh", "")]


def is_elsewhere(command):
    """./dev build has been run; a compiler outside of the tree is test_install.py's."""
    return re.match(r"\./dev build$|cc |c\+\+ ", command)


class Walk:
    def __init__(self, folder, alone=None):
        """folder: for what the steps write; alone: find_network()'s."""
        self.alone, self.folder, self.step, self.ports, self.printed = alone, pathlib.Path(folder), None, {}, ""
        self.log_path = self.folder / "log"
        network = "import sys; sys.path.insert(0, sys.argv[1]); from harness import walk; walk.bring_up_loopback(); walk.os.execvp('bash', ['bash'])"
        shell = [*alone, "/usr/bin/python3", "-c", network, str(pathlib.Path(__file__).parents[1])] if alone else ["bash"]
        environment = {**os.environ, "TMPDIR": str(folder), "NO_COLOR": "1"}
        self.shell = subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, env=environment, text=True)

    # ---- commands

    def try_to_type(self, command):
        """In the shell, to its end: (what it has printed, exit status)."""
        self.shell.stdin.write(f"{command}\necho \"[$?]\"; echo '[done]'\n")
        self.shell.stdin.flush()
        said = ""
        while not said.endswith("[done]\n"):
            line = self.shell.stdout.readline()
            assert line, f"the shell has ended at: {command}\n{said}"
            said += line
        said, _, status = said.removesuffix("[done]\n").rpartition("[")
        return said, int(status.removesuffix("]\n"))

    def type(self, command, wanted=0):
        """The same with this exit status. What is counted may need a moment to be in a report: that is asked for again."""
        for _ in range(ATTEMPTS if "/parallax report" in command else 1):
            said, status = self.try_to_type(command)
            if status == wanted:
                return said
            threading.Event().wait(POLL_SECONDS)
        raise AssertionError(f"{command}: status {status}: {said}\n{self.log()}")

    def run(self, command):
        if match := STEP.match(command):
            self.start_step(match.group(1), match.group(2))
        elif match := re.match(r"(?:\w+=\S+ )*docker(?:-compose| build) -f (\S+) ", command):
            self.type(f"test -f {match.group(1)}")
        elif not is_elsewhere(command):
            wanted = re.search(r"# exit status (\d+)$", command)
            for port, ours in self.ports.items():
                command = re.sub(rf":{port}\b", f":{ours}", command)
            # curl shows its progress where its output is no terminal.
            command = re.sub(r"(?<!\S)curl ", "curl -sS ", command).replace("build/", f"{BUILD}/")
            if command.endswith(" &"):
                self.start_beside(command.removesuffix(" &"))
            else:
                self.printed += self.type(command, int(wanted.group(1)) if wanted else 0)

    def start_beside(self, command):
        """In the background, until it says that it is ready: nobody types faster."""
        before = len(self.log())
        self.type(f"{command} >>'{self.log_path}' 2>&1 &")
        poll("it is ready", lambda: re.search(r"listening on |event=ready", self.log()[before:]), 30)

    # ---- the first terminal

    def log(self):
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""

    def start_step(self, scenario, options):
        self.stop_step()
        free = "" if self.alone else " --ports free"
        self.log_path.write_text("", encoding="utf-8")
        self.step = int(self.type(f"'{BUILD / 'parallax'}' demo {scenario} {options}{free} >'{self.log_path}' 2>&1 & echo $!"))
        poll("the step is ready", lambda: self.ended() or " is ready; " in self.log(), 60)
        assert not self.ended(), self.log()
        if not self.alone:
            self.ports = self.find_ports(scenario, options)
            self.type(f"export PARALLAX_ADMIN=http://127.0.0.1:{self.ports['9900']}")

    def ended(self):
        try:
            return pathlib.Path(f"/proc/{self.step}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    def find_ports(self, scenario, options):
        """{the document's: the step's}: by the names before the lines."""
        seeds, ours = {}, {}
        for line in run_command("demo", scenario, *options.split(), "--print").stdout.splitlines():
            name, _, command = line.partition("|")
            seeds.update({(name.strip(), flag): port for flag, port in re.findall(r"--(port|listen|serve|admin) (?:127\.0\.0\.1:)?(\d+)", command)})
        for line in self.log().splitlines():
            if match := re.match(r"([\w-]+) +\| .*(listening|admin)\b.*127\.0\.0\.1:(\d+)", line):
                name, what, port = match.groups()
                ours.update({(name, flag): port for flag in (["admin"] if what == "admin" else ["port", "listen", "serve"])})
        return {port: ours[key] for key, port in seeds.items() if key in ours}

    def stop_step(self):
        if self.step:
            os.kill(self.step, signal.SIGINT)
            self.type(f"wait {self.step}")
            self.step = None

    # ---- what comes of it

    def has_logged(self, wanted):
        """Lines like these, those of one process in this order, whatever is between: processes overtake one another."""
        lines = self.log().splitlines()
        logs = {line.split("|")[0]: iter(lines) for line in wanted}
        return all(any(re.fullmatch(pattern(line), said) for said in logs[line.split("|")[0]]) for line in wanted)

    def expect(self, text):
        """Lines of the step's log, others in what was printed since the last time."""
        logged = [line for line in text.splitlines() if LOGGED.match(line)]
        if logged:
            assert len(logged) == len(text.splitlines()), f"lines of the log and others in one block:\n{text}"
            try:
                poll("what the log is to have", lambda: self.has_logged(logged))
            except AssertionError:
                raise AssertionError(f"not in the log:\n{text}\nbut\n{self.log()}") from None
            return
        printed, self.printed = self.printed, ""
        assert re.fullmatch(pattern(text), printed.strip()), f"expected\n{text}\nbut\n{printed}"

    def follow(self, path):
        for language, block in steps_of(path):
            if language:
                self.printed = ""
                for command in block.splitlines():
                    self.run(command)
            else:
                self.expect(block)

    def close(self):
        try:
            if self.step and not self.ended():
                self.stop_step()
        finally:
            self.shell.stdin.close()
            self.shell.stdout.close()
            self.shell.wait(10)
