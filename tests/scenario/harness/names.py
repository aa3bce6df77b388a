# SPDX-License-Identifier: Apache-2.0
"""
A small server of names on a loopback port: what it knows, changes, delays and keeps to itself is set while it runs.

    with NameServer() as names:
        names.know("old.example", "127.0.0.1", ttl=1)
        proxy = run(f"http://old.example:{port}", resolver=names.address)

It answers A and AAAA over UDP (RFC 1035): a name that it knows by the addresses of the family that is asked for, none of which is an answer
too; any other by NXDOMAIN.
"""
import ipaddress
import socket
import struct
import threading

A, AAAA = 1, 28
OK, SERVFAIL, NXDOMAIN = 0, 2, 3


def read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels).lower(), at + 1


class NameServer:
    def __init__(self, host="127.0.0.1", port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.address = f"{host}:{self.socket.getsockname()[1]}"
        self.known = {}  # name: (addresses, ttl)
        self.silent = set()  # names, or (name, type), that are never answered
        self.failing = set()  # names that get SERVFAIL
        self.questions = []  # (name, type), as they came
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- what it says

    def know(self, name, *addresses, ttl=60):
        with self.changed:
            self.known[name] = ([ipaddress.ip_address(one) for one in addresses], ttl)
            self.silent.discard(name)
            self.failing.discard(name)

    def forget(self, name):
        with self.changed:
            self.known.pop(name, None)

    def hang(self, name, kind=None):
        """No question for it, or none of that type, is answered from here on."""
        with self.changed:
            self.silent.add((name, kind) if kind else name)

    def fail(self, name):
        with self.changed:
            self.failing.add(name)

    # ---- what it was asked

    def count(self, name, kind=A):
        with self.changed:
            return self.questions.count((name, kind))

    def wait_for(self, count, name, kind=A, deadline=10):
        """Returns when it was asked for this name so often."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.questions.count((name, kind)) >= count, deadline), (name, count, self.questions)

    # ---- serving

    def serve(self):
        while True:
            try:
                packet, client = self.socket.recvfrom(4096)
            except OSError:
                return
            if not packet:
                return
            answer = self.answer(packet)
            if answer:
                self.socket.sendto(answer, client)

    def answer(self, packet):
        name, end = read_name(packet, 12)
        (kind,) = struct.unpack_from("!H", packet, end)
        question = packet[12 : end + 4]
        with self.changed:
            self.questions.append((name, kind))
            self.changed.notify_all()
            if name in self.silent or (name, kind) in self.silent:
                return None
            code = SERVFAIL if name in self.failing else OK if name in self.known else NXDOMAIN
            addresses, ttl = self.known.get(name, ([], 0))
        version = {A: 4, AAAA: 6}.get(kind)
        found = [one.packed for one in addresses if one.version == version] if code == OK else []
        records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, ttl, len(one)) + one for one in found)
        return packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0) + question + records

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())
        self.thread.join(10)
        self.socket.close()
