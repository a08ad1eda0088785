"""A number that an account has bought, or released."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from simulator.provider.prices import Price
from simulator.store.changes import Change
from simulator.store.records import Record
from simulator.store.tables import Table

DIGITS = 12  # of an amount, before and behind its point
MIN_AMOUNT, MAX_AMOUNT = Decimal(10) ** -DIGITS, Decimal(10) ** DIGITS


class Holding(Record, frozen=True, gc=False):
    """A number that was bought in a world, until when it was held, and which requests did so."""

    provider: str
    tenant: str
    subject: str  # the id of the number at its provider
    number: str
    price: Price
    table: str
    request: str  # that bought it
    bought_at: datetime
    released_at: datetime | None = None
    released_by: str = ""
    is_bought: bool = True  # False: the account began with it, so only its release is known
    earlier: int = 0  # if not 0: this is the sum of that many numbers, which were released long ago

    def __post_init__(self) -> None:
        """Require amounts that the ledger can add up and show, such as those of a world's document.

        Raises:
            ValueError: one is negative, or has too many digits.
        """
        if not all(not amount or (amount.is_finite() and MIN_AMOUNT < amount < MAX_AMOUNT) for amount in self.price):
            raise ValueError(f"expected a price of 0 or more, with at most {DIGITS} digits before and behind the point")

    @property
    def released_to(self) -> str | None:
        """The provider to which this one number has been released; None while it is held."""
        return self.provider if self.released_at is not None and not self.earlier else None

    def released(self, at: datetime, request: str) -> Holding:
        """Return the same number, released by a request."""
        return msgspec.structs.replace(self, released_at=at, released_by=request)


def holdings_table(changes: list[Change]) -> Table[Holding]:
    """Return an empty table of holdings."""
    return Table("holdings", changes, by=("released_to",), visible=False, record=Holding)
