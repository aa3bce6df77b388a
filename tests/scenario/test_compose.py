# SPDX-License-Identifier: Apache-2.0
"""
The compose files and the image. No engine runs here: docker-compose reads each file, and what it would run must be what the demo runs, which the other
scenarios try: the same programs, flags and configurations, but for the addresses, which are containers' names.
"""
import pathlib
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from harness.proxy import BUILD, run_command

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DOCKERFILE = (ROOT / "packaging" / "Dockerfile").read_text(encoding="utf-8")
PREFIX = "/usr/local/share/parallax/examples/"
# What is up in each step: the services' files and the proxy's.
STEPS = {
    ("spies", 1): ["spies/1_docker-compose.yml", "spies/1_docker-compose-proxy.yml"],
    ("spies", 2): ["spies/2_docker-compose.yml", "spies/2_docker-compose-proxy.yml"],
    ("spies", 3): ["spies/3_docker-compose.yml", "spies/3_docker-compose-proxy.yml"],
    ("scientist", 1): ["scientist/1_docker-compose.yml", "scientist/1_docker-compose-proxy.yml"],
    ("scientist", 2): ["scientist/2_docker-compose.yml", "scientist/2_docker-compose-proxy.yml"],
    ("scientist", 3): ["spies/3_docker-compose.yml", "spies/3_docker-compose-proxy.yml"],
    ("diferencia", 1): ["diferencia/1_docker-compose.yml", "diferencia/1_docker-compose-proxy.yml"],
    ("diferencia", 2): ["diferencia/1_docker-compose.yml", "diferencia/2_docker-compose.yml", "diferencia/2_docker-compose-proxy.yml"],
    ("diferencia", 3): ["diferencia/1_docker-compose.yml", "diferencia/2_docker-compose.yml", "diferencia/3_docker-compose.yml", "diferencia/3_docker-compose-proxy.yml"],
    ("canary", 1): ["canary/1_docker-compose.yml", "canary/1_docker-compose-proxy.yml"],
    ("canary", 2): ["canary/1_docker-compose.yml", "canary/1_docker-compose-proxy.yml", "canary/2_docker-compose.yml"],
    ("canary", 3): ["canary/1_docker-compose.yml", "canary/2_docker-compose.yml", "canary/3_docker-compose-proxy.yml"],
}
# About files, not about the build: once is enough.
pytestmark = pytest.mark.timing


@pytest.fixture(scope="module")
def composed():
    """{(scenario, step): the services as docker-compose understands them}."""

    def read(files):
        arguments = [argument for name in files for argument in ("-f", EXAMPLES / name)]
        done = subprocess.run(["docker-compose", *arguments, "config"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{files}: {done.stderr}"
        return yaml.safe_load(done.stdout)["services"]

    different = sorted(set(map(tuple, STEPS.values())))
    with ThreadPoolExecutor(2) as pool:
        services = dict(zip(different, pool.map(read, different)))
    return {step: services[tuple(files)] for step, files in STEPS.items()}


def without_addresses(words):
    """http://microservice:8081, 127.0.0.1:8081 and 0.0.0.0:8081 all become :8081; which weights there are to begin with is left out as well."""
    words = [re.sub(r"^(http://)?[\w.-]+:(\d+)$", r"\1:\2", word) for word in words]
    return [re.sub(r"canary_\d+_\d+\.yaml", "canary.yaml", word) for word in words]


def in_compose(service):
    command = service["command"]
    words = shlex.split(command) if isinstance(command, str) else list(command)
    if "--host" in words:
        at = words.index("--host")
        del words[at : at + 2]
    return without_addresses([word.removeprefix(PREFIX) for word in words])


def in_demo(scenario, step):
    done = run_command("demo", scenario, "--step", step, "--store", "postgresql", "--print")
    assert done.returncode == 0, done.stderr
    commands = {}
    for line in done.stdout.splitlines():
        name, _, command = line.partition("|")
        words = [word.removeprefix(f"{BUILD}/examples/") for word in shlex.split(command)]
        commands[name.strip()] = without_addresses([pathlib.Path(words[0]).name, *words[1:]])
    return commands


@pytest.mark.parametrize("scenario, step", STEPS, ids=lambda value: str(value))
def test_compose_runs_what_the_demo_runs(composed, scenario, step):
    services = composed[scenario, step]
    ours = {name: in_compose(service) for name, service in services.items() if service["image"] == "parallax"}
    assert ours == in_demo(scenario, step)


def test_every_compose_file_is_in_some_step():
    assert {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*docker-compose*.yml")} == {name for files in STEPS.values() for name in files}


def test_what_the_seed_asks_from_outside_is_published(composed):
    """Port 80 is payment.service; the others are those of the seed's curl lines."""
    wanted = {("spies", 2): {80, 8081, 8082}, ("spies", 3): {80, 8081, 8084}, ("canary", 3): {80, 8081, 8082, 8083}}
    for step, ports in wanted.items():
        published = {int(port["published"]) if isinstance(port, dict) else int(port.split(":")[0]) for service in composed[step].values() for port in service.get("ports", [])}
        assert published == ports


def test_every_configuration_that_compose_names_is_installed():
    installed = subprocess.run(["meson", "introspect", "--installed", BUILD], capture_output=True, text=True, timeout=60, check=True).stdout
    for path in EXAMPLES.glob("*/*docker-compose*.yml"):
        for name in re.findall(re.escape(PREFIX) + r"(\S+\.yaml)", path.read_text(encoding="utf-8")):
            assert "share/parallax/examples/" + name.replace("${WEIGHTS:-10_90}", "10_90") in installed, f"{path.name}: {name}"


def test_the_image_has_every_shared_library():
    """What the programs are linked with comes from the packages that the image installs, or from Debian's base."""
    programs = [BUILD / "parallax", *(path for path in (BUILD / "examples" / "payment").glob("payment-*") if path.is_file())]
    needed = set()
    for program in programs:
        dynamic = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, timeout=30, check=True).stdout
        needed |= set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", dynamic))
    owners = subprocess.run(["dpkg-query", "-S", *(f"*-linux-gnu/{library}" for library in needed)], capture_output=True, text=True, timeout=60, check=False).stdout
    packages = {line.split(":")[0].removesuffix("t64") for line in owners.splitlines()}  # as Debian 12, the image, names them
    assert packages
    missing = {package for package in packages if package not in DOCKERFILE.split()}
    assert missing <= {"libc6", "libgcc-s1", "libasan8", "libubsan1", "libtsan2"}, missing
