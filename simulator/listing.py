"""What `simulator list` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.catalog import Catalog
from simulator.provider import Bound


def listing(catalog: Catalog) -> str:
    """Every provider with its operations and errors, each with its evidence, and every scenario."""
    parts = [part for bound in catalog.providers.values() for part in _provider(bound)]
    scenarios = [catalog.scenario(name) for name in catalog.scenario_names()]
    parts.append("Scenarios\n" + _columns((each.name, each.description) for each in scenarios))
    return "\n\n".join(parts)


def _provider(bound: Bound) -> Iterator[str]:
    spec = bound.spec
    operations = ((each.id, each.method, each.path, each.evidence) for each in spec.operations.values())
    yield f"{spec.title}: /{bound.name}{spec.base_path} instead of {spec.content['servers'][0]['url']}\n{_columns(operations)}"
    errors = (
        (name, str(each.status), each.code or "-", each.title, each.evidence) for name, each in bound.provider.errors.items()
    )
    yield f"{spec.title}: errors\n{_columns(errors)}"


def _columns(rows: Iterable[tuple[str, ...]]) -> str:
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table)
