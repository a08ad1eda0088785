"""Lists: which query parameters cut them into pages and narrow them, and which members of an answer describe the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from simulator.inferred.model import Model, plain
from simulator.inferred.records import Item
from simulator.openapi.operation import Operation
from simulator.provider import Call, Ordered

SIZES = {"limit", "perpage", "pagesize", "pagelimit", "size", "count", "maxresults", "take", "pagecount", "itemsperpage"}
PAGES = {"page", "pagenumber", "pageindex", "pageno", "currentpage"}
OFFSETS = {"offset", "skip", "start", "startindex", "pageoffset"}
CURSORS = {
    "cursor",
    "after",
    "startingafter",
    "pagetoken",
    "nexttoken",
    "marker",
    "next",
    "nextcursor",
    "startafter",
    "continuationtoken",
}
BEFORE = {"before", "endingbefore"}
TOTALS = {"total", "totalcount", "totalitems", "totalresults", "totalrecords"}
MORE = {"hasmore", "hasnext", "hasnextpage", "more"}
NEXT = {"nextcursor", "nextmarker", "nextpagetoken", "nexttoken", "next", "cursor"}
URLS = {"nextpageuri", "nextpageurl", "nexturl", "nexturi"}
COUNTS = {"pages", "totalpages", "pagecount", "numpages"}
USUAL_SIZE = 50


class Window(msgspec.Struct, frozen=True):
    """A page of a list, and what describes it."""

    items: list[Item]
    facts: dict[str, Any]  # by the plain name of a member; None where there is none


class Paging:
    """The paging parameters and filters of one operation."""

    def __init__(self, operation: Operation, members: Mapping[str, str]) -> None:
        """Take the operation, and the members of its records by their plain names."""
        names = [parameter.name for parameter in operation.parameters if parameter.where == "query"]
        by_plain = {plain(name): name for name in reversed(names)}
        self._size, self._page, self._offset, self._cursor, self._before = (
            next((by_plain[one] for one in by_plain if one in words), "") for words in (SIZES, PAGES, OFFSETS, CURSORS, BEFORE)
        )
        paging = {self._size, self._page, self._offset, self._cursor, self._before}
        self._filters = {name: members[plain(name)] for name in names if name not in paging and plain(name) in members}
        validators = {parameter.name: parameter for parameter in operation.parameters}
        self._first_page = 0 if self._page and validators[self._page].default == 0 else 1
        self._path = operation.path

    def matches(self, call: Call[Any], members: Mapping[str, Any]) -> bool:
        """Return whether a record has the values of the filters that a call gives."""
        for name, member in self._filters.items():
            wanted = call.params.get(name)
            if wanted is None or wanted == "" or member not in members:
                continue
            held = members[member]
            values = wanted if isinstance(wanted, list) else [wanted]
            known = held if isinstance(held, list) else [held]
            if not {str(value) for value in values} & {str(value) for value in known}:
                return False
        return True

    @property
    def narrows(self) -> bool:
        """Whether the operation has filters at all."""
        return bool(self._filters)

    def cut(self, call: Call[Any], items: Ordered[Item], place: Callable[[str], int | None]) -> Window:
        """Return the page of a list that a call selects; an unknown cursor selects the first.

        `place` returns where the record of an id stands.
        """
        asked = call.params.get(self._size) if self._size else None
        is_paged = bool(self._size or self._page or self._offset or self._cursor)
        size = max(1, asked) if isinstance(asked, int) else USUAL_SIZE if is_paged else max(1, len(items))
        start = self._start(call, size, place)
        shown = items.window(start, size)
        end = start + len(shown)
        more = end < len(items)
        number = start // size + self._first_page
        last = shown[-1].key if shown and more else None
        pages = -(-len(items) // size)
        return Window(shown, self._facts(call, len(items), size, start, number, pages, last, more=more))

    def _start(self, call: Call[Any], size: int, place: Callable[[str], int | None]) -> int:
        before, cursor = (call.params.get(name) if name else None for name in (self._before, self._cursor))
        if before:
            return max(0, (place(str(before)) or 0) - size)
        if cursor:
            after = place(str(cursor))
            return 0 if after is None else after + 1
        offset, page = (call.params.get(name) if name else None for name in (self._offset, self._page))
        if isinstance(offset, int) and offset > 0:
            return offset
        return max(0, page - self._first_page) * size if isinstance(page, int) else 0

    def _facts(
        self, call: Call[Any], total: int, size: int, start: int, number: int, pages: int, last: str | None, *, more: bool
    ) -> dict[str, Any]:
        facts: dict[str, Any] = dict.fromkeys(TOTALS, total) | dict.fromkeys(MORE, more) | dict.fromkeys(NEXT, last)
        facts |= dict.fromkeys(COUNTS, pages) | dict.fromkeys(SIZES - {"count", "pagecount"}, size) | {"count": total}
        facts |= dict.fromkeys(PAGES, number) | {"offset": start, "skip": start, "start": start}
        query = {
            name: value for name, value in call.request.request.parameters.items() if name not in (self._page, self._cursor)
        }
        if self._page:
            query[self._page] = str(number + 1)
        elif self._cursor:
            query[self._cursor] = str(last)
        facts |= dict.fromkeys(URLS, f"{self._path}?{urlencode(query)}" if more else None)
        return facts


def described(model: Model, schema: Any, facts: Mapping[str, Any], body: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Return a body whose members that describe the page have its facts, those one object deeper too."""
    made = dict(body)
    for name, member in model.properties(schema).items():
        node = model.flat(member)
        kinds = model.kinds(node)
        if plain(name) in facts and kinds[:1] not in (["object"], ["array"]):
            value = facts[plain(name)]
            if value is None and "null" not in kinds:
                made.pop(name, None)
            elif value is None or not kinds or _is_of(kinds, value):
                made[name] = value
        elif depth == 0 and kinds[:1] == ["object"] and isinstance(made.get(name), dict):
            made[name] = described(model, member, facts, made[name], depth + 1)
    return made


def _is_of(kinds: list[str], value: Any) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return bool({"integer", "number"} & set(kinds)) if isinstance(value, int) else "string" in kinds
