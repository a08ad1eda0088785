"""Loading specs and scenarios for a command; their faults become the command's output."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from simulator.documents import BrokenFile
from simulator.registry import Registry, built_in_registry


class FaultyFiles(click.ClickException):
    """Files with faults; each fault is a line `file:line: problem`."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the faults as they are, so that editors can jump to them."""
        click.echo(self.message, file, err=True)


@contextlib.contextmanager
def reporting_faults() -> Iterator[None]:
    """Turn the faults of a file into an error of the command."""
    try:
        yield
    except BrokenFile as broken:
        raise FaultyFiles(str(broken)) from None


def load_registry(scenarios: Path | None) -> Registry:
    """Return the built-in providers and scenarios, with the user's own scenarios."""
    with reporting_faults():
        return built_in_registry().extended(scenarios) if scenarios else built_in_registry()
