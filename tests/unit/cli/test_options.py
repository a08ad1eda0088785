"""Options and environment variables: their names, what counts as not set, and how faulty values are reported."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from simulator.cli.main import COMMANDS
from simulator.cli.main import simulator as group
from simulator.cli.options import KNOWN_VARIABLES, Option
from tests.unit.cli.conftest import Ended
from tests.unit.command import free_port

CONTRACT = {
    "HOST",
    "PORT",
    "SCENARIO",
    "SCENARIOS",
    "ADMIN_TOKEN",
    "MAX_WORLDS",
    "JOURNAL_BYTES",
    "LOG_FORMAT",
    "TLS",
    "WRITE_CA",
    "URL",
}


def options() -> dict[str, click.Option]:
    """The options of all commands by the names of their variables, without the prefix."""
    context = click.Context(group)
    commands = [group.get_command(context, name) for name in COMMANDS]
    found = [parameter for command in commands if command for parameter in command.params]
    return {(one.name or "").upper(): one for one in found if isinstance(one, click.Option) and one.allow_from_autoenv}


def test_every_option_is_a_variable(run: Callable[..., Ended]) -> None:
    """Its name is that of the option, without the command's; help names it; a misspelt name can be told from it.

    Beside these there are those that the pytest plugin and the registry read.
    """
    assert set(options()) == {*KNOWN_VARIABLES} - {"STRICT", "PLUGINS"} >= CONTRACT
    assert all(isinstance(one, Option) for one in options().values())
    text = " ".join("".join(run(command, "--help").stdout for command in COMMANDS).split())
    assert [name for name in options() if f"SIMULATOR_{name}" not in text] == []


def test_help_shows_no_secret(run: Callable[..., Ended]) -> None:
    """Neither as a default nor otherwise."""
    assert "s3cret" not in run("serve", "--help", SIMULATOR_ADMIN_TOKEN="s3cret").stdout  # noqa: S106  (of this test)


@pytest.mark.parametrize(
    ("flag", "value", "problem"),
    [
        ("port", "http", "'http' is not a valid port, expected a number from 0 to 65535"),
        ("port", "65536", "'65536' is not a valid port"),
        ("port", "-1", "'-1' is not a valid port"),
        ("port", "٨٠", "'٨٠' is not a valid port"),
        ("port", "9" * 5000, "is not a valid port"),
        ("max-worlds", "0", "'0' is not a valid number of worlds, expected a number from 1 to "),
        ("journal-bytes", "1.5", "'1.5' is not a valid number of bytes"),
        ("log-format", "xml", "'xml' is not one of 'text', 'json'."),
        ("scenario", "defualt", "unknown scenario 'defualt'; did you mean default?"),
        ("scenario", "nowhere/mine.yaml", "nowhere/mine.yaml is a file that does not exist"),
        ("scenarios", "nowhere", "the folder nowhere does not exist"),
        (
            "scenarios",
            "README.md",
            "README.md is a file, expected a folder; a single file can be loaded with --scenario README.md",
        ),
        ("providers", "README.md", "README.md is a file, expected a folder\n"),
        ("admin-token-file", "nowhere", "nowhere cannot be read: No such file or directory"),
        ("fd", "x", "'x' is not a valid file descriptor"),
        ("webhook-hosts", "a b", "'a b' is not a host; expected a name or an address such as receiver"),
        ("cors-origins", "example.com", "'example.com' is not an origin; expected one such as https://app.example.com"),
    ],
)
def test_a_faulty_value(run: Callable[..., Ended], flag: str, value: str, problem: str) -> None:
    """Code 2; the error names the flag or the variable that the value is from, what was wrong and what was expected."""
    name = f"SIMULATOR_{flag.upper().replace('-', '_')}"
    for hint, ended in ((f"--{flag}", run("serve", f"--{flag}={value}")), (name, run("serve", **{name: value}))):
        assert (ended.code, ended.stdout) == (2, "")
        assert f"Error: Invalid value for {hint}: " in ended.stderr
        assert problem in ended.stderr


def test_a_faulty_switch(run: Callable[..., Ended]) -> None:
    """A switch takes its values from the variable only; on the command line it is there or not."""
    code, _, stderr = run("serve", SIMULATOR_TLS="maybe")
    assert code == 2
    assert "SIMULATOR_TLS: 'maybe' is not a valid switch, expected 1 or 0, true or false, yes or no, on or off" in stderr


@pytest.mark.parametrize("flag", ["host", "scenario", "scenarios", "admin-token", "admin-token-file", "write-ca", "uds"])
def test_an_empty_value(run: Callable[..., Ended], flag: str) -> None:
    """On the command line it is an error: `--admin-token "$TOKEN"` without a TOKEN must not start an open server."""
    for value in ("", " "):
        code, _, stderr = run("serve", f"--{flag}", value)
        assert code == 2
        assert f"Invalid value for --{flag}: the value is empty" in stderr


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to the default port, where a developer may have a server running."""
    connect = socket.create_connection

    def refuse(address: tuple[str, int], *arguments: Any, **more: Any) -> socket.socket:
        if address[1] == 8080:
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(address, *arguments, **more)

    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize("value", ["", " ", "tcp://10.0.0.7:9000"])
