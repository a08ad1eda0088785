"""Events of providers that are due at a time on the world's clock, or after a number of reads."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import NamedTuple

import msgspec

from simulator.store.changes import Change, Log
from simulator.store.records import Record, Row

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


class SavedTimers(NamedTuple):
    """What timers can go back to, in part like that of a table."""

    rows: Mapping[str, Row[Timer]]
    sequence: int


class Timers:
    """The timers of one world, by id and in the order in which they are due; unlike a table it keeps no other order."""

    name, visible, record = "timers", True, Timer

    def __init__(self, changes: Log) -> None:
        self._changes = changes
        self._rows: dict[str, Row[Timer]] = {}
        self._sequence = 0
        self._due: list[Entry] = []  # timers that are due together fire in the order they were started
        self._saved: SavedTimers | None = None  # what `save` returned, as long as nothing has changed

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due at any time."""
        return not self._due

    def get(self, timer_id: str) -> Timer | None:
        """Return the timer with this id, or None."""
        row = self._rows.get(timer_id)
        return row.record if row else None

    def all(self) -> list[Timer]:
        """Return every timer, in the order in which they were started."""
        return [row.record for row in sorted(self._rows.values(), key=attrgetter("sequence"))]

    def rows(self) -> dict[str, Row[Timer]]:
        """Return the timers by id, each with its place among all that were ever started."""
        return dict(self._rows)

    def start(self, timer: Timer) -> None:
        """Keep a timer until it is due; one with the same id is replaced."""
        timer_id = timer.id
        old = self._rows.get(timer_id)
        if old is None:
            self._sequence = sequence = self._sequence + 1
        else:
            sequence = old.sequence
        row = Row(sequence, timer)
        self._saved = None
        self._changes.append(Change(self, timer_id, old, row))  # first, so that an interrupted change can be undone
        self._rows[timer_id] = row
        if timer.due is not None:
            heapq.heappush(self._due, (timer.due, sequence, timer_id))

    def cancel(self, timer_id: str) -> None:
        """Remove a timer, if it is there."""
        row = self._rows.get(timer_id)
        if row is not None:
            self._remove(timer_id, row)

    def count_read(self, timer: Timer) -> bool:
        """Count a read of what a timer is about; return whether it was the last one, and remove the timer then."""
        if timer.reads > 1:
            self.start(msgspec.structs.replace(timer, reads=timer.reads - 1))
            return False
        self.cancel(timer.id)
        return True

    def _remove(self, timer_id: str, row: Row[Timer]) -> None:
        self._saved = None
        self._changes.append(Change(self, timer_id, row, None))
        del self._rows[timer_id]

    def put_back(self, timer_id: str, before: Row[Timer] | None) -> None:
        """Undo one change, also one that was interrupted, or whose undoing was."""
        self._saved = None
        if before is None:
            self._rows.pop(timer_id, None)
        else:
            self._rows[timer_id] = before

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
        rows = self._rows
        while entries := self._take_due(now):
            waiting = iter(entries)
            try:
                for entry in waiting:
                    due, _, timer_id = heapq.heappushpop(self._due, entry)  # one that was started meanwhile may be due earlier
                    row = rows.get(timer_id)
                    if row is not None and row.record.due == due:  # neither cancelled nor undone since, nor started again
                        self._remove(timer_id, row)
                        yield row.record, due
            finally:
                for entry in waiting:  # an event has failed: those after it are still due
                    heapq.heappush(self._due, entry)

    def _take_due(self, now: datetime) -> list[Entry]:
        """Remove and return the entries that are due, in order; many of them are sorted at once, which takes less time."""
        taken: list[Entry] = []
        while self._due and self._due[0][0] <= now:
            if len(taken) == FEW:
                entries = sorted(self._due)
                first_later = bisect_right(entries, now, key=itemgetter(0))
                self._due = entries[first_later:]  # in order, so it is a heap
                return taken + entries[:first_later]
            taken.append(heapq.heappop(self._due))
        return taken

    def save(self) -> SavedTimers:
        """Return everything that changes, for a snapshot; timers are immutable, so they are not copied."""
        if self._saved is None:
            self._saved = SavedTimers(dict(self._rows), self._sequence)
        return self._saved

    def load(self, saved: SavedTimers) -> None:
        """Restore what `save` returned."""
        self._rows, self._sequence = dict(saved.rows), saved.sequence
        self._saved = saved
        self.rebuild()

    def fill(self, rows: Iterable[Row[Timer]], sequence: int) -> None:
        """Replace all timers by those of `rows`; `sequence` counts all that were ever started."""
        self.load(SavedTimers({row.record.id: row for row in rows}, sequence))

    def rebuild(self) -> None:
        """Rebuild the heap from the timers."""
        self._due = [(row.record.due, row.sequence, key) for key, row in self._rows.items() if row.record.due is not None]
        heapq.heapify(self._due)
