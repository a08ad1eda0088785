"""Tables of frozen records: every change is noted, so that a refusal can be undone and an answer explained.

A table keeps its records in the order they came, whole and by the attributes it is indexed by. Reading a page, looking a
record up and changing one cost the same however many records there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a table holds: plain data, replaced and never mutated. A provider adds the fields that it needs."""

    id: str


R = TypeVar("R", bound=Record)


class Row(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """A record in its table. There may be very many, so it is no more than this."""

    came: int  # its place among all that ever came
    record: R


class Changed(Protocol):
    """Something whose changes can be taken back."""

    name: str
    visible: bool

    def put_back(self, key: Any, before: Any) -> None:
        """Undo one change."""


class Change(msgspec.Struct, frozen=True):
    """One change of one operation: in `place`, what `key` stood for `before`, and `after`."""

    place: Changed
    key: str
    before: Any
    after: Any


def undo(changes: list[Change]) -> None:
    """Take all changes back, the last one first."""
    while changes:
        change = changes.pop()
        change.place.put_back(change.key, change.before)


def _came(row: Row[Any]) -> int:
    return row.came


class Listing(Generic[R]):
    """Records in the order they came, read from the newest on."""

    __slots__ = ("_rows", "_table")

    def __init__(self, table: Table[R], rows: list[Row[R]]) -> None:
        self._table = table
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        return (row.record for row in reversed(self._rows))

    def window(self, start: int, count: int) -> list[R]:
        """At most `count` records from place `start` on, the newest standing at place 0."""
        stop = len(self._rows) - start
        return [row.record for row in reversed(self._rows[max(0, stop - count) : max(0, stop)])]

    def place(self, record_id: str) -> int | None:
        """The place of a record, counted from the newest; None when it is not listed."""
        row = self._table.row(record_id)
        if row is None:
            return None
        index = bisect_left(self._rows, row.came, key=_came)
        found = index < len(self._rows) and self._rows[index].came == row.came
        return len(self._rows) - 1 - index if found else None

    def where(self, wanted: Callable[[R], bool]) -> Listing[R]:
        """Only the records that are wanted; reads them all, so it is for searches that no index answers."""
        return Listing(self._table, [row for row in self._rows if wanted(row.record)])


class Table(Generic[R]):
    """Records by id, in the order they came, and by the attributes named in `by` (a tuple counts as many values)."""

    def __init__(self, name: str, changes: list[Change], by: tuple[str, ...] = (), *, visible: bool = True) -> None:
        """Note changes in `changes`; one that is not `visible` is no part of what explanations tell."""
        self.name = name
        self.visible = visible
        self._changes = changes
        self._rows: dict[str, Row[R]] = {}
        self._order: list[Row[R]] = []
        self._by: dict[str, dict[Any, list[Row[R]]]] = {attribute: {} for attribute in by}
        self._came = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._rows

    def get(self, record_id: str) -> R | None:
        """The record with this id, or None."""
        row = self._rows.get(record_id)
        return row.record if row else None

    def row(self, record_id: str) -> Row[R] | None:
        """The record with this id and when it came, or None."""
        return self._rows.get(record_id)

    def put(self, record: R) -> R:
        """Insert a record, or replace the one with its id; the place in the order stays."""
        old = self._rows.get(record.id)
        if old is None:
            return self._insert(record)
        row = Row(old.came, record)
        self._changes.append(Change(self, record.id, old, row))
        self._place(record.id, old, row)
        return record

    def _insert(self, record: R) -> R:
        """Put a new record behind all others."""
        self._came += 1
        row = self._rows[record.id] = Row(self._came, record)
        self._changes.append(Change(self, record.id, None, row))
        self._order.append(row)
        for attribute, lists in self._by.items():
            for value in _values(row, attribute):
                lists.setdefault(value, []).append(row)
        return record

    def change(self, record: R, **fields: Any) -> R:
        """Replace some fields of a record and put it back."""
        return self.put(msgspec.structs.replace(record, **fields))

    def remove(self, record_id: str) -> None:
        """Take a record out; one that is not there is no error."""
        old = self._rows.get(record_id)
        if old is not None:
            self._changes.append(Change(self, record_id, old, None))
            self._place(record_id, old, None)

    def put_back(self, key: str, before: Row[R] | None) -> None:
        """Undo one change."""
        self._place(key, self._rows.get(key), before)

    def all(self) -> Listing[R]:
        """Every record."""
        return Listing(self, self._order)

    def having(self, attribute: str, value: Any) -> Listing[R]:
        """The records whose indexed attribute is, or has among its values, `value`."""
        return Listing(self, self._by[attribute].get(value, []))

    def save(self) -> tuple[Any, ...]:
        """Everything that changes, for a snapshot; the records themselves never change and are not copied."""
        by = {attribute: {value: list(rows) for value, rows in lists.items()} for attribute, lists in self._by.items()}
        return dict(self._rows), list(self._order), by, self._came

    def load(self, saved: tuple[Any, ...]) -> None:
        """Back to what was saved."""
        rows, order, by, self._came = saved
        self._rows, self._order = dict(rows), list(order)
        self._by = {attribute: {value: list(rows) for value, rows in lists.items()} for attribute, lists in by.items()}

    def _place(self, key: str, old: Row[R] | None, new: Row[R] | None) -> None:
        if new is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = new
        _swap(self._order, old, new)
        for attribute, lists in self._by.items():
            before, after = _values(old, attribute), _values(new, attribute)
            for value in before | after:
                _swap(lists.setdefault(value, []), old if value in before else None, new if value in after else None)
                if not lists[value]:
                    del lists[value]


def _values(row: Row[Any] | None, attribute: str) -> set[Any]:
    value = getattr(row.record, attribute) if row else None
    if isinstance(value, tuple):
        return set(value)
    return set() if value is None else {value}


def _swap(rows: list[Row[R]], old: Row[R] | None, new: Row[R] | None) -> None:
    """Put `new` into rows in the place of `old`, both in the order they came."""
    if new is not None and (not rows or rows[-1].came < new.came):
        rows.append(new)
        return
    row = new or old
    came = row.came if row else 0
    index = bisect_left(rows, came, key=_came)
    found = index < len(rows) and rows[index].came == came
    rows[index : index + found] = [new] if new is not None else []
