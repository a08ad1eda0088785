"""A provider in detail for `simulator list`: all tables, the rows that contain a word, or one operation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from simulator.cli.columns import Rows, table, width
from simulator.documents import nearest, synonyms_of
from simulator.openapi.curl import curl
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.provider.errors import Error
from simulator.registry import Registry
from simulator.scenario.model import Scenario

GRADES = (
    "Documented: stated by the provider's own pages. Inferred: follows from them. Assumed: left open there and decided here, "
    "by a switch of the scenario where users may want it otherwise."
)
LOCAL = "http://127.0.0.1:8080"

Sections = Iterable[tuple[str, Rows]]


class NothingFound(Exception):
    """No row has the word; `hint` names what is like it."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def details(registry: Registry, name: str) -> str:
    """Return everything about a provider, as wide as the terminal; 120 columns where there is none."""
    return "\n\n".join([*_tables(_all_sections(registry, name)), textwrap.fill(GRADES, width())])


def find(registry: Registry, name: str, word: str) -> str:
    """Return one operation in full, or the rows whose name or path has the word; if no operation has it, also a synonym.

    Raises:
        NothingFound: there is none.
    """
    bound, word = registry.providers[name], word.removeprefix(f"{name}.")
    operation = bound.spec.operations.get(word)
    if operation is not None:
        return one_operation(bound, operation)
    sections = [*_all_sections(registry, name)]
    matching = _with_any(sections, [word])
    if not any(_is_operation(row) for _, rows in matching for row in rows):
        matching = _with_any(sections, [word, *synonyms_of(word)])
    if not any(rows for _, rows in matching):
        known = [row[0] for _, rows in sections for row in rows]
        raise NothingFound(nearest(word, known, f"`simulator list {name} --all`"))
    return "\n\n".join(_tables((title, rows) for title, rows in matching if rows))


def scenario_list(registry: Registry, provider: str | None) -> str:
    """Return all scenarios with their descriptions, or those of one provider."""
    return "\n\n".join(_tables(_scenario_sections(registry, provider)))


def place(bound: BoundProvider) -> str:
    """Return where a provider is served, and instead of what."""
    return f"{bound.spec.title}: /{bound.name}{bound.spec.base_path} instead of {bound.spec.content['servers'][0]['url']}"


def origin(bound: BoundProvider) -> str:
    """Return where a provider is from, unless it is built in."""
    return "" if bound.origin == "built in" else f" ({bound.origin})"


def one_operation(bound: BoundProvider, operation: Operation) -> str:
    """Return what one operation takes and returns, how well that is known, and a request and a rule for it."""
    lines = [
        f"{bound.name}.{operation.id}{': ' if operation.summary else ''}{operation.summary}",
        table(_facts(operation), width()),
    ]
    if not operation.simulated:
        return "\n".join(lines)
    key = next((key for key in bound.provider.keys if any(scheme.match(key) for scheme in operation.schemes)), "KEY")
    lines += ["", curl(bound.spec, operation, f"{LOCAL}/{bound.name}{bound.spec.base_path}", key), ""]
    rule = f"  - when: {{operation: {bound.name}.{operation.id}}}\n    then: {{error: UNAVAILABLE}}\n    times: 1"
    return "\n".join([*lines, f"rules:\n{rule}"])


def _facts(operation: Operation) -> Rows:
    """Return the rows of one operation; those of what it lacks are left out."""
    where = {"path": "path", "query": "query", "header": "headers"}
    taken = {
        label: [_required(one.name, one.required) for one in operation.parameters if one.where == kind]
        for kind, label in where.items()
    }
    required = _required_members(operation)
    members = [_required(name, name in required) for name in sorted(operation.body.members)] if operation.body else []
    statuses = {
        "returns": [str(status) for status in operation.responses if status < 400],
        "refuses with": [str(status) for status in operation.responses if status >= 400],
    }
    lists = {**taken, "body": members, **statuses}
    evidence = " – ".join(filter(None, (operation.evidence, operation.note, operation.source)))
    return [
        ("request", f"{operation.method} {operation.path}"),
        *((label, ", ".join(items)) for label, items in lists.items() if items),
        *([("taken for", operation.taken_for)] if operation.taken_for else []),
        ("evidence", evidence),
        *([] if operation.simulated else [("simulated", "no: it returns 501")]),
    ]


def _required(name: str, is_required: bool) -> str:
    return f"{name} (required)" if is_required else name


def _required_members(operation: Operation) -> frozenset[str]:
    content = operation.definition.get("requestBody", {}).get("content", {})
    return frozenset(name for media in content.values() for name in media.get("schema", {}).get("required", ()))


def _with_any(sections: Sections, words: Sequence[str]) -> list[tuple[str, Rows]]:
    return [(title, [row for row in rows if any(_has(row, word) for word in words)]) for title, rows in sections]


def _is_operation(row: tuple[str, ...]) -> bool:
    return any(cell.startswith("/") for cell in row[1:])


def _has(row: tuple[str, ...], word: str) -> bool:
    """Return whether the name, or the path of an operation, contains a word; spelt with `-`, `_` or `.`."""
    cells = (row[0], *(cell for cell in row[1:] if cell.startswith("/")))
    return any(_plain(word) in _plain(cell) for cell in cells)


def _plain(text: str) -> str:
    return text.lower().translate({ord(sign): "_" for sign in "-. "})


def _all_sections(registry: Registry, name: str) -> Iterator[tuple[str, Rows]]:
    yield from _provider(registry.providers[name])
    yield from _scenario_sections(registry, name)


def _provider(bound: BoundProvider) -> Iterator[tuple[str, Rows]]:
    title = bound.spec.title
    operations = bound.spec.operations.values()
    simulated = [operation for operation in operations if operation.simulated]
    declared = [operation for operation in operations if not operation.simulated]
    yield (
        f"{place(bound)}{origin(bound)}",
        [(operation.id, operation.method, operation.evidence, operation.path) for operation in simulated],
    )
    taken: Rows = [(operation.id, operation.taken_for) for operation in simulated if operation.taken_for]
    if taken:
        yield f"{title}: what operations were taken for, as only the spec describes them", taken
    if declared:
        yield f"{title}: documented and not simulated (501)", [(one.id, one.method, one.path) for one in declared]
    errors = bound.provider.errors_by_name.items()
    yield f"{title}: errors", [(name, str(error.status), error.evidence, _text(error)) for name, error in errors]
    if bound.provider.webhooks:
        yield f"{title}: events of webhooks", [(f"{bound.name}.{event}",) for event in bound.provider.webhooks.events]
    if bound.provider.lifecycles:
        yield f"{title}: lifecycles", [(f"{bound.name}.{resource}",) for resource in bound.provider.lifecycles]
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


def _tables(sections: Sections) -> list[str]:
    return [f"{title}\n{table(rows, width())}" for title, rows in sections]
