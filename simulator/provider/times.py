"""Times in requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from simulator.provider.errors import Problem
from simulator.store.clock import parse_time


def read_time(text: str, invalid: Callable[[], Problem]) -> datetime:
    """Return a time of RFC 3339 in UTC.

    Raises:
        Problem: what `invalid` returns, for a time that Python cannot represent, such as a leap second.
    """
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise invalid() from None
