"""What the tests of the command line share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from simulator.cli.main import simulator as group
from tests.unit.command import ROOT
from tests.unit.conftest import serve

__all__ = ["serve"]


class Ended(NamedTuple):
    """How a command ended in this process."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run commands in this process, with no other SIMULATOR_ variables than those that are given."""
    for name in [name for name in os.environ if name.startswith("SIMULATOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def invoke(*arguments: str, **environment: str) -> Ended:
        try:
            result = CliRunner().invoke(group, arguments, prog_name="simulator", env=environment, terminal_width=100)
        finally:  # `serve` replaces them
            for number, handler in handlers.items():
                signal.signal(number, handler)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return invoke
