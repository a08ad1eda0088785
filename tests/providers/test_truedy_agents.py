"""Agents of Truedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.truedy import AGENT, KEY, NOWHERE, SPOKEN, UUID4, assign, buy, create, error, page


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def test_agents_from_creation_to_deletion(truedy: Api) -> None:
    """An agent has its defaults, keeps what a PUT does not send, and leaves its numbers behind when deleted."""
    agent = create(truedy, greeting="Hi", unknown="ignored")
    assert UUID4.fullmatch(agent["id"])
    assert (agent["status"], agent["model"], agent["temperature"]) == ("active", "ultravox-v0.7", 0.3)
    assert "unknown" not in agent

    path = f"/agents/{agent['id']}"
    changed = truedy("PUT", path, {"name": "Support", "temperature": 0, "greeting": None, "model": None, "system_prompt": None})
    assert changed.status_code == 200
    expected = {"name": "Support", "temperature": 0, "greeting": None}
    assert truedy("GET", path).json()["data"] == {**agent, **expected, "updated_at": changed.json()["data"]["updated_at"]}

    number = buy(truedy)
    assign(truedy, number, agent["id"], "inbound")
    assign(truedy, number, agent["id"], "outbound")
    assert truedy("DELETE", path).json()["data"] == {"id": agent["id"], "deleted": True}
    kept = page(truedy, "/telephony/numbers")[0][0]
    assert (kept["inbound_agent_id"], kept["outbound_agent_id"]) == (None, None)
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        assert error(truedy(method, path, body)) == (404, "not_found", {})
    assert error(truedy("GET", f"/telephony{path}/numbers"))[0] == 404
    assert error(truedy("GET", f"/telephony{path}/webhook-url"))[0] == 404


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": None}, "name"),
        ({"system_prompt": ""}, "system_prompt"),
        ({"temperature": 1.1}, "temperature"),
        ({"knowledge_bases": ["a", "b"]}, "knowledge_bases"),
        ({"description": "x" * 1001}, "description"),
        ({"max_duration": "an hour"}, "max_duration"),
    ],
)
def test_agents_off_the_schema(truedy: Api, settings: dict[str, Any], field: str) -> None:
    """A setting out of bounds is refused by its name."""
    status, code, details = error(truedy("POST", "/agents", {**SPOKEN, **settings}))
    assert (status, code, details["field"]) == (422, "validation_error", field)


@pytest.mark.parametrize("missing", list(SPOKEN))
def test_an_agent_needs_name_voice_and_prompt(truedy: Api, missing: str) -> None:
    """A missing one is named."""
    body = {key: value for key, value in SPOKEN.items() if key != missing}
    assert error(truedy("POST", "/agents", body))[2]["field"] == missing


def test_agents_are_found_by_name_and_status(make_world: Callable[..., World]) -> None:
    """The list narrows to a status and to a part of the name, in capitals or not, and pages what is left."""
    seeds = [{"id": AGENT, "name": "Front desk"}, {"id": NOWHERE, "name": "Sales desk", "status": "draft"}]
    world = make_world({"description": "Two agents", "accounts": [{"keys": [KEY], "truedy": {"agents": seeds}}]})
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")

    def names(**params: Any) -> list[str]:
        return [agent["name"] for agent in page(truedy, "/agents", **params)[0]]

    assert names() == ["Sales desk", "Front desk"]
    assert names(status="draft") == ["Sales desk"]
    assert names(name="DESK", limit=1, offset=1) == ["Front desk"]
    assert names(name="front", status="draft") == []
    assert error(truedy("GET", "/agents", params={"status": "asleep"}))[2]["field"] == "status"
    not_ready = truedy("GET", f"/telephony/agents/{NOWHERE}/webhook-url")
    assert error(not_ready)[:2] == (422, "validation_error")


def test_the_webhook_url_stays(truedy: Api) -> None:
    """It names the agent at the voice platform, and a change of the agent does not touch it."""
    path = f"/telephony/agents/{AGENT}/webhook-url"
    before = truedy("GET", path).json()["data"]
    assert before["webhook_url"] == f"https://api.ultravox.ai/api/agents/{before['ultravox_agent_id']}/telephony_xml"
    assert before["agent_id"] == AGENT
    assert truedy("PUT", f"/agents/{AGENT}", {"name": "Renamed"}).status_code == 200
    assert truedy("GET", path).json()["data"] == before


def test_idempotency_of_agents(truedy: Api) -> None:
    """The same key and body give the same agent under a new request id; another body or no key, another agent."""
    key = {"X-Idempotency-Key": "0e6f8c9a-6f5c-4f9e-b0f4-1c9b6c1d2e3f"}
    first, again = (truedy("POST", "/agents", SPOKEN, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["data"] == again.json()["data"]
    assert first.json()["meta"]["request_id"] != again.json()["meta"]["request_id"]
    other_body = truedy("POST", "/agents", {**SPOKEN, "name": "Other"}, headers=key).json()["data"]
    ids = {first.json()["data"]["id"], other_body["id"], create(truedy)["id"]}
    assert len(ids) == 3
    assert page(truedy, "/agents")[1]["total"] == 4


@pytest.mark.parametrize(("limit", "statuses"), [(None, [201, 200]), (255, [201, 200]), (100, [422, 422])])
def test_how_long_a_name_may_be(make_world: Callable[..., World], limit: int | None, statuses: list[int]) -> None:
    """The newer page has 255 as the most, the older one 100, which a scenario may assume (create-agent)."""
    scenario = {"description": "Names", "open": True, "assume": {"truedy.agent_name_limit": limit} if limit else {}}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    agent = create(truedy, name="x" * 100)
    for length in (101, 255):
        name = {"name": "x" * length}
        answers = [truedy("POST", "/agents", {**SPOKEN, **name}), truedy("PUT", f"/agents/{agent['id']}", name)]
        assert [answer.status_code for answer in answers] == statuses
        for answer in answers if 422 in statuses else []:
            reason = {"field": "name", "reason": "Must have at most 100 characters"}
            assert error(answer) == (422, "validation_error", reason)


def test_null_brings_defaults_on_creation(truedy: Api) -> None:
    """Every optional field may be null when an agent is created (create-agent)."""
    plain, nulls = create(truedy), create(truedy, temperature=None, tools=None, max_duration=None, greeting=None)
    differing = {"id", "created_at", "updated_at"}
    assert {name: nulls[name] for name in nulls.keys() - differing} == {name: plain[name] for name in plain.keys() - differing}


def test_durations_are_named_in_words(truedy: Api) -> None:
    """No regular expression stands in a refusal."""
    refused = truedy("POST", "/agents", {**SPOKEN, "max_duration": "an hour"})
    assert error(refused)[2]["reason"] == 'Must be a duration in seconds, such as "3600s"'


@pytest.mark.parametrize(("form", "shown"), [(None, "1800s"), ("text", "1800s"), ("integer", 1800)])
def test_the_form_of_max_duration(make_world: Callable[..., World], form: str | None, shown: Any) -> None:
    """Requests have a text; one example of an answer has the seconds (get-agent), which a scenario may assume."""
    assume = {"truedy.max_duration_in_answers": form} if form else {}
    truedy = make_world({"description": "Durations", "open": True, "assume": assume}).api(
        "truedy", Authorization=f"Bearer {KEY}"
    )
    agent = create(truedy, max_duration="1800s")
    assert agent["max_duration"] == shown
    assert truedy("GET", f"/agents/{agent['id']}").json()["data"]["max_duration"] == shown
    assert page(truedy, "/agents")[0][0]["max_duration"] == shown
