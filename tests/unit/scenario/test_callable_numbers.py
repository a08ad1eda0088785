"""No rule hands out a number that could ring, however it is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.steering import Steered

RINGS: dict[str, Any] = {
    "an integer": {"phoneNumber": 14158675309},
    "an integer of ten digits": {"to": 4158675309},
    "a float": {"phone": 14158675309.0},
    "the name of a member": {"+14158675309": True},
    "digits as the name of a member": {"phone_numbers": {"4158675309": {}}},
    "no-break spaces": {"text": "+1\u00a0415\u00a0867\u00a05309"},
    "no-break hyphens": {"text": "+1\u2011415\u2011867\u20115309"},
    "a direction mark": {"text": "\u202a+14158675309\u202c"},
    "fullwidth digits": {"text": "＋１４１５８６７５３０９"},
    "percent-encoded": {"url": "https://example.com/?to=%2B14158675309"},
    "with 00": {"text": "0014158675309"},
    "with 011": {"text": "011 1 415 867 5309"},
    "with 00 within a sentence": {"text": "call 001 415 867 5309 now"},
    "a part of a member": {"phone": {"value": "4158675309"}},
    "deeply nested": {"a": [{"b": {"mobile": ["4158675309"]}}]},
    "JSON in a text": {"payload": '{"phone": "4158675309"}'},
    "parentheses": {"text": "call (415) 867-5309"},
    "hyphens": {"text": "415-867-5309"},
    "a trunk prefix": {"text": "1-415-867-5309"},
    "a URL": {"link": "tel:+1-415-867-5309"},
}
SILENT: dict[str, Any] = {
    "kept out of service": {"to": 4155550142, "text": "(415) 555-0142", "payload": '{"phone": "+14155550142"}'},
    "times": {"at": 1700000000, "ms": 1700000000000, "text": "2026-03-01T00:00:00Z", "valid_from": 1700000000},
    "ids": {
        "id": "1234567890",
        "phoneNumberId": "14158675309",
        "uuid": "550e8400-e29b-0011-0044-446655440000",
        "at": "2026-03-01T00:11:22.0014158675309Z",
    },
    "amounts": {"number_of_calls": 12, "phone_count": 3, "price": 4158675309},
    "no JSON": {"text": "{half", "list": "[" * 2000},
}


@pytest.mark.parametrize("how", RINGS)
def test_a_number_that_could_ring_is_refused(steered: Steered, how: str) -> None:
    """In a body, in what is amended, and in a scenario."""
    for place, then in (("body", {"status": 200, "body": RINGS[how]}), ("amend/body", {"amend": {"body": RINGS[how]}})):
        refused = steered.control("POST", "/rules", {"then": then})
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith(f"rule/then/{place}")
        assert "+14158675309 could ring" in refused.json()["detail"]
        refused = steered.control("PUT", "", {"scenario": {"rules": [{"then": then}]}})
        assert refused.status_code == 422
        assert "+14158675309 could ring" in refused.json()["detail"]


def test_a_header_is_a_text_too(steered: Steered) -> None:
    """Of a reply, and of an amended one."""
    for then in (
        {"error": "NOT_FOUND", "headers": {"X-Call": "(415) 867-5309"}},
        {"amend": {"headers": {"X-Call": "%2B14158675309"}}},
    ):
        refused = steered.control("POST", "/rules", {"when": {"provider": "demo"}, "then": then})
        assert refused.status_code == 422
        assert "could ring" in refused.json()["detail"]


@pytest.mark.parametrize("what", SILENT)
def test_other_digits_are_no_numbers(steered: Steered, what: str) -> None:
    """A rule may send them."""
    steered.rule({"status": 200, "body": SILENT[what]})
