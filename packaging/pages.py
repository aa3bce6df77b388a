#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Manual pages and completions, from what the program itself says of its commands: `parallax --help` lists them, and `parallax COMMAND --help` has
each one's options. The page of the configuration (section 5) is docs/configuration.md.

usage: pages.py PROGRAM VERSION CONFIGURATION.md FOLDER     writes FOLDER/parallax.1, FOLDER/parallax-COMMAND.1, FOLDER/parallax.yaml.5,
                                                            FOLDER/parallax.bash, FOLDER/_parallax, FOLDER/parallax.fish
"""
import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"^ +((?:-[A-Za-z]|--[a-z][a-z-]*)(?:[ ,].*?)?)(?:  +(\S.*))?$")
EMPTY = "\\&"  # a line of roff that shows nothing
COMMAND = re.compile(r"^  ([a-z][a-z-]*) +(\S.*)$", re.M)


def said(program, *arguments):
    """What the program prints, in lines that are not wrapped for a terminal."""
    environment = {**os.environ, "COLUMNS": "0"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True, env=environment).stdout


def commands_of(program):
    return COMMAND.findall(said(program, "--help"))


# ---- roff


def roff(text):
    """Text as roff shows it: no line of it is a request, and hyphens are hyphens."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.split("\n"))


def header(name, section, version, what):
    return f'.TH {name.upper()} {section} "" "parallax {version}" "Parallax"\n.SH NAME\n{roff(name)} \\- {roff(what)}\n'


def verbatim(text):
    return f".nf\n{roff(text)}\n.fi\n"


def parts_of(text):
    """[(option, description)] of a --help, and its other paragraphs in between as ("", text)."""
    found = []
    for line in text.split("\n"):
        option = OPTION.match(line)
        if option:
            found.append([option.group(1).strip(), (option.group(2) or "").strip()])
        elif found and found[-1][0] and re.match(r"^ {8,}\S", line):
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
        elif line.strip() and found and not found[-1][0]:
            found[-1][1] += "\n" + line
        elif line.strip():
            found.append(["", line])
        else:
            found.append(["", ""])
    return [(option, text.strip("\n")) for option, text in found if option or text.strip()]


def command_page(program, version, name, summary):
    parts = parts_of(said(program, name, "--help"))
    synopsis = [text for option, text in parts if not option and text.startswith("usage:")]
    page = header(f"parallax-{name}", 1, version, summary)
    page += ".SH SYNOPSIS\n" + verbatim("\n".join(line.replace("usage: ", "", 1).strip() for text in synopsis for line in text.split("\n")))
    page += ".SH DESCRIPTION\n"
    for option, text in parts:
        if option:
            page += f".TP\n.B {roff(option)}\n{roff(text) or EMPTY}\n"
        elif text not in synopsis:
            page += ".PP\n" + (verbatim(text) if re.search(r"^ ", text, re.M) else roff(text) + "\n")
    return page + ".SH SEE ALSO\n.BR parallax (1),\n.BR parallax.yaml (5)\n"


def program_page(program, version, commands):
    page = header("parallax", 1, version, "the old and the new implementation side by side, and the difference measured")
    page += ".SH SYNOPSIS\n.B parallax\n.I COMMAND\n[\\fIOPTION\\fR...]\n.SH COMMANDS\n"
    for name, summary in commands:
        page += f".TP\n.BR parallax\\-{roff(name)} (1)\n{roff(summary)}\n"
    page += ".SH ENVIRONMENT\n.TP\n.B PARALLAX_ADMIN\nwhere the admin API of a running proxy is\n.TP\n.B PARALLAX_TOKEN\nits token\n.TP\n.B NO_COLOR\nno colours\n"
    page += ".SH EXIT STATUS\n0 done, or the same; 1 different, or it could not be done; 2 wrong use or trouble; 3 not enough evidence, or nobody can say.\n"
    return page + ".SH SEE ALSO\n.BR parallax.yaml (5)\n"


# ---- the configuration


