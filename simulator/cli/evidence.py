"""Tables of evidence, counted from the specs: for `simulator list --evidence` and the README."""

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
    """Return a Markdown table: how many of a provider's operations and responses are documented, inferred or assumed."""
    rows = [row for bound in registry.providers.values() for row in _rows(bound)]
    return "\n".join(_line(row) for row in (HEAD, ("---", "---", *["---:"] * len(GRADES)), *rows))


def switches(registry: Registry) -> str:
    """Return a Markdown table: what the documentation leaves open, and a scenario can decide with `assume`."""
    rows = [
        (f"`{name}.{switch.name}`", " · ".join(f"`{value}`" for value in switch.values), switch.about)
        for name, bound in registry.providers.items()
        for switch in bound.provider.assumptions.values()
    ]
    return "\n".join(_line(row) for row in (SWITCHES, ("---",) * len(SWITCHES), *rows))


def _rows(bound: BoundProvider) -> Iterator[tuple[str, ...]]:
    operations = [operation for operation in bound.spec.operations.values() if operation.simulated]
    responses = [(status, response.evidence) for operation in operations for status, response in operation.responses.items()]
    counts = {
        "operations": Counter(operation.evidence for operation in operations),
        "answers": Counter(evidence for status, evidence in responses if status < 400),
        "refusals": Counter(evidence for status, evidence in responses if status >= 400),
    }
    for what, counter in counts.items():
        title = bound.spec.title if what == "operations" else ""
        yield (title, what, *(str(counter[grade]) for grade in GRADES))


def _line(row: tuple[str, ...]) -> str:
    return f"| {' | '.join(row)} |"
