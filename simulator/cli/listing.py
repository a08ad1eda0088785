"""`simulator list`: the providers and scenarios on one screen, one provider on one screen, or all about it."""

from __future__ import annotations

import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import click
from click.core import ParameterSource

from simulator.cli import evidence
from simulator.cli.columns import Rows, screen, shortened, table, width
from simulator.cli.files import load_registry, reporting_faults
from simulator.cli.options import PROVIDERS_HELP, SCENARIOS_HELP, SETTINGS, Folder, Option, option
from simulator.cli.provider_details import NothingFound, details, find, origin, scenario_list
from simulator.cli.provider_screen import provider_screen
from simulator.documents import nearest, nearest_names
from simulator.numbering.magic import MAGIC_CALLS, MAGIC_MESSAGES
from simulator.provider.bound import BoundProvider
from simulator.registry import Registry

MANY_COLUMNS = 10_000  # of a table whose lines are cut off rather than wrapped
GROUPS = 5  # lines of scenarios that the overview keeps, however many providers there are
ONLY_FROM_ENVIRONMENT = Path()  # the value of `--scenarios` without a folder


class OptionalFolder(Folder):
    """A folder, or nothing after `--scenarios`."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return its path; without one, the folder that the environment names."""
        if value != ONLY_FROM_ENVIRONMENT:
            return super().convert(value, param, ctx)
        named = param.value_from_envvar(ctx) if param and ctx else None
        return ONLY_FROM_ENVIRONMENT if named is None else super().convert(named, param, ctx)


@click.command("list", context_settings=SETTINGS)
@click.argument("provider", required=False)
@click.argument("word", required=False)
@click.option(
    "--all", "show_all", is_flag=True, cls=Option, allow_from_autoenv=False, help="Everything about PROVIDER, or about all."
)
@click.option("--evidence", "show_evidence", is_flag=True, cls=Option, allow_from_autoenv=False, help="Evidence as Markdown.")
@option(
    "--scenarios",
    type=OptionalFolder(),
    is_flag=False,
    flag_value=ONLY_FROM_ENVIRONMENT,
    metavar="[DIR]",
    help=f"List all scenarios with their descriptions. DIR: {SCENARIOS_HELP[0].lower()}{SCENARIOS_HELP[1:]}",
)
@click.option(
    "--numbers",
    "show_numbers",
    is_flag=True,
    cls=Option,
    allow_from_autoenv=False,
    help="List the magic numbers, which decide how a call or a message ends.",
)
@option("--providers", type=Folder(), metavar="DIR", help=PROVIDERS_HELP)
@click.pass_context
def command(
    ctx: click.Context,
    provider: str | None,
    word: str | None,
    show_all: bool,
    show_evidence: bool,
    scenarios: Path | None,
    show_numbers: bool,
    providers: Path | None,
) -> None:
    """List providers and scenarios.

    With PROVIDER: the names of its operations, errors, switches and scenarios, on one screen; calls_{list,get} stands for
    calls_list and calls_get. With WORD: an operation in full, or everything whose name or path contains the word. A full name
    needs no PROVIDER: cartesia.calls_list, cartesia/plan-full.
    """
    if show_numbers:
        click.echo(magic_numbers())
        return
    registry = load_registry(None if scenarios == ONLY_FROM_ENVIRONMENT else scenarios, providers)
    if provider is not None and provider not in registry.providers:
        owner = re.split("[./]", provider)[0]
        if word is not None or owner not in registry.providers:
            problem = f"no provider {provider!r}{nearest(provider, registry.providers, '`simulator list`')}"
            if word is None and not nearest_names(provider, registry.providers):
                problem += f"; to look up a name: simulator list PROVIDER {provider}"
            raise click.BadParameter(problem, ctx, param_hint="PROVIDER")
        provider, word = owner, provider
    with reporting_faults():
        if show_evidence:
            _show(f"{evidence.table(registry)}\n\n{evidence.switches(registry)}")
        elif ctx.get_parameter_source("scenarios") is ParameterSource.COMMANDLINE:
            _show(scenario_list(registry, provider))
        elif show_all:
            _show("\n\n".join(details(registry, name) for name in ([provider] if provider else registry.providers)))
        else:
            _show(_names(ctx, registry, provider, word))


