"""The command line, as a user and a container run it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import Simulator, __version__
from tests.core.command import COMMAND, ROOT, Serving, environment_of, free_port, run


def test_serve_prints_what_a_newcomer_needs(serve: Callable[..., Serving]) -> None:
    """Per provider its base URL, a key that works and one command to paste; the port is the one that was free."""
    one = serve("--port", "0")
    providers = one.get("/health")[1]["providers"]
    code, _, said, complained = one.stop()
    assert (code, complained) == (0, "")
    assert f"provider-simulator {__version__} answers at {one.url}" in said
    assert all(f"  {one.url}/{name}" in said for name in providers)
    assert said.count("curl -X ") == len(providers)
    assert "caldLive" in said
    assert len(said.splitlines()) <= 50
    assert max(map(len, said.splitlines())) <= 120


def test_the_banner_shows_keys_that_work(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """In a closed world those that its scenario lists, by which the command may be done; where there is none, it says so."""
    scenario = tmp_path / "closed.yaml"
    keys = "keys: [sk_admin_acme, sk_live_app_acme]"
    chirp = "chirp: {apps: [{id: app_1, slug: front, name: Front}]}"
    scenario.write_text(f"description: x\naccounts: [{{{keys}, {chirp}}}]\n", encoding="utf-8")
    said = serve("--port", "0", "--scenario", str(scenario)).stop()[2]
    assert said.count("Bearer sk_live_app_acme") == said.count("curl -X ") == 1
    assert said.count("(its scenario has no key)") == 4


@pytest.mark.parametrize("given", ["options", "variables"])
def test_every_option_is_also_a_variable(serve: Callable[..., Serving], tmp_path: Path, given: str) -> None:
    """A container that cannot be given arguments is steered by its environment."""
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("description: my own world\nopen: true\nseed: 7\n", encoding="utf-8")
    port = free_port()
    settings = {"host": "127.0.0.1", "port": str(port), "scenario": str(scenario), "admin-token": "t0ken", "log-format": "json"}
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    variables = {f"SIMULATOR_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    one = serve(*options) if given == "options" else serve(**variables)

    assert one.url == f"http://127.0.0.1:{port}"
    assert json.loads(one.first)["event"] == "ready"
    assert one.get("/worlds/default")[0] == 401
    status, world = one.get("/worlds/default", Authorization="Bearer t0ken")
    assert (status, world["description"], world["seed"]) == (200, "my own world", 7)
    assert one.stop()[0] == 0


def test_an_option_outranks_its_variable(serve: Callable[..., Serving]) -> None:
    """What is written on the line was meant."""
    port = free_port()
    assert serve("--port", str(port), SIMULATOR_PORT="1", SIMULATOR_LOG_FORMAT="text").url.endswith(f":{port}")


def test_logs_for_machines(serve: Callable[..., Serving]) -> None:
    """One JSON object a line, the first with the address, no key in any."""
    one = serve("--port", "0", "--log-format", "json")
    one.get("/health")
    lines = [json.loads(line) for line in one.stop()[2].splitlines()]
    ready = lines[0]
    assert (ready["level"], ready["event"], ready["url"]) == ("info", "ready", one.url)
    assert (ready["scenario"], ready["version"]) == ("default", __version__)
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z", ready["time"])
    assert "caldLive" not in json.dumps(lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_at_once(serve: Callable[..., Serving], number: signal.Signals) -> None:
    """Within a second, with code 0 and without a traceback, though a client keeps an idle connection open."""
    one = serve("--port", "0")
    host, port = one.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200 OK")
        code, took, _, complained = one.stop(number)
    assert (code, complained) == (0, "")
    assert took < 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_while_the_server_starts(tmp_path: Path, number: signal.Signals) -> None:
    """Code 0 and no traceback, also as the first process of a container, which hears only what it asks for."""
    os.mkfifo(tmp_path / "mine.yaml")
    command = [*COMMAND, "serve", "--port", "0", "--scenarios", str(tmp_path)]
    starting = subprocess.Popen(command, cwd=ROOT, env=environment_of(), stderr=subprocess.PIPE, text=True)
    with (tmp_path / "mine.yaml").open("w", encoding="utf-8"):  # open once the server reads it, and now waits for what it says
        starting.send_signal(number)
        complained = starting.communicate(timeout=10)[1]
    assert (starting.returncode, complained) == (0, "")


def test_a_port_that_is_taken(simulator: Simulator) -> None:
    """The error is one line that says what to do."""
    port = simulator.url.rpartition(":")[2]
    ended = run("serve", "--port", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"simulator: cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "choose another with --port or SIMULATOR_PORT; 0 takes any that is free\n"
    )


def test_a_host_that_is_none() -> None:
    """A name that cannot be resolved is told in the same way."""
    ended = run("serve", "--host", "no.such.host.invalid")
    assert ended.returncode == 1
    assert ended.stderr.startswith("simulator: cannot listen on no.such.host.invalid port 8080: ")
    assert "Unknown error" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--port", "http"], "'http' is no port, expected a number from 0 to 65535"),
        (["serve", "--port", "65536"], "'65536' is no port"),
        (["serve", "--port", "-1"], "'-1' is no port"),
        (["serve", "--port", "٨٠"], "is no port"),
        (["serve", "--log-format", "xml"], "'xml' is no log format, expected text or json"),
        (["serve", "--scenario", "defualt"], "simulator: no scenario 'defualt'; did you mean default?"),
        (["serve", "--scenario", "nowhere/mine.yaml"], "no scenario 'nowhere/mine.yaml'"),
        (["serve", "--what"], "unrecognized arguments: --what"),
        (["play"], "invalid choice: 'play'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_call(arguments: list[str], told: str) -> None:
    """Code 2, and on standard error what was wrong and what was expected."""
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"HOST": "0.0.0.0", "PORT": "443", "TLS": "true"}, "https://127.0.0.1:443"),  # noqa: S104  (nobody listens here)
        ({"HOST": "::", "TLS": "0"}, "http://127.0.0.1:8080"),
        ({"HOST": "::1"}, "http://[::1]:8080"),
    ],
)
def test_where_a_command_looks_for_the_server(variables: dict[str, str], url: str) -> None:
    """Where the variables of the server put it: the health check of a container needs none of its own."""
    told = run("health", "--help", **{f"SIMULATOR_{name}": value for name, value in variables.items()}).stdout
    assert f"(default {url};" in " ".join(told.split())


def test_a_variable_that_others_set() -> None:
    """Beside a service called `simulator` some platforms set SIMULATOR_PORT to an address: it is not meant for us."""
    told = run("health", "--help", SIMULATOR_PORT="tcp://10.0.0.7:9000").stdout
    assert "default http://127.0.0.1:8080;" in " ".join(told.split())
    assert "tcp:" not in run("serve", "--port", "x", SIMULATOR_PORT="tcp://10.0.0.7:9000").stderr


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ({"SIMULATOR_PORT": "http"}, "argument --port: 'http' is no port"),
        ({"SIMULATOR_LOG_FORMAT": "xml"}, "argument --log-format: 'xml' is no log format"),
        ({"SIMULATOR_SCENARIO": "defualt"}, "no scenario 'defualt'"),
    ],
)
def test_a_wrong_variable(variable: dict[str, str], told: str) -> None:
    """It is reported as the option would be."""
    ended = run("serve", **variable)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_a_broken_scenario_file(tmp_path: Path) -> None:
    """The server does not start; every fault is told with file and line."""
    path = tmp_path / "mine.yaml"
    path.write_text("description: x\nsede: 1\nopen: 2\n", encoding="utf-8")
    for command in (["serve", "--port", "0", "--scenario", str(path)], ["check", str(path)]):
        ended = run(*command)
        assert (ended.returncode, ended.stdout) == (1, "")
        first, second = ended.stderr.splitlines()
        assert first.startswith(f"{path}:2: found 'sede', expected one of description, ")
        assert second.startswith(f'{path}:3: open: 2 is not of type "boolean"')


def test_check_finds_no_fault_in_what_ships() -> None:
    """Without a path, all specs and scenarios are looked at."""
    ended = run("check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"[0-9]+ files: no faults\n", ended.stdout)


def test_check_reads_folders_and_tells_all_faults(tmp_path: Path) -> None:
    """A folder is searched; what is broken in one file does not hide another's faults."""
    (tmp_path / "deep").mkdir()
    for name, text in (("a.yaml", "description: [\n"), ("deep/b.yaml", "seed: 1\n"), ("c.yaml", "description: fine\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = run("check", str(tmp_path), str(tmp_path / "none.yaml"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert {line.split(":")[0] for line in ended.stderr.splitlines()} == {
        str(tmp_path / name) for name in ("a.yaml", "deep/b.yaml", "none.yaml")
    }


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder of one's own scenarios as a container gets it: with what mounting hides in it, and one of a name that ships."""
    (tmp_path / "..2026_03_01" / "deep").mkdir(parents=True)
    (tmp_path / "deep").mkdir()
    for name in ("mine.yaml", "deep/other.yml", "cald/slow.yaml", "..2026_03_01/deep/old.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"description: my own {name}\nopen: true\n", encoding="utf-8")
    return tmp_path


def test_scenarios_of_ones_own(serve: Callable[..., Serving], scenarios: Path) -> None:
    """They are found by name beside those that ship, and outrank them; what else is in the folder is none."""
    one = serve(SIMULATOR_SCENARIOS=str(scenarios), SIMULATOR_SCENARIO="mine", SIMULATOR_PORT="0")
    assert one.get("/worlds/default")[1]["description"] == "my own mine.yaml"
    found = {each["name"]: each["description"] for each in one.get("/scenarios")[1]["scenarios"]}
    assert found["deep/other"] == "my own deep/other.yml"
    assert found["cald/slow"] == "my own cald/slow.yaml"
    assert found["default"].startswith("Every key")
    assert not any(name.endswith(("deep/old", "notes")) for name in found)
    assert "  deep/other " in run("list", "--scenarios", str(scenarios)).stdout


def test_no_scenarios_of_ones_own(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """The folder that a container names may be empty, or not be there."""
    for folder in (tmp_path, tmp_path / "none"):
        assert serve("--port", "0", "--scenarios", str(folder)).get("/health")[0] == 200


def test_broken_scenarios_of_ones_own(scenarios: Path) -> None:
    """All are read when the server starts, and every fault of every file is told; one file is no folder."""
    for name in ("mine.yaml", "deep/other.yml"):
        (scenarios / name).write_text("seed: x\n", encoding="utf-8")
    ended = run("serve", "--port", "0", "--scenarios", str(scenarios))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert {line.split(":")[0] for line in ended.stderr.splitlines()} == {
        f"{scenarios}/mine.yaml",
        f"{scenarios}/deep/other.yml",
    }
    ended = run("serve", "--port", "0", "--scenarios", str(scenarios / "mine.yaml"))
    assert ended.returncode == 2
    assert ended.stderr == f"simulator: --scenarios wants a folder; for one file it is --scenario {scenarios}/mine.yaml\n"


def test_list_shows_everything_that_can_be_asked_for() -> None:
    """Operations with method, path and evidence; errors with status; scenarios with their descriptions."""
    ended = run("list")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"buy_phone_number +POST +documented +/client/api/v1/phonenumbers\n", ended.stdout)
    assert re.search(r"US_ONLY +400 ", ended.stdout)
    assert re.search(r"default +Every key of the documented form works", ended.stdout)


def test_a_reader_that_has_seen_enough() -> None:
    """`simulator list | head -1` ends without a complaint."""
    command = f"'{sys.executable}' -m simulator list | head -1"
    ended = subprocess.run(  # noqa: S602  (the pipe is what is tested)
        command, shell=True, cwd=ROOT, env=environment_of(), capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")


def test_version_and_help() -> None:
    """Help names every option with its default and variable, and never shows a token."""
    assert run("--version").stdout == f"{__version__}\n"
    told = run("serve", "--help", SIMULATOR_ADMIN_TOKEN="100%secret").stdout  # noqa: S106  (of this test)
    for name in ("host", "port", "scenario", "admin-token", "log-format"):
        assert f"--{name}" in told
        assert f"SIMULATOR_{name.upper().replace('-', '_')}" in told
    assert "100%secret" not in told
