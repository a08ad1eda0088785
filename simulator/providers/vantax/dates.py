"""Dates and times in requests: ISO 8601, by default in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from simulator.provider import Call, Listing, Record, between
from simulator.providers.vantax.errors import Errors

R = TypeVar("R", bound=Record)


def moment(text: str, field: str, *, is_end: bool = False) -> datetime:
    """Return a time in UTC; a day without a time is its beginning, or its end.

    Raises:
        Problem: the text of the field is no date or time.
    """
    try:
        parsed = datetime.fromisoformat(text.upper())
        if is_end and len(text) <= len("2026-01-01"):
            parsed = datetime.combine(parsed, time.max)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Errors.BAD_DATE(field=field) from None


def later(at: datetime, minutes: int) -> datetime:
    """Return a time some minutes later; the last possible one if that is beyond the calendar."""
    try:
        return at + timedelta(minutes=minutes)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def within_dates(call: Call[Any], listing: Listing[R], date_of: Callable[[R], datetime]) -> Listing[R]:
    """Return the records from `start_date` to `end_date` of a request, both included; reads all of them if one is given."""
    start, end = call.params["start_date"], call.params["end_date"]
    first = None if start is None else moment(start, "start_date")
    last = None if end is None else moment(end, "end_date", is_end=True)
    return between(listing, date_of, first, last)
