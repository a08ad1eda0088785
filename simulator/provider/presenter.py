"""The body of an answer from the result of an operation: the result itself, in an envelope, or a page of results."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.openapi.shapes import NOTHING, Shape
from simulator.provider.pagination import Page
from simulator.provider.presentation import LISTS, ObjectView, item_of, scalar, showing
from simulator.provider.reply import NO_BODY
from simulator.provider.request_info import RequestInfo
from simulator.provider.views import Views
from simulator.store.records import Listing, Record


class Presenter:
    """Shows the result of an operation in the answer of one status."""

    def __init__(self, views: Views, shape: Shape, constants: Mapping[str, Any]) -> None:
        """Compile the schema of the answer; `constants` are the members that the operation's answers always have."""
        self._constants = constants
        self._shape = shape
        self._envelope = views.envelope if views.envelope in shape.properties else ""
        self.dynamic = {name: member for name, member in views.dynamic.items() if name in shape.properties}
        everywhere = {**views.fixed, **constants}
        self._members = [(name, self._fixed(name, member, everywhere)) for name, member in shape.properties.items()]
        # In the order of the schema; the value of the envelope is replaced by the result.
        self._template = {name: value for name, value in self._members if value is not UNSET or name == self._envelope}
        self._inner = shape.properties[self._envelope] if self._envelope else shape
        described = {name for variant in self._inner.variants for name in variant.properties}
        within = {name: value for name, value in everywhere.items() if name in described}
        self._show = showing(views, self._inner, views.times, within) or partial(scalar, views.times)
        self._values = dict(self._members)
        self._list = next((name for name in self._list_names() if shape.properties[name].items is not None), "")
        # Members that hold facts of a page: which, and those of them that are shown although they are None.
        self._facts = [
            (name, tuple(member.properties), _shown_as_none(member))
            for name, member in shape.properties.items()
            if member.properties and name != self._list
        ]
        listed = shape.properties[self._list] if self._list else shape
        self._item = item_of(views, listed.items or NOTHING, views.times)

    def _fixed(self, name: str, member: Shape, constants: Mapping[str, Any]) -> Any:
        """Return the value that a member always has; None marks a member that is computed for each request."""
        return None if name in self.dynamic else constants.get(name, member.const)

    def _list_names(self) -> Iterable[str]:
        return [self._envelope] if self._envelope else self._shape.properties

    def faults(self, kind: type | None, *, is_list: bool) -> Iterator[str]:
        """Yield what cannot be shown: constants that the schema does not describe, members that a type of record lacks."""
        described = {*self._shape.properties, *(name for variant in self._inner.variants for name in variant.properties)}
        yield from (f"has no member {name!r}, which the handler sets" for name in self._constants if name not in described)
        show = self._item if is_list else self._show
        if kind is None:
            return
        given = "" if kind is type(None) else self._envelope
        if not is_list and (given or kind is type(None)):
            known = {name for name, value in self._members if value is not UNSET}
            lacking = sorted(self._shape.required - known - {given})
            yield from (f"requires the member {name!r}, which the handler does not set" for name in lacking)
        if kind is type(None):
            return
        if not isinstance(show, ObjectView):
            yield f"describes no members for the {kind.__name__} that the handler returns"
            return
        yield from (f"requires the member {name!r}, which {kind.__name__} does not have" for name in show.missing(kind))

    def body(self, call: Any, value: Any, only: Container[str] | None = None, *, as_it_is: bool = False) -> Any:
        """Return the body of an answer, but for the members that differ from request to request.

        Of the optional members those of `only` are shown, if it is given. JSON that is to be sent `as_it_is` is not compared
        with the schema.
        """
        kind = type(value)
        if not issubclass(kind, Record):
            if value is None or value is NO_BODY:
                return self._enveloped({}) if self._shape.properties else NO_BODY
            if as_it_is and not _holds_records(value):
                return self._enveloped({self._envelope: value}) if self._envelope else value
            if kind is Page:
                return self._page(call, value.items, value.facts)
            if issubclass(kind, LISTS) and (self._list or not self._shape.properties):
                return self._page(call, value, {})
        shown = self._show(call, value)
        if only is not None:
            required = self._inner.required
            shown = {name: member for name, member in shown.items() if name in required or name in only}
        return {**self._template, self._envelope: shown} if self._envelope else shown

    def shown(self, call: Any, record: Record) -> Any:
        """Return a record alone, without the envelope."""
        return self._show(call, record)

    def finish(self, body: Any, request: RequestInfo) -> Any:
        """Return the body with the members that differ from request to request."""
        if not self.dynamic or not isinstance(body, dict):
            return body
        return {**body, **{name: member(request) for name, member in self.dynamic.items()}}

    def _enveloped(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**self._values, **given}.items() if value is not UNSET}

    def _page(self, call: Any, items: Iterable[Any], facts: Mapping[str, Any]) -> Any:
        show = self._item
        shown = show.many(call, items) if isinstance(show, ObjectView) else [show(call, item) for item in items]
        if not self._list and not self._shape.properties:
            return shown
        given: dict[str, Any] = {self._list: shown} if self._list else {}
        for name, members, shown_as_none in self._facts:
            inner = {one: facts[one] for one in members if one in facts and (facts[one] is not None or one in shown_as_none)}
            if inner:
                given[name] = inner
        properties = self._shape.properties
        given |= {name: fact for name, fact in facts.items() if name in properties and fact is not UNSET}
        return self._enveloped(given)


def _holds_records(value: Any) -> bool:
    """Return whether a value is, or begins with, a record."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    return isinstance(first, msgspec.Struct | Listing)


def _shown_as_none(shape: Shape) -> frozenset[str]:
    """Return the members of an object that are shown although they have no value."""
    return shape.required | {name for name, member in shape.properties.items() if member.is_nullable}
