"""The ways in which providers cut a listing into pages: by offset, by page number, or after a record."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from simulator.store.tables import Listing, Record

R = TypeVar("R", bound=Record)


class Page(msgspec.Struct, Generic[R], frozen=True):
    """One page: its records, how many the listing has in all, and whether more follow."""

    items: list[R]
    total: int
    has_more: bool


def by_offset(listing: Listing[R], limit: int, offset: int) -> Page[R]:
    """`limit` records after the first `offset`."""
    items = listing.window(offset, limit)
    return Page(items, len(listing), offset + len(items) < len(listing) and bool(items))


def by_cursor(listing: Listing[R], limit: int, starting_after: str | None = None, ending_before: str | None = None) -> Page[R]:
    """`limit` records after, or before, the record that a cursor names; from the start without one.

    `has_more` tells whether there is more in the direction of reading.

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


def _place(listing: Listing[R], record_id: str) -> int:
    place = listing.place(record_id)
    if place is None:
        raise KeyError(record_id)
    return place
