"""Durations and times as a test writes them, in the form of the control API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal


def advance_of(by: str | float | Decimal | timedelta) -> str | float:
    """Return a duration as the control API takes it: a text, or seconds.

    Raises:
        TypeError: this is no duration.
    """
    if isinstance(by, timedelta):
        return by.total_seconds()
    if isinstance(by, Decimal):
        return float(by)
    if isinstance(by, (str, int, float)) and not isinstance(by, bool):
        return by
    raise TypeError(f"advance() takes seconds, a timedelta or a text such as '30s', not {by!r}")


def time_of(at: str | datetime) -> str:
    """Return a time as the control API takes it, in RFC 3339.

    Raises:
        TypeError: this is no time.
        ValueError: the datetime has no time zone.
    """
    if isinstance(at, str):
        return at
    if not isinstance(at, datetime):
        raise TypeError(f"freeze() takes a datetime or a text such as '2026-03-01T00:00:00Z', not {at!r}")
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone; add one, such as tzinfo=UTC")
    return at.astimezone(UTC).isoformat()
