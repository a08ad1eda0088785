"""The prices of a provider: of rented numbers, and of single services such as calls and messages."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.openapi.evidence import Evidence

FREE = Decimal(0)


class Price(NamedTuple):
    """The price of a number in USD: once, when it is bought, and for every month that has begun."""

    once: Decimal = FREE
    month: Decimal = FREE


class Charge(NamedTuple):
    """One amount in USD, and when it was due."""

    at: datetime
    amount: Decimal


def by_minutes(ended_at: datetime | None, seconds: int | None, minute: Decimal) -> Charge | None:
    """Return the price of a call that is over, by minutes begun; None without an end, or if it was not answered."""
    return Charge(ended_at, -(-seconds // 60) * minute) if ended_at is not None and seconds and seconds > 0 else None


class Rental(NamedTuple):
    """The numbers that a provider rents out."""

    table: str
    number: str  # the attribute of a record with its phone number
    price: Callable[[Any], Price | None]  # of a record; None: it is not rented from the provider, such as an imported number
    evidence: Evidence
    source: str


class Service(NamedTuple):
    """What a provider charges for once, such as calls."""

    kind: str
    table: str
    charge: Callable[[Any], Charge | None]  # of a record; None: it costs nothing
    evidence: Evidence
    source: str


def months_begun(first: date, until: date) -> int:
    """Return how many months' rent have been due by a day: one on the first day, then one a month.

    What begins on the 31st is due on the last day of shorter months.
    """
    if until < first:
        return 0
    due = min(first.day, monthrange(until.year, until.month)[1])
    return 12 * (until.year - first.year) + until.month - first.month + (until.day >= due)


def due_day(first: date, months: int) -> date:
    """Return the day on which the rent of a month is due, counted from 0 for the first one."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
