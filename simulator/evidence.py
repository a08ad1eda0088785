"""How well founded the simulation is: counted from the specs, for `simulator list --evidence` and the README."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulator.openapi.evidence import WEAKEST_FIRST
from simulator.provider.bound import BoundProvider
from simulator.registry import Registry

GRADES = tuple(reversed(WEAKEST_FIRST))
HEAD = ("Provider", "What", *GRADES)
SWITCHES = ("Switch", "Values, the default first", "What is left open")


def table(registry: Registry) -> str:
    """A Markdown table: of each provider's operations and answers, how many are documented, inferred, assumed."""
    rows = [row for bound in registry.providers.values() for row in _rows(bound)]
    return "\n".join(_line(row) for row in (HEAD, ("---", "---", *["---:"] * len(GRADES)), *rows))


def switches(registry: Registry) -> str:
    """A Markdown table: what the documentation leaves open, and a scenario may decide with `assume`."""
    rows = [
        (f"`{name}.{each.name}`", " · ".join(f"`{value}`" for value in each.values), each.about)
        for name, bound in registry.providers.items()
        for each in bound.provider.assumptions.values()
    ]
    return "\n".join(_line(row) for row in (SWITCHES, ("---",) * len(SWITCHES), *rows))


def _rows(bound: BoundProvider) -> Iterator[tuple[str, ...]]:
    operations = bound.spec.operations.values()
    successes = Counter(each.responses[status].evidence for each in operations for status in each.responses if status < 400)
    refusals = Counter(each.responses[status].evidence for each in operations for status in each.responses if status >= 400)
    counts = {"operations": Counter(each.evidence for each in operations), "answers": successes, "refusals": refusals}
    for what, counted in counts.items():
        name = bound.spec.title if what == "operations" else ""
        yield (name, what, *(str(counted[grade]) for grade in GRADES))


def _line(row: tuple[str, ...]) -> str:
    return f"| {' | '.join(row)} |"