def inline(text):
    """Of Markdown: a link is its text, and code is bold."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    pieces = re.split(r"(`[^`]*`|\*\*[^*]+\*\*)", text)
    return "".join(f"\\fB{roff(piece.strip('`*'))}\\fR" if piece[:1] in ("`", "*") and len(piece) > 2 else roff(piece) for piece in pieces)


def table_row(line):
    cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    if all(re.fullmatch(r":?-*:?", cell) for cell in cells):
        return ""
    rest = ". ".join(inline(cell) for cell in cells[1:] if cell)
    return f".TP\n{inline(cells[0]) or EMPTY}\n{rest or EMPTY}\n"


def configuration_page(version, text):
    page = header("parallax.yaml", 5, version, "the configuration of parallax")
    for number, block in enumerate(re.split(r"^(```.*?^```)$", text, flags=re.M | re.S)):
        if number % 2:
            page += ".PP\n" + verbatim("\n".join(block.split("\n")[1:-1]))
            continue
        for line in block.split("\n"):
            if heading := re.match(r"(#+) (.*)", line):
                page += f".S{'H' if len(heading.group(1)) < 3 else 'S'} {roff(heading.group(2).replace('`', ''))}\n"
            elif line.startswith("|"):
                page += table_row(line)
            elif item := re.match(r"- (.*)", line):
                page += f".IP \\(bu 2\n{inline(item.group(1))}\n"
            elif line.strip():
                page += inline(line.strip()) + "\n"
            else:
                page += ".PP\n"
    return re.sub(r"(\.PP\n)+", ".PP\n", page)


# ---- completions


def flags_of(program, name):
    return sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", "\n".join(option for option, _ in parts_of(said(program, name, "--help"))))) | {"--help", "--version"})


def bash(program, commands):
    cases = "".join(f"    {name}) words='{' '.join(flags_of(program, name))}' ;;\n" for name, _ in commands)
    return f"""# Completion of parallax for bash.
_parallax() {{
    local words here="${{COMP_WORDS[COMP_CWORD]}}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{' '.join(name for name, _ in commands)} help'
    else
        case "${{COMP_WORDS[1]}}" in
{cases}    esac
    fi
    case "$here" in
    -*) ;;
    *) [ "$COMP_CWORD" -gt 1 ] && words= ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$here"))
    [ "${{#COMPREPLY[@]}}" -eq 0 ] && COMPREPLY=($(compgen -f -- "$here"))
}}
complete -o filenames -F _parallax parallax
"""


def zsh(program, commands):
    quoted = lambda text: text.replace("'", "'\\''").replace(":", "\\:")
    names = "\n".join(f"        '{name}:{quoted(summary)}'" for name, summary in commands)
    cases = "\n".join(f"        {name}) compadd -- {' '.join(flags_of(program, name))} ;;" for name, _ in commands)
    return f"""#compdef parallax
# Completion of parallax for zsh.
_parallax() {{
    local -a commands
    commands=(
{names}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
    elif [[ $words[CURRENT] == -* ]]; then
        case $words[2] in
{cases}
        esac
    else
        _files
    fi
}}
_parallax "$@"
"""


def fish(program, commands):
    quoted = lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    lines = ["# Completion of parallax for fish."]
    lines += [f"complete -c parallax -n __fish_use_subcommand -f -a {name} -d {quoted(summary)}" for name, summary in commands]
    for name, _ in commands:
        lines += [f"complete -c parallax -n '__fish_seen_subcommand_from {name}' -l {flag[2:]}" for flag in flags_of(program, name)]
    return "\n".join(lines) + "\n"


def main():
    program, version, configuration, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    commands = commands_of(program)
    pages = {f"parallax-{name}.1": command_page(program, version, name, summary) for name, summary in commands}
    pages["parallax.1"] = program_page(program, version, commands)
    pages["parallax.yaml.5"] = configuration_page(version, pathlib.Path(configuration).read_text(encoding="utf-8"))
    pages["parallax.bash"], pages["_parallax"], pages["parallax.fish"] = bash(program, commands), zsh(program, commands), fish(program, commands)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
