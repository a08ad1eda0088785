"""Answers shown from the response schema: a record's members are those that the schema describes, and no others.

The plan for a schema and a type of record is made once, and not for each response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from datetime import datetime
from functools import partial
from operator import attrgetter
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

from simulator.openapi.shapes import Shape
from simulator.provider.views import Times, Views
from simulator.store.records import Listing

Show = Callable[[Any, Any], Any]  # (call, value) -> JSON
LISTS = (list, tuple, Listing)


def showing(views: Views, shape: Shape, times: Times, fixed: Mapping[str, Any] | None = None) -> Show | None:
    """Return the function that shows values of a shape; None for a shape without members and items."""
    if shape.properties or shape.branches or fixed:
        return ObjectView(views, shape, times, fixed or {})
    return partial(_items, item_of(views, shape.items, times), times) if shape.items is not None else None


def item_of(views: Views, shape: Shape, times: Times) -> Show:
    """Return the function that shows one item of a list."""
    return showing(views, shape, times) or partial(scalar, times)


def scalar(times: Times, call: Any, value: Any) -> Any:
    """Return a value that has no members as JSON: a time in its format, anything else as it is."""
    if isinstance(value, datetime):
        return times(value)
    if isinstance(value, msgspec.Struct):
        raise TypeError(f"the schema describes no members for {type(value).__name__}")
    return value


def _items(show: Show, times: Times, call: Any, value: Any) -> Any:
    if isinstance(value, LISTS):
        return [show(call, item) for item in value]
    return times(value) if isinstance(value, datetime) else value


class ObjectView:
    """Shows records, mappings and lists of records where a schema describes an object; one plan for each type of record."""

    def __init__(self, views: Views, shape: Shape, times: Times, fixed: Mapping[str, Any]) -> None:
        self._views = views
        self._shape = shape
        self._variants = shape.variants
        self._times = times
        self._fixed = fixed
        self._plans: dict[type, Show] = {}

    def __call__(self, call: Any, value: Any) -> Any:
        """Return a value as JSON."""
        plan = self._plans.get(type(value)) or self._plan(type(value))
        return plan(call, value)

    def many(self, call: Any, values: Iterable[Any]) -> list[Any]:
        """Return a list of values as JSON."""
        plans = self._plans
        return [(plans.get(type(value)) or self._plan(type(value)))(call, value) for value in values]

    def missing(self, kind: type) -> list[str]:
        """Return the members that the schema requires and a type of record does not have."""
        if self._views.whole(kind) is not None or not issubclass(kind, msgspec.Struct):
            return []
        return self._lacking(self._variant(kind), kind)

    def _plan(self, kind: type) -> Show:
        plan = self._plans[kind] = self._made(kind)
        return plan

    def _made(self, kind: type) -> Show:
        whole = self._views.whole(kind)
        if whole is not None:
            return lambda call, record: self(call, whole(call, record))
        if issubclass(kind, msgspec.Struct):
            return self._of_record(kind)
        if issubclass(kind, dict):
            return self._of_mapping()
        listed = next((branch.items for branch in (self._shape, *self._shape.branches) if branch.items is not None), None)
        if listed is not None:
            return partial(_items, item_of(self._views, listed, self._times), self._times)
        return partial(scalar, self._times)

    def _variant(self, kind: type) -> Shape:
        """Return the branch that fits a type of record best: that lacks least, and of such shows most."""

        def fit(variant: Shape) -> tuple[int, int]:
            shown = [name for name, member in variant.properties.items() if self._has(kind, name, member)]
            return len(self._lacking(variant, kind)), -len(shown)

        return min(self._variants, key=fit)

    def _has(self, kind: type, name: str, member: Shape) -> bool:
        has_attribute = hasattr(kind, self._views.attribute(kind, name))
        return name in self._fixed or has_attribute or bool(self._views.computed(kind, name)) or member.const is not UNSET

    def _lacking(self, variant: Shape, kind: type) -> list[str]:
        return [name for name in variant.required if not self._has(kind, name, variant.properties.get(name, variant))]

    def _of_record(self, kind: type) -> Show:
        """Return a function that shows a type of record: the members that the schema describes and the record has."""
        variant = self._variant(kind)
        times = self._views.times_of(kind, self._times)
        members = {name: member for name, member in variant.properties.items() if self._has(kind, name, member)}
        copied = {name: self._views.attribute(kind, name) for name in members if self._is_copied(kind, name)}
        others = [(name, self._reader(kind, name, member, times)) for name, member in members.items() if name not in copied]
        order, names, read = dict.fromkeys(members), tuple(copied), _reading(tuple(copied.values()))

        def show(call: Any, record: Any) -> dict[str, Any]:
            shown = order.copy()
            shown.update(zip(names, read(record), strict=True))
            for name, show_member in others:
                shown[name] = show_member(call, record)
            return shown

        optional = {n: m.is_nullable for n, m in variant.properties.items() if n not in variant.required}
        omits = frozenset(name for name, is_nullable in optional.items() if not is_nullable)
        absent = tuple(n for n in members if n not in copied or n in omits)
        return partial(_without, absent, omits, show) if optional else show

    def _is_copied(self, kind: type, name: str) -> bool:
        """Return whether a member is an attribute of the record as it is."""
        attribute = self._views.attribute(kind, name)
        return name not in self._fixed and self._views.computed(kind, name) is None and _is_json(_declared(kind, attribute))

    def _reader(self, kind: type, name: str, member: Shape, times: Times) -> Show:
        """Return the function that reads a member off a record, as JSON."""
        compute, attribute = self._views.computed(kind, name), self._views.attribute(kind, name)
        if name in self._fixed or (compute is None and not hasattr(kind, attribute)):
            fixed = self._fixed.get(name, member.const)
            return lambda call, record: fixed
        if compute is not None:
            show = item_of(self._views, member, times)
            return lambda call, record: show(call, compute(call, record))
        read, declared = attrgetter(attribute), _declared(kind, attribute)
        if declared is datetime:
            return lambda call, record: times(read(record))
        show = item_of(self._views, member, times)
        return lambda call, record: show(call, read(record))

    def _of_mapping(self) -> Show:
        members = {name: member for variant in self._variants for name, member in variant.properties.items()}
        shows = {name: item_of(self._views, member, self._times) for name, member in members.items()}
        return partial(_mapping, shows, self._fixed, partial(scalar, self._times))


def _reading(attributes: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that reads some attributes of a record at once."""
    if len(attributes) > 1:
        return attrgetter(*attributes)
    return lambda record: tuple([getattr(record, attribute) for attribute in attributes])


