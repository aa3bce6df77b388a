# SPDX-License-Identifier: Apache-2.0
"""
Finds the places of a C file where one small change makes another program, by clang's syntax tree, and writes the file with all of these changes in
it, each behind a condition that the environment decides (mutant.h): so a file is compiled once, however many mutants it has.

    a < b            a <= b                  a == b       a != b
    a && b, a || b   a; b                    !a           a
    a + b            a - b                   if (a)       if (!(a))
    return true      return false            call();      nothing, likewise for assignments and ++
"""
import bisect
import dataclasses

import clang.cindex
from clang.cindex import CursorKind, TypeKind

RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
SUMS = {"+": "-", "-": "+"}
NUMBERS = {TypeKind.INT, TypeKind.UINT, TypeKind.LONG, TypeKind.ULONG, TypeKind.LONGLONG, TypeKind.ULONGLONG, TypeKind.SHORT, TypeKind.USHORT,
           TypeKind.CHAR_S, TypeKind.UCHAR, TypeKind.SCHAR, TypeKind.DOUBLE, TypeKind.FLOAT, TypeKind.ENUM, TypeKind.BOOL}
# What does nothing that a test could see, and what must not be left out lest everything that follows is meaningless.
UNSEEN_CALLS = ("PLX_ASSERT", "plx_log", "memset")


@dataclasses.dataclass
class Mutant:
    start: int
    end: int
    text: str  # what stands there instead; "": the statement is left out
    line: int
    was: str
    number: int = 0

    def says(self):
        return f"{shorten(self.was)}  ->  {shorten(self.text) if self.text else 'nothing'}"


def shorten(text):
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:87] + "..."


