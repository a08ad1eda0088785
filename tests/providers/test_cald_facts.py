"""What Cald's pages say in figures: the price of a number, and the defaults of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World

BUY = "https://docs.cald.ai/api-reference/endpoint/buy-phone-number"  # "10 USD a month", US numbers only
CREATE = "https://docs.cald.ai/api-reference/endpoint/create-agent"  # the defaults of an agent
KEY = "caldLiveDe39a3accb206dd615f30d118e519df0"

MONTHLY_USD = {"+1415": 10, "+1212": 10, "+1": 10, "+1907": 10}  # by prefix

# An agent that was created without any settings.
AGENT: dict[str, Any] = {
    "maxCallDuration": 10,
    "recordingSettings": {"enable": False},
    "transferSettings": {"enable": False, "rule": "always"},
    "machineSettings": {"enable": False},
    "voicemailSettings": {"enable": False},
    "webhookSettings": {"enable": False},
    "smsSettings": {"enable": False, "rule": "always"},
    "voice": "standard_male",
}


@pytest.mark.parametrize("prefix", MONTHLY_USD)
def test_price_of_a_number(world: World, prefix: str) -> None:
    """Every US number costs the same each month."""
    bought = world.api("cald", Authorization=KEY)("POST", "/phonenumbers", {"prefix": prefix}).json()
    assert bought["phoneNumber"].startswith(prefix)
    assert bought["price"] == MONTHLY_USD[prefix]


def test_defaults_of_an_agent(world: World) -> None:
    """Settings that a request leaves out have the defaults of the page."""
    cald = world.api("cald", Authorization=KEY)
    agent_id = cald("POST", "/agents", {}).json()["agentId"]
    shown = cald("GET", f"/agents/{agent_id}").json()
    assert {name: shown.get(name) for name in AGENT} == AGENT
