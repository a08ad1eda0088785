"""Tests against simulated phone-number providers; run them with `pytest test_phone_numbers.py`."""

import httpx
import pytest

PROVISION = "/agents/phone-numbers/provision"


@pytest.fixture
def cartesia(world):
    """A client for the world of this test; replace it by your own, which needs only the base URL and the key."""
    headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    with httpx.Client(base_url=world.cartesia.base_url, headers=headers) as client:
        yield client


@pytest.mark.simulator(scenario="cartesia/plan-full")  # `simulator list --scenarios` prints those that ship
def test_a_purchase_on_a_full_plan_is_refused(cartesia):
    response = cartesia.post(PROVISION, json={"label": "Support"})
    assert response.status_code == 402
    assert response.json()["error_code"] == "quota_exceeded"


@pytest.mark.simulator(scenario="scenarios/front-desk.yaml")  # relative to this file
def test_a_lost_response_leaves_one_number(cartesia, world):
    with pytest.raises(httpx.ReadError):
        cartesia.post(PROVISION, json={"label": "Support"})
    numbers = cartesia.get("/agents/phone-numbers").json()["data"]
    assert sorted(number["label"] for number in numbers) == ["Main line", "Support"]  # it was bought: look before you retry
    assert len(world.requests(operation="cartesia.phone_numbers_provision")) == 1
