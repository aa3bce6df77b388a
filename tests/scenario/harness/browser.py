# SPDX-License-Identifier: Apache-2.0
"""
A real browser without a window: Debian's Chromium, which loads one page, runs its scripts for some seconds of its own clock and prints what became of it.

    page = browse("http://127.0.0.1:9900/")
    assert page.text("h3") == ["payment"]
"""
import html.parser
import subprocess
import tempfile

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"]
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Page(html.parser.HTMLParser):
    """The elements as the browser has them, in order."""

    def __init__(self, markup):
        super().__init__()
        self.markup = markup
        self.elements = []  # [tag, attributes, pieces of text]
        self.stack = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for element in self.stack:
            element[2].append(data)

    def text(self, tag, **having):
        """The text of each such element: text("p", id="status")."""
        return ["".join(text).strip() for name, attributes, text in self.elements if name == tag and having.items() <= attributes.items()]


def browse(url, clock_ms=1500):
    """The page after its scripts have had clock_ms; waiting for an answer does not count, so a slow machine does not matter."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            ["chromium", *OPTIONS, f"--user-data-dir={profile}", f"--virtual-time-budget={clock_ms}", "--dump-dom", url],
            capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return Page(done.stdout.decode())
