"""What the tests of Truedy share: its paths, its bodies, and requests that must succeed."""

from __future__ import annotations

import re
from typing import Any

from tests.conftest import Api

KEY = "truedy_Demo0000000000000000000000000000"
AGENT = "1f4baf16-1540-4d91-9696-7f34b2f2cb77"  # the default scenario's
NOWHERE = "00000000-0000-4000-8000-000000000000"
UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SEARCH, PURCHASE, IMPORT = "/telephony/numbers/search", "/telephony/numbers/purchase", "/telephony/numbers/import"
ASSIGN, UNASSIGN = "/telephony/numbers/assign", "/telephony/numbers/unassign"
TELNYX = {"phone_number": "+14155550142", "provider_type": "telnyx", "api_key": "x"}
SPOKEN = {"name": "Sales", "voice_id": "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "system_prompt": "You sell."}


def search(truedy: Api, **wanted: Any) -> Any:
    """What a search answers."""
    answer = truedy("POST", SEARCH, wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(truedy: Api, **wanted: Any) -> list[str]:
    """The numbers that a search finds."""
    return [number["phone_number"] for number in search(truedy, **wanted)["data"]]


def buy(truedy: Api, number: str = "+14155551234") -> str:
    """Buy a number; its id."""
    answer = truedy("POST", PURCHASE, {"phone_number": number})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def assign(truedy: Api, number_id: str, agent_id: str, direction: str) -> None:
    """Give a number to an agent in one direction."""
    answer = truedy("POST", ASSIGN, {"number_id": number_id, "agent_id": agent_id, "assignment_type": direction})
    assert answer.status_code == 200, answer.text


def create(truedy: Api, **settings: Any) -> Any:
    """Create an agent."""
    answer = truedy("POST", "/agents", {**SPOKEN, **settings})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def page(truedy: Api, path: str, **params: Any) -> tuple[list[Any], dict[str, Any]]:
    """One page of a list."""
    answer = truedy("GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"], answer.json()["pagination"]


def held(truedy: Api, agent_id: str) -> tuple[list[str], list[str]]:
    """The ids of the numbers that an agent answers, and of those from which it calls; both ways of asking agree."""
    numbers = truedy("GET", f"/telephony/agents/{agent_id}/numbers").json()["data"]
    agent = truedy("GET", f"/agents/{agent_id}").json()["data"]
    for direction, briefs in numbers.items():
        shown = [{"id": brief["id"], "phone_number": brief["phone_number"]} for brief in briefs]
        assert shown == agent[f"{direction}_phone_numbers"]
    return [brief["id"] for brief in numbers["inbound"]], [brief["id"] for brief in numbers["outbound"]]


def error(answer: Any) -> tuple[int, str, dict[str, Any]]:
    """Status, code and details of a refusal, whose envelope is checked on the way."""
    body = answer.json()
    assert set(body) == {"error", "meta"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert set(body["meta"]) == {"request_id", "ts"}
    return answer.status_code, body["error"]["code"], body["error"]["details"]
