#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Files as C arrays, so that the program carries its dashboard with it: NAME.EXT becomes the slice plx_ui_NAME_EXT, which src/control/admin/dashboard.h declares.

usage: embed.py FILE... OUTPUT
"""
import pathlib
import re
import sys

BYTES_A_LINE = 24


def array_of(path):
    data = path.read_bytes()
    name = re.sub(r"\W", "_", path.name)
    lines = [",".join(map(str, data[at : at + BYTES_A_LINE])) for at in range(0, len(data), BYTES_A_LINE)]
    body = ",\n    ".join(lines)
    return f"static const unsigned char {name}[] = {{\n    {body}}};\nconst struct plx_slice plx_ui_{name} = {{(const char *){name}, sizeof({name})}};\n"


def main():
    *files, output = map(pathlib.Path, sys.argv[1:])
    parts = ['/* Made by ui/embed.py. */\n#include "control/admin/dashboard.h"\n', *map(array_of, files)]
    output.write_text("\n".join(parts), encoding="ascii")


if __name__ == "__main__":
    main()
