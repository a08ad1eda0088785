"""What Truedy charges, in USD; the pages name a monthly fee for numbers and its member in a search, and no amount."""

from __future__ import annotations

from decimal import Decimal

from simulator.provider import Charge, Price, describe
from simulator.providers.truedy.account import calls, numbers, provider
from simulator.providers.truedy.numbers import MONTHLY_COST, UPFRONT_COST
from simulator.providers.truedy.records import Number, PhoneCall

CREDIT = Decimal("0.01")  # USD; no page has a price


@provider.rental(numbers, evidence="assumed", source="https://docs.truedy.ai/guides/buying-phone-numbers")
def price_of_number(number: Number) -> Price | None:
    """Return the price of a number that was bought from Truedy, as a search shows it."""
    if not number.is_truedy_managed:
        return None
    block = describe(number.phone_number)
    return Price(Decimal(UPFRONT_COST), Decimal(MONTHLY_COST[block.kind if block else "local"]))


@provider.charge("call", calls, evidence="assumed", source="")
def charge_for_call(call: PhoneCall) -> Charge | None:
    """Return the price of a call that is over."""
    if call.ended_at is None or not call.cost_credits:
        return None
    return Charge(call.ended_at, call.cost_credits * CREDIT)
