"""One line of the table: a figure of the simulator, measured several times, beside what it is compared with."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Goal(NamedTuple):
    """What a figure is to reach."""

    sign: str  # ≤ or ≥
    limit: float

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:.3g}"

    def reached(self, value: float) -> bool:
        """Whether a value does."""
        return value <= self.limit if self.sign == "≤" else value >= self.limit


def at_most(limit: float) -> Goal:
    """A figure that is better the smaller it is."""
    return Goal("≤", limit)


def at_least(limit: float) -> Goal:
    """A figure that is better the larger it is."""
    return Goal("≥", limit)


class Figure(NamedTuple):
    """One figure: of every round a value, and where it is compared, of the same round the other's."""

    name: str
    ours: list[float]
    theirs: list[float] = []
    against: str = ""
    goal: Goal | None = None

    @property
    def values(self) -> list[float]:
        """What the goal is about: the ratio of each round, or the values themselves."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)] if self.theirs else self.ours

    def cells(self) -> Iterator[str]:
        """The cells of a row."""
        yield self.name
        yield number(statistics.median(self.ours))
        yield f"{self.against} {number(statistics.median(self.theirs))}" if self.theirs else ""
        middle = statistics.median(self.values)
        yield f"{middle:.2f}" if self.theirs else ""
        yield f"{number(min(self.values))} – {number(max(self.values))}" if len(self.values) > 1 else ""
        yield str(self.goal or "")
        yield ("yes" if self.goal.reached(middle) else "**no**") if self.goal else ""


class Missing(NamedTuple):
    """What cannot be measured here."""

    name: str
    why: str

    def cells(self) -> Iterator[str]:
        """The cells of a row."""
        yield from (self.name, f"not measured here: {self.why}", "", "", "", "", "")


def number(value: float) -> str:
    """Three digits, and no more than stand before the point."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


class Samples:
    """What was measured in turn, by who and what."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[float]] = defaultdict(list)

    def note(self, who: str, what: str, value: float) -> None:
        """One more value."""
        self._values[who, what].append(value)

    def of(self, who: str, what: str) -> list[float]:
        """All values, one of each round."""
        return self._values[who, what]


HEAD = ("figure", "simulator", "against", "ratio", "spread", "to reach", "reached")


def head() -> str:
    """The head of the table in Markdown."""
    return f"{row(HEAD)}\n{row(['---', *['---:'] * (len(HEAD) - 1)])}"


def row(cells: Iterable[str]) -> str:
    """A row of the table in Markdown."""
    return f"| {' | '.join(cells)} |"
