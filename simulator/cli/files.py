"""Loading specs and scenarios for a command; their faults become the command's output."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from simulator.documents import BrokenFile
from simulator.registry import Registry, registry_with


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


def load_registry(scenarios: Path | None, providers: Path | None = None) -> Registry:
    """Return the built-in providers and scenarios, with the user's own."""
    with reporting_faults():
        return registry_with(providers, scenarios)
