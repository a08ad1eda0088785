"""Vantax's agents, and what they have to do with numbers, as its clients see them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_vantax import AGENT, KEY, SUB, buy, refused, wrong


@pytest.fixture
def vantax(world: World) -> Api:
    """Vantax with a sub-account's key."""
    return world.api("vantax", Authorization=f"Bearer {KEY}")


def hire(vantax: Api, **settings: Any) -> dict[str, Any]:
    """A new agent."""
    answer = vantax("POST", "/agents", {"name": "Night Desk", **settings})
    assert answer.status_code == 201, answer.text
    agent: dict[str, Any] = answer.json()["data"]
    return agent


def test_the_sample_call_of_the_documentation(world: World) -> None:
    """`GET /agents` without a sub-account, as the pages on keys and paging print it, lists the agents of the key's own."""
    listed = world.api("vantax")("GET", "/agents", headers={"x-api-key": "vx_live_3fa9c2..."})
    assert listed.json()["pagination"] == {"total": 1, "limit": 20, "has_more": False}
    agent = listed.json()["data"][0]
    assert (agent["id"], agent["name"]) == (AGENT, "Front Desk Agent")


def test_agents_from_creation_to_deletion(vantax: Api) -> None:
    """An agent has its defaults, keeps what a PATCH does not send, and is gone once deleted."""
    answer = vantax("POST", "/agents", {"name": "Sales", "sub_account_id": SUB, "temperature": 1.5, "description": "Sells"})
    assert (answer.status_code, answer.json()["message"]) == (201, "Agent created successfully")
    agent = answer.json()["data"]
    assert re.fullmatch("agt_[0-9a-f]{6}", agent["id"])
    defaults = {"voice_id": "voice_aria", "ai_model": "gpt-4o", "language": "en-US", "is_active": True, "recording": False}
    assert agent.items() >= {"name": "Sales", "temperature": 1.5, "knowledgebase_id": None, **defaults}.items()
    assert agent["created_at"] == agent["updated_at"]
    path = f"/agents/{agent['id']}"
    assert vantax("GET", path).json() == {"success": True, "data": agent}

    changed = vantax("PATCH", path, {"is_active": False, "knowledgebase_id": "kb_71ac0", "temperature": 0})
    data = changed.json().pop("data")
    updated_at = data.pop("updated_at")
    assert changed.json()["message"] == "Agent updated successfully"
    assert data == {"id": agent["id"], "name": "Sales", "is_active": False, "knowledgebase_id": "kb_71ac0"}
    expected = {**agent, "is_active": False, "knowledgebase_id": "kb_71ac0", "updated_at": updated_at}
    assert vantax("GET", path).json()["data"] == expected

    assert vantax("DELETE", path).json() == {"success": True, "message": "Agent deleted successfully"}
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert refused(vantax(method, path, body)) == (404, "Agent not found")


def test_a_list_shows_agents_in_short(vantax: Api) -> None:
    """Lists show ten members of an agent, the newest agent first, and can be narrowed to the active or inactive."""
    agent = hire(vantax, description="Answers at night", is_active=False)
    listed = vantax("GET", "/agents", params={"sub_account_id": SUB}).json()["data"]
    assert [each["id"] for each in listed] == [agent["id"], AGENT]
    shown = {"id", "name", "voice_id", "knowledgebase_id", "calendar_id", "ai_model", "language", "is_active", "created_at"}
    assert listed[0] == {"description": "Answers at night", **{name: agent[name] for name in shown}}
    for active, ids in (("true", [AGENT]), ("false", [agent["id"]])):
        page = vantax("GET", "/agents", params={"is_active": active}).json()
        assert [each["id"] for each in page["data"]] == ids


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "ai_model": "gpt-3"}, "ai_model"),
        ({"name": "x", "temperature": 2.1}, "temperature"),
        ({"name": "x", "temperature": -0.1}, "temperature"),
        ({"name": "x", "language": "en_US"}, "language"),
        ({"name": "x", "is_active": "true"}, "is_active"),
        ({"name": "x", "max_call_time": 0}, "max_call_time"),
        ({"name": "x", "voice_id": None}, "voice_id"),
        ([], "body"),
    ],
)
def test_each_field_of_an_agent_is_checked(vantax: Api, body: Any, field: str) -> None:
    """A field off the schema is named in the 422, and no agent is made."""
    assert wrong(vantax("POST", "/agents", body)) == [field]
    assert vantax("GET", "/agents").json()["pagination"]["total"] == 1


