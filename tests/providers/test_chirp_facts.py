"""Chirp's view of a number, as a table: type, location and features of each kind of number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World

PAGE = "https://docs.buildwithchirp.com/sms/managing-numbers"  # types: local, toll-free, short codes of 5-6 digits (US only)
FIELDS = "https://docs.buildwithchirp.com/api-reference/admin/post-v1organizationapps-phone-numbers"  # location, features

# Number, type, location, features. The pages show ["SMS", "MMS", "Voice"] for a number in San Francisco (documented); MMS
# stops at the borders of North America, where landlines cannot be texted either, as with the other providers; short codes have
# no voice (inferred).
NUMBERS = [
    ("+14155551234", "local", "San Francisco, CA", ["SMS", "MMS", "Voice"]),
    ("+14165550100", "local", "Toronto, ON", ["SMS", "MMS", "Voice"]),
    ("+18885550123", "tollfree", "US", ["SMS", "MMS", "Voice"]),
    ("24771", "shortcode", "US", ["SMS", "MMS"]),
    ("247711", "shortcode", "US", ["SMS", "MMS"]),
    ("+442079460000", "local", "London, England", ["Voice"]),
    ("+447700900123", "mobile", "GB", ["SMS", "Voice"]),
    ("+61491570006", "mobile", "AU", ["SMS", "Voice"]),
    ("+33199001234", "local", "Paris, Île-de-France", ["Voice"]),
    ("+353209112345", "local", "IE", ["Voice"]),
]


@pytest.mark.parametrize(("number", "kind", "location", "features"), NUMBERS)
def test_type_location_and_features_of_a_number(
    make_world: Callable[..., World], number: str, kind: str, location: str, features: list[str]
) -> None:
    """The list of the organisation shows them for each number that it owns."""
    account = {"keys": ["sk_admin_demo"], "chirp": {"numbers": [{"number": number}]}}
    world = make_world({"description": "one number", "accounts": [account]})
    chirp = world.api("chirp", Authorization="Bearer sk_admin_demo")
    (shown,) = chirp("GET", "/v1/organization/phone-numbers").json()["phoneNumbers"]
    assert (shown["number"], shown["numberType"], shown["location"]) == (number, kind, location)
    assert shown["features"] == features
