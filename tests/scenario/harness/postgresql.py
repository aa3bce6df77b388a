# SPDX-License-Identifier: Apache-2.0
"""
A PostgreSQL cluster of one's own in a temporary folder, on a Unix socket alone, for as long as the test session lasts.

PostgreSQL refuses to run as root: then it runs as the user postgres, whom Debian's package makes. Nothing is synced to the disk.
Tests that use it belong into one xdist group, so that there is one cluster: `pytestmark = pytest.mark.xdist_group("postgresql")`.
"""
import glob
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

from .proxy import poll

USER = "postgres"
STOP_SECONDS = 20
SETTINGS = {"listen_addresses": "", "fsync": "off", "full_page_writes": "off", "max_connections": "50", "shared_buffers": "16MB", "autovacuum": "off"}


def find_binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    where = found[-1] if found else os.path.dirname(shutil.which("postgres") or "")
    assert where, "PostgreSQL's server is not installed: apt-get install postgresql"
    return pathlib.Path(where)


class Cluster:
    def __init__(self):
        self.binaries = find_binaries()
        self.numbers = itertools.count(1)
        # Socket paths are short: not below pytest's folders.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plx-pg-"))
        self.log = self.folder / "log"
        self.process = None
        self.prefix = []
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        data = self.folder / "data"
        initdb = [self.binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(self.prefix + initdb, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, self.binaries / "postgres", "-D", data, "-k", self.folder, *settings],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        poll("PostgreSQL is ready", self.is_ready, 30)

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        return subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database):
        return f"postgresql://{USER}@/{database}?host={urllib.parse.quote(str(self.folder), safe='')}"

    def database(self, *statements):
        """A new, empty database after these statements; its URL."""
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        self.execute(self.url("postgres"), f"CREATE DATABASE {name}")
        if statements:
            self.execute(self.url(name), *statements)
        return self.url(name)

    def execute(self, url, *statements):
        """Statements in one transaction each; the rows of the last one as lists of texts (NULL is '')."""
        options = [part for statement in statements for part in ("-c", statement)]
        done = subprocess.run(
            [self.binaries / "psql", "-X", "-q", "-t", "-A", "-F", "\t", "-v", "ON_ERROR_STOP=1", url, *options], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]
