"""Cursor pages as all of Cartesia's lists cut them (https://docs.cartesia.ai/api-reference/agents/phone-numbers/list)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from simulator.provider import Call, Listing, Record
from simulator.provider import pagination as paging
from simulator.providers.cartesia.account import State
from simulator.providers.cartesia.errors import Errors

R = TypeVar("R", bound=Record)


def page(call: Call[State], listing: Listing[R], shown: Callable[[R], dict[str, Any]]) -> dict[str, Any]:
    """The page that a request asks for.

    Raises:
        Problem: INVALID where both cursors are given, or one that names nothing in this list.
    """
    truncate = _cut(call, listing)
    return {"data": [shown(record) for record in truncate.items], "has_more": truncate.has_more}


def page_with_next(call: Call[State], listing: Listing[R], shown: Callable[[R], dict[str, Any]]) -> dict[str, Any]:
    """The same for the lists that also name the cursor of the next page."""
    body = page(call, listing, shown)
    items = body["data"]
    backwards = call.params["ending_before"] is not None
    cursor = items[0 if backwards else -1]["id"] if body["has_more"] and items else None
    return {**body, "next_page": cursor}


def _cut(call: Call[State], listing: Listing[R]) -> paging.Page[R]:
    limit, after, before = call.params["limit"], call.params["starting_after"], call.params["ending_before"]
    if after is not None and before is not None:
        raise Errors.INVALID("Give starting_after or ending_before, not both.")
    try:
        return paging.by_cursor(listing, limit, after, before)
    except KeyError:
        raise Errors.INVALID(f"The cursor {after or before} names nothing in this list.") from None
