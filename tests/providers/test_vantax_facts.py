"""What Vantax's pages say in figures and words: what a number can do, and the defaults of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World

NUMBERS = "https://docs.vantaxai.com/docs/phone-numbers"  # capabilities of a number
AGENTS = "https://docs.vantaxai.com/docs/agents/create-agent"  # the defaults of an agent
KEY, SUB = "vx_live_demo", "sub_8a1f4c2e"

# Country, area code, where the number begins, capabilities. The page shows {"voice": true, "sms": true} for a bought
# number of the US; elsewhere the number plan tells, the same for every provider: only mobile numbers are texted.
PURCHASES = [
    ("US", "415", "+1415555", {"voice": True, "sms": True}),
    ("CA", "416", "+1416555", {"voice": True, "sms": True}),
    ("GB", "20", "+442079460", {"voice": True, "sms": False}),
]

# An agent that was created with nothing but its name.
AGENT: dict[str, Any] = {
    "name": "Front desk",
    "system_prompt": None,
    "voice_id": "voice_aria",
    "knowledgebase_id": None,
    "calendar_id": None,
    "ai_model": "gpt-4o",
    "temperature": 0.7,
    "language": "en-US",
    "is_active": True,
    "recording": False,
}


@pytest.mark.parametrize(("country", "area_code", "prefix", "capabilities"), PURCHASES)
def test_a_bought_number(world: World, country: str, area_code: str, prefix: str, capabilities: dict[str, bool]) -> None:
    """It lies in the area that was searched, and has the capabilities of the table."""
    order = {"sub_account_id": SUB, "country": country, "area_code": area_code}
    answer = world.api("vantax", Authorization=f"Bearer {KEY}")("POST", "/phone-numbers", order)
    number = answer.json()["data"]
    assert answer.status_code == 201
    assert number["number"].startswith(prefix)
    assert (number["country"], number["capabilities"]) == (country, capabilities)


def test_defaults_of_an_agent(world: World) -> None:
    """Members that a request leaves out have the defaults of the page; members without a default are null, or left out."""
    vantax = world.api("vantax", Authorization=f"Bearer {KEY}")
    created = vantax("POST", "/agents", {"sub_account_id": SUB, "name": "Front desk"}).json()["data"]
    shown = vantax("GET", f"/agents/{created['id']}").json()["data"]
    assert {name: shown[name] for name in shown if name in AGENT} == AGENT
    assert "description" not in shown
    assert "max_call_time" not in shown
