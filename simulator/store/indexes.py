"""The indexes of tables: the ids of records by what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from simulator.store.records import Record, Row, add, remove

NOTHING: Set[Any] = frozenset()

Attributes = str | tuple[str, ...]  # an attribute, or several that are looked up together


class Index(msgspec.Struct, gc=False, eq=False):
    """The ids of records in insertion order, by the values of an attribute, or by those of several together.

    Of one attribute, a tuple counts as several values. None counts as no value, and so does a combination with None in it.
    """

    lists: dict[Any, list[str]]
    reads: Set[str]  # the attributes of a record that decide where it is listed
    read: Callable[[Any], Any]
    values: Callable[[Any], Set[Any]]
    moves: Callable[[Any, Any], tuple[Iterable[Any], Iterable[Any]]]

    @classmethod
    def on(cls, attributes: Attributes) -> Index:
        """Return a new index on some attributes, which lists nothing."""
        return cls({}, *_parts(attributes))

    def append(self, record: Record) -> None:
        """List the newest record."""
        for value in self.values(self.read(record)):
            self.lists.setdefault(value, []).append(record.id)

    def move(self, rows: Mapping[str, Row[Any]], sequence: int, key: str, gone: Iterable[Any], new: Iterable[Any]) -> None:
        """List a record under the values that are new, and no longer under those that are gone."""
        lists = self.lists
        for value in gone:
            ids = lists.get(value)
            if ids is None:
                continue
            if ids[0] == key:  # as in `remove`, without a call
                del ids[0]
            else:
                remove(ids, rows, sequence, key)
            if not ids:
                del lists[value]
        for value in new:
            ids = lists.get(value)
            if ids is None:
                lists[value] = [key]
            elif rows[ids[-1]].sequence < sequence:  # as in `add`, without a call: most records are listed last
                ids.append(key)
            else:
                add(ids, rows, sequence, key)


class _Parts(NamedTuple):
    """What all indexes on the same attributes share."""

    reads: Set[str]
    read: Callable[[Any], Any]
    values: Callable[[Any], Set[Any]]
    moves: Callable[[Any, Any], tuple[Iterable[Any], Iterable[Any]]]


def _values(read: Any) -> Set[Any]:
    """Return the values under which an index on one attribute lists a record."""
    if read is None:
        return NOTHING
    return frozenset(read) if isinstance(read, tuple) else {read}


def _combinations(read: tuple[Any, ...]) -> Set[Any]:
    """Return the value under which an index on several attributes lists a record."""
    return NOTHING if None in read else {read}


@cache  # the attributes are those that providers name: all worlds share the parts
def _parts(attributes: Attributes) -> _Parts:
    names = (attributes,) if isinstance(attributes, str) else attributes
    values = _values if isinstance(attributes, str) else _combinations

    def moves(was: Any, now: Any) -> tuple[Iterable[Any], Iterable[Any]]:
        """Return the values under which a record is listed no longer, and those under which it is listed from now on."""
        before, after = values(was), values(now)
        return before - after, after - before

    return _Parts(frozenset(names), attrgetter(*names), values, moves)
