"""What `simulator list` prints."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from simulator.provider.bound import BoundProvider
from simulator.provider.errors import Error
from simulator.registry import Registry
from simulator.scenario.model import Scenario

NARROWEST, WIDEST = 80, 120
GRADES = (
    "Documented is what the provider's own pages say, inferred what follows from them, "
    "assumed what they leave open and is decided here."
)


def listing(registry: Registry) -> str:
    """Every provider with its operations, errors and scenarios, as wide as the terminal; 120 columns where there is none."""
    width = max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 0)).columns, WIDEST))
    scenarios = [registry.scenario(name) for name in registry.scenario_names()]
    sections = [section for bound in registry.providers.values() for section in _provider(bound, scenarios)]
    of_all = [each for each in scenarios if each.name.partition("/")[0] not in registry.providers]
    sections.append(("Scenarios of all providers", _scenarios(of_all)))
    tables = [f"{title}\n{_table(rows, width)}" for title, rows in sections]
    return "\n\n".join([*tables, textwrap.fill(GRADES, width)])


def _provider(bound: BoundProvider, scenarios: Iterable[Scenario]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    title, spec = bound.spec.title, bound.spec
    where = f"{title}: /{bound.name}{spec.base_path} instead of {spec.content['servers'][0]['url']}"
    yield where, [(each.id, each.method, each.evidence, each.path) for each in spec.operations.values()]
    errors = bound.provider.errors_by_name.items()
    yield f"{title}: errors", [(name, str(each.status), each.evidence, _text(each)) for name, each in errors]
    if bound.provider.events:
        yield f"{title}: lifecycles", [(f"{bound.name}.{resource}",) for resource in bound.provider.events]
    if bound.provider.assumptions:
        switches = bound.provider.assumptions.values()
        yield (
            f"{title}: assumptions (`assume` in a scenario), the default first",
            [(f"{bound.name}.{each.name}", " | ".join(map(str, each.values)), each.evidence, each.about) for each in switches],
        )
    own = [each for each in scenarios if each.name.startswith(f"{bound.name}/")]
    if own:
        yield f"{title}: scenarios", _scenarios(own)


def _scenarios(scenarios: Iterable[Scenario]) -> list[tuple[str, ...]]:
    return [(each.name, each.description) for each in scenarios]


def _text(error: Error) -> str:
    """What a client reads, the machine code first where there is one."""
    return f"{error.code}: {error.detail}" if error.code else error.detail


def _table(rows: list[tuple[str, ...]], width: int) -> str:
    """Columns, the last of which holds text that is broken to stay within the width."""
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    indent = 2 + sum(widths) + 2 * len(widths)
    return "\n".join(_row(row, widths, indent, width - indent) for row in rows)


def _row(row: tuple[str, ...], widths: list[int], indent: int, room: int) -> str:
    head = "".join(f"{cell:{width}}  " for cell, width in zip(row, widths, strict=False))
    lines = textwrap.wrap(row[-1], room, break_long_words=False, break_on_hyphens=False)
    return "  " + head + f"\n{' ' * indent}".join(lines)
