"""The command itself: version, help, unknown commands, and how a process of it ends."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

import simulator
from simulator.cli.main import COMMANDS, main
from tests.unit.cli.conftest import Ended
from tests.unit.command import ROOT, environment_of, run

HELP = """\
Usage: simulator [OPTIONS] COMMAND [ARGS]...

  Simulate phone-number providers: Cartesia, Cald, Truedy, Chirp and Vantax.

  Every option can also be set by an environment variable, which the help text of the command names.
  An empty variable counts as not set; an option on the command line takes precedence.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  serve         Serve all providers on one port.
  init          Write a scenario, a test and a compose file.
  new-provider  Create the folder of your own provider from its spec.
  check         Check specs and scenarios.
  list          List providers and scenarios.
  explain       Explain why one request ended as it did.
  watch         Show the requests to a world as they arrive.
  record        Record the traffic with a real provider.
  compare       Compare a recording of real providers with the simulator.
  health        Check that a running server is ready.
  mcp           Serve the control API as tools for an assistant.
"""


def test_the_version_is_that_of_the_distribution() -> None:
    """It is in the metadata, and nowhere else in the package."""
    assert simulator.__version__ == metadata.version("provider-simulator")
    assert run("--version").stdout == f"{simulator.__version__}\n"


def test_the_version_without_metadata(tmp_path: Path) -> None:
    """A source tree that was never installed is still usable; it does not claim to be a release."""
    (tmp_path / "simulator").symlink_to(Path(simulator.__file__).parent)
    script = f"import sys; sys.path.append({sysconfig.get_path('purelib')!r}); from importlib import metadata; "
    script += "metadata.MetadataPathFinder.find_distributions = lambda *_: []; import simulator; print(simulator.__version__)"
    command = [sys.executable, "-S", "-c", script]
    ended = subprocess.run(command, cwd=tmp_path, env=environment_of(), capture_output=True, text=True, timeout=30, check=False)
    assert (ended.stdout, ended.stderr) == ("0+unknown\n", "")


def test_help(run: Callable[..., Ended]) -> None:
    """It fits a screen and names every command; no command at all is a wrong call that prints it."""
    assert run("--help") == (0, HELP, "")
    code, stdout, stderr = run()
    assert (code, stdout + stderr) == (2, HELP)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Callable[..., Ended], command: str) -> None:
    """With its variables; a description without a full stop would be cut in the list of commands."""
    code, text, _ = run(command, "--help")
    assert code == 0
    assert text.startswith(f"Usage: simulator {command} ")
    assert run(command, "-h").stdout == text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["chek"], "No such command 'chek'; did you mean 'check'?"),
        (
            ["play"],
            f"No such command 'play'; expected one of {', '.join(COMMANDS)}",
        ),
        (["serve", "--what"], "No such option"),
        (["explain"], "Missing argument 'ID'"),
    ],
)
def test_a_wrong_call(run: Callable[..., Ended], arguments: list[str], problem: str) -> None:
    """Code 2, and what was wrong on standard error."""
    code, stdout, stderr = run(*arguments)
    assert (code, stdout) == (2, "")
    assert problem in stderr


def test_the_exit_code_for_a_caller_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    """`main` returns it; nothing ends the process."""
    assert main(["--version"]) == 0
    assert main(["play"]) == 2
    assert main(["check", "no/such/file.yaml"]) == 1
    assert capsys.readouterr().err.endswith("no/such/file.yaml:1: cannot be read: No such file or directory\n")


def test_a_reader_that_has_seen_enough() -> None:
    """`simulator list | head -1` ends without a complaint."""
    command = f"'{sys.executable}' -m simulator list | head -1"
    ended = subprocess.run(  # noqa: S602  (the pipe is what is tested)
        command, shell=True, cwd=ROOT, env=environment_of(), capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")


def test_health_does_not_import_the_engine() -> None:
    """A container runs it every second: each import would be paid as often."""
    code = (
        "import sys; from simulator.cli.main import main; main(['health', '--url', 'http://127.0.0.1:9']); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, env=environment_of(), capture_output=True, text=True, timeout=30, check=False)
    imported = set(ended.stdout.split())
    assert "simulator.cli.health" in imported
    assert not imported & {"jsonschema_rs", "msgspec", "yaml", "simulator.catalog", "simulator.client", "asyncio"}
