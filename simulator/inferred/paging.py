"""Lists: which query parameters cut them into pages and narrow them, and which members of an answer describe the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from simulator.inferred.filters import PARAMETERS, condition
from simulator.inferred.model import Model, plain
from simulator.inferred.records import Item
from simulator.openapi.operation import Operation
from simulator.provider import Call, Ordered

SIZES = (  # of several the first counts: a `size` beside a `limit` is that of what is listed
    "limit",
    "perpage",
    "pagesize",
    "pagelimit",
    "itemsperpage",
    "maxresults",
    "top",
    "take",
    "pagecount",
    "count",
    "first",
    "size",
)
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
    "continue",
    "pagecursor",
    "pageafter",
    "skiptoken",
    "bookmark",
}
BEFORE = {"before", "endingbefore", "pagebefore"}
TOTALS = {"total", "totalelements", "totalcount", "totalitems", "totalresults", "totalrecords", "odatacount"}
MORE = {"hasmore", "hasnext", "hasnextpage", "more"}
NEXT = {"nextcursor", "nextmarker", "nextpagetoken", "nexttoken", "next", "cursor", "continue", "endcursor"}
PATHS = {"nextpageuri", "nexturi"}  # from the root of the server, as Twilio has them
URLS = {"nextpageurl", "nexturl", "nextlink", "odatanextlink", "nextpagelink"}
LINKS = {"links", "next"}  # the objects in which `next` and `href` are URLs
PREVIOUS = {"prev", "previous", "prevurl", "previousurl", "previouspageurl", "previouspageuri", "prevcursor", "previouscursor"}
COUNTS = {"pages", "totalpages", "pagecount", "numpages"}
USUAL_SIZE = 50


class Window(msgspec.Struct, frozen=True):
    """A page of a list, and what describes it."""

    items: list[Item]
    facts: dict[str, Any]  # by the plain name of a member; None where there is none
    query: dict[str, str]  # that leads to the next page; empty on the last


class Paging:
    """The paging parameters and filters of one operation."""

    def __init__(self, operation: Operation, members: Mapping[str, str]) -> None:
        """Take the operation, and the members of its records by their plain names."""
        names = [one.name for one in operation.parameters if one.where == "query" and one.name not in operation.arguments]
        by_plain = {plain(name): name for name in reversed(names)}
        self._page, self._offset, self._cursor, self._before = (
            next((by_plain[one] for one in by_plain if one in words), "") for words in (PAGES, OFFSETS, CURSORS, BEFORE)
        )
        self._size = next((by_plain[one] for one in SIZES if one in by_plain), "")
        validators = {parameter.name: parameter for parameter in operation.parameters}
        self._usual = _number(validators[self._size].default) if self._size else None
        self._is_token = bool(self._offset) and {"integer", "number"}.isdisjoint(validators[self._offset].kinds)
        if self._is_token:  # an offset that is a text of the provider's
            self._cursor, self._offset = self._cursor or self._offset, ""
        paging = {self._size, self._page, self._offset, self._cursor, self._before}
        sought = {name: plain(_within_brackets(name)) for name in names if name not in paging}
        self._filters = {name: members[short] for name, short in sought.items() if short in members}
        self._expressions = [name for name in names if plain(name) in PARAMETERS and name not in self._filters]
        self._members = members
        self._required = {name for name in names if validators[name].required}
        schema: dict[str, Any] = next(
            (one["schema"] for one in operation.definition["parameters"] if one["name"] == self._page), {}
        )
        self._first_page = 0 if _counts_from_zero(schema) else 1
        self._first_offset = int(
            any(_counts_from_one(one) for one in operation.definition["parameters"] if self._is_offset(one))
        )
        self._path = operation.path

    def _is_offset(self, parameter: Mapping[str, Any]) -> bool:
        return bool(self._offset) and (parameter["in"], parameter["name"]) == ("query", self._offset)

    def conditions(self, call: Call[Any]) -> list[Callable[[Mapping[str, Any]], bool]]:
        """Return the tests that records must pass which a call lists."""
        given = [str(call.params.get(name) or "") for name in self._expressions]
        tests = [test for text in given if (test := condition(text.strip(), self._members)) is not None]
        return [lambda members: self._matches(call, members), *tests]

    def _matches(self, call: Call[Any], members: Mapping[str, Any]) -> bool:
        """Return whether a record has the values of the filters that a call gives."""
        for name, member in self._filters.items():
            wanted = call.params.get(name)
            is_sent = name in call.request.request.parameters  # a default narrows nothing
            if not is_sent or wanted is None or wanted == "" or (member not in members and name in self._required):
                continue
            held = members.get(member)
            values = wanted if isinstance(wanted, list) else [wanted]
            known = held if isinstance(held, list) else [held]
            if isinstance(held, dict):
                known = [one for one in held.values() if isinstance(one, str | int)]  # an object that the value identifies
            is_open = (
                isinstance(held, dict) and name in self._required
            )  # what every list must name may be called otherwise here
            if not is_open and not {str(value) for value in values} & {str(value) for value in known}:
                return False
        return True

    @property
    def narrows(self) -> bool:
        """Whether the operation has filters at all."""
        return bool(self._filters or self._expressions)

    def cut(self, call: Call[Any], items: Ordered[Item], place: Callable[[str], int | None]) -> Window:
        """Return the page of a list that a call selects; an unknown cursor selects the first.

        `place` returns where the record of an id stands.
        """
        size = self._size_of(call, len(items))
        start = self._start(call, size, place)
        shown = items.window(start, size)
        end = start + len(shown)
        more = size > 0 and end < len(items)
        number = start // max(1, size) + self._first_page
        last = shown[-1].key if shown and more else None
        pages = -(-len(items) // max(1, size))
        query = self._next(call, number + 1, end, str(last)) if more else {}
        return Window(shown, self._facts(call, query, len(items), size, start, number, pages, last, more=more), query)

    def _size_of(self, call: Call[Any], total: int) -> int:
        """Return the most records of a page: all for a negative number, none for 0 unless that is the default."""
        given = _number(call.params.get(self._size)) if self._size else None
        if given is not None and given < 0:
            return max(1, total)
        if given is not None and (given > 0 or self._usual != 0):
            return given
        is_paged = bool(self._size or self._page or self._offset or self._cursor)
        return USUAL_SIZE if is_paged else max(1, total)

    def _next(self, call: Call[Any], number: int, end: int, last: str) -> dict[str, str]:
        """Return the query of the next page."""
        query = dict(call.request.request.parameters)
        for name, value in ((self._cursor, last), (self._page, number), (self._offset, end + self._first_offset)):
            if name:
                return {**query, name: str(value)}
        return query

    def _start(self, call: Call[Any], size: int, place: Callable[[str], int | None]) -> int:
        before, cursor = (call.params.get(name) if name else None for name in (self._before, self._cursor))
        if before:
            return max(0, (place(str(before)) or 0) - size)
        if cursor:
            after = place(str(cursor))
            counted = int(cursor) if self._is_token and str(cursor).isdigit() else 0
            return counted if after is None else after + 1
        offset, page = (_number(call.params.get(name)) if name else None for name in (self._offset, self._page))
        if offset is not None and offset > self._first_offset:
            return offset - self._first_offset
        return max(0, page - self._first_page) * size if page is not None else 0

    def _facts(
        self,
        call: Call[Any],
        query: dict[str, str],
        total: int,
        size: int,
        start: int,
        number: int,
        pages: int,
        last: str | None,
        *,
        more: bool,
    ) -> dict[str, Any]:
        facts: dict[str, Any] = dict.fromkeys(TOTALS, total) | dict.fromkeys(MORE, more) | dict.fromkeys(NEXT, last)
        facts |= dict.fromkeys(COUNTS, pages) | dict.fromkeys(set(SIZES) - {"pagecount", "first"}, size) | {"count": total}
        facts |= dict.fromkeys(PAGES, number) | dict.fromkeys(OFFSETS, start + self._first_offset)
        facts |= {"nextpage": number + 1 if more else None}
        facts |= dict.fromkeys(("prevpage", "previouspage"), number - 1 if start > 0 else None)
        facts |= dict.fromkeys(PREVIOUS, None) if start == 0 else {}
        request = call.request.request
        url = f"{request.origin}{request.path}?{urlencode(query)}" if query else None
        facts |= dict.fromkeys(PATHS, f"{self._path}?{urlencode(query)}" if query else None) | dict.fromkeys(URLS, url)
        return facts


def described(model: Model, schema: Any, facts: Mapping[str, Any], body: dict[str, Any], place: str = "") -> dict[str, Any]:
    """Return a body whose members that describe the page have its facts, those in objects within it too.

    `place` is the name of the object that the body is.
    """
    made = dict(body)
    for name, member in model.properties(schema).items():
        node = model.flat(member)
        kinds = model.kinds(node)
        fact = _fact(plain(name), node, plain(place))
        if fact in facts and kinds[:1] not in (["object"], ["array"]):
            value = facts[fact]
            if value is None and not model.is_nullable(member):
                made.pop(name, None)
            elif value is None or not kinds or _is_of(kinds, value):
                made[name] = value
        elif kinds[:1] == ["object"] and plain(name) == "nextpage" and "nexturl" in facts:
            _describe_next(model, member, facts, made, name)
        elif kinds[:1] == ["object"] and isinstance(made.get(name), dict) and (not place or plain(place) in LINKS):
            made[name] = described(model, member, facts, made[name], name)
            if plain(place) in LINKS and plain(name) == "next" and not made[name]:
                del made[name]  # a link without an address
    return made


def _describe_next(model: Model, schema: Any, facts: Mapping[str, Any], body: dict[str, Any], name: str) -> None:
    """Give an object that leads to the next page its cursor and addresses; on the last page it is null, or not there."""
    if facts["nexturl"] is not None:
        token = facts["next"] or facts["nextpage"]
        inner = {**facts, **dict.fromkeys(("offset", "token", *NEXT), token), "path": facts["nexturi"], "uri": facts["nexturl"]}
        body[name] = described(model, schema, inner, body.get(name) or {}, name)
    elif model.is_nullable(schema):
        body[name] = None
    else:
        body.pop(name, None)


def _counts_from_one(parameter: Mapping[str, Any]) -> bool:
    """Return whether an offset names the first record by 1, as the `startIndex` of SCIM does."""
    schema = parameter["schema"]
    return 1 in (schema.get("default"), schema.get("minimum")) or "1-based" in str(parameter.get("description", ""))


def _counts_from_zero(schema: Mapping[str, Any]) -> bool:
    """Return whether the first page has the number 0: it is the default, or the least where there is no default."""
    return bool(schema.get("default", schema.get("minimum")) == 0)


def _within_brackets(name: str) -> str:
    """Return what a parameter narrows: `email` for `filter[email]`."""
    return name[:-1].rpartition("[")[2] if name.endswith("]") and not name.endswith("[]") else name


def _fact(name: str, node: Mapping[str, Any], place: str) -> str:
    """Return the fact that a member has: `next` is an address where its schema or the object around it says so."""
    is_address = place in LINKS or node.get("format") in ("uri", "url") or "/" in str(node.get("example", ""))
    if name == "next" or (name == "href" and place == "next"):
        return "nexturl" if is_address else "next"
    return name


def _number(value: Any) -> int | None:
    """Return a whole number, which some documents describe as a text; None for anything else."""
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_of(kinds: list[str], value: Any) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return bool({"integer", "number"} & set(kinds)) if isinstance(value, int) else "string" in kinds
