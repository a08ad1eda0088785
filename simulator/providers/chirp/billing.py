"""What the organisation pays, for admin keys.

Source: https://docs.buildwithchirp.com/api-reference/admin/get-v1organizationbillingsummary.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.provider import Call
from simulator.providers.chirp.account import State, messages, provider
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import NumberType, Purchase

PRODUCTS = ("messaging", "sip-trunking", "webrtc", "recording", "media-storage", "whatsapp", "phone-numbers")
CHANNELS = ("sms", "mms", "whatsapp", "voice", "other")
DIRECTIONS = ("inbound", "outbound")

# What things cost, in USD; all amounts are assumed, as https://docs.buildwithchirp.com/getting_started/pricing is not known.
# Numbers have a one-time fee and a monthly rent (concepts/phone-numbers); a message costs for each recipient
# (sms/sending-messages/multiple-recipients).
PURCHASE: dict[NumberType, Decimal] = {
    "local": Decimal("1.00"),
    "tollfree": Decimal("1.00"),
    "mobile": Decimal("1.00"),
    "shortcode": Decimal("500.00"),
}
MONTH: dict[NumberType, Decimal] = {
    "local": Decimal("1.00"),
    "tollfree": Decimal("2.00"),
    "mobile": Decimal("1.00"),
    "shortcode": Decimal("500.00"),
}
MESSAGE: dict[tuple[str, str], Decimal] = {
    ("sms", "OUTBOUND"): Decimal("0.01"),
    ("sms", "INBOUND"): Decimal("0.01"),
    ("mms", "OUTBOUND"): Decimal("0.03"),
    ("mms", "INBOUND"): Decimal("0.02"),
}
MINUTE = Decimal("0.01")  # of a call


class Charge(NamedTuple):
    """Some billing records of one kind."""

    product: str
    channel: str
    direction: str
    cost: Decimal
    records: int


@provider.operation("get_billing_summary")
def get_billing_summary(call: Call[State]) -> dict[str, Any]:
    """Return the costs of a period, in all and by product, channel and direction."""
    start, end = _day(call, "start_date"), _day(call, "end_date")
    if start > end:
        raise Errors.INVALID("end_date: is before start_date", param="end_date")
    charges = [charge for charge in _charges(call, start, end) if charge.records]
    return {
        "total_cost": _total(charge.cost for charge in charges),
        "currency": "USD",
        "period": {"start": call.params["start_date"], "end": call.params["end_date"]},
        "by_product": {name: _total(charge.cost for charge in charges if charge.product == name) for name in PRODUCTS},
        "by_channel": {name: _total(charge.cost for charge in charges if charge.channel == name) for name in CHANNELS},
        "by_direction": {name: _total(charge.cost for charge in charges if charge.direction == name) for name in DIRECTIONS},
        "record_count": sum(charge.records for charge in charges),
    }


def _day(call: Call[State], name: str) -> date:
    try:
        return date.fromisoformat(call.params[name])
    except ValueError:
        raise Errors.INVALID(f"{name}: is not a date", param=name) from None


def _total(costs: Iterable[Decimal]) -> float:
    return float(sum(costs, Decimal(0)))


def _charges(call: Call[State], start: date, end: date) -> Iterator[Charge]:
    """Yield what was billed from one day to another, both included; nothing is billed in advance."""
    for purchase in call.state.purchases.all():
        if purchase.is_free or call.params["app_id"] not in (None, purchase.app_id):
            continue
        until = min(end, call.now.date(), *([purchase.released_at.date()] if purchase.released_at else []))
        months = rents(purchase, until) - (rents(purchase, start - timedelta(days=1)) if start > date.min else 0)
        bought = int(start <= purchase.created_at.date() <= until)
        yield Charge("phone-numbers", "other", "", bought * PURCHASE[purchase.type], bought)
        yield Charge("phone-numbers", "other", "", max(0, months) * MONTH[purchase.type], max(0, months))

    for message in messages.narrowed(call, app_id=call.params["app_id"]):
        if not message.is_free and start <= message.created_at.date() <= end:
            cost, many = MESSAGE[message.transport, message.direction], len(message.recipients)
            yield Charge("messaging", message.transport, message.direction.lower(), many * cost, many)
    for phone_call in call.state.calls.all():
        if phone_call.is_test or not phone_call.duration or call.params["app_id"] not in (None, phone_call.app_id):
            continue
        if start <= phone_call.created_at.date() <= end:
            product = "webrtc" if phone_call.livekit_room_name else "sip-trunking"
            yield Charge(product, "voice", phone_call.direction, -(-phone_call.duration // 60) * MINUTE, 1)


def rents(purchase: Purchase, until: date) -> int:
    """Return how many months' rent of a number have been due by a day: one on the day of the purchase, then one a month."""
    first = purchase.created_at.date()
    if until < first:
        return 0
    due = min(first.day, monthrange(until.year, until.month)[1])  # bought on the 31st: due on the last day of shorter months
    return 12 * (until.year - first.year) + until.month - first.month + (until.day >= due)
