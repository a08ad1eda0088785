"""The worlds of this process that a test made by hand, for the plugin's report of a failed test."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection
from http.client import HTTPException
from typing import Protocol
from weakref import WeakKeyDictionary, ref

from simulator.testing.addresses import ControlError

MAX_REPORTS = 5  # in the report of one test
UNANSWERED = (ControlError, HTTPException, OSError, RuntimeError)  # what a call to a simulator that has gone raises


class Reportable(Protocol):
    """A world, as far as it is reported."""

    dropped: bool

    def overlooked(self) -> str:
        """Return why the world fails a test that has not checked it; empty if it does not."""

    def report(self) -> str:
        """Return the journal as text."""

    def count_requests(self) -> int:
        """Return how many requests have reached the world."""


class WorldsByHand:
    """The worlds that exist, and the reports of those whose block ended with an error."""

    def __init__(self) -> None:
        self._open: list[ref[Reportable]] = []
        self._counts: WeakKeyDictionary[Reportable, int] = WeakKeyDictionary()  # requests of earlier tests
        self._ended: deque[str] = deque(maxlen=MAX_REPORTS)
        self._made: list[Reportable] = []  # by the body of the running test; held, as nobody else may hold them

    def add(self, world: Reportable) -> None:
        """Add a world that was made."""
        self._open.append(ref(world))
        if os.environ.get("PYTEST_CURRENT_TEST", "").endswith("(call)"):  # what a fixture makes, it checks later
            self._made.append(world)

    def end_body(self) -> list[str]:
        """Return what the body of a test overlooked in worlds that it made and did not check."""
        made, self._made = self._made, []
        return [text for world in made if (text := _overlooked(world))]

    def remove(self, world: Reportable) -> None:
        """Remove a world that somebody else reports."""
        self._open = [one for one in self._open if one() not in (None, world)]
        self._made = [one for one in self._made if one is not world]

    def end(self, world: Reportable, failure: str = "") -> None:
        """Keep the report of a world whose block ends with an error, or the reason why its check fails."""
        if text := failure or _report(world):
            self._ended.append(text)
        self.remove(world)

    def end_test(self) -> None:
        """Begin anew for the next test: what has ended was reported, and what has happened so far is not its doing."""
        self._made.clear()
        self._ended.clear()
        self._open = [one for one in self._open if (world := one()) is not None and not world.dropped]
        for world in self._existing():
            self._counts[world] = _count(world)

    def reports(self, used: Collection[object]) -> list[str]:
        """Return the reports for a test that has failed: of the worlds that have ended, are `used`, new, or were called."""
        concerned = [world for world in self._existing() if world in used or self._counts.get(world) != _count(world)]
        reports = [*self._ended, *filter(None, map(_report, concerned))][:MAX_REPORTS]
        self._ended.clear()
        return reports

    def _existing(self) -> list[Reportable]:
        worlds = (one() for one in self._open)
        return [world for world in worlds if world is not None and not world.dropped]


def _overlooked(world: Reportable) -> str:
    try:
        return world.overlooked()
    except (*UNANSWERED, AssertionError):  # the latter: the world is gone
        return ""


def _report(world: Reportable) -> str:
    """Return the report of a world; empty if it has gone, or its server does not answer."""
    try:
        return "" if world.dropped else world.report()
    except UNANSWERED:
        return ""


def _count(world: Reportable) -> int:
    """Return how many requests have reached a world; -1 if that cannot be told."""
    try:
        return world.count_requests()
    except UNANSWERED:
        return -1


by_hand = WorldsByHand()
