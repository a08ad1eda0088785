"""`simulator list`: the providers and scenarios on one screen, or everything about one of them."""

from __future__ import annotations

import shutil
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from simulator.cli import evidence
from simulator.cli.files import load_registry, reporting_faults
from simulator.cli.options import PROVIDERS_HELP, SCENARIOS_HELP, SETTINGS, Folder, Option, option
from simulator.numbering.magic import MAGIC_CALLS, MAGIC_MESSAGES
from simulator.provider.bound import BoundProvider
from simulator.provider.errors import Error
from simulator.registry import Registry, nearest
from simulator.scenario.model import Scenario

NARROWEST, WIDEST = 80, 120
WIDEST_COLUMN = 36
GROUPS = 9  # lines of scenarios in the overview: with the providers they fit 24 lines
ONLY_FROM_ENVIRONMENT = Path()  # the value of `--scenarios` without a folder
GRADES = (
    "Documented: stated by the provider's own pages. Inferred: follows from them. Assumed: left open there and decided here, "
    "by a switch of the scenario where users may want it otherwise."
)

Rows = list[tuple[str, ...]]


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
    "--numbers", "show_numbers", is_flag=True, cls=Option, allow_from_autoenv=False, help="Magic numbers to call and to text."
)
@option("--providers", type=Folder(), metavar="DIR", help=PROVIDERS_HELP)
@click.pass_context
def command(
    ctx: click.Context,
    provider: str | None,
    show_evidence: bool,
    scenarios: Path | None,
    show_numbers: bool,
    providers: Path | None,
) -> None:
    """List providers and scenarios.

    With PROVIDER: its operations, errors, lifecycles, switches and scenarios.
    """
    if show_numbers:
        click.echo(magic_numbers())
        return
    registry = load_registry(None if scenarios == ONLY_FROM_ENVIRONMENT else scenarios, providers)
    if provider is not None and provider not in registry.providers:
        problem = f"no provider {provider!r}{nearest(provider, registry.providers, '`simulator list`')}"
        raise click.BadParameter(problem, ctx, param_hint="PROVIDER")
    with reporting_faults():
        if show_evidence:
            click.echo(f"{evidence.table(registry)}\n\n{evidence.switches(registry)}")
        elif ctx.get_parameter_source("scenarios") is ParameterSource.COMMANDLINE:
            click.echo(scenario_list(registry, provider))
        else:
            click.echo(details(registry, provider) if provider else overview(registry))


def overview(registry: Registry) -> str:
    """Return one line for each provider and each group of scenarios: at most 23 lines of 80 characters."""
    providers: Rows = [
        (name, _count_operations(bound), f"/{name}{bound.spec.base_path}", f"for {bound.spec.host}{_origin(bound)}")
        for name, bound in registry.providers.items()
    ]
    groups = defaultdict(list)
    for name in registry.scenario_names():
        group, slash, rest = name.partition("/")
        groups[group + slash if slash else ""].append(rest or name)
    width = _width()
    scenarios = [_group(group, names, width) for group, names in sorted(groups.items())]
    if len(scenarios) > GROUPS:
        scenarios[GROUPS - 1 :] = [f"  … and {len(scenarios) - GROUPS + 1} more groups"]
    hints: Rows = [
        ("simulator list PROVIDER", "operations, errors, switches and scenarios"),
        ("simulator list --scenarios", "all scenarios with their descriptions"),
        ("simulator list --evidence", "what is documented, inferred or assumed"),
        ("simulator list --numbers", "numbers that decide how a call or a message ends"),
    ]
    return "\n".join(["Providers", _table(providers, width), "", "Scenarios", *scenarios, "", _table(hints, width)])


def _origin(bound: BoundProvider) -> str:
    """Return where a provider is from, unless it is built in."""
    return "" if bound.origin == "built in" else f" ({bound.origin})"


def _count_operations(bound: BoundProvider) -> str:
    """Return how many of the documented operations are simulated."""
    operations = bound.spec.operations.values()
    return f"{sum(operation.simulated for operation in operations)} of {len(operations)} operations"


def _group(group: str, names: list[str], width: int) -> str:
    """Return a line with as many names as fit; where some are left out, with their number."""
    head = f"  {group:12} "
    line = head + ", ".join(names)
    for shown in range(len(names) - 1, 0, -1):
        if len(line) <= width:
            break
        line = f"{head}{', '.join(names[:shown])}, … ({len(names)})"
    return line if len(line) <= width else f"{line[: width - 1]}…"


