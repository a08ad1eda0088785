"""What Truedy tells of the numbers that it sells, as tables: by kind and country."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World
from tests.providers.truedy import KEY, search

GUIDE = "https://docs.truedy.ai/guides/buying-phone-numbers"  # names the kinds; the monthly cost is shown before the purchase
REFERENCE = "https://docs.truedy.ai/api-reference/telephony"  # features are a list of words

# No page gives a price: these are the simulator's own, one per kind, so that a client can tell the kinds apart (assumed).
COST = {
    "local": {"monthly_cost": "1.00", "upfront_cost": "1.00", "currency": "USD"},
    "toll-free": {"monthly_cost": "2.00", "upfront_cost": "1.00", "currency": "USD"},
    "mobile": {"monthly_cost": "3.00", "upfront_cost": "1.00", "currency": "USD"},
}

# Text messages reach mobile numbers everywhere, and every number in North America (inferred).
FEATURES = [
    ("US", "local", ["voice", "sms"]),
    ("US", "toll-free", ["voice", "sms"]),
    ("CA", "local", ["voice", "sms"]),
    ("CA", "toll-free", ["voice", "sms"]),
    ("GB", "local", ["voice"]),
    ("GB", "mobile", ["voice", "sms"]),
    ("AU", "local", ["voice"]),
    ("AU", "mobile", ["voice", "sms"]),
    ("FR", "local", ["voice"]),
    ("FR", "mobile", ["voice", "sms"]),
    ("DE", "local", ["voice"]),
    ("DE", "mobile", ["voice", "sms"]),
    ("IE", "local", ["voice"]),
    ("SE", "local", ["voice"]),
]


@pytest.mark.parametrize(("country", "kind", "features"), FEATURES)
def test_features_and_price_of_a_number(world: World, country: str, kind: str, features: list[str]) -> None:
    """Every number of a search has the features and the price of its kind."""
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
    offers: list[dict[str, Any]] = search(truedy, country_code=country, phone_number_type=kind, page_size=6)["data"]
    assert [offer["phone_number_type"] for offer in offers] == [kind] * 6
    assert [offer["features"] for offer in offers] == [features] * 6
    assert [offer["cost_information"] for offer in offers] == [COST[kind]] * 6
