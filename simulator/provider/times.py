"""Times in requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from simulator.provider.errors import Problem
from simulator.store.clock import parse_time
from simulator.store.records import Listing, Record

R = TypeVar("R", bound=Record)


def read_time(text: str, invalid: Callable[[], Problem]) -> datetime:
    """Return a time of RFC 3339 in UTC.

    Raises:
        Problem: what `invalid` returns, for a time that Python cannot represent, such as a leap second.
    """
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise invalid() from None


def between(listing: Listing[R], time_of: Callable[[R], datetime], first: datetime | None, last: datetime | None) -> Listing[R]:
    """Return the records from one time to another, both included; None for no bound.

    With a bound it reads every record: times need not rise with the order, as a world's clock can be set back.
    """
    if first is None and last is None:
        return listing
    return listing.where(lambda one: (first is None or time_of(one) >= first) and (last is None or time_of(one) <= last))
