# SPDX-License-Identifier: Apache-2.0
"""`parallax reload` and POST /api/v1/reload: the errors of the configuration, or the generation that is in force, on all workers."""
import json

from conftest import make_config
from harness import answers
from harness.proxy import run_command, total_of


def reload_command(proxy, *arguments):
    return run_command("reload", "--admin", f"http://{proxy.admin[0]}:{proxy.admin[1]}", *arguments)


def test_it_is_in_force_when_the_command_ends(primary, candidate, make_origin, run):
    other = make_origin("other")
    other.always(answers.text(b"other"))
    proxy = run(primary)
    before = total_of(proxy.metrics(), "parallax_config_last_reload_success_timestamp_seconds")
    assert before > 0 and total_of(proxy.metrics(), "parallax_config_last_reload_successful") == 1
    config = make_config(other, store="sqlite:elsewhere.db")
    proxy.write_config(config)
    done = reload_command(proxy)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout.splitlines() == ["in force: generation 2, 1 service", "not taken over until a restart or an upgrade: store"]
    with proxy.client() as client:
        assert client.get("/").body == b"other"
    assert total_of(proxy.metrics(), "parallax_config_last_reload_success_timestamp_seconds") > before
    said = json.loads(reload_command(proxy, "--json").stdout)
    assert said == {"generation": 3, "services": 1, "needs_restart": ["store"], "warnings": ""}


def test_errors_are_told_with_their_places_and_change_nothing(primary, run):
    proxy = run(primary)
    proxy.write_config("services:\n- name: a\n  primary: nowhere\nlog: loud\n")
    done = reload_command(proxy)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{proxy.file}:3:12: " in done.stderr and f"{proxy.file}:4:6: " in done.stderr and "mend: " in done.stderr
    response = proxy.ask_admin("POST", "/api/v1/reload")
    assert response.status == 422
    said = json.loads(response.body)
    assert said["count"] == 2 and said["error"]["code"] == "configuration_wrong" and said["errors"] == done.stderr
    assert total_of(proxy.metrics(), "parallax_config_last_reload_successful") == 0
    with proxy.client() as client:
        assert client.get("/").status == 200


def test_names_are_looked_up_before_it_is_in_force(primary, run, names):
    proxy = run(primary, resolver=names.address)
    names.hang("slow.example")
    proxy.write_config(make_config(primary, candidate="http://slow.example:1", resolver=names.address))
    done = reload_command(proxy)
    assert done.returncode == 0 and done.stdout.startswith("in force: generation 2"), done
    proxy.log.wait_event("name_unknown", name="slow.example")


def test_a_process_that_ends_reads_nothing(primary, run):
    proxy = run(primary, drain={"announce": "1h"})
    proxy.terminate()
    proxy.log.wait_event("draining")
    done = reload_command(proxy)
    assert done.returncode == 2 and "the process ends" in done.stderr
    proxy.terminate()
    assert proxy.wait_exit(10) == 0
