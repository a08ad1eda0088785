"""What Cartesia charges, in USD."""

from __future__ import annotations

from decimal import Decimal

from simulator.provider import Charge, Price
from simulator.providers.cartesia.account import calls, numbers, provider
from simulator.providers.cartesia.records import Number, PhoneCall

NUMBER = Price()  # within the slots of the plan it is free
MINUTE = Decimal("0.06")  # of a call of an agent
TELEPHONY_MINUTE = Decimal("0.014")  # in addition, of a call by a number of Cartesia's own


@provider.rental(numbers, evidence="documented", source="https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers")
def price_of_number(number: Number) -> Price | None:
    """Return the price of a number of Cartesia's own."""
    return NUMBER if number.is_cartesia_managed else None


@provider.charge("call", calls, evidence="inferred", source="https://docs.cartesia.ai/line/integrations/overview")
def charge_for_call(call: PhoneCall) -> Charge | None:
    """Return the price of a call that was answered, by minutes begun; how parts of a minute are rounded is inferred."""
    if call.ended_at is None or call.status != "completed":
        return None
    minutes = -(-round((call.ended_at - call.started_at).total_seconds()) // 60)
    price = MINUTE + (TELEPHONY_MINUTE if call.account_type == "cartesia" else 0)
    return Charge(call.ended_at, minutes * price) if minutes else None