def test_a_variable_that_counts_as_not_set(run: Callable[..., Ended], value: str) -> None:
    """Blank ones, and the addresses that Kubernetes sets beside a service that is called `simulator`."""
    names = [name for name in KNOWN_VARIABLES if name != "STRICT"]
    environment = {f"SIMULATOR_{name}": value for name in names}
    code, _, stderr = run("health", **environment)
    assert code == 1
    assert "Error: no simulator is ready at http://127.0.0.1:8080/_simulator/health: " in stderr
    code, _, stderr = run("serve", "--host", "no.such.host.invalid", **environment)
    assert code == 1
    assert "cannot listen on no.such.host.invalid port 8080" in stderr


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("PROT", "Warning: unknown environment variable SIMULATOR_PROT; did you mean SIMULATOR_PORT?\n"),
        ("SCENARIOS_DIR", "Warning: unknown environment variable SIMULATOR_SCENARIOS_DIR; did you mean SIMULATOR_SCENARIOS?\n"),
        ("XYZ", "Warning: unknown environment variable SIMULATOR_XYZ; `simulator COMMAND --help` lists the variables\n"),
        ("SERVE_PORT", "Warning: unknown environment variable SIMULATOR_SERVE_PORT; did you mean SIMULATOR_PORT?\n"),
        *(
            (name, "")
            for name in ("STRICT", "ADMIN_TOKEN", "TEST_ANYTHING", "SERVICE_HOST", "SERVICE_PORT_HTTP", "A_SERVICE_PORT")
        ),
        *((name, "") for name in ("PORT_8080_TCP", "PORT_8080_TCP_PROTO", "PORT_8080_TCP_ADDR")),
    ],
)
def test_a_misspelt_variable(run: Callable[..., Ended], name: str, warning: str) -> None:
    """It is warned about with the nearest name; those of Kubernetes, of the pytest plugin and of tests are none."""
    code, _, stderr = run("check", "scenarios/default.yaml", **{f"SIMULATOR_{name}": "80"})
    assert (code, stderr) == (0, warning)
    assert run("check", "scenarios/default.yaml", **{f"SIMULATOR_{name}": ""}).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "variables", "problem"),
    [
        (["--write-ca", "ca.pem"], {}, "--write-ca needs --tls: a server without TLS has no CA"),
        ([], {"WRITE_CA": "ca.pem"}, "SIMULATOR_WRITE_CA needs --tls: a server without TLS has no CA"),
        (["--forwarded-allow-ips", "*"], {}, "--forwarded-allow-ips needs --proxy-headers"),
        (["--uds", "a", "--fd", "3"], {}, "--uds and --fd are mutually exclusive"),
        (
            ["--admin-token-file", "a"],
            {"ADMIN_TOKEN": "b"},
            "--admin-token-file and SIMULATOR_ADMIN_TOKEN are mutually exclusive",
        ),
    ],
)
def test_a_wrong_combination(run: Callable[..., Ended], arguments: list[str], variables: dict[str, str], problem: str) -> None:
    """An option that would have no effect, or two of which one would have none."""
    code, stdout, stderr = run("serve", *arguments, **{f"SIMULATOR_{name}": value for name, value in variables.items()})
    assert (code, stdout) == (2, "")
    assert stderr.endswith(f"Error: {problem}\n")


@pytest.mark.parametrize(
    ("content", "problem"), [("", "contains no word"), (" \n", "contains no word"), ("a b", "contains more than one word")]
)
def test_a_faulty_token_file(run: Callable[..., Ended], tmp_path: Path, content: str, problem: str) -> None:
    """A file without a token must not start an open server."""
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    code, _, stderr = run("serve", "--admin-token-file", str(file))
    assert code == 2
    assert f"--admin-token-file: {file} {problem}, expected one token" in stderr


@pytest.mark.parametrize("how", ["scenarios", "scenario", "check", "check a folder"])
def test_a_fifo_is_refused(run: Callable[..., Ended], tmp_path: Path, how: str) -> None:
    """Reading it would wait for a writer that may never come."""
    fifo = tmp_path / "mine.yaml"
    os.mkfifo(fifo)
    commands = {
        "scenarios": ["serve", "--port", "0", "--scenarios", str(tmp_path)],
        "scenario": ["serve", "--scenario", str(fifo)],
        "check": ["check", str(fifo)],
        "check a folder": ["check", str(tmp_path)],
    }
    code, stdout, stderr = run(*commands[how])
    assert (code, stdout) == (2 if how == "scenario" else 1, "")
    assert str(fifo) in stderr
    assert "not a regular file, expected a YAML file" in stderr


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"HOST": "0.0.0.0", "PORT": "9", "TLS": "true"}, "https://127.0.0.1:9"),  # noqa: S104  (nobody listens here)
        ({"HOST": "::", "TLS": "0", "PORT": "9"}, "http://127.0.0.1:9"),
        ({"HOST": "::1", "PORT": "9"}, "http://[::1]:9"),
        ({"URL": "http://127.0.0.1:7/", "PORT": "9"}, "http://127.0.0.1:7"),
    ],
)
def test_where_a_command_looks_for_the_server(run: Callable[..., Ended], variables: dict[str, str], url: str) -> None:
    """Where the variables of the server put it: the health check of a container needs none of its own."""
    for command in (["health"], ["explain", "req-1"]):
        code, _, stderr = run(*command, **{f"SIMULATOR_{name}": value for name, value in variables.items()})
        assert code == 1
        assert f" at {url}" in stderr
        assert "--url or SIMULATOR_URL" in stderr


def test_an_option_outranks_its_variable(run: Callable[..., Ended]) -> None:
    """What is written on the line was meant."""
    url = f"http://127.0.0.1:{free_port()}"
    assert f" at {url}/" in run("health", "--url", url, SIMULATOR_URL="http://127.0.0.1:1").stderr
