"""Records as plain values and back, by the types of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect, structs

from simulator.store.records import Record
from simulator.store.tables import Table

FACTS = (str, int, float, type(None), datetime, msgspec.Struct)
PLAIN = (str, int, float, bool, type(None))  # the types of JSON that are the same before and after


class NotPlain(Exception):
    """A value that JSON cannot hold without a loss; the text names it."""


def is_fact(value: object) -> bool:
    """Return whether a state keeps a value beside its tables that a document of the world has."""
    return isinstance(value, FACTS) and not isinstance(value, Table)


class RecordType:
    """One type of record."""

    def __init__(self, kind: type[Record]) -> None:
        self.kind = kind
        self._fields = frozenset(kind.__struct_fields__)
        try:
            fields = inspect.type_info(kind).fields  # type: ignore[attr-defined]  # of a struct
        except (TypeError, NameError) as error:
            raise NotPlain(f"the type {kind.__name__} cannot be described: {error}") from None
        # A client may send 1 for such a field; it must not become 1.0.
        self._floats = tuple(field.name for field in fields if _has_float(field.type))

    def plain(self, record: Record) -> tuple[dict[str, Any], list[str]]:
        """Return the fields of a record as JSON has them, and the names of those whose value their type does not describe.

        Raises:
            NotPlain: one of these would be another value after it was read.
        """
        try:
            values: dict[str, Any] = msgspec.to_builtins(record)
        except TypeError as error:
            raise NotPlain(f"{self.kind.__name__} {record.id!r}: {error}") from None
        if self._is_read_as(values, record):
            return values, []
        as_is = [name for name in values if not self._is_described(record, name, values[name])]
        for name in as_is:
            if not _is_plain(getattr(record, name)):
                problem = f"{self.kind.__name__} {record.id!r}: the value of {name} is of a type that JSON does not have"
                raise NotPlain(f"{problem}; declare the type of the field, or keep texts, numbers, lists and dicts in it")
        return values, as_is

    def record(self, values: dict[str, Any], as_is: Sequence[str] = ()) -> Record:
        """Return the record that plain values describe.

        Raises:
            msgspec.ValidationError: they do not fit its type.
        """
        if as_is:
            return self._loose(values, as_is)
        record = msgspec.convert(values, self.kind)
        ints = {name: values[name] for name in self._floats if name in values and _has_int(values[name])}
        return structs.replace(record, **ints) if ints else record

    def unknown(self, values: dict[str, Any]) -> list[str]:
        """Return the names of values that are not fields."""
        return [name for name in values if name not in self._fields]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return self.kind.__struct_fields__

    def _loose(self, values: dict[str, Any], as_is: Sequence[str]) -> Record:
        """Return a record of which some fields have the value that JSON has, whatever their type."""
        described = {name: value for name, value in values.items() if name not in as_is}
        fields = {field.name: field for field in structs.fields(self.kind)}
        converted = {
            name: msgspec.convert({name: value}, _alone(self.kind, name))[name]
            for name, value in described.items()
            if name in fields
        }
        missing = [name for name, field in fields.items() if field.required and name not in values]
        if missing:
            raise msgspec.ValidationError(f"Object missing required field `{missing[0]}`")
        return self.kind(**converted, **{name: values[name] for name in as_is if name in values})

    def _is_read_as(self, values: dict[str, Any], record: Record) -> bool:
        try:
            return self.record(values) == record
        except msgspec.ValidationError:
            return False

    def _is_described(self, record: Record, name: str, value: Any) -> bool:
        """Return whether the value of one field is the same after it was read by its type."""
        try:
            read = msgspec.convert({name: value}, _alone(self.kind, name))[name]
        except msgspec.ValidationError:
            return False
        return bool(read == getattr(record, name))


@lru_cache(512)
def record_type(kind: type[Record]) -> RecordType:
    """Return how a type of record is converted.

    Raises:
        NotPlain: its fields have types that no document describes.
    """
    return RecordType(kind)


@lru_cache(512)
def _alone(kind: type[Record], name: str) -> Any:
    """Return the type of an object with nothing but one field of a record."""
    hint = next(field.type for field in structs.fields(kind) if field.name == name)
    return dict[str, hint]  # type: ignore[valid-type]


def subtype(base: type[Record], name: str) -> type[Record] | None:
    """Return the type of a name that is derived from a base, or the base; None if there is none, or several."""
    found = {kind for kind in _derived(base) if kind.__name__ == name}
    return found.pop() if len(found) == 1 else None


def _derived(kind: type[Record]) -> Iterator[type[Record]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _derived(derived)


def _has_float(kind: inspect.Type) -> bool:
    """Return whether a type of JSON values, and of nothing but these, has room for a float."""
    kinds = list(_flat(kind))
    return any(isinstance(one, inspect.FloatType) for one in kinds) and all(isinstance(one, _SIMPLE) for one in kinds)


_SIMPLE = (
    inspect.AnyType,
    inspect.BoolType,
    inspect.DictType,
    inspect.FloatType,
    inspect.IntType,
    inspect.ListType,
    inspect.LiteralType,
    inspect.NoneType,
    inspect.StrType,
    inspect.UnionType,
)


def _flat(kind: inspect.Type) -> Iterator[inspect.Type]:
    """Yield a type and the types of its parts."""
    if isinstance(kind, inspect.Metadata):
        yield from _flat(kind.type)
        return
    yield kind
    if isinstance(kind, inspect.UnionType):
        for part in kind.types:
            yield from _flat(part)
    elif isinstance(kind, inspect.DictType):
        yield from _flat(kind.key_type)
        yield from _flat(kind.value_type)
    elif isinstance(kind, inspect.ListType):
        yield from _flat(kind.item_type)


def _has_int(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_int, value.values()))
    if isinstance(value, list):
        return any(map(_has_int, value))
    return type(value) is int


def _is_plain(value: Any) -> bool:
    """Return whether a value is the same after JSON, but for tuples, which are lists then and look alike in answers."""
    if isinstance(value, dict):
        return all(type(name) is str and _is_plain(one) for name, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return type(value) in PLAIN
