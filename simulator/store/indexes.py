"""The indexes of tables: the ids of records by what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import cache
from itertools import product
from operator import attrgetter
from typing import Any

import msgspec

NOTHING: Set[Any] = frozenset()


class Filters(msgspec.Struct, frozen=True):
    """An index for lists that can be narrowed: by `always` in any case, and by any of the `optional` attributes.

    Its values are tuples, in which None stands for an optional attribute that does not matter.
    """

    always: tuple[str, ...]
    optional: tuple[str, ...]

    def read(self, record: Any) -> Any:
        """Return what decides under which values a record is listed."""
        return tuple([getattr(record, name) for name in (*self.always, *self.optional)])

    def values(self, read: Any) -> Set[Any]:
        """Return every value under which a record is listed."""
        always = len(self.always)
        return set(product(*[{value} for value in read[:always]], *[{None, value} for value in read[always:]]))


class Index:
    """The ids of records in insertion order, by the values of an attribute; a tuple counts as several values, None as none."""

    __slots__ = ("lists", "read", "reads", "values")

    def __init__(self, attribute: str | Filters) -> None:
        self.lists: dict[Any, list[str]] = {}
        names = (attribute,) if isinstance(attribute, str) else (*attribute.always, *attribute.optional)
        self.reads: Set[str] = frozenset(names)
        self.read, self.values = _functions(attribute)


@cache  # the attributes are those that providers name: all worlds share these functions
def _functions(attribute: str | Filters) -> tuple[Callable[[Any], Any], Callable[[Any], Set[Any]]]:
    """Return what decides under which values a record is listed, and the function that returns them."""
    if isinstance(attribute, str):
        return attrgetter(attribute), _values
    if len(attribute.always) == len(attribute.optional) == 1:  # the common case, in less time
        return attrgetter(*attribute.always, *attribute.optional), _values_of_pair
    return attribute.read, attribute.values


def _values(read: Any) -> Set[Any]:
    """Return the values under which an attribute lists a record."""
    if read is None:
        return NOTHING
    return frozenset(read) if isinstance(read, tuple) else {read}


def _values_of_pair(read: Any) -> Set[Any]:
    owner, value = read
    return {(owner, None), (owner, value)}
