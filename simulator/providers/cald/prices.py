"""What Cald charges, in USD."""

from __future__ import annotations

from decimal import Decimal

from simulator.provider import Charge, Price, by_minutes
from simulator.providers.cald.account import PRICE, calls, numbers, provider
from simulator.providers.cald.records import Number, PhoneCall

MINUTE = Decimal("0.10")  # of a call; no page has a price


@provider.rental(numbers, evidence="documented", source="https://docs.cald.ai/api-reference/endpoint/buy-phone-number")
def price_of_number(number: Number) -> Price:
    """Return the price of a number: a month that has begun is paid whole, and none after the release."""
    return Price(month=Decimal(PRICE))


@provider.charge("call", calls, evidence="assumed", source="")
def charge_for_call(call: PhoneCall) -> Charge | None:
    """Return the price of a call that is over, by minutes begun."""
    return by_minutes(call.completed_at, call.call_length, MINUTE)
