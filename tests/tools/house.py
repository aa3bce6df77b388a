# SPDX-License-Identifier: Apache-2.0
"""
Holds the folders of lib/ and src/ against the list in ARCHITECTURE.md (the block that begins with ```arrows).

A line is a room and the rooms whose files it may include; it may name rooms of earlier lines alone, so that nothing
includes in a circle. `lib` stands for all rooms below lib/. What the list allows and nobody uses fails as well: the
picture is the house as it is. Inside a room no two files (a .c with its .h is one) include one another in a circle,
and no file name stands twice.

Usage: house.py [ROOT]
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
BLOCK = re.compile(r"^```arrows\n(.*?)^```", re.M | re.S)
# They are one walk, which recurses.
RECURSES = {"lib/compare/arrays", "lib/compare/documents", "lib/compare/members", "lib/compare/multisets"}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def read_list():
    """Room -> the rooms that it may include, in the order of the list."""
    block = BLOCK.search((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    if not block:
        sys.exit("ARCHITECTURE.md: there is no block that begins with ```arrows")
    rooms = {}
    for line in block.group(1).splitlines():
        room, _, allowed = (part.strip() for part in line.partition("->"))
        rooms[room] = allowed.split()
    return rooms


def read_house():
    """Room -> its files, and (room, room) -> an include from the one to the other."""
    files = sorted(path for top in ("lib", "src") for path in (ROOT / top).rglob("*.[ch]"))
    rooms, arrows = collections.defaultdict(list), {}
    for path in files:
        room = path.parent.relative_to(ROOT).as_posix()
        rooms[room].append(path)
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            found = [top for top in ("src", "lib") if (ROOT / top / name).exists()]
            if not found:
                continue
            other = (ROOT / found[0] / name).parent.relative_to(ROOT).as_posix()
            if other != room:
                arrows.setdefault((room, other), f"{path.relative_to(ROOT)} includes {name}")
    return rooms, arrows


def circles(rooms):
    """Files that include each other, by way of any others."""
    units = collections.defaultdict(set)
    for path in (path for paths in rooms.values() for path in paths):
        unit = path.with_suffix("").relative_to(ROOT).as_posix()
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            for top in ("src", "lib"):
                if (ROOT / top / name).exists():
                    units[unit].add(f"{top}/{name.removesuffix('.h')}")
        units[unit].discard(unit)
    done, way = set(), []

    def follow(unit):
        if unit in way:
            circle = way[way.index(unit):]
            if not RECURSES.issuperset(circle):
                yield "a circle: " + " -> ".join([*circle, unit])
        elif unit not in done:
            way.append(unit)
            for other in sorted(units[unit]):
                yield from follow(other)
            done.add(way.pop())

    for unit in sorted(units):
        yield from follow(unit)


def faults_of_list(listed, rooms):
    earlier = set()
    for room, allowed in listed.items():
        if room not in rooms:
            yield f"ARCHITECTURE.md lists {room}, which has no files"
        for other in allowed:
            if other not in earlier and other != "lib":
                yield f"ARCHITECTURE.md: {room} -> {other}: an arrow may only lead to a room above it in the list"
        earlier.add(room)
    for room in rooms:
        if room not in listed:
            yield f"{room} is not in ARCHITECTURE.md's list"


def faults_of_arrows(listed, arrows):
    used = collections.defaultdict(set)
    for (room, other), where in sorted(arrows.items()):
        allowed = listed.get(room, [])
        name = "lib" if "lib" in allowed and other.startswith("lib/") else other
        used[room].add(name)
        if name not in allowed:
            yield f"{where}: ARCHITECTURE.md has no arrow {room} -> {other}"
    for room, allowed in listed.items():
        for other in allowed:
            if other not in used[room]:
                yield f"ARCHITECTURE.md: {room} -> {other}: no file includes so"


def names_twice(rooms):
    seen = collections.defaultdict(list)
    for paths in rooms.values():
        for path in paths:
            seen[path.name].append(path.relative_to(ROOT).as_posix())
    return [f"{name} stands more than once: {', '.join(places)}" for name, places in seen.items() if len(places) > 1]


def main():
    listed = read_list()
    rooms, arrows = read_house()
    faults = [*faults_of_list(listed, rooms), *faults_of_arrows(listed, arrows), *circles(rooms), *names_twice(rooms)]
    print("\n".join(faults) or f"{len(rooms)} rooms, {len(arrows)} arrows, all as ARCHITECTURE.md has them")
    sys.exit(1 if faults else 0)


main()
