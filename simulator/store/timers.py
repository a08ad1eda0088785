"""Events of providers that are due at a time on the world's clock, or after a number of reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulator.store.tables import Change, Record, Table


class Timer(Record, frozen=True):
    """An event of a provider, by names and ids, never a closure: a restore must not leave references to old tables."""

    provider: str
    tenant: str
    resource: str
    subject: str
    due: datetime | None = None
    reads: int = 0


class Timers:
    """The timers of one world, in the order in which they are due."""

    def __init__(self, changes: list[Change]) -> None:
        self.table: Table[Timer] = Table("timers", changes, record=Timer, is_listed=False)
        self._due: list[tuple[datetime, int, str]] = []  # timers that are due together fire in the order they were started

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due at any time."""
        return not self._due

    def start(self, timer: Timer) -> None:
        """Keep a timer until it is due; one with the same id is replaced."""
        self.table.put(timer)
        if timer.due is not None:
            heapq.heappush(self._due, (timer.due, self._sequence(timer), timer.id))

    def _sequence(self, timer: Timer) -> int:
        """Return the place of a timer among all that were ever started."""
        row = self.table.row(timer.id)
        return row.sequence if row else 0

    def next_due(self) -> datetime | None:
        """Return when the next timer is due; None if none is. A timer that was cancelled since may be counted."""
        return self._due[0][0] if self._due else None

    def pop_due(self, now: datetime) -> Iterator[tuple[Timer, datetime]]:
        """Remove and yield the timers that are due by `now`, in order, with the time at which they were due."""
        while self._due and self._due[0][0] <= now:
            due, _, timer_id = heapq.heappop(self._due)
            timer = self.table.get(timer_id)
            if timer is None or timer.due != due:
                continue  # cancelled, undone or started again since
            self.table.remove(timer_id)
            yield timer, due

    def save(self) -> tuple[Any, ...]:
        """Return everything that changes, for a snapshot."""
        return self.table.save()

    def load(self, saved: tuple[Any, ...]) -> None:
        """Restore what `save` returned."""
        self.table.load(saved)
        self.rebuild()

    def rebuild(self) -> None:
        """Rebuild the heap from the table."""
        self._due = [(timer.due, self._sequence(timer), timer.id) for timer in self.table.all() if timer.due is not None]
        heapq.heapify(self._due)
