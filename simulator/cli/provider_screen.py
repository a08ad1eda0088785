"""`simulator list PROVIDER`: the names that rules and scenarios use, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import click

from simulator.cli.abbreviations import Abbreviation, abbreviated, verbs_are_last
from simulator.cli.columns import paragraph, screen, shortened
from simulator.cli.provider_details import origin, place
from simulator.provider.bound import BoundProvider


class Section(NamedTuple):
    """Names of one kind, and the lines that it keeps where a screen has no room for all."""

    title: str
    names: list[Abbreviation]
    least: int

    def lines(self, columns: int, most: int) -> list[str]:
        """Return at most `most` lines; the last one counts the names that are left out."""
        total, head = sum(one.size for one in self.names), f"{self.title}: "
        for shown in range(len(self.names), -1, -1):
            left = total - sum(one.size for one in self.names[:shown])
            more = [f"… {left} more"] if left else []
            lines = paragraph(head, [*(one.text for one in self.names[:shown]), *more], columns)
            if len(lines) <= most:
                break
        return [click.style(self.title, bold=True) + lines[0].removeprefix(self.title), *lines[1:]]


def provider_screen(bound: BoundProvider, scenarios: Iterable[str]) -> str:
    """Return a provider on one screen: of the terminal, or of 80 columns and 24 lines; the prompt needs the last one."""
    columns, height = screen()
    hints = [
        f"  simulator list {bound.name} WORD   one operation in full, or all with this word",
        f"  simulator list {bound.name} --all  {', '.join(_only_in_all(bound))}",
    ]
    sections = [section for section in _sections(bound, scenarios) if section.names]
    room = height - 1 - 1 - len(hints)
    sizes = [len(section.lines(columns, height)) for section in sections]
    for index in reversed(range(len(sections))):
        spare = max(0, sizes[index] - sections[index].least)
        sizes[index] -= min(spare, max(0, sum(sizes) - room))
    lines = [line for section, size in zip(sections, sizes, strict=True) for line in section.lines(columns, size)]
    return "\n".join(
        [shortened(f"{place(bound)}{origin(bound)}", columns), *lines, *(shortened(hint, columns) for hint in hints)]
    )


def _only_in_all(bound: BoundProvider) -> Iterator[str]:
    """Yield what a screen has no room for."""
    yield "all with descriptions"
    if bound.provider.lifecycles:
        yield f"{len(bound.provider.lifecycles)} lifecycles"
    if bound.provider.webhooks:
        yield f"{len(bound.provider.webhooks.events)} events"


def _sections(bound: BoundProvider, scenarios: Iterable[str]) -> list[Section]:
    """Return the sections, the most important first: those at the end give up lines first."""
    operations = bound.spec.operations.values()
    names = [operation.id for operation in operations if operation.simulated]
    declared = len(operations) - len(names)
    return [
        Section(
            f"{len(names)} operations{f' ({declared} more return 501)' if declared else ''}",
            abbreviated(names, by_beginning=verbs_are_last(names)),
            4,
        ),
        Section(f"{len(bound.provider.errors_by_name)} errors", abbreviated(bound.provider.errors_by_name), 4),
        Section("Switches", _whole(bound.provider.assumptions), 2),
        Section("Scenarios", _whole(scenarios), 2),
    ]


def _whole(names: Iterable[str]) -> list[Abbreviation]:
    return [Abbreviation(name, 1) for name in names]
