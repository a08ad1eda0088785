"""The indexes of tables: the ids of records by what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from functools import cache
from itertools import compress, count, product, repeat
from operator import attrgetter, call, itemgetter, ne
from typing import Any, NamedTuple

import msgspec

NOTHING: Set[Any] = frozenset()


class Filters(msgspec.Struct, frozen=True):
    """An index for lists that can be narrowed: by `always` in any case, and by any of the `optional` attributes.

    Its values are tuples, in which None stands for an optional attribute that does not matter.
    """

    always: tuple[str, ...]
    optional: tuple[str, ...]


class Index:
    """The ids of records in insertion order, by the values of an attribute; a tuple counts as several values, None as none."""

    __slots__ = ("lists", "moves", "read", "reads", "values")

    def __init__(self, attribute: str | Filters) -> None:
        self.lists: dict[Any, list[str]] = {}
        self.reads, self.read, self.values, self.moves = _parts(attribute)


class _Parts(NamedTuple):
    """What all indexes on one attribute share."""

    reads: Set[str]  # the attributes of a record that decide where it is listed
    read: Callable[[Any], Any]
    values: Callable[[Any], Set[Any]]
    moves: Callable[[Any, Any], tuple[Iterable[Any], Iterable[Any]]]


class _Keys:
    """The values under which an index on one attribute lists a record."""

    def __init__(self, attribute: str) -> None:
        self.reads: Set[str] = frozenset([attribute])
        self.read: Callable[[Any], Any] = attrgetter(attribute)  # what decides under which values a record is listed

    def values(self, read: Any) -> Set[Any]:
        """Return every value under which a record is listed."""
        if read is None:
            return NOTHING
        return frozenset(read) if isinstance(read, tuple) else {read}

    def moves(self, was: Any, now: Any) -> tuple[Iterable[Any], Iterable[Any]]:
        """Return the values under which a record is listed no longer, and those under which it is listed from now on."""
        before, after = self.values(was), self.values(now)
        return before - after, after - before


class _FilterKeys(_Keys):
    """The values under which an index of filters lists a record: each combination of its attributes with None for others."""

    def __init__(self, filters: Filters) -> None:
        names = (*filters.always, *filters.optional)
        self.reads = frozenset(names)
        self.read = attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)
        none = len(names)  # the place of None after the attributes
        fixed, free = range(len(filters.always)), range(len(filters.always), none)
        places = [*product(*[(place,) for place in fixed], *[(place, none) for place in free])]
        getters = [itemgetter(*chosen) if none > 1 else lambda read, chosen=chosen: (read[chosen[0]],) for chosen in places]
        self._all = getters
        self._with = [[get for get, chosen in zip(getters, places, strict=True) if place in chosen] for place in range(none)]

    def values(self, read: Any) -> Set[Any]:
        """Return every value under which a record is listed."""
        return set(_read_by(self._all, read))

    def moves(self, was: Any, now: Any) -> tuple[Iterable[Any], Iterable[Any]]:
        """Return the values under which a record is listed no longer, and those under which it is listed from now on."""
        place, *others = compress(count(), map(ne, was, now))
        if others or was[place] is None or now[place] is None:
            return super().moves(was, now)
        return _read_by(self._with[place], was), _read_by(self._with[place], now)


def _read_by(getters: Iterable[Callable[[Any], Any]], read: tuple[Any, ...]) -> Iterable[Any]:
    return map(call, getters, repeat((*read, None)))


@cache  # the attributes are those that providers name: all worlds share the parts
def _parts(attribute: str | Filters) -> _Parts:
    keys = _Keys(attribute) if isinstance(attribute, str) else _FilterKeys(attribute)
    return _Parts(keys.reads, keys.read, keys.values, keys.moves)
