# SPDX-License-Identifier: Apache-2.0
"""
The processes that a measurement needs - origins, proxies, load - on free loopback ports, pinned to a core each, ended by their pid;
and what /proc says of them.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("PLX_BUILD") or ROOT / "build")
PROGRAM = BUILD / "parallax"
TICKS = os.sysconf("SC_CLK_TCK")
PROXY_CORE, LOAD_CORE = 0, 1
ECHO_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")

# 1 KB of JSON, as an API would answer it.
ITEMS = [{"id": n, "shipTo": f"user {n}", "total": round(10549.95 - n * 7.3, 2), "paid": n % 2 == 0} for n in range(14)]
BODY = json.dumps({"payrolls": ITEMS, "page": 1, "note": "x"}, separators=(",", ":"))
BODY = BODY.replace('"x"', '"' + "x" * (1024 - len(BODY) + 1) + '"')


class Missing(Exception):
    """Something that a measurement needs is not there; says what and how to mend it."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def find(program, package):
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not found:
        raise Missing(f"{program} is not there; `apt-get install {package}`, or start this as ./dev bench")
    return found


def wait_listening(port, process, what, patience=10):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Missing(f"{what} has left with {process.returncode}")
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise Missing(f"{what} does not listen")


class Peer:
    """One process (with its children) on one port. Ended by end(), which every user calls in a finally or with."""

    def __init__(self, name, command, port, core, idle=False, patience=10, environment=None):
        self.name, self.port = name, port
        # An idle peer gets only what nobody else on its core wants, so that what it does costs the load nothing but its traffic.
        lead = ["chrt", "--idle", "0"] if idle else []
        self.log = open(f"{name}.log", "wb")
        self.process = subprocess.Popen(
            lead + ["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        try:
            wait_listening(port, self.process, name, patience)
        except Missing:
            self.end()
            raise

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def pids(self):
        """The process and its children (nginx: master and worker)."""
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, path.read_text(encoding="ascii").split())]

    def cpu_seconds(self):
        """User and system time of all threads so far."""
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_bytes(self):
        total = 0
        for pid in self.pids():
            status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            total += int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024
        return total

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


NGINX = """\
{modules}
{user}
daemon off;
master_process on;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {name}.pid;
error_log {name}-error.log error;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    server_tokens off;
    sendfile on;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {name}-body;
    proxy_temp_path {name}-proxy;
    fastcgi_temp_path {name}-fastcgi;
    uwsgi_temp_path {name}-uwsgi;
    scgi_temp_path {name}-scgi;
    default_type application/json;
{http}
}}
"""


def nginx(name, http, core, port, modules="", idle=False):
    folder = pathlib.Path.cwd()
    file = folder / f"{name}.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(NGINX.format(name=name, http=http, user=user, modules=modules), encoding="utf-8")
    return Peer(name, [find("nginx", "nginx-light"), "-p", f"{folder}/", "-e", f"{name}-error.log", "-c", file], port, core, idle)


def origin(name, idle=False):
    """Answers everything with the same 1 KB of JSON."""
    port = free_port()
    return nginx(name, f"    server {{ listen 127.0.0.1:{port} backlog=4096; return 200 '{BODY}'; }}", LOAD_CORE, port, idle=idle)


def slow_origin(name, seconds):
    """The same answer, so many seconds later."""
    if not ECHO_MODULE.exists():
        raise Missing(f"{ECHO_MODULE} is not there; `apt-get install nginx-light`, or start this as ./dev bench")
    port = free_port()
    http = f"    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ echo_sleep {seconds}; echo -n '{BODY}'; }} }}"
    return nginx(name, http, LOAD_CORE, port, f"load_module {ECHO_MODULE};", idle=True)


def flooding_origin(name, size=1 << 30):
    """Answers everything with a gigabyte of nothing."""
    port = free_port()
    file = pathlib.Path.cwd() / "flood"
    with open(file, "wb") as flood:
        flood.truncate(size)
    http = f"    server {{ listen 127.0.0.1:{port} backlog=4096; root {file.parent}; location / {{ rewrite ^ /flood break; }} }}"
    return nginx(name, http, LOAD_CORE, port, idle=True)


def nginx_proxy(name, primary, candidate=None):
    """proxy_pass with kept connections; with a candidate also `mirror`, likewise."""
    port = free_port()
    keep = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;'
    upstream = "    upstream {0} {{ server 127.0.0.1:{1}; keepalive 256; keepalive_requests 1000000000; }}\n"
    http = upstream.format("primary", primary.port)
    mirror = location = ""
    if candidate:
        http += upstream.format("candidate", candidate.port)
        mirror = "mirror /mirror; "
        location = f"location = /mirror {{ internal; proxy_pass http://candidate$request_uri; {keep} }}"
    http += f"    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {mirror}proxy_pass http://primary; {keep} }} {location} }}"
    return nginx(name, http, PROXY_CORE, port)


def parallax(name, primary, candidate=None, stage=None, before=(), patience=10):
    """One worker, a store as users have one. before: what it is run under."""
    if not PROGRAM.exists():
        raise Missing(f"{PROGRAM} is not there; ./dev build makes it")
    service = {"name": "bench", "primary": primary.url, "stage": stage or ("shadow" if candidate else "primary")}
    if candidate:
        service["candidate"] = candidate if isinstance(candidate, str) else candidate.url
    port = free_port()
    config = {"listen": f"127.0.0.1:{port}", "admin": f"127.0.0.1:{free_port()}", "store": f"sqlite:{name}.db", "workers": 1, "services": [service]}
    file = pathlib.Path.cwd() / f"{name}.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    peer = Peer(name, [*before, PROGRAM, "run", "-c", file], port, PROXY_CORE, patience=patience)
    peer.admin = config["admin"]
    return peer


WRK_SCRIPT = """\
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""
# wrk can't keep a rate; a pause before each request comes close as long as answers take much less.
WRK_PAUSE = "function delay() return math.random(%d, %d) end\n"


class Load:
    """What wrk saw: requests, seconds, errors, p50 and p99 in seconds."""

    def __init__(self, url, connections, seconds, pause_ms=None):
        script = pathlib.Path.cwd() / ("paced.lua" if pause_ms else "plain.lua")
        script.write_text(WRK_SCRIPT + (WRK_PAUSE % pause_ms if pause_ms else ""), encoding="utf-8")
        command = ["taskset", "-c", str(LOAD_CORE), find("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"{url}/payroll/3"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=False)
        match = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
        if not match:
            raise Missing(f"wrk said nothing of use: {done.stdout}{done.stderr}")
        self.requests, microseconds, self.errors, p50, p99 = map(int, match.groups())
        self.seconds, self.p50, self.p99 = microseconds / 1e6, p50 / 1e6, p99 / 1e6
        if self.errors or not self.requests:
            raise Missing(f"{self.errors} of {self.requests} requests to {url} failed: there is nothing to measure")
