"""What a test that used a world should fail or be warned for. Unlike the journal it never forgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from simulator.engine.journal import Entry

Kind = Literal["bug", "unmatched", "not_simulated", "guessed", "preference", "unknown_fields"]

KINDS: tuple[Kind, ...] = ("bug", "unmatched", "not_simulated", "guessed", "preference", "unknown_fields")
MAX_KEPT = 5  # requests of one kind that are kept whole; the others are only counted


class Finding(NamedTuple):
    """How many requests of one kind there were, and the first of them."""

    kind: Kind
    total: int
    first: list[Entry]


class Verdict:
    """Counts, for the whole life of a world, the requests that a test should not overlook.

    It survives reset, clear, restore and an emptied journal: a hypothesis test resets its world before each example.
    """

    def __init__(self) -> None:
        self._counts: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        self._first: dict[Kind, list[Entry]] = {kind: [] for kind in KINDS}

    def note(self, entry: Entry) -> None:
        """Take account of a request that has been answered."""
        for kind in _kinds(entry):
            self._counts[kind] += 1
            if len(self._first[kind]) < MAX_KEPT:
                self._first[kind].append(entry)

    def findings(self) -> list[Finding]:
        """Return the kinds of which there was a request, the weightiest first."""
        return [Finding(kind, self._counts[kind], self._first[kind]) for kind in KINDS if self._counts[kind]]


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
