#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Manual pages, section 3, from the public headers: one for every function that is marked PLX_API. The comment above a
declaration, or above the run of declarations that it begins, is its description; what stands behind it in its line, too.

usage: man.py VERSION FOLDER HEADER...      writes FOLDER/NAME.3; a FOLDER that is relative lies where meson installs
       man.py --list HEADER...              the functions' names, a line each
"""
import os
import pathlib
import re
import sys

COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)


def plain(comment):
    """A comment's text without its stars; blank lines separate paragraphs, indented lines stay as they are."""
    lines = [re.sub(r"^\s*\*? ?", "", line, count=1) if i else line.strip() for i, line in enumerate(comment.split("\n"))]
    return "\n".join(line.rstrip() for line in lines).strip()


def pieces(text):
    """('comment', text, starts_line), ('blank',), ('code', text) in the order in which a header has them."""
    at = 0
    while at < len(text):
        if comment := COMMENT.match(text, at):
            yield "comment", plain(comment.group(1)), text[:at].rpartition("\n")[2].strip() == ""
            at = comment.end()
        elif blank := re.compile(r"\n[ \t]*\n").match(text, at):
            yield "blank", "", False
            at = blank.end() - 1
        elif text[at].isspace():
            at += 1
        elif text[at] == "#" and text[:at].rpartition("\n")[2].strip() == "":
            end = re.compile(r"(?<!\\)\n").search(text, at)  # a directive, with the lines that it goes on in
            at = end.start() if end else len(text)
        else:
            end = re.compile(r"[;{}]|/\*|\n[ \t]*\n|\n#").search(text, at + 1)
            stop = (end.end() if end.group() in ";{}" else end.start()) if end else len(text)
            yield "code", text[at:stop], False
            at = stop


def functions(header):
    """(name, declaration, description) of each."""
    found, description, last = [], "", None
    for kind, text, starts_line in pieces(pathlib.Path(header).read_text(encoding="utf-8")):
        if kind == "blank":
            description, last = "", None
        elif kind == "comment" and starts_line:
            description = f"{description}\n\n{text}".strip() if last == "comment" else text
            last = "comment"
        elif kind == "comment":
            if found and last == "function":
                name, declaration, words = found[-1]
                found[-1] = (name, declaration, f"{words}\n\n{text}".strip())
        elif "PLX_API" in text and "(" in text:
            declaration = re.sub(r"\b(PLX_API|PLX_MUST_USE)\b|__attribute__\(\(.*?\)\)\)?", "", text)
            declaration = re.sub(r"\s+", " ", declaration).replace(" ;", ";").strip()
            if name := re.search(r"(\w+)\(", declaration):
                found.append((name.group(1), declaration, description))
                last = "function"
        elif text.strip():
            last = "code"
    return found


def escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line[:1] in (".", "'") else line


def body(description):
    out = []
    for paragraph in description.split("\n\n"):
        lines = paragraph.split("\n")
        if any(line.startswith("  ") for line in lines):
            out += [".PP", ".nf", *map(escaped, lines), ".fi"]
        else:
            out += [".PP", *map(escaped, lines)]
    return out


def summary(description, name):
    first = re.split(r"(?<=[.:;])\s|\n\n", description.replace("\n", " ").strip(), maxsplit=1)[0].rstrip(".:;")
    return first if first and len(first) < 100 else f"{name.removeprefix('plx_').replace('_', ' ')} of libparallax"


def wrapped(declaration):
    """In lines of parameters, where it is too long for one."""
    return [declaration] if len(declaration) < 72 else declaration.replace("(", "(\n    ", 1).replace(", ", ",\n    ").split("\n")


def page(version, header, name, declaration, description, related):
    words = description or "See the header."
    lines = [
        f'.TH {name.upper()} 3 "" "parallax {version}" "libparallax"',
        ".SH NAME",
        f"{name} \\- {escaped(summary(description, name))}",
        ".SH SYNOPSIS",
        ".nf",
        f".B #include <parallax/{pathlib.Path(header).name}>",
        ".PP",
        *(f".B \"{escaped(line)}\"" for line in wrapped(declaration)),
        ".fi",
        ".SH DESCRIPTION",
        *body(words)[1:],
        ".SH SEE ALSO",
        ", ".join(f"\\fB{other}\\fP(3)" for other in related if other != name) or "\\fBparallax\\fP(1)",
        "",
    ]
    return "\n".join(lines)


def main(arguments):
    if arguments[:1] == ["--list"]:
        print("\n".join(name for header in arguments[1:] for name, _, _ in functions(header)))
        return
    version, folder, headers = arguments[0], pathlib.Path(os.environ.get("MESON_INSTALL_DESTDIR_PREFIX", ".")) / arguments[1], arguments[2:]
    folder.mkdir(parents=True, exist_ok=True)
    for header in headers:
        found = functions(header)
        for i, (name, declaration, description) in enumerate(found):
            related = [other for other, _, _ in found[max(0, i - 4) : i + 5]]
            (folder / f"{name}.3").write_text(page(version, header, name, declaration, description, related), encoding="utf-8")


main(sys.argv[1:])
