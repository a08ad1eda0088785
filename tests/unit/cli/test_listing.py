"""`simulator list`: an overview that fits a screen, and the details of a provider and of the scenarios."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.registry import built_in_registry
from tests.unit.cli.conftest import Ended

OVERVIEW = """\
Providers
  cald      17 of 17 operations   /cald/client/api/v1    for my.cald.ai
  cartesia  62 of 120 operations  /cartesia              for api.cartesia.ai
  chirp     51 of 77 operations   /chirp                 for
                                                         api.buildwithchirp.com
  truedy    49 of 56 operations   /truedy/api/public/v1  for api.truedy.ai
  vantax    53 of 60 operations   /vantax/v1             for api.vantaxai.com

Scenarios
               default, examples, strict
  cald/        error-after-purchase, flaky, key-revoked, lost-answer, … (13)
  cartesia/    calls-take-time, error-after-purchase, flaky, key-revoked, … (16)
  chirp/       calls-take-time, carrier-down, error-after-purchase, … (19)
  truedy/      agents-settle-late, error-after-purchase, flaky, … (18)
  vantax/      error-after-purchase, flaky, key-revoked, lost-answer, … (15)

  simulator list PROVIDER     operations, errors, switches and scenarios
  simulator list --scenarios  all scenarios with their descriptions
  simulator list --evidence   what is documented, inferred or assumed
  simulator list --numbers    numbers that decide how a call or a message ends
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a user's own scenarios, in more groups than fit a screen, one of a long name."""
    for name in (*(f"team-{number}/slow" for number in range(30)), f"{'long-' * 20}/{'name-' * 30}", "cald/mine", "top"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"description: my own {name[:20]}\nopen: true\n", encoding="utf-8")
    return tmp_path


def test_the_overview(run: Callable[..., Ended]) -> None:
    """One line for each provider, one for each group of scenarios."""
    assert run("list", COLUMNS="80") == (0, OVERVIEW, "")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_the_overview_fits_a_screen(run: Callable[..., Ended], folder: Path, columns: int) -> None:
    """24 lines with the prompt, however many scenarios a user has."""
    for environment in ({}, {"SIMULATOR_SCENARIOS": str(folder)}):
        lines = run("list", COLUMNS=str(columns), **environment).stdout.splitlines()
        assert len(lines) <= 23
        assert max(map(len, lines)) <= columns
    assert any(re.fullmatch(r"  … and \d+ more groups", line) for line in lines)


def test_the_details_of_a_provider(run: Callable[..., Ended]) -> None:
    """Operations with method, path and evidence; errors with status; switches; scenarios with descriptions; no other's."""
    code, text, stderr = run("list", "cald")
    assert (code, stderr) == (0, "")
    assert re.search(r"buy_phone_number +POST +documented +/client/api/v1/phonenumbers\n", text)
    assert re.search(r"US_ONLY +400 ", text)
    assert re.search(r"cald\.error_body +json \| text ", text)
    assert re.search(r"cald/plan-full +[A-Z]", text)
    assert not re.search("chirp|vantax", text)


@pytest.mark.parametrize(("lines", "is_paged"), [("24", True), ("500", False)])
def test_what_does_not_fit_the_terminal_is_paged(tmp_path: Path, lines: str, is_paged: bool) -> None:
    """By the pager of the user; what is piped is not."""
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\ntouch paged\ncat >/dev/null\n", encoding="utf-8")
    pager.chmod(0o755)
    environment = {**os.environ, "PAGER": str(pager), "LINES": lines, "COLUMNS": "100", "TERM": "xterm"}
    command = [sys.executable, "-m", "simulator", "list", "cartesia"]
    leader, terminal = pty.openpty()
    try:
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=terminal, stdout=terminal, close_fds=True
        ) as process:
            os.close(terminal)
            reader = threading.Thread(target=read_all, args=(leader,))
            reader.start()
            assert process.wait(timeout=30) == 0
            reader.join(timeout=10)
    finally:
        os.close(leader)
    assert (tmp_path / "paged").exists() == is_paged
    (tmp_path / "paged").unlink(missing_ok=True)
    subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, timeout=30, check=True)
    assert not (tmp_path / "paged").exists()


def read_all(descriptor: int) -> None:
    """Read until the other end of a terminal is closed."""
    with contextlib.suppress(OSError):
        while os.read(descriptor, 4096):
            pass


def test_a_provider_that_does_not_exist(run: Callable[..., Ended]) -> None:
    """The error names the nearest."""
    code, stdout, stderr = run("list", "calld")
    assert (code, stdout) == (2, "")
    assert stderr.endswith("Error: Invalid value for PROVIDER: no provider 'calld'; did you mean cald?\n")


def test_all_scenarios(run: Callable[..., Ended], folder: Path) -> None:
    """With their descriptions; with a user's own from the folder that is given, or that the environment names."""
    text = run("list", "--scenarios").stdout
    for name in built_in_registry().scenario_names():
        assert re.search(rf"^  {re.escape(name)} +\S", text, re.MULTILINE), name
    for ended in (run("list", "--scenarios", str(folder)), run("list", "--scenarios", SIMULATOR_SCENARIOS=str(folder))):
        assert ended.code == 0
        assert re.search(r"^  team-7/slow +my own team-7/slow$", ended.stdout, re.MULTILINE)
        assert re.search(r"^  default +\S", ended.stdout, re.MULTILINE)
    own = run("list", "cald", "--scenarios", str(folder)).stdout
    assert re.search(r"^  cald/mine +my own cald/mine$", own, re.MULTILINE)
    assert not re.search("operation|team|default", own)


def test_a_folder_that_does_not_exist(run: Callable[..., Ended]) -> None:
    """On the command line or in the environment."""
    assert "Invalid value for --scenarios: the folder cald does not exist" in run("list", "--scenarios", "cald").stderr
    assert "SIMULATOR_SCENARIOS: the folder nowhere does not exist" in run("list", SIMULATOR_SCENARIOS="nowhere").stderr


def test_the_magic_numbers(run: Callable[..., Ended]) -> None:
    """With the outcome that scenarios call the same, and what happens."""
    code, text, _ = run("list", "--numbers")
    assert (code, [line.strip() for line in text.splitlines()[:2]]) == (0, ["A call to", "+16065550190  busy          is busy"])
    assert [line.split()[0] for line in text.splitlines() if "+1606" in line] == [f"+1606555019{digit}" for digit in range(9)]