class Finder:
    def __init__(self, path, arguments):
        self.path = str(path)
        self.source = open(self.path, "rb").read()
        self.unit = clang.cindex.Index.create().parse(self.path, args=arguments,
                                                      options=clang.cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        worst = [d for d in self.unit.diagnostics if d.severity >= clang.cindex.Diagnostic.Error]
        if worst:
            raise ValueError(f"{path}: clang does not understand it: {worst[0].spelling}")
        self.macros = sorted((c.extent.start.offset, c.extent.end.offset) for c in self.unit.cursor.get_children()
                             if c.kind == CursorKind.MACRO_INSTANTIATION and self.is_here(c))
        self.found = []

    def is_here(self, cursor):
        file = cursor.extent.start.file
        return file is not None and file.name == self.path

    def text(self, start, end):
        return self.source[start:end].decode("utf-8", "surrogateescape")

    def is_in_macro(self, start, end):
        """Part of what a macro is given or makes, where text and tree are not the same."""
        at = bisect.bisect_right(self.macros, (start, len(self.source)))
        return any(begin <= start < stop and not (begin == start and stop <= end) for begin, stop in self.macros[max(0, at - 8):at]) or any(
            begin < end < stop for begin, stop in self.macros[max(0, at - 8):at + 8])

    def add(self, cursor, text, start=None, end=None):
        start = cursor.extent.start.offset if start is None else start
        end = cursor.extent.end.offset if end is None else end
        if not self.is_in_macro(start, end):
            self.found.append(Mutant(start, end, text, self.source.count(b"\n", 0, start) + 1, self.text(start, end)))

    def operator(self, left, right):
        between = self.text(left.extent.end.offset, right.extent.start.offset)
        return "".join(between.split()) if "/*" not in between else ""

    def binary(self, cursor):
        children = list(cursor.get_children())
        if len(children) != 2:
            return
        left, right = children
        a, b = (self.text(c.extent.start.offset, c.extent.end.offset) for c in children)
        operator = self.operator(left, right)
        if operator in RELATIONS:
            self.add(cursor, f"{a} {RELATIONS[operator]} {b}")
        elif operator in ("&&", "||"):
            self.add(cursor, a)
            self.add(cursor, b)
        elif operator in SUMS and all(c.type.get_canonical().kind in NUMBERS for c in children):
            self.add(cursor, f"{a} {SUMS[operator]} {b}")

    def condition(self, cursor):
        """Of an if whose condition has no mutant of its own."""
        test = next(cursor.get_children())
        text = self.text(test.extent.start.offset, test.extent.end.offset)
        if test.kind != CursorKind.BINARY_OPERATOR and not text.startswith("!"):
            self.add(test, f"!({text})")

    def returns(self, cursor):
        value = next(cursor.get_children(), None)
        if value is None:
            return
        text = self.text(value.extent.start.offset, value.extent.end.offset)
        if text in ("true", "false"):
            start = value.extent.start.offset
            other = "false" if text == "true" else "true"
            line = self.source.count(b"\n", 0, start) + 1
            self.found.append(Mutant(start, start + len(text), other, line, f"return {text}"))

    def statement(self, cursor):
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        text = self.text(start, end)
        if cursor.kind == CursorKind.CALL_EXPR and text.startswith(UNSEEN_CALLS):
            return
        if self.source[end:end + 1] == b";":
            self.add(cursor, "", start, end + 1)

    def walk(self, cursor):
        kind = cursor.kind
        if kind == CursorKind.VAR_DECL and cursor.storage_class == clang.cindex.StorageClass.STATIC:
            return
        children = list(cursor.get_children())
        if kind == CursorKind.CASE_STMT:
            children = children[1:]  # the first is a constant
        elif kind == CursorKind.BINARY_OPERATOR:
            self.binary(cursor)
        elif kind == CursorKind.UNARY_OPERATOR and self.text(cursor.extent.start.offset, cursor.extent.start.offset + 1) == "!":
            child = children[0]
            self.add(cursor, self.text(child.extent.start.offset, child.extent.end.offset))
        elif kind == CursorKind.IF_STMT:
            self.condition(cursor)
        elif kind == CursorKind.RETURN_STMT:
            self.returns(cursor)
        if kind in (CursorKind.COMPOUND_STMT, CursorKind.IF_STMT, CursorKind.FOR_STMT, CursorKind.WHILE_STMT, CursorKind.CASE_STMT):
            for child in children if kind == CursorKind.COMPOUND_STMT else children[1:]:
                if child.kind in (CursorKind.CALL_EXPR, CursorKind.COMPOUND_ASSIGNMENT_OPERATOR) or self.is_assignment(child):
                    self.statement(child)
        for child in children:
            self.walk(child)

    def is_assignment(self, cursor):
        if cursor.kind == CursorKind.UNARY_OPERATOR:
            text = self.text(cursor.extent.start.offset, cursor.extent.end.offset)
            return text.startswith(("++", "--")) or text.endswith(("++", "--"))
        children = list(cursor.get_children())
        return cursor.kind == CursorKind.BINARY_OPERATOR and len(children) == 2 and self.operator(*children) == "="

    def find(self):
        for cursor in self.unit.cursor.get_children():
            if cursor.kind == CursorKind.FUNCTION_DECL and cursor.is_definition() and self.is_here(cursor):
                body = [c for c in cursor.get_children() if c.kind == CursorKind.COMPOUND_STMT]
                if body:
                    self.walk(body[0])
        return self.found


def find(path, arguments):
    return Finder(path, arguments).find()


def write(source, mutants):
    """The text of the file with the mutants in it. Those of one place stand beside each other, those within another's place inside what that was."""
    places = {}
    for mutant in mutants:
        places.setdefault((mutant.start, mutant.end), []).append(mutant)
    order = sorted(places, key=lambda place: (place[0], -place[1]))

    def render(start, end, first):
        out, at = [], start
        while first < len(order) and order[first][0] < end:
            begin, stop = order[first]
            if stop > end:
                raise ValueError("two places overlap")
            out.append(source[at:begin])
            inner, after = render(begin, stop, first + 1)
            out.append(guard(places[(begin, stop)], inner))
            at, first = stop, after
        out.append(source[at:end])
        return b"".join(out), first

    return render(0, len(source), 0)[0]


def guard(mutants, inner):
    if mutants[0].text == "":
        return b"{ if (!plx_mutant(%d)) { %s } }" % (mutants[0].number, inner)
    for mutant in mutants:
        inner = b"(plx_mutant(%d) ? (%s) : (%s))" % (mutant.number, mutant.text.encode("utf-8", "surrogateescape"), inner)
    return inner
