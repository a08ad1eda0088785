"""Frozen records, and lists of their ids in insertion order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A row of a table: plain data, replaced and never mutated. A provider adds the fields that it needs."""

    id: str


R = TypeVar("R", bound=Record)


class Row(msgspec.Struct, Generic[R], frozen=True, gc=False, order=True):
    """A record and its place in insertion order. Kept small, as there may be very many."""

    sequence: int  # counts all records that were ever inserted
    record: R


class Listing(Generic[R]):
    """Records in insertion order, read from the newest on."""

    __slots__ = ("_ids", "_rows")

    def __init__(self, rows: Mapping[str, Row[R]], ids: list[str]) -> None:
        self._rows = rows
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[R]:
        rows = self._rows
        return (rows[record_id].record for record_id in reversed(self._ids))

    def window(self, start: int, count: int) -> list[R]:
        """Return at most `count` records from place `start` on; the newest is at place 0."""
        stop = len(self._ids) - start
        return [self._rows[record_id].record for record_id in reversed(self._ids[max(0, stop - count) : max(0, stop)])]

    def place(self, record_id: str) -> int | None:
        """Return the place of a record, counted from the newest; None when it is not listed."""
        row = self._rows.get(record_id)
        if row is None:
            return None
        index = place_of(self._ids, self._rows, row.sequence)
        return None if self._ids[index : index + 1] != [record_id] else len(self._ids) - 1 - index

    def where(self, predicate: Callable[[R], bool]) -> Listing[R]:
        """Return the records for which `predicate` is true; reads them all, so use it only where no index helps."""
        rows = self._rows
        return Listing(rows, [record_id for record_id in self._ids if predicate(rows[record_id].record)])


def place_of(ids: list[str], rows: Mapping[str, Row[Any]], sequence: int) -> int:
    """Return the index of the record with a sequence, or that at which it would stand; no row equals the one that is sought."""
    return bisect_left(ids, Row(sequence - 0.5, None), key=rows.__getitem__)  # type: ignore[arg-type, type-var]


def add(ids: list[str], rows: Mapping[str, Row[Any]], sequence: int, key: str) -> None:
    """Insert an id at its place, unless it is there."""
    if not ids or rows[ids[-1]].sequence < sequence:
        ids.append(key)
        return
    index = place_of(ids, rows, sequence)
    if ids[index] != key:
        ids.insert(index, key)


def remove(ids: list[str], rows: Mapping[str, Row[Any]], sequence: int, key: str) -> None:
    """Remove an id, if it is there."""
    if ids and ids[0] == key:  # what came first often goes first
        del ids[0]
        return
    index = place_of(ids, rows, sequence)
    if ids[index : index + 1] == [key]:
        del ids[index]