def test_a_change_is_checked_too(vantax: Api) -> None:
    """A PATCH holds to the same types; one without a body is refused."""
    assert sorted(wrong(vantax("PATCH", f"/agents/{AGENT}", {"name": "", "is_active": 1}))) == ["is_active", "name"]
    assert wrong(vantax("PATCH", f"/agents/{AGENT}")) == ["body"]


def test_assigning_from_the_agents_side(vantax: Api) -> None:
    """The agent's own routes do the same as the number's, in shorter answers."""
    number = buy(vantax)
    path = f"/agents/{AGENT}/phone-numbers"
    given = vantax("POST", path, {"phone_number_id": number["id"]})
    data = {"id": number["id"], "number": number["number"], "agent_id": AGENT, "source": "platform"}
    assert (given.status_code, given.json()) == (200, {"success": True, "message": "Phone number assigned", "data": data})

    removed = vantax("DELETE", f"{path}/{number['id']}")
    data = {"id": number["id"], "agent_id": None}
    expected = {"success": True, "message": "Phone number removed from Agent", "data": data}
    assert (removed.status_code, removed.json()) == (200, expected)
    assert refused(vantax("DELETE", f"{path}/{number['id']}")) == (404, "Phone number not found")


def test_one_number_one_agent(vantax: Api) -> None:
    """An agent holds one number and a number has one agent, by either route; doing it again changes nothing."""
    first, second, other = buy(vantax), buy(vantax), hire(vantax)["id"]
    assert vantax("POST", f"/phone-numbers/{first['id']}/assign", {"agent_id": AGENT}).status_code == 200

    taken = (409, "Phone number is assigned to another Agent")
    assert refused(vantax("POST", f"/phone-numbers/{first['id']}/assign", {"agent_id": other})) == taken
    assert refused(vantax("POST", f"/agents/{other}/phone-numbers", {"phone_number_id": first["id"]})) == taken
    busy = (409, "Agent already has a phone number")
    assert refused(vantax("POST", f"/phone-numbers/{second['id']}/assign", {"agent_id": AGENT})) == busy
    assert refused(vantax("POST", f"/agents/{AGENT}/phone-numbers", {"phone_number_id": second["id"]})) == busy

    again = vantax("POST", f"/phone-numbers/{first['id']}/assign", {"agent_id": AGENT})
    assert (again.status_code, again.json()["data"]["agent_id"]) == (200, AGENT)
    free = vantax("POST", f"/phone-numbers/{second['id']}/unassign")
    assert (free.status_code, free.json()["data"]["agent_id"]) == (200, None)


def test_assigning_what_is_not_there(vantax: Api) -> None:
    """An unknown agent or number is a 404 that names which, and a body without the id a 422."""
    number = buy(vantax)["id"]
    assert refused(vantax("POST", f"/phone-numbers/{number}/assign", {"agent_id": "agt_0"})) == (404, "Agent not found")
    unknown = (404, "Phone number not found")
    assert refused(vantax("POST", f"/agents/{AGENT}/phone-numbers", {"phone_number_id": "pn_0"})) == unknown
    assert refused(vantax("DELETE", f"/agents/{AGENT}/phone-numbers/pn_0")) == unknown
    assert wrong(vantax("POST", f"/phone-numbers/{number}/assign", {})) == ["agent_id"]
    assert wrong(vantax("POST", f"/agents/{AGENT}/phone-numbers", {"phone_number_id": 1})) == ["phone_number_id"]


def test_an_agent_leaves_its_number_behind(vantax: Api) -> None:
    """Deleting an agent takes its number off it; releasing an assigned number frees the agent for another."""
    number, agent = buy(vantax), hire(vantax)["id"]
    vantax("POST", f"/phone-numbers/{number['id']}/assign", {"agent_id": agent})
    vantax("DELETE", f"/agents/{agent}")
    assert vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()["data"] == [number]

    vantax("POST", f"/phone-numbers/{number['id']}/assign", {"agent_id": AGENT})
    vantax("DELETE", f"/phone-numbers/{number['id']}")
    assert vantax("POST", f"/phone-numbers/{buy(vantax)['id']}/assign", {"agent_id": AGENT}).status_code == 200
