"""What Chirp charges, in USD; all amounts are assumed, as https://docs.buildwithchirp.com/getting_started/pricing is not known.

Numbers have a one-time fee and a monthly rent (concepts/phone-numbers); a message to several is one to each, and costs as many
(sms/sending-messages/multiple-recipients). Test mode is free.
"""

from __future__ import annotations

from decimal import Decimal

from simulator.provider import Charge, Price, by_minutes
from simulator.providers.chirp.account import calls, messages, numbers, provider
from simulator.providers.chirp.records import Message, Number, PhoneCall
from simulator.providers.chirp.traits import NumberType

NUMBERS: dict[NumberType, Price] = {
    "local": Price(Decimal("1.00"), Decimal("1.00")),
    "tollfree": Price(Decimal("1.00"), Decimal("2.00")),
    "mobile": Price(Decimal("1.00"), Decimal("1.00")),
    "shortcode": Price(Decimal("500.00"), Decimal("500.00")),
}
MESSAGE: dict[tuple[str, str], Decimal] = {
    ("sms", "OUTBOUND"): Decimal("0.01"),
    ("sms", "INBOUND"): Decimal("0.01"),
    ("mms", "OUTBOUND"): Decimal("0.03"),
    ("mms", "INBOUND"): Decimal("0.02"),
}
MINUTE = Decimal("0.01")  # of a call


@provider.rental(numbers, evidence="assumed", source="https://docs.buildwithchirp.com/sms/managing-numbers")
def price_of_number(number: Number) -> Price | None:
    """Return the price of a number; those of test mode are free, and those of the playground are not rented."""
    if number.is_playground:
        return None
    return Price() if number.id.startswith("ph_test_") else NUMBERS[number.type]


@provider.charge("message", messages, evidence="assumed", source="")
def charge_for_message(message: Message) -> Charge | None:
    """Return the price of a message."""
    if message.is_free:
        return None
    return Charge(message.created_at, MESSAGE[message.transport, message.direction])


@provider.charge("call", calls, evidence="assumed", source="")
def charge_for_call(call: PhoneCall) -> Charge | None:
    """Return the price of a call that is over, by minutes begun."""
    return None if call.is_test else by_minutes(call.ended_at or call.created_at, call.duration, MINUTE)
