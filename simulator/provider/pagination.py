"""Dialects of pages: by offset, by page number, or after a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from simulator.provider.errors import Problem
from simulator.store.records import Listing, Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")
V = TypeVar("V")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page: its items, how many the listing has in all, and whether more follow.

    `facts` are the members of an answer that describe the page, by the names that the provider's dialect gives them.
    """

    items: list[T]
    total: int
    has_more: bool
    facts: Mapping[str, Any] = {}

    def map(self, change: Callable[[T], V]) -> Page[V]:
        """Return the same page with other items."""
        return Page([change(item) for item in self.items], self.total, self.has_more, self.facts)


class Ordered(Protocol[R]):
    """Records in an order: a listing, which begins with the newest, or one of the orders below."""

    def __len__(self) -> int:
        """Return how many records there are."""

    def window(self, start: int, count: int) -> list[R]:
        """Return at most `count` records from place `start` on."""

    def place(self, record_id: str) -> int | None:
        """Return the place of a record; None when it is not listed."""


class OldestFirst(Generic[R]):
    """A listing from its other end; a page costs the same as one of the listing."""

    def __init__(self, listing: Listing[R]) -> None:
        self._listing = listing

    def __len__(self) -> int:
        return len(self._listing)

    def window(self, start: int, count: int) -> list[R]:
        """Return at most `count` records from place `start` on; the oldest is at place 0."""
        first = max(0, len(self) - start - count)
        return self._listing.window(first, max(0, len(self) - start - first))[::-1]

    def place(self, record_id: str) -> int | None:
        """Return the place of a record, counted from the oldest; None when it is not listed."""
        place = self._listing.place(record_id)
        return None if place is None else len(self) - 1 - place


class Sorted(Generic[R]):
    """Records in the order of a key. All of them are read for each page, so it is for lists that stay short."""

    def __init__(self, records: Iterable[R], key: Callable[[R], Any], *, reverse: bool = False) -> None:
        self._records = sorted(records, key=key, reverse=reverse)

    def __len__(self) -> int:
        return len(self._records)

    def window(self, start: int, count: int) -> list[R]:
        """Return at most `count` records from place `start` on."""
        return self._records[start : start + count]

    def place(self, record_id: str) -> int | None:
        """Return the place of a record; None when it is not listed."""
        return next((place for place, record in enumerate(self._records) if record.id == record_id), None)


def by_offset(listing: Ordered[R], limit: int, offset: int) -> Page[R]:
    """Return `limit` records after the first `offset`."""
    items = listing.window(offset, limit)
    return Page(items, len(listing), offset + len(items) < len(listing) and bool(items))


def by_cursor(listing: Ordered[R], limit: int, starting_after: str | None = None, ending_before: str | None = None) -> Page[R]:
    """Return `limit` records after, or before, the record that a cursor names; from the start without one.

    `has_more` is whether more records follow in the direction of reading.

    Raises:
        KeyError: the cursor names no record of the listing.
    """
    if ending_before is not None:
        end = _place(listing, ending_before)
        start = max(0, end - limit)
        return Page(listing.window(start, end - start), len(listing), start > 0)
    start = _place(listing, starting_after) + 1 if starting_after is not None else 0
    items = listing.window(start, limit)
    return Page(items, len(listing), start + len(items) < len(listing))


def _place(listing: Ordered[R], record_id: str) -> int:
    place = listing.place(record_id)
    if place is None:
        raise KeyError(record_id)
    return place


class Windowed(Protocol[T]):
    """A sequence that can be cut into pages by position: a listing of records, or the numbers that a search returns."""

    def __len__(self) -> int:
        """Return how many items there are."""

    def window(self, start: int, count: int) -> list[T]:
        """Return at most `count` items from place `start` on."""


class Paged(Protocol):
    """The part of a call that selects a page."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters by name."""

    @property
    def body(self) -> Any:
        """The decoded body."""