def _names(ctx: click.Context, registry: Registry, provider: str | None, word: str | None) -> str:
    """Return what fits a screen, or what a word finds."""
    if provider is None:
        return overview(registry)
    if word is None:
        of_provider = (name.partition("/") for name in registry.scenario_names())
        return provider_screen(
            registry.providers[provider], [rest for group, _, rest in of_provider if group == provider and rest]
        )
    try:
        return find(registry, provider, word)
    except NothingFound as error:
        raise click.BadParameter(f"nothing of {provider} is named {word!r}{error.hint}", ctx, param_hint="WORD") from None


def _show(text: str) -> None:
    """Print a text; one that does not fit the terminal is shown in the user's pager."""
    if sys.stdout.isatty() and text.count("\n") + 2 > shutil.get_terminal_size().lines:
        click.echo_via_pager(text)
    else:
        click.echo(text)


def overview(registry: Registry) -> str:
    """Return one line for each provider and each group of scenarios, on one screen: the prompt needs its last line."""
    columns, height = screen()
    rows: Rows = [("PROVIDER", "OPERATIONS", "PATH", "INSTEAD OF")]
    rows += [
        (name, _count_operations(bound), f"/{name}{bound.spec.base_path}", f"{bound.spec.host}{origin(bound)}")
        for name, bound in registry.providers.items()
    ]
    groups = defaultdict(list)
    for name in registry.scenario_names():
        group, slash, rest = name.partition("/")
        groups[group + slash if slash else ""].append(rest or name)
    scenarios = [_group(group, names, columns) for group, names in sorted(groups.items())]
    hints: Rows = [
        ("simulator list PROVIDER", "operations, errors, switches and scenarios"),
        ("simulator list --scenarios", "all scenarios with their descriptions"),
        ("simulator list --evidence", "what is documented, inferred or assumed"),
        ("simulator list --numbers", "numbers that decide how a call or a message ends"),
    ]
    room = height - 1 - len(hints) - 3  # the heading of the scenarios, two empty lines
    providers = _at_most(table(rows, MANY_COLUMNS).splitlines(), room - min(len(scenarios), GROUPS), "providers")
    scenarios = _at_most(scenarios, room - len(providers), "groups")
    lines = [*(shortened(line, columns) for line in providers), "", "  SCENARIOS", *scenarios, ""]
    return "\n".join([*lines, table(hints, columns)])


def _at_most(lines: list[str], most: int, what: str) -> list[str]:
    """Return as many lines as there is room for; the last one counts those that are left out."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"  … and {len(lines) - most + 1} more {what}"]


def _count_operations(bound: BoundProvider) -> str:
    """Return how many of the documented operations are simulated."""
    operations = bound.spec.operations.values()
    return f"{sum(operation.simulated for operation in operations)} of {len(operations)}"


def _group(group: str, names: list[str], columns: int) -> str:
    """Return a line with as many names as fit; where some are left out, with their number."""
    head = f"  {group:12} "
    line = head + ", ".join(names)
    for shown in range(len(names) - 1, 0, -1):
        if len(line) <= columns:
            break
        line = f"{head}{', '.join(names[:shown])}, … ({len(names)})"
    return shortened(line, columns)


def magic_numbers() -> str:
    """Return the magic destinations, with the outcome that they have in scenarios and what happens."""
    sections: list[tuple[str, Rows]] = [("A call to", [*MAGIC_CALLS]), ("A message to", [*MAGIC_MESSAGES])]
    return "\n\n".join(f"{title}\n{table(rows, width())}" for title, rows in sections)
