# SPDX-License-Identifier: Apache-2.0
"""
Checks the documents: every link in a *.md to a file of the repository leads to one (and to a heading, where it names
one), every command that README.md and README.es.md show begins with something that exists, and every test that
docs/experiments.md names is run.

Not a spelling checker, and it opens no link to the outside.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
# What a reader of the README may be told to type, besides files of the repository.
KNOWN = {"parallax", "build/parallax", "./dev", "git", "cd", "curl", "export", "sudo", "apt-get", "pkg-config", "cc", "gcc", "kill", "cat", "echo", "#"}


def documents():
    """Every *.md but those of build directories and hidden ones."""
    paths = sorted(ROOT.rglob("*.md"))
    return [path for path in paths if not any(part.startswith((".", "build")) for part in path.relative_to(ROOT).parts)]


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(text):
    """The ids that a heading gets where Markdown is shown: lower case, punctuation gone, spaces to hyphens."""
    found = set()
    for heading in re.findall(r"^#+\s+(.*)$", FENCE.sub("", text), re.M):
        plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def broken_links(path):
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        if not linked.exists():
            yield f"{path.relative_to(ROOT)}: link to {target}: there is no such file"
        elif anchor and linked.suffix == ".md" and anchor not in anchors(linked.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}: link to {target}: there is no such heading"


def unknown_commands(path):
    for language, block in FENCE.findall(path.read_text(encoding="utf-8")):
        if language not in ("sh", "bash", "console"):
            continue
        continued = False
        for line in block.splitlines():
            part, continued = continued, line.rstrip().endswith("\\")
            words = line.removeprefix("$ ").split()
            if part or not words or line.startswith((" ", "\t")) or (language == "console" and not line.startswith("$ ")):
                continue
            word = next((w for w in words if not re.match(r"[A-Z_]+=", w)), "#")
            if word not in KNOWN and not word.startswith("#") and not (ROOT / word).exists():
                yield f"{path.relative_to(ROOT)}: shows the command `{line.strip()}`: {word} is nothing that exists"


def unknown_tests(path):
    """A test counts where its program runs it, not where it is only written."""
    sources = [source.read_text(encoding="utf-8") for source in (ROOT / "tests" / "unit").glob("test_experiment*")]
    run = {name for source in sources for name in re.findall(r"cmocka_unit_test\((\w+)\)", source)}
    for name in sorted(set(re.findall(r"`(test_\w+)`", path.read_text(encoding="utf-8"))) - run):
        yield f"{path.relative_to(ROOT)}: names {name}: there is no such test"


def main():
    problems = [problem for path in documents() for problem in broken_links(path)]
    for name in ("README.md", "README.es.md"):
        if (ROOT / name).exists():
            problems += unknown_commands(ROOT / name)
    problems += unknown_tests(ROOT / "docs" / "experiments.md")
    print("\n".join(problems) if problems else "every link and command leads somewhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
