"""Tables of frozen records that log their changes, so that a failed operation can be undone and a response explained.

A table keeps its records in insertion order, and has an index for each attribute named in `by`. Reading a page, looking up a
record and changing one cost the same however many records there are. Combinations of attributes are indexed when records are
first narrowed by them: that costs as much as there are records, and a combination that is never used costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, NamedTuple

import msgspec

from simulator.store.changes import Change, Log
from simulator.store.indexes import NOTHING, Attributes, Index
from simulator.store.records import Listing, R, Record, Row, add, remove
from simulator.store.work import weigh

INDEXED = 15  # records that are indexed in a unit of work
MAX_AFFECTED = 100  # combinations of fields for which a table remembers the indexes: clients choose some of them

NO_INDEXES: Any = MappingProxyType({})
NO_ROWS: Any = MappingProxyType({})  # of a table without a record, as most are: all share what is empty
NO_IDS: Any = ()


class SavedTable(NamedTuple):
    """What a table can go back to; its parts are never changed."""

    rows: Mapping[str, Row[Any]]
    order: list[str]
    by: dict[str, dict[Any, list[str]]]  # by attribute and value
    sequence: int


class Table(msgspec.Struct, Generic[R], gc=False, eq=False):
    """Records by id, in insertion order, and by the attributes named in `by` (a tuple counts as several values).

    The garbage collector need not walk through tables, of which accounts have a dozen each: they are in no circle but that of
    their log, which is emptied after each request.
    """

    name: str
    changes: Log  # where changes are logged
    by: tuple[str, ...] = ()
    visible: bool = True  # False: explanations leave out its changes
    record: type[Any] = Record  # the type of its records, or the base of their types
    _rows: dict[str, Row[R]] = NO_ROWS  # what records need is made with the first one, and kept when the last one is removed
    _order: list[str] = NO_IDS
    _indexes: dict[Attributes, Index] = NO_INDEXES
    _affected: dict[tuple[str, ...], list[Index]] = NO_INDEXES  # indexes by the names of the fields that are replaced together
    _sequence: int = 0
    _saved: SavedTable | None = None  # what `save` returned, as long as nothing has changed

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

    def sequence(self, record_id: str) -> int:
        """Return the place of a record among all that were ever inserted."""
        return self._rows[record_id].sequence

    def put(self, record: R) -> R:
        """Insert a record, or replace the one with its id, which keeps its place."""
        key = record.id
        old = self._rows.get(key)
        if old is None:
            return self._insert(key, record)
        self._replace(old, record, self._indexes.values())
        return record

    def _replace(self, old: Row[R], record: R, indexes: Iterable[Index]) -> None:
        """Replace a record by another, of which only some indexes may list it elsewhere."""
        key, row = record.id, Row(old.sequence, record)
        self._saved = None
        self.changes.append(Change(self, key, old, row))  # first, so that an interrupted change can be undone
        self._rows[key] = row
        for index in indexes:
            was, now = index.read(old.record), index.read(record)
            if was != now:
                index.move(self._rows, row.sequence, key, *index.moves(was, now))

    def _insert(self, key: str, record: R) -> R:
        if self._rows is NO_ROWS:
            self._begin()
        self._saved = None
        self._sequence = sequence = self._sequence + 1
        row = Row(sequence, record)
        self.changes.append(Change(self, key, None, row))
        self._rows[key] = row
        self._order.append(key)
        for index in self._indexes.values():
            index.append(record)
        return record

    def _empty(self) -> None:
        """Hold no record."""
        self._rows, self._order, self._indexes = NO_ROWS, NO_IDS, NO_INDEXES

    def _begin(self) -> None:
        """Get ready for the first record."""
        self._rows, self._order = {}, []
        if self.by:
            self._keep({attribute: Index.on(attribute) for attribute in self.by})

    def change(self, record: R, **fields: Any) -> R:
        """Replace fields of a record and return the new record."""
        changed = msgspec.structs.replace(record, **fields)
        old = self._rows.get(record.id)
        if old is None or old.record is not record:  # it is not the newest of its id
            return self.put(changed)
        if self._indexes:
            names = tuple(fields)
            indexes = self._affected.get(names)
            self._replace(old, changed, self._indexes_of(names) if indexes is None else indexes)
        else:
            self._replace(old, changed, ())
        return changed

    def _indexes_of(self, fields: tuple[str, ...]) -> list[Index]:
        """Return the indexes that may list a record elsewhere once some of its fields are replaced, and remember them."""
        plain = frozenset(self.record.__struct_fields__)
        indexes = [index for index in self._indexes.values() if not index.reads <= plain or not index.reads.isdisjoint(fields)]
        if len(self._affected) < MAX_AFFECTED:
            self._affected[fields] = indexes
        return indexes

    def remove(self, record_id: str) -> None:
        """Remove a record; a missing one is not an error."""
        old = self._rows.get(record_id)
        if old is not None:
            self.changes.append(Change(self, record_id, old, None))
            self._take_out(record_id, old)

    def put_back(self, key: str, before: Row[R] | None) -> None:
        """Undo one change, also one that was interrupted, or whose undoing was."""
        old = self._rows.get(key)
        if before is not None:
            self._put_in(key, old, before)
        elif old is not None:
            self._take_out(key, old)

    def all(self) -> Listing[R]:
        """Return every record."""
        return Listing(self._rows, self._order)

    def having(self, attribute: str, value: Any) -> Listing[R]:
        """Return the records whose indexed attribute is `value`, or is a tuple that contains it."""
        if self._rows is NO_ROWS and attribute in self.by:
            return Listing(NO_ROWS, NO_IDS)
        return Listing(self._rows, self._indexes[attribute].lists.get(value, []))

    def narrowed(self, values: Mapping[str, Any]) -> Listing[R]:
        """Return the records whose attributes have these values, none of which is None; all records, if there are none.

        Raises:
            Postponed: others wait, and many records have to be indexed first.
        """
        if not values:
            return self.all()
        if not self._rows:
            return Listing(NO_ROWS, NO_IDS)
        names, sought = tuple(values), tuple(values.values())
        if len(names) == 1:
            return Listing(self._rows, self._index(names[0]).lists.get(sought[0], []))
        return Listing(self._rows, self._index(names).lists.get(sought, []))

    def _index(self, attributes: Attributes) -> Index:
        """Return the index on these attributes, and make it if there is none."""
        index = self._indexes.get(attributes)
        if index is None:
            weigh(len(self._rows) // INDEXED)
            index = Index.on(attributes)
            for row in sorted(self._rows.values(), key=attrgetter("sequence")):
                index.append(row.record)
            self._keep({**self._indexes, attributes: index})
        return index

    def _keep(self, indexes: dict[Attributes, Index]) -> None:
        """Keep these indexes from now on."""
        self._indexes = indexes
        self._affected = {}

    def save(self) -> SavedTable:
        """Return everything that changes, for a snapshot; records are immutable, so they are not copied.

        What was indexed because somebody narrowed by it is left out, as it depends on who has read what.
        """
        if self._saved is None:
            indexes = ((attribute, self._indexes.get(attribute)) for attribute in self.by)
            by = {attribute: _copied(index.lists) for attribute, index in indexes if index is not None and index.lists}
            self._saved = SavedTable(dict(self._rows), list(self._order), by, self._sequence)
        return self._saved

    def rows(self) -> dict[str, Row[R]]:
        """Return the records by id, as `differences` compares them."""
        return dict(self._rows)

    def fill(self, rows: Iterable[Row[R]], sequence: int) -> None:
        """Replace all records by those of `rows`; `sequence` counts all that were ever inserted."""
        self._saved = None
        self._empty()
        self._sequence = sequence
        if filled := {row.record.id: row for row in rows}:
            self._begin()
            self._rows = filled
        ordered = sorted(filled.values(), key=attrgetter("sequence"))
        for row in ordered:
            for index in self._indexes.values():
                index.append(row.record)
            self._order.append(row.record.id)

    def load(self, saved: SavedTable) -> None:
        """Restore what `save` returned."""
        self._saved = None
        rows, order, by, self._sequence = saved
        self._empty()
        if rows:
            self._begin()
            self._rows, self._order = dict(rows), list(order)
        for attribute, lists in by.items():
            self._indexes[attribute].lists = _copied(lists)
        self._saved = saved

    def _take_out(self, key: str, old: Row[R]) -> None:
        """Remove a row; from the lists first, as they are sorted by it."""
        self._saved = None
        for index in self._indexes.values():
            index.move(self._rows, old.sequence, key, index.values(index.read(old.record)), NOTHING)
        remove(self._order, self._rows, old.sequence, key)
        del self._rows[key]

    def _put_in(self, key: str, old: Row[R] | None, new: Row[R]) -> None:
        """Insert a row, or replace one; in the lists first, as they are sorted by it."""
        self._saved = None
        if self._rows is NO_ROWS:
            self._begin()
        for index in self._indexes.values():
            before = index.values(index.read(old.record)) if old else NOTHING
            after = index.values(index.read(new.record))
            index.move(self._rows, new.sequence, key, before - after, after)
        add(self._order, self._rows, new.sequence, key)
        self._rows[key] = new


def _copied(lists: Mapping[Any, list[str]]) -> dict[Any, list[str]]:
    return {value: list(ids) for value, ids in lists.items()}
