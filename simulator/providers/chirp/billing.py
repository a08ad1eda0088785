"""What the organisation pays, for admin keys.

Source: https://docs.buildwithchirp.com/api-reference/admin/get-v1organizationbillingsummary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.provider import Call, months_begun
from simulator.providers.chirp.account import State, messages, provider
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.prices import MESSAGE, MINUTE, NUMBERS
from simulator.providers.chirp.records import Purchase

PRODUCTS = ("messaging", "sip-trunking", "webrtc", "recording", "media-storage", "whatsapp", "phone-numbers")
CHANNELS = ("sms", "mms", "whatsapp", "voice", "other")
DIRECTIONS = ("inbound", "outbound")


class Billed(NamedTuple):
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
        raise Errors.INVALID(f"{name}: this day does not exist, expected one such as 2026-03-01", param=name) from None


def _total(costs: Iterable[Decimal]) -> float:
    return float(sum(costs, Decimal(0)))


def _charges(call: Call[State], start: date, end: date) -> Iterator[Billed]:
    """Yield what was billed from one day to another, both included; nothing is billed in advance."""
    for purchase in call.state.purchases.all():
        if purchase.is_free or call.params["app_id"] not in (None, purchase.app_id):
            continue
        until = min(end, call.now.date(), *([purchase.released_at.date()] if purchase.released_at else []))
        months = _rents(purchase, until) - (_rents(purchase, start - timedelta(days=1)) if start > date.min else 0)
        bought = int(start <= purchase.created_at.date() <= until)
        yield Billed("phone-numbers", "other", "", bought * NUMBERS[purchase.type].once, bought)
        yield Billed("phone-numbers", "other", "", max(0, months) * NUMBERS[purchase.type].month, max(0, months))

    for message in messages.narrowed(call, app_id=call.params["app_id"]):
        if not message.is_free and start <= message.created_at.date() <= end:
            cost = MESSAGE[message.transport, message.direction]
            yield Billed("messaging", message.transport, message.direction.lower(), cost, 1)
    for phone_call in call.state.calls.all():
        if phone_call.is_test or not phone_call.duration or call.params["app_id"] not in (None, phone_call.app_id):
            continue
        if start <= phone_call.created_at.date() <= end:
            product = "webrtc" if phone_call.livekit_room_name else "sip-trunking"
            yield Billed(product, "voice", phone_call.direction, -(-phone_call.duration // 60) * MINUTE, 1)


def _rents(purchase: Purchase, until: date) -> int:
    """Return how many months' rent of a number have been due by a day."""
    return months_begun(purchase.created_at.date(), until)
