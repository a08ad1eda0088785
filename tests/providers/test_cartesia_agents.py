"""Cartesia's agents: two generations of the API over the same agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import client, provision, refusal, scenario


@pytest.fixture
def cartesia(world: World) -> Api:
    """The demo account of the default scenario."""
    return client(world, "sk_car_demo")


def create(api: Api, **body: Any) -> dict[str, Any]:
    """A new agent."""
    answer = api("POST", "/v1/agents", body)
    assert answer.status_code == 201, answer.text
    agent: dict[str, Any] = answer.json()
    return agent


def test_an_agent_is_complete_whatever_is_sent(cartesia: Api) -> None:
    """Nothing is required; the answer has every field, and milliseconds."""
    agent = create(cartesia)
    assert set(agent) == {"id", "name", "description", "created_at", "updated_at", "config", "version"}
    assert (agent["id"][:6], agent["description"]) == ("agent_", None)
    assert len(agent["created_at"]) == len("2025-04-16T12:34:56.789Z")
    assert agent["config"]["language"] == {"primary": "en"}
    assert agent["config"]["system_tools"] == {"end_call": None, "send_dtmf": None, "transfer_to_number": None}
    assert cartesia("GET", f"/v1/agents/{agent['id']}").json() == agent


def test_changes_reach_any_depth(cartesia: Api) -> None:
    """A PATCH keeps what it does not send; only a configuration that differs makes a new version."""
    agent = create(cartesia, name="Front desk", config={"model": {"id": "m", "temperature": 0.5}, "tools": [{"id": "t"}]})
    path = f"/v1/agents/{agent['id']}"
    renamed = cartesia("PATCH", path, {"name": "Night desk", "description": "Nights"}).json()
    assert (renamed["name"], renamed["description"], renamed["version"]) == ("Night desk", "Nights", agent["version"])
    assert cartesia("PATCH", path, {"config": {"model": {"id": "m"}}}).json() == renamed

    sent = {"model": {"temperature": None}, "audio": {"output": {"speed": 1.5}}, "tools": []}
    changed = cartesia("PATCH", path, {"config": sent}).json()
    assert changed["config"]["model"] == {"id": "m", "temperature": None, "max_output_tokens": None}
    assert changed["config"]["audio"]["output"]["speed"] == 1.5
    assert changed["config"]["audio"]["input"] == agent["config"]["audio"]["input"]
    assert changed["config"]["tools"] == []
    assert changed["version"]["id"] != agent["version"]["id"]


def test_a_transfer_is_set_and_cleared(cartesia: Api) -> None:
    """A tool that was null takes an object, and null again."""
    transfer = {"transfers": [{"condition": "angry", "destination": {"type": "phone", "phone_number": "+14155550142"}}]}
    agent = create(cartesia, config={"system_tools": {"transfer_to_number": transfer, "end_call": {}}})
    defaults = {"description": None, "pre_tool_speech": "auto"}
    assert agent["config"]["system_tools"] == {
        "end_call": defaults,
        "send_dtmf": None,
        "transfer_to_number": {**defaults, **transfer},
    }
    path = f"/v1/agents/{agent['id']}"
    cleared = cartesia("PATCH", path, {"config": {"system_tools": {"transfer_to_number": None}}}).json()
    assert cleared["config"]["system_tools"]["transfer_to_number"] is None


def test_what_a_configuration_does_not_have_is_not_kept(cartesia: Api) -> None:
    """Wherever it stands, it is neither refused nor answered."""
    sound = {"file_id": "file_1", "volume": 0.5}
    config = {"x": None, "model": {"x": 1}, "audio": {"output": {"background_sound": {**sound, "x": 1}}}}
    agent = create(cartesia, config=config)
    assert agent["config"]["audio"]["output"]["background_sound"] == sound
    changed = cartesia("PATCH", f"/v1/agents/{agent['id']}", {"config": config}).json()
    for each in (agent, changed):
        assert "x" not in each["config"]
        assert "x" not in each["config"]["model"]


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"x": 1}, "config"),
        ({"audio": {"output": {"x": 1}}}, "config.audio.output"),
        ({"system_tools": {"end_call": {"x": 1}}}, "config.system_tools.end_call"),
        ({"timezone": "UTC", "dynamic_variable_placeholders": {"x": "1"}}, ""),
    ],
)
def test_unknown_keys_within_a_configuration(make_world: Callable[..., World], config: dict[str, Any], place: str) -> None:
    """`cartesia.unknown_keys` holds for them too; the names of placeholders are free."""
    for assume in ("ignore", "refuse"):
        world = make_world({**scenario(agents=[{"id": "agent_front"}]), "assume": {"cartesia.unknown_keys": assume}})
        for method, path, done in (("POST", "/v1/agents", 201), ("PATCH", "/v1/agents/agent_front", 200)):
            answer = client(world)(method, path, {"config": config})
            assert answer.status_code == (400 if place and assume == "refuse" else done)
            if answer.status_code == 400:
                assert answer.json()["message"] == f'{place}: Unrecognized key: "x"'


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"name": None},
        {"config": None},
        {"config": {"language": {"primary": "xx"}}},
        {"config": {"model": {"temperature": 1.1}}},
        {"config": {"model": {"max_output_tokens": 0}}},
        {"config": {"audio": {"output": {"speed": 0.5}}}},
        {"config": {"tools": [{"id": "t"}] * 33}},
        {"config": {"system_tools": {"transfer_to_number": {"transfers": []}}}},
    ],
)
def test_agents_that_cannot_be(cartesia: Api, body: Any) -> None:
    """Names, languages and settings have bounds, when an agent is made and when it is changed."""
    assert refusal(cartesia("POST", "/v1/agents", body), 400) == (None, "Bad request")
    assert refusal(cartesia("PATCH", "/v1/agents/agent_abc123", body), 400) == (None, "Bad request")


def test_agents_are_listed_in_pages(cartesia: Api) -> None:
    """The list is of summaries, the newest first, and names the cursor of the next page in either direction."""
    made = [create(cartesia, name=f"Agent {index}") for index in range(3)][::-1]
    ids = [agent["id"] for agent in made] + ["agent_abc123"]

    def read(**params: str) -> tuple[list[str], bool, str | None]:
        body = cartesia("GET", "/v1/agents", params=params).json()
        return [each["id"] for each in body["data"]], body["has_more"], body["next_page"]

    assert read() == (ids, False, None)
    assert read(limit="2") == (ids[:2], True, ids[1])
    assert read(starting_after=ids[1]) == (ids[2:], False, None)
    assert read(ending_before=ids[3], limit="2") == (ids[1:3], True, ids[1])
    first = cartesia("GET", "/v1/agents", params={"limit": "1"}).json()["data"][0]
    assert first["version_id"] == made[0]["version"]["id"]
    assert set(first) == {"id", "name", "description", "created_at", "updated_at", "version_id"}


def test_agents_are_found_by_name_and_description(cartesia: Api) -> None:
    """The search is for a part of either, in either case."""
    named, described = create(cartesia, name="Billing desk"), create(cartesia, description="Knows all of BILLING")
    found = cartesia("GET", "/v1/agents", params={"q": "billing"}).json()["data"]
    assert [each["id"] for each in found] == [described["id"], named["id"]]


def test_both_generations_show_the_same_agents(cartesia: Api) -> None:
    """An agent of the newer generation is read, changed and listed by the older one, and the other way round."""
    agent = create(cartesia, name="Front desk", config={"language": {"primary": "de"}})
    path = f"/agents/{agent['id']}"
    legacy = cartesia("GET", path).json()
    assert (legacy["name"], legacy["tts_language"], legacy["phone_numbers"]) == ("Front desk", "de", [])
    assert legacy["created_at"] == agent["created_at"]

    changed = cartesia("PATCH", path, {"name": "Empfang", "tts_voice": "voice_1", "tts_language": None}).json()
    assert (changed["name"], changed["tts_voice"], changed["tts_language"]) == ("Empfang", "voice_1", "de")
    newer = cartesia("GET", f"/v1{path}").json()
    assert newer["name"] == "Empfang"
    assert newer["config"]["audio"]["output"]["voice_id"] == "voice_1"
    assert newer["version"]["id"] != agent["version"]["id"]

    webhook = cartesia("POST", "/agents/webhooks", {"url": "https://example.com/calls", "secret": "x"}).json()["id"]
    assert cartesia("PATCH", f"/v1{path}", {"webhook_id": webhook}).status_code == 200
    summaries = cartesia("GET", "/agents").json()["summaries"]
    assert [each["id"] for each in summaries] == [agent["id"], "agent_abc123"]
    assert summaries[0]["webhook_id"] == webhook


def test_what_null_means_to_the_older_generation(cartesia: Api) -> None:
    """Null clears a description and leaves a name."""
    path = "/agents/agent_abc123"
    assert cartesia("PATCH", path, {"description": "Helps"}).json()["description"] == "Helps"
    cleared = cartesia("PATCH", path, {"description": None, "name": None, "tts_voice": None}).json()
    assert (cleared["description"], cleared["name"]) == (None, "Customer support")


@pytest.mark.parametrize("body", [{"name": ""}, {"name": 1}, {"tts_language": "klingon"}, {"description": 1}, []])
def test_invalid_changes_of_the_older_generation(cartesia: Api, body: Any) -> None:
    """The same bounds hold for the older generation."""
    assert refusal(cartesia("PATCH", "/agents/agent_abc123", body), 400) == (None, "Bad request")


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_a_deleted_agent_leaves_its_numbers(cartesia: Api, prefix: str) -> None:
    """An agent that is deleted by either generation is gone in both; its number stays, unassigned, and can be deleted."""
    agent = create(cartesia)
    number = provision(cartesia, agent_id=agent["id"])
    assert cartesia("DELETE", f"{prefix}/agents/{agent['id']}").status_code == 204
    for path in (f"/v1/agents/{agent['id']}", f"/agents/{agent['id']}"):
        for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
            assert refusal(cartesia(method, path, body), 404) == (None, "Agent not found")
    assert refusal(cartesia("GET", f"/agents/{agent['id']}/phone-numbers"), 404) == (None, "Agent not found")
    assert cartesia("GET", f"/agents/phone-numbers/{number['id']}").json()["agent"] is None
    assert cartesia("DELETE", f"/agents/phone-numbers/{number['id']}").status_code == 204


def test_the_numbers_of_an_agent(cartesia: Api) -> None:
    """The older route lists an agent's numbers bare, and tells Cartesia's own from imported ones."""
    path = "/agents/agent_abc123"
    assert cartesia("GET", f"{path}/phone-numbers").json() == []
    own = provision(cartesia, agent_id="agent_abc123")
    body = {"type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "x"}
    provider = {"id": cartesia("POST", "/agents/phone-numbers/providers", body).json()["id"]}
    imported = {"label": "x", "number": "+442079460018", "provider": provider, "agent_id": "agent_abc123"}
    assert cartesia("POST", "/agents/phone-numbers", imported).status_code == 201
    listed = cartesia("GET", f"{path}/phone-numbers").json()
    assert [(each["number"], each["is_cartesia_managed"]) for each in listed] == [
        ("+442079460018", False),
        (own["number"], True),
    ]
    assert set(listed[0]) == {"agent_id", "number", "created_at", "updated_at", "is_cartesia_managed"}
    assert [each["number"] for each in cartesia("GET", path).json()["phone_numbers"]] == ["+442079460018", own["number"]]


def test_the_name_of_an_agent_shows_in_its_numbers(cartesia: Api) -> None:
    """A number shows the name that its agent has now."""
    number = provision(cartesia, agent_id="agent_abc123")
    assert number["agent"] == {"id": "agent_abc123", "name": "Customer support"}
    cartesia("PATCH", "/agents/agent_abc123", {"name": "Helpdesk"})
    assert cartesia("GET", f"/agents/phone-numbers/{number['id']}").json()["agent"]["name"] == "Helpdesk"


def test_templates_are_public(world: World) -> None:
    """The templates want a version but no key."""
    answer = world.api("cartesia", Cartesia_Version="2026-08-14")("GET", "/agents/templates")
    assert [each["root_dir"] for each in answer.json()["templates"]] == ["examples/basic_chat", "examples/form_filler"]
    assert world.api("cartesia")("GET", "/agents/templates").status_code == 400
