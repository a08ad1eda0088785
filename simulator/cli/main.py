"""The command `simulator`: a click group whose commands are imported when they run."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from simulator.cli.options import HELP, warn_about_unknown_variables

COMMANDS = {
    "serve": "simulator.cli.serve",
    "init": "simulator.cli.init",
    "new-provider": "simulator.cli.new_provider",
    "check": "simulator.cli.check",
    "list": "simulator.cli.listing",
    "explain": "simulator.cli.explain",
    "watch": "simulator.cli.watch",
    "record": "simulator.cli.record",
    "compare": "simulator.cli.compare",
    "health": "simulator.cli.health",
    "mcp": "simulator.cli.mcp",
}


class LazyGroup(click.Group):
    """A group that imports a command when it runs: a container runs `simulator health` every second.

    The pattern is click's own: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import a command.

        Raises:
            click.UsageError: there is no command of this name.
        """
        if cmd_name not in COMMANDS:
            nearest = difflib.get_close_matches(cmd_name, COMMANDS, 1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"expected one of {', '.join(COMMANDS)}"
            ctx.fail(f"No such command {cmd_name!r}; {hint}")
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        if signal.getsignal(signal.SIGTERM) is _exit_while_importing:
            signal.signal(signal.SIGTERM, _exit)
        return command


@click.group(cls=LazyGroup, context_settings=HELP)
@click.version_option(package_name="provider-simulator", message="%(version)s")
def simulator() -> None:
    """Simulate phone-number providers: Cartesia, Cald, Truedy, Chirp and Vantax.

    Every option can also be set by an environment variable, which the help text of the command names. An empty variable counts
    as not set; an option on the command line takes precedence.
    """
    warn_about_unknown_variables()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 for success, 1 for a failure, 2 for a wrong call, 130 if interrupted."""
    if arguments is None:
        # The first process of a container does not receive a signal without a handler; importing `serve` takes a while.
        signal.signal(signal.SIGTERM, _exit_while_importing)
    _open_closed_streams()
    try:
        return simulator.main(arguments, prog_name="simulator", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        click.echo(f"Error: the output cannot be written: {error.strerror}", err=True)
        return 1
    except click.Abort:
        return 128 + signal.SIGINT


def _open_closed_streams() -> None:
    """Let standard output and error lead nowhere if the caller closed them: no socket may get their descriptors."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def _exit_while_importing(number: int, frame: object) -> NoReturn:
    """End the process at once: an exception within an import may be raised where Python ignores it."""
    os._exit(128 + number)


def _exit(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)
