"""What a test that used a world should fail or be warned for, whatever the journal has dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from simulator.engine.journal import Entry

Kind = Literal["bug", "unmatched", "not_simulated", "guessed", "preference", "unknown_fields"]

KINDS: tuple[Kind, ...] = ("bug", "unmatched", "not_simulated", "guessed", "preference", "unknown_fields")
MAX_KEPT = 5  # requests of one kind that are kept whole; the others are only counted


class Finding(NamedTuple):
    """How many requests of one kind there were, and the first of them."""

    kind: Kind
    total: int
    first: tuple[Entry, ...]


class Verdict:
    """Counts, for the whole life of a world, the requests that a test should not overlook.

    It survives reset, clear, restore and an emptied journal: a hypothesis test resets its world before each example.
    """

    def __init__(self) -> None:
        self.found: Mapping[Kind, Finding] = {}  # replaced and never changed, so that a request can be taken back

    def note(self, entry: Entry) -> None:
        """Count a request that has been answered."""
        if entry.operation and not (entry.error or entry.bug or entry.unknown_fields):
            return
        for kind in _kinds(entry):
            _, total, first = self.found.get(kind, Finding(kind, 0, ()))
            self.found = {**self.found, kind: Finding(kind, total + 1, (*first, entry)[:MAX_KEPT])}

    def findings(self) -> list[Finding]:
        """Return the kinds of findings that occurred, the most severe first."""
        return [self.found[kind] for kind in KINDS if kind in self.found]


def _kinds(entry: Entry) -> Iterator[Kind]:
    if entry.bug:
        yield "bug"
    elif not entry.operation and not entry.rule:
        yield "unmatched"
    elif entry.error == "NOT_SIMULATED":
        yield "not_simulated"
    elif entry.error == "GUESSED" and entry.operation:
        yield "guessed"
    elif entry.error == "UNKNOWN_PREFERENCE":
        yield "preference"
    if entry.unknown_fields:
        yield "unknown_fields"
