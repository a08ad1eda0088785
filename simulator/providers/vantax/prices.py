"""What Vantax charges, in USD; that a number has a monthly rent is documented, amounts are not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from simulator.provider import Charge, Price, by_minutes
from simulator.providers.vantax.account import provider
from simulator.providers.vantax.records import ChatMessage, Number, PhoneCall
from simulator.providers.vantax.resources import calls, messages, numbers

NUMBER = Price(month=Decimal("1.00"))
MINUTE = Decimal("0.10")  # of a call
MESSAGE = Decimal("0.01")  # of an outbound SMS


@provider.rental(numbers, evidence="assumed", source="https://docs.vantaxai.com/docs/phone-numbers/purchase-phone-number")
def price_of_number(number: Number) -> Price | None:
    """Return the price of a number that was bought on the platform."""
    return NUMBER if number.source == "platform" else None


@provider.charge("call", calls, evidence="assumed", source="")
def charge_for_call(call: PhoneCall) -> Charge | None:
    """Return the price of a call that was answered and is over, by minutes begun."""
    ended_at = call.answered_at + timedelta(seconds=call.duration or 0) if call.answered_at else None
    return by_minutes(ended_at, call.duration, MINUTE)


@provider.charge("message", messages, evidence="assumed", source="")
def charge_for_message(message: ChatMessage) -> Charge | None:
    """Return the price of an SMS that was sent."""
    is_billed = message.channel == "sms" and message.direction == "outbound"
    return Charge(message.created_at, MESSAGE) if is_billed else None
