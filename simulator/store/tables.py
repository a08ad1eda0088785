"""Tables of frozen records that log their changes, so that a failed operation can be undone and a response explained.

A table keeps its records in insertion order, and has an index for each attribute named in `by`. Reading a page, looking up a
record and changing one cost the same however many records there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import product
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A row of a table: plain data, replaced and never mutated. A provider adds the fields that it needs."""

    id: str


R = TypeVar("R", bound=Record)


class Row(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """A record and its place in insertion order. Kept small, as there may be very many."""

    sequence: int  # counts all records that were ever inserted
    record: R


class Undoable(Protocol):
    """A store whose changes can be undone."""

    name: str
    visible: bool

    def put_back(self, key: Any, before: Any) -> None:
        """Undo one change."""


class Change(msgspec.Struct, frozen=True):
    """One change that an operation made: the value of `key` in `place` before and after."""

    place: Undoable
    key: Any
    before: Any
    after: Any

    @property
    def verb(self) -> str:
        """What happened to the key."""
        return "added" if not self.before else "changed" if self.after else "removed"


NOTHING: Set[Any] = frozenset()


def undo(changes: list[Change]) -> None:
    """Undo all changes, the last one first; what was interrupted can be undone again."""
    while changes:
        change = changes[-1]
        change.place.put_back(change.key, change.before)
        changes.pop()


def _sequence(row: Row[Any]) -> int:
    return row.sequence


class Listing(Generic[R]):
    """Records in insertion order, read from the newest on."""

    __slots__ = ("_rows", "_table")

    def __init__(self, table: Table[R], rows: list[Row[R]]) -> None:
        self._table = table
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        return (row.record for row in reversed(self._rows))

    def window(self, start: int, count: int) -> list[R]:
        """Return at most `count` records from place `start` on; the newest is at place 0."""
        stop = len(self._rows) - start
        return [row.record for row in reversed(self._rows[max(0, stop - count) : max(0, stop)])]

    def place(self, record_id: str) -> int | None:
        """Return the place of a record, counted from the newest; None when it is not listed."""
        row = self._table.row(record_id)
        if row is None:
            return None
        index = _index(self._rows, row.sequence)
        return None if index is None else len(self._rows) - 1 - index

    def where(self, predicate: Callable[[R], bool]) -> Listing[R]:
        """Return the records for which `predicate` is true; reads them all, so use it only where no index helps."""
        return Listing(self._table, [row for row in self._rows if predicate(row.record)])


class Filters(msgspec.Struct, frozen=True):
    """An index for lists that can be narrowed: by `always` in any case, and by any of the `optional` attributes.

    Its values are tuples, in which None stands for an optional attribute that does not matter.
    """

    always: tuple[str, ...]
    optional: tuple[str, ...]

    def reader(self) -> Callable[[Any], Set[Any]]:
        """Return the function that reads off a record every value under which it is listed."""
        if not len(self.always) == len(self.optional) == 1:
            return self._values
        read = attrgetter(*self.always, *self.optional)

        def values(record: Any) -> Set[Any]:  # the common case, written out
            owner, value = read(record)
            return {(owner, None), (owner, value)}

        return values

    def _values(self, record: Any) -> Set[Any]:
        choices = [{getattr(record, name)} for name in self.always]
        choices += [{None, getattr(record, name)} for name in self.optional]
        return set(product(*choices))


class Table(Generic[R]):
    """Records by id, in insertion order, and by the attributes named in `by` (a tuple counts as several values)."""

    def __init__(
        self,
        name: str,
        changes: list[Change],
        by: tuple[str | Filters, ...] = (),
        *,
        visible: bool = True,
        record: type[Any] = Record,
    ) -> None:
        """Log changes in `changes`; explanations leave out those of a table that is not `visible`.

        `record` is the type of its records, or the base of their types.
        """
        self.name = name
        self.visible = visible
        self.record = record
        self._changes = changes
        self._rows: dict[str, Row[R]] = {}
        self._order: list[Row[R]] = []
        self._by: dict[str | Filters, dict[Any, list[Row[R]]]] = {attribute: {} for attribute in by}
        self._readers = {attribute: _reader(attribute) for attribute in by}
        self._sequence = 0
        self._saved: tuple[Any, ...] | None = None  # what `save` returned, as long as nothing has changed

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        """Return True: an empty table is a table."""
        return True

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._rows

    def get(self, record_id: str) -> R | None:
        """Return the record with this id, or None."""
        row = self._rows.get(record_id)
        return row.record if row else None

    def row(self, record_id: str) -> Row[R] | None:
        """Return the row of the record with this id, or None."""
        return self._rows.get(record_id)

    def put(self, record: R) -> R:
        """Insert a record, or replace the one with its id, which keeps its place."""
        old = self._rows.get(record.id)
        if old is None:
            return self._insert(record)
        row = Row(old.sequence, record)
        self._changes.append(Change(self, record.id, old, row))
        self._place(record.id, old, row)
        return record

    def _insert(self, record: R) -> R:
        self._sequence += 1
        self._saved = None
        row = Row(self._sequence, record)
        self._changes.append(Change(self, record.id, None, row))  # first, so that an interrupted change can be undone
        self._rows[record.id] = row
        self._order.append(row)
        self._list(row)
        return record

    def _list(self, row: Row[R]) -> None:
        """List the newest row in every index."""
        for attribute, values in self._readers.items():
            lists = self._by[attribute]
            for value in values(row.record):
                lists.setdefault(value, []).append(row)

    def change(self, record: R, **fields: Any) -> R:
        """Replace fields of a record and return the new record."""
        return self.put(msgspec.structs.replace(record, **fields))

    def remove(self, record_id: str) -> None:
        """Remove a record; a missing one is not an error."""
        old = self._rows.get(record_id)
        if old is not None:
            self._changes.append(Change(self, record_id, old, None))
            self._place(record_id, old, None)

    def put_back(self, key: str, before: Row[R] | None) -> None:
        """Undo one change."""
        self._place(key, self._rows.get(key), before)

    def all(self) -> Listing[R]:
        """Return every record."""
        return Listing(self, self._order)

    def having(self, attribute: str | Filters, value: Any) -> Listing[R]:
        """Return the records whose indexed attribute is `value`, or is a tuple that contains it."""
        return Listing(self, self._by[attribute].get(value, []))

    def save(self) -> tuple[Any, ...]:
        """Return everything that changes, for a snapshot; records are immutable, so they are not copied."""
        if self._saved is None:
            by = {attribute: {value: list(rows) for value, rows in lists.items()} for attribute, lists in self._by.items()}
            self._saved = dict(self._rows), list(self._order), by, self._sequence
        return self._saved

    def rows(self) -> dict[str, Row[R]]:
        """Return the records by id, as `differences` compares them."""
        return dict(self._rows)

    def fill(self, rows: Iterable[Row[R]], sequence: int) -> None:
        """Replace all records by those of `rows`; `sequence` counts all that were ever inserted."""
        self._rows = {row.record.id: row for row in rows}
        self._order = sorted(self._rows.values(), key=_sequence)
        self._by = {attribute: {} for attribute in self._by}
        for row in self._order:
            self._list(row)
        self._sequence = sequence

    def load(self, saved: tuple[Any, ...]) -> None:
        """Restore what `save` returned."""
        self._saved = None
        rows, order, by, self._sequence = saved
        self._rows, self._order = dict(rows), list(order)
        self._by = {attribute: {value: list(rows) for value, rows in lists.items()} for attribute, lists in by.items()}
        self._saved = saved

    def _place(self, key: str, old: Row[R] | None, new: Row[R] | None) -> None:
        self._saved = None
        if new is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = new
        _swap(self._order, old, new)
        for attribute, values in self._readers.items():
            lists = self._by[attribute]
            before, after = values(old.record) if old else NOTHING, values(new.record) if new else NOTHING
            for value in before | after:
                _swap(lists.setdefault(value, []), old if value in before else None, new if value in after else None)
                if not lists[value]:
                    del lists[value]


def differences(before: Mapping[str, Row[Any]], after: Mapping[str, Row[Any]]) -> Iterator[tuple[str, str]]:
    """Yield the ids of the records that differ, each with what happened to it."""
    for key in before:
        if key not in after:
            yield key, "removed"
    for key, row in after.items():
        if key not in before:
            yield key, "added"
        elif row.record != before[key].record:
            yield key, "changed"


def _index(rows: list[Row[R]], sequence: int) -> int | None:
    index = bisect_left(rows, sequence, key=_sequence)
    return index if index < len(rows) and rows[index].sequence == sequence else None


def _reader(attribute: str | Filters) -> Callable[[Any], Set[Any]]:
    """Return the function that reads off a record under which values of an index it is listed."""
    if isinstance(attribute, Filters):
        return attribute.reader()

    def values(record: Any) -> Set[Any]:
        value = getattr(record, attribute)
        if value is None:
            return NOTHING
        return frozenset(value) if isinstance(value, tuple) else {value}

    return values


def _swap(rows: list[Row[R]], old: Row[R] | None, new: Row[R] | None) -> None:
    """Replace `old` with `new` in rows, which stay in insertion order; without `old` insert, without `new` remove."""
    row = new or old
    if row is None:
        return
    start = bisect_left(rows, row.sequence, key=_sequence)
    stop = start + 1 if start < len(rows) and rows[start].sequence == row.sequence else start
    rows[start:stop] = [new] if new is not None else []