class OffsetPages:
    """Pages by `limit` and `offset`; an answer shows the total, both of them, and whether more follow.

    With `cursor`, a request may also name the record after which a page begins; an answer then shows the next cursor.
    """

    def __init__(
        self,
        *,
        total: str = "total",
        has_more: str = "has_more",
        limit: str = "limit",
        offset: str = "offset",
        cursor: str = "",
        next: str = "next_cursor",  # noqa: A002  (the name of the member)
        unknown: Callable[[], Problem] | None = None,
    ) -> None:
        """Name the members of the answer; `limit`, `offset` and `cursor` are also the parameters of the request.

        `unknown` returns the problem of a cursor that names no record of the list.
        """
        self._total, self._has_more, self._limit, self._offset = total, has_more, limit, offset
        self._cursor, self._next, self._unknown = cursor, next, unknown

    def cut(self, call: Paged, listing: Ordered[R]) -> Page[R]:
        """Return the page that a request selects.

        Raises:
            Problem: the cursor names no record of the list.
        """
        limit, offset = int(call.params[self._limit]), int(call.params[self._offset])
        cursor = call.params.get(self._cursor)
        try:
            page = by_offset(listing, limit, offset) if cursor is None else by_cursor(listing, limit, cursor)
        except KeyError:
            if self._unknown is None:
                raise
            raise self._unknown() from None
        place = {self._limit: limit, self._offset: offset}
        facts: dict[str, Any] = {self._total: page.total, self._has_more: page.has_more, **place}
        if self._cursor:
            facts[self._next] = page.items[-1].id if page.has_more else None
        return msgspec.structs.replace(page, facts=facts)


class NumberedPages:
    """Pages by their number, from 1 on, and a size; an answer shows both, the totals, and whether more follow."""

    def __init__(
        self,
        *,
        page: str = "page",
        size: str = "page_size",
        total: str = "total_results",
        pages: str = "total_pages",
        has_more: str = "has_more",
        max_size: int = 0,
    ) -> None:
        """Name the members of the answer; `page` and `size` are also those of the request, in its body or its query.

        A size above `max_size` counts as `max_size`, if that is given.
        """
        self._page, self._size, self._total, self._pages, self._has_more = page, size, total, pages, has_more
        self._max_size = max_size

    def cut(self, call: Paged, listing: Windowed[T]) -> Page[T]:
        """Return the page that a request selects."""
        given = call.params if self._page in call.params else call.body
        page, size = int(given[self._page]), int(given[self._size])
        size = min(size, self._max_size or size)
        total = len(listing)
        more = page * size < total
        facts = {
            self._page: page,
            self._size: size,
            self._total: total,
            self._pages: -(-total // size),
            self._has_more: more,
        }
        return Page(listing.window((page - 1) * size, size), total, more, facts)


class CursorPages:
    """Pages after, or before, the record that a cursor names; an answer shows the cursor of the next page."""

    def __init__(
        self,
        *,
        unknown: Callable[[str], Problem],
        next: str = "next_cursor",  # noqa: A002  (what the member is: the next page's cursor)
        after: str = "starting_after",
        before: str = "",
        both: Callable[[], Problem] | None = None,
        limit: str = "limit",
        max_limit: int = 0,
        total: str = "total",
        has_more: str = "has_more",
    ) -> None:
        """Name the members of the answer, and the parameters of the request.

        `unknown` returns the problem of a cursor that names no record of the list, `both` that of two cursors at once. A limit
        above `max_limit` counts as `max_limit`, if that is given.
        """
        self._unknown, self._both = unknown, both
        self._next, self._after, self._before = next, after, before
        self._limit, self._max_limit, self._total, self._has_more = limit, max_limit, total, has_more

    def cut(self, call: Paged, listing: Ordered[R]) -> Page[R]:
        """Return the page that a request selects.

        Raises:
            Problem: a cursor names no record of the list, or there are two cursors.
        """
        limit = min(call.params[self._limit], self._max_limit or call.params[self._limit])
        after, before = call.params[self._after], call.params[self._before] if self._before else None
        if after is not None and before is not None and self._both is not None:
            raise self._both()
        try:
            page = by_cursor(listing, limit, after, before)
        except KeyError:
            raise self._unknown(after or before or "") from None
        last = page.items[0 if before is not None else -1].id if page.has_more and page.items else None
        facts = {self._total: page.total, self._limit: limit, self._has_more: page.has_more, self._next: last}
        return msgspec.structs.replace(page, facts=facts)


class Pages(Protocol):
    """A dialect of pages: how a request selects one, and how an answer describes it."""

    def cut(self, call: Paged, listing: Ordered[R]) -> Page[R]:
        """Return the page that a request selects."""


class AllPages:
    """The dialect of a provider whose lists come whole."""

    def cut(self, call: Paged, listing: Ordered[R]) -> Page[R]:
        """Return every record."""
        return Page(listing.window(0, len(listing)), len(listing), False)
