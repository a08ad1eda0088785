"""Events of providers that are due at a time on the world's clock, or after a number of reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulator.store.changes import Change
from simulator.store.records import Record
from simulator.store.tables import Table

Entry = tuple[int, str]  # the place of a timer among all that were started, and its id


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
        self._times: list[datetime] = []  # a heap of the times at which timers are due, each once
        self._due_at: dict[datetime, list[Entry]] = {}  # by time: where many calls are placed at once, their steps share it

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due at any time."""
        return not self._times

    def start(self, timer: Timer) -> None:
        """Keep a timer until it is due; one with the same id is replaced."""
        self.table.put(timer)
        if timer.due is not None:
            self._list(timer.due, (self.table.sequence(timer.id), timer.id))

    def _list(self, due: datetime, entry: Entry) -> None:
        entries = self._due_at.get(due)
        if entries is not None:
            entries.append(entry)
        else:
            self._due_at[due] = [entry]
            heapq.heappush(self._times, due)

    def next_due(self) -> datetime | None:
        """Return when the next timer is due; None if none is. A timer that was cancelled since may be counted."""
        return self._times[0] if self._times else None

    def due_at(self, now: datetime) -> list[str]:
        """Return the ids of the timers that are due, in no order; those that were cancelled since may be among them."""
        if not self._times or self._times[0] > now:
            return []
        return [timer_id for due in self._times if due <= now for _, timer_id in self._due_at[due]]

    def pop_due(self, now: datetime) -> Iterator[tuple[Timer, datetime]]:
        """Remove and yield the timers that are due by `now`, in order, with the time at which they were due.

        Those that are due together fire in the order in which they were started. Timers that are started meanwhile and are
        due too take their turn.
        """
        table = self.table
        while self._times and self._times[0] <= now:
            due = heapq.heappop(self._times)
            entries = iter(sorted(self._due_at.pop(due)))
            try:
                for _, timer_id in entries:
                    timer = table.get(timer_id)
                    if timer is not None and timer.due == due:  # else it was cancelled, undone or started again since
                        table.remove(timer_id)
                        yield timer, due
            finally:
                for entry in entries:  # an event has failed: those after it are still due
                    self._list(due, entry)

    def save(self) -> tuple[Any, ...]:
        """Return everything that changes, for a snapshot."""
        return self.table.save()

    def load(self, saved: tuple[Any, ...]) -> None:
        """Restore what `save` returned."""
        self.table.load(saved)
        self.rebuild()

    def rebuild(self) -> None:
        """List the timers of the table anew by the times at which they are due."""
        self._times, self._due_at = [], {}
        for timer in self.table.all():
            if timer.due is not None:
                self._list(timer.due, (self.table.sequence(timer.id), timer.id))