def details(registry: Registry, name: str) -> str:
    """Return everything about a provider, as wide as the terminal; 120 columns where there is none."""
    sections = [*_provider(registry.providers[name]), *_scenario_sections(registry, name)]
    return "\n\n".join([*_tables(sections), textwrap.fill(GRADES, _width())])


def magic_numbers() -> str:
    """Return the magic destinations, with the outcome that they have in scenarios and what happens."""
    sections: list[tuple[str, Rows]] = [("A call to", [*MAGIC_CALLS]), ("A message to", [*MAGIC_MESSAGES])]
    return "\n\n".join(_tables(sections))


def scenario_list(registry: Registry, provider: str | None) -> str:
    """Return all scenarios with their descriptions, or those of one provider."""
    return "\n\n".join(_tables(_scenario_sections(registry, provider)))


def _width() -> int:
    return max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 0)).columns, WIDEST))


def _provider(bound: BoundProvider) -> Iterator[tuple[str, Rows]]:
    title, spec = bound.spec.title, bound.spec
    where = f"{title}: /{bound.name}{spec.base_path} instead of {spec.content['servers'][0]['url']}{_origin(bound)}"
    operations = spec.operations.values()
    simulated = [operation for operation in operations if operation.simulated]
    declared = [operation for operation in operations if not operation.simulated]
    yield where, [(operation.id, operation.method, operation.evidence, operation.path) for operation in simulated]
    taken: Rows = [(operation.id, operation.taken_for) for operation in simulated if operation.taken_for]
    if taken:
        yield f"{title}: what operations were taken for, as only the spec describes them", taken
    if declared:
        yield f"{title}: documented and not simulated (501)", [(one.id, one.method, one.path) for one in declared]
    errors = bound.provider.errors_by_name.items()
    yield f"{title}: errors", [(name, str(error.status), error.evidence, _text(error)) for name, error in errors]
    if bound.provider.webhooks:
        yield f"{title}: events of webhooks", [(f"{bound.name}.{event}",) for event in bound.provider.webhooks.events]
    if bound.provider.events:
        yield f"{title}: lifecycles", [(f"{bound.name}.{resource}",) for resource in bound.provider.events]
    if bound.provider.assumptions:
        yield (
            f"{title}: switches (`assume` in a scenario), the default first",
            [
                (f"{bound.name}.{switch.name}", " | ".join(map(str, switch.values)), switch.evidence, switch.about)
                for switch in bound.provider.assumptions.values()
            ],
        )


def _scenario_sections(registry: Registry, provider: str | None) -> Iterator[tuple[str, Rows]]:
    """Group the scenarios by provider; the last group has those that belong to none."""
    groups: dict[str, list[Scenario]] = {name: [] for name in (*registry.providers, "")}
    for name in registry.scenario_names():
        group = name.partition("/")[0] if "/" in name else ""
        groups[group if group in groups else ""].append(registry.scenario(name))
    for group, scenarios in groups.items():
        if scenarios and provider in (None, group):
            title = f"{registry.providers[group].spec.title}: scenarios" if group else "Other scenarios"
            yield title, [(scenario.name, scenario.description) for scenario in scenarios]


def _text(error: Error) -> str:
    """Return what a client reads: the machine-readable code, where there is one, and the message."""
    return f"{error.code}: {error.detail}" if error.code else error.detail


def _tables(sections: Iterable[tuple[str, Rows]]) -> list[str]:
    width = _width()
    return [f"{title}\n{_table(rows, width)}" for title, rows in sections]


def _table(rows: Rows, width: int) -> str:
    """Align columns; the last one holds text that is wrapped to stay within the width."""
    widths = [min(max(map(len, column)), WIDEST_COLUMN) for column in list(zip(*rows, strict=True))[:-1]]
    indent = 2 + sum(widths) + 2 * len(widths)
    return "\n".join(_row(row, widths, indent, width - indent) for row in rows)


def _row(row: tuple[str, ...], widths: list[int], indent: int, room: int) -> str:
    head = "".join(f"{cell:{width}}  " for cell, width in zip(row, widths, strict=False))
    if len(head) + 2 > indent:  # a name that is longer than its column has a line of its own
        head = f"{head.rstrip()}\n{' ' * indent}"
    lines = textwrap.wrap(row[-1], max(room, 10), break_long_words=False, break_on_hyphens=False)
    return "  " + head + f"\n{' ' * indent}".join(lines)
