# SPDX-License-Identifier: Apache-2.0
"""What is installed can be used: a program outside of the tree is built against it by pkg-config, shared and static, in C and in C++, and every function has its page."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest
from harness.proxy import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = sorted((ROOT / "include" / "parallax").glob("*.h"))
SANITIZERS = ["-fsanitize=address,undefined"] if BUILD.name == "build-san" else []

PROGRAM = r"""
#include <parallax/parallax.h>
#include <stdio.h>

static void old_way(void *input, struct plx_result *result) { plx_result_int(result, *(int *)input * 2); }
static void new_way(void *input, struct plx_result *result) { plx_result_int(result, *(int *)input + *(int *)input); }

int main(void)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a, b;
    struct plx_comparison comparison;
    int input = 21;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    a.body = plx_slice_of("{\"total\":1.00,\"id\":1}");
    b.body = plx_slice_of("{\"id\":2,\"total\":1.0}");
    a.body_length = a.body.len;
    b.body_length = b.body.len;
    if (plx_compare(rules, &a, &b, NULL, arena, &comparison) != PLX_OK)
        return 1;
    printf("%s: %d difference, %.*s\n", plx_version(), (int)comparison.total, (int)comparison.differences[0].field.len,
           comparison.differences[0].field.ptr);
    struct plx_experiment *experiment = plx_experiment_new("double", NULL);
    plx_experiment_use(experiment, old_way);
    plx_experiment_try(experiment, NULL, new_way);
    struct plx_result result = plx_experiment_run(experiment, &input);
    struct plx_run_counts counts = plx_experiment_counts(experiment);
    printf("%d, %d match\n", (int)result.integer, (int)counts.match);
    plx_experiment_free(experiment);
    plx_rules_free(rules);
    plx_arena_free(arena);
    return 0;
}
"""


LAMBDAS = r"""
#include <iostream>
#include <parallax/parallax.hpp>

int main()
{
    parallax::experiment<std::string> experiment("greeting");
    const std::string name = "Juablaz";
    experiment.publish([](const plx_outcome &outcome) { std::cout << plx_verdict_text(outcome.verdict) << '\n'; });
    std::cout << experiment.run([&] { return "hola " + name; }, [&] { return "hello " + name; }) << '\n';
}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where the build's files lie once they are installed."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder], check=True, capture_output=True, timeout=120)
    return folder


def pkg_config(installed, *arguments):
    found = list(installed.rglob("parallax.pc"))
    assert len(found) == 1
    environment = {**os.environ, "PKG_CONFIG_PATH": str(found[0].parent), "PKG_CONFIG_SYSROOT_DIR": str(installed)}
    done = subprocess.run(["pkg-config", *arguments, "parallax"], env=environment, check=True, capture_output=True, text=True, timeout=30)
    # The system's own folders don't lie below the root of what was installed.
    return [re.sub(rf"^(-[IL]){re.escape(str(installed))}(?=/usr/(lib|include))", r"\1", word) for word in done.stdout.split()]


def run(installed, program):
    library = next(installed.rglob("libparallax.so")).parent
    return subprocess.run([program], env={**os.environ, "LD_LIBRARY_PATH": str(library)}, check=True, capture_output=True, text=True, timeout=30).stdout


@pytest.mark.parametrize("static", [False, True], ids=["shared", "static"])
@pytest.mark.parametrize("compiler, standard, name", [("cc", "-std=c11", "main.c"), ("c++", "-std=c++17", "main.cc")], ids=["c", "c++"])
def test_a_program_is_built_against_it(installed, tmp_path, compiler, standard, name, static):
    source, program = tmp_path / name, tmp_path / "program"
    source.write_text(PROGRAM, encoding="utf-8")
    flags = pkg_config(installed, "--cflags") + (pkg_config(installed, "--libs", "--static") if static else pkg_config(installed, "--libs"))
    if static:  # of ours; what it stands on may be shared
        flags = [str(next(installed.rglob("libparallax.a"))) if flag == "-lparallax" else flag for flag in flags]
    subprocess.run([compiler, standard, "-Wall", "-Wextra", "-Werror", *SANITIZERS, source, "-o", program, *flags], check=True, timeout=60)
    assert run(installed, program) == "0.1.0: 1 difference, /id\n42, 1 match\n"
    needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True, timeout=30).stdout
    assert ("libparallax" in needed) != static


@pytest.mark.parametrize("standard", ["-std=c++17", "-std=c++20"])
def test_a_program_with_lambdas_is_built_against_it(installed, tmp_path, standard):
    source, program = tmp_path / "main.cc", tmp_path / "program"
    source.write_text(LAMBDAS, encoding="utf-8")
    flags = pkg_config(installed, "--cflags") + pkg_config(installed, "--libs")
    subprocess.run(["c++", standard, "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", *SANITIZERS, source, "-o", program, *flags], check=True, timeout=60)
    assert run(installed, program) == "mismatch\nhola Juablaz\n"


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_the_example_is_built_as_its_readme_says(installed, tmp_path, readme):
    example = ROOT / "examples" / "scientist"
    commands = re.findall(r"^(?:cc|c\+\+) .*$", (example / readme).read_text(encoding="utf-8"), re.MULTILINE)
    flags = shlex.join([*SANITIZERS, *pkg_config(installed, "--cflags"), *pkg_config(installed, "--libs")])
    shutil.copytree(example, tmp_path / "scientist")
    for command in commands:
        assert "$(pkg-config --cflags --libs parallax)" in command
        subprocess.run(["sh", "-c", command.replace("$(pkg-config --cflags --libs parallax)", flags)], cwd=tmp_path / "scientist", check=True, timeout=60)
    assert run(installed, tmp_path / "scientist" / "cart") == run(installed, tmp_path / "scientist" / "cart-cpp") != ""


def test_the_demo_is_installed_with_its_services_and_configurations(installed):
    [program] = installed.rglob("bin/parallax")
    done = subprocess.run([program, "demo", "canary", "--step", "3", "--ports", "free", "--seconds", "1"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "v1   0, v2 200 of 200" in done.stdout, done.stderr


def public_functions():
    done = subprocess.run([ROOT / "packaging" / "man.py", "--list", *HEADERS], check=True, capture_output=True, text=True, timeout=30)
    return set(done.stdout.split())


def test_the_library_offers_what_the_headers_say_and_nothing_else(installed):
    library = next(installed.rglob("libparallax.so"))
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True, timeout=30).stdout
    offered = {name for kind, name in re.findall(r" ([TD]) (\w+)@@PARALLAX_0\.1$", symbols, re.MULTILINE) if kind == "T"}
    assert offered == public_functions()
    assert not re.findall(r" [TDBR] (?!plx_)\w+@@PARALLAX", symbols)


def test_every_function_has_a_page(installed):
    pages = {page.stem: page.read_text(encoding="utf-8") for page in installed.rglob("man3/*.3")}
    assert set(pages) == public_functions()
    for name, text in pages.items():
        assert f".SH NAME\n{name} \\- " in text and ".SH SYNOPSIS" in text and ".SH DESCRIPTION" in text
        assert "See the header." not in text, f"{name} has no comment in its header"
