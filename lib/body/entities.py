#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The named character references of HTML that HTML 4, and so libxml2, does not know, as a sorted table for html_source.c. The names are those of the WHATWG, as Python has them.

usage: entities.py OUTPUT
"""
import html.entities
import pathlib
import sys

MARKUP = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&#39;"}


def row(name, text):
    escaped = "".join(MARKUP.get(c, c) for c in text).encode()
    return '    {"%s", "%s"},\n' % (name, "".join("\\%03o" % byte for byte in escaped))


def main():
    known = html.entities.name2codepoint
    names = sorted(name[:-1] for name in html.entities.html5 if name.endswith(";") and name[:-1] not in known)
    rows = "".join(row(name, html.entities.html5[name + ";"]) for name in names)
    text = "/* Made by lib/body/entities.py. */\nstatic const struct reference references[] = {\n%s};\n" % rows
    pathlib.Path(sys.argv[1]).write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
