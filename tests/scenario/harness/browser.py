# SPDX-License-Identifier: Apache-2.0
"""
A real browser without a window: Debian's Chromium, told what to do over a pipe (its DevTools protocol: JSON messages that a NUL ends).

    with Browser("http://127.0.0.1:9900/") as page:
        page.wait("document.querySelector('h3')")
        assert page.text("h3") == ["payment"]

What its console says is wrong, a violation of the page's policy included, stands in page.complaints.
"""
import fcntl
import json
import os
import select
import subprocess
import tempfile
import time

from .proxy import poll

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
ANSWER_SECONDS = 30
FIRST_FREE = 10  # descriptors 3 and 4 are the browser's names for its ends


def make_pipe():
    """A pipe whose ends are neither of those that the browser expects."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE) for end in ends]
    for end in ends:
        os.close(end)
    return moved


class Browser:
    def __init__(self, url):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.session = None
        self.complaints = []
        self.asked = 0
        self.input = b""
        theirs_in, self.out = make_pipe()
        self.into, theirs_out = make_pipe()
        script = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser", "chromium", *OPTIONS, f"--user-data-dir={self.profile.name}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(theirs_in, theirs_out),
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.ask(f"{domain}.enable")
        self.ask("Page.navigate", url=url)
        self.wait("location.protocol !== 'about:' && document.readyState === 'complete'")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.session = None
        try:
            self.ask("Browser.close")
            self.process.wait(ANSWER_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.out)
            os.close(self.into)
            self.profile.cleanup()

    def read_message(self, deadline):
        while b"\0" not in self.input:
            assert select.select([self.into], [], [], max(0, deadline - time.monotonic()))[0], "the browser does not answer"
            piece = os.read(self.into, 1 << 16)
            assert piece, "the browser has gone; is chromium installed?"
            self.input += piece
        message, _, self.input = self.input.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **parameters):
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := self.read_message(deadline)).get("id") != self.asked:
            self.note(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def note(self, event):
        said = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(said["exceptionDetails"])
        elif event.get("method") == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.complaints.append(said["entry"]["text"])

    def run(self, script):
        """What a script in the page comes to."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, script, deadline=15):
        try:
            return poll(script, lambda: self.run(script), deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}; the page:\n{self.run('document.documentElement.outerHTML')}") from None

    def text(self, selector):
        """The text of each such element."""
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((found) => found.textContent.trim())")

    def wait_text(self, selector, part, deadline=15):
        self.wait(f"[...document.querySelectorAll({json.dumps(selector)})].some((found) => found.textContent.includes({json.dumps(part)}))", deadline)
