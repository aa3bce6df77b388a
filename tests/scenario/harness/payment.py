# SPDX-License-Identifier: Apache-2.0
"""The services of examples/payment as real processes."""
import re
import socket
import subprocess

from .client import Client
from .proxy import BUILD


class Reserved:
    """A port where nobody listens, and that nobody else gets: a service may listen on it, and go away again, as often as it likes."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"


class Service:
    """One of the example's services on a free port; .log has what it has said up to its address, and all of it once it is stopped."""

    def __init__(self, name, *arguments, port=0):
        self.command = [str(BUILD / "examples" / "payment" / f"payment-{name}"), *map(str, arguments)]
        self.process = subprocess.Popen([*self.command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
        self.log = []
        for line in self.process.stdout:
            self.log.append(line.rstrip("\n"))
            if match := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                self.address = ("127.0.0.1", int(match.group(1)))
                return
        raise AssertionError(self.log)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.address[1]}"

    def ask(self, method, target, body=b"", headers=()):
        with Client(self.address) as client:
            return client.request(method, target, headers, body.encode() if isinstance(body, str) else body)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        self.log += self.process.stdout.read().splitlines()
        assert self.process.wait(10) == 0
