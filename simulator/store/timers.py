"""Events of providers that are due at a time on the world's clock, or after a number of reads."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

from simulator.store.changes import Change
from simulator.store.records import Record
from simulator.store.tables import Table

FEW = 32  # timers that are due together and are taken one by one

Entry = tuple[datetime, int, str]  # when a timer is due, its place among all that were started, and its id


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
        self._due: list[Entry] = []  # timers that are due together fire in the order they were started

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due at any time."""
        return not self._due

    def start(self, timer: Timer) -> None:
        """Keep a timer until it is due; one with the same id is replaced."""
        self.table.put(timer)
        if timer.due is not None:
            heapq.heappush(self._due, (timer.due, self.table.sequence(timer.id), timer.id))

    def next_due(self) -> datetime | None:
        """Return when the next timer is due; None if none is. A timer that was cancelled since may be counted."""
        return self._due[0][0] if self._due else None

    def due_at(self, now: datetime) -> list[str]:
        """Return the ids of the timers that are due, in no order; those that were cancelled since may be among them."""
        if not self._due or self._due[0][0] > now:
            return []
        return [timer_id for due, _, timer_id in self._due if due <= now]

    def pop_due(self, now: datetime) -> Iterator[tuple[Timer, datetime]]:
        """Remove and yield the timers that are due by `now`, in order, with the time at which they were due.

        Timers that are started meanwhile and are due too take their turn.
        """
        table = self.table
        for due, _, timer_id in self._pop_entries(now):
            timer = table.get(timer_id)
            if timer is None or timer.due != due:
                continue  # cancelled, undone or started again since
            table.remove(timer_id)
            yield timer, due

    def _pop_entries(self, now: datetime) -> Iterator[Entry]:
        """Remove and yield the entries that are due, in order; many of them are sorted at once, which takes less time."""
        while True:
            for _ in range(FEW):
                if not self._due or self._due[0][0] > now:
                    return
                yield heapq.heappop(self._due)
            entries = sorted(self._due)
            first_later = bisect_right(entries, now, key=itemgetter(0))
            self._due = entries[first_later:]  # in order, so it is a heap
            yield from self._merged(iter(entries[:first_later]))

    def _merged(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield entries that are in order, and before each of them those that were started meanwhile and are due earlier."""
        try:
            for entry in entries:
                while self._due and self._due[0] < entry:
                    yield heapq.heappop(self._due)
                yield entry
        finally:
            for entry in entries:  # an event has failed: those after it are still due
                heapq.heappush(self._due, entry)

    def save(self) -> tuple[Any, ...]:
        """Return everything that changes, for a snapshot."""
        return self.table.save()

    def load(self, saved: tuple[Any, ...]) -> None:
        """Restore what `save` returned."""
        self.table.load(saved)
        self.rebuild()

    def rebuild(self) -> None:
        """Rebuild the heap from the table."""
        due = ((timer.due, timer.id) for timer in self.table.all() if timer.due is not None)
        self._due = [(at, self.table.sequence(timer_id), timer_id) for at, timer_id in due]
        heapq.heapify(self._due)