def _without(absent: tuple[str, ...], omits: Set[str], show: Show, call: Any, record: Any) -> Any:
    """Leave out what a record does not have: None where the schema allows none, and UNSET anywhere.

    `absent` are the members that may have such a value.
    """
    shown = show(call, record)
    for name in absent:
        value = shown[name]
        if value is UNSET or (value is None and name in omits):
            del shown[name]
    return shown


def _mapping(shows: Mapping[str, Show], fixed: Mapping[str, Any], other: Show, call: Any, value: Mapping[str, Any]) -> Any:
    """Show a mapping, all of it: what its author wrote down is JSON, but for records and times in it."""
    return {name: shows.get(name, other)(call, member) for name, member in {**fixed, **value}.items()}


def _declared(kind: type, attribute: str) -> Any:
    """Return the type that a field or a property of a record is declared to have; None for one that is not."""
    prop = getattr(kind, attribute, None)
    if isinstance(prop, property):
        return get_type_hints(prop.fget).get("return")
    return next((field.type for field in msgspec.structs.fields(kind) if field.name == attribute), None)


def _is_json(declared: Any) -> bool:
    """Return whether all values of a type are JSON as they are."""
    if declared in (str, int, float, bool, type(None)) or get_origin(declared) is Literal:
        return True
    inner = [part for part in get_args(declared) if part is not Ellipsis]
    return get_origin(declared) in (dict, list, tuple, Union, UnionType) and bool(inner) and all(map(_is_json, inner))
