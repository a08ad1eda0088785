"""How Chirp cuts lists into pages: by `limit` and `offset`, which come as texts, and messages after a `cursor` too."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from simulator.provider import Ordered, Page, Paged, Record, by_cursor, by_offset
from simulator.providers.chirp.errors import Errors

R = TypeVar("R", bound=Record)


class ChirpPages:
    """A page tells the total; one that can begin after a cursor, also the cursor of the next."""

    def cut(self, call: Paged, listing: Ordered[R]) -> Page[R]:
        """Return the page that a request asks for.

        Raises:
            Problem: the cursor names nothing in the list.
        """
        limit, offset, cursor = int(call.params["limit"]), int(call.params["offset"]), call.params.get("cursor")
        try:
            page = by_offset(listing, limit, offset) if cursor is None else by_cursor(listing, limit, cursor)
        except KeyError:
            raise Errors.UNKNOWN_CURSOR() from None
        next_cursor = page.items[-1].id if page.has_more else None
        return msgspec.structs.replace(page, facts={"totalCount": page.total, "nextCursor": next_cursor})
