"""Whole records in a scenario: of any table, with errors that name the field, and gone when a world is cleared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import World

TOOL = {"id": "4ee4db9b-d099-4dba-b4a8-8272a55fe25a", "name": "Find customer", "definition": {}}
KEY = "truedy_Demo0000000000000000000000000000"


def scenario(**records: Any) -> dict[str, Any]:
    """A scenario with records of one Truedy organization."""
    return {"description": "x", "accounts": [{"keys": [KEY], "truedy": {"records": records}}]}


def test_a_record_of_any_table(make_world: Callable[..., World]) -> None:
    """Ids and times are filled in, times may be given as texts, and numbers of records are taken."""
    calls = [
        {
            "agent_id": TOOL["id"],
            "from_number": "+14155550100",
            "to_number": "+14155550123",
            "started_at": "2026-03-01T12:00:00Z",
        }
    ]
    numbers = [{"phone_number": "+14155550177", "status": "active"}]
    world = make_world(scenario(tools=[TOOL], calls=calls, numbers=numbers))
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
    assert truedy("GET", f"/tools/{TOOL['id']}").json()["data"]["name"] == "Find customer"
    (call,) = truedy("GET", "/calls").json()["data"]
    assert (call["started_at"], len(call["id"])) == ("2026-03-01T12:00:00Z", 36)
    taken = truedy("POST", "/telephony/numbers/purchase", {"phone_number": "+14155550177"})
    assert taken.status_code == 422
    world.http.post(f"{world.control}/clear")
    assert truedy("GET", f"/tools/{TOOL['id']}").status_code == 404


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ({"tool": [TOOL]}, "unknown table 'tool'; did you mean tools?"),
        ({"tools": [{**TOOL, "nam": "x"}]}, "unknown field 'nam'; did you mean name?"),
        ({"tools": [{"id": TOOL["id"], "name": "x"}]}, "missing required field `definition`"),
        ({"tools": [{**TOOL, "definition": "x"}]}, "definition"),
        ({"tools": [TOOL, TOOL]}, "appears twice in tools"),
        ({"numbers": [{"phone_number": "+14152000000", "status": "active"}]}, "could ring"),
    ],
)
def test_what_is_no_record(world: World, records: dict[str, Any], said: str) -> None:
    """The scenario is refused, and the error says why."""
    answer = world.http.put(world.control, json={"scenario": scenario(**records)})
    assert answer.status_code == 422
    assert said in answer.text
