"""Cartesia's phone numbers as its clients see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Api, World

KEY = "sk_car_acme"
VERSION = "2026-03-01"
AGENT = {"id": "agent_front", "name": "Front desk"}


def scenario(**section: Any) -> dict[str, Any]:
    """A scenario with one Cartesia account: the plan has room and there is an agent, unless `section` says else."""
    account = {"plan": "enterprise", "slots": 50, "agents": [AGENT], **section}
    account = {name: value for name, value in account.items() if value is not None}
    return {"description": "one account", "accounts": [{"keys": [KEY], "cartesia": account}]}


def client(world: World, key: str = KEY) -> Api:
    """Cartesia with a key, in the version of the documentation."""
    return world.api("cartesia", Authorization=f"Bearer {key}", Cartesia_Version=VERSION)


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with room for many numbers."""
    return client(make_world(scenario()))


def provision(api: Api, label: str = "Support line", **more: Any) -> dict[str, Any]:
    """A new number."""
    answer = api("POST", "/agents/phone-numbers/provision", {"label": label, **more})
    assert answer.status_code == 201, answer.text
    number: dict[str, Any] = answer.json()
    return number


def refusal(answer: Any, status: int) -> tuple[str | None, str]:
    """Code and title of an error, which has the documented fields and a request id of its own."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error_code", "title", "message", "request_id"}
    assert UUID(body["request_id"]).version == 4
    return body["error_code"], body["title"]


def test_the_requests_of_the_page_work_as_printed(world: World) -> None:
    """The two curl commands of the page about Cartesia numbers provision a number and delete it, on the free plan."""
    headers = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
    api = world.api("cartesia")
    body = b'{\n        "label": "My Agent Number"\n      }'
    json = {**headers, "Content-Type": "application/json"}
    made = api("POST", "/agents/phone-numbers/provision", headers=json, content=body)
    assert (made.status_code, made.json()["label"], made.json()["agent"]) == (201, "My Agent Number", None)
    deleted = api("DELETE", f"/agents/phone-numbers/{made.json()['id']}", headers=headers)
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_a_number_from_provisioning_to_deletion(cartesia: Api) -> None:
    """A number comes with its agent, is deleted only once it is unassigned, and is gone for ever then."""
    number = provision(cartesia, agent_id=AGENT["id"])
    assert set(number) == {"id", "label", "number", "agent", "created_at", "updated_at"}
    assert (number["label"], number["agent"]) == ("Support line", AGENT)
    assert (number["id"][:3], len(number["id"])) == ("ap_", 25)
    assert number["number"].startswith("+1")
    assert number["created_at"] == number["updated_at"]
    assert len(number["created_at"]) == len("2026-03-01T00:00:00Z")

    path = f"/agents/phone-numbers/{number['id']}"
    shown = {**number, "provider": {"type": "cartesia"}}
    assert cartesia("GET", path).json() == shown
    assert refusal(cartesia("DELETE", path), 400) == (None, "Phone number is assigned")
    assert cartesia("GET", path).json() == shown

    assert cartesia("PATCH", path, {"agent_id": None}).json()["agent"] is None
    assert cartesia("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"label": "x"}), ("DELETE", None)):
        assert refusal(cartesia(method, path, body), 404) == (None, "Phone number not found")


def test_slots_of_a_scenario_count(make_world: Callable[..., World]) -> None:
    """Numbers that an account starts with take slots."""
    api = client(make_world(scenario(plan="free", slots=None, numbers=[{"label": "Main", "number": "+14155550142"}])))
    listed = api("GET", "/agents/phone-numbers").json()["data"]
    assert [(each["label"], each["number"]) for each in listed] == [("Main", "+14155550142")]
    assert refusal(api("POST", "/agents/phone-numbers/provision", {"label": "x"}), 402)[0] == "quota_exceeded"


@pytest.mark.parametrize(
    "section",
    [
        {"plan": "enterprise", "slots": None},
        {"plan": "pro", "slots": 3},
        {"plan": "free", "slots": None, "numbers": [{"label": "a"}, {"label": "b"}]},
        {"numbers": [{"label": "a", "number": "+442079460018"}]},
        {"numbers": [{"label": "a", "agent_id": "agent_nobody"}]},
        {"numbers": [{"label": "a", "provider_id": "ata_none"}]},
        {"calls": [{"id": "ac_1", "agent_id": "agent_front", "from_number_id": "ap_none"}]},
    ],
)
def test_a_scenario_that_cannot_be_is_refused(world: World, section: dict[str, Any]) -> None:
    """Slots belong to enterprise alone and hold what there is, Cartesia's numbers are of the US, references lead somewhere."""
    assert world.http.put(world.control, json={"scenario": scenario(**section)}).status_code == 422


def test_a_refused_number_takes_no_slot(make_world: Callable[..., World]) -> None:
    """An unknown agent is refused before anything is taken."""
    api = client(make_world(scenario(plan="free", slots=None)))
    refused = api("POST", "/agents/phone-numbers/provision", {"label": "x", "agent_id": "agent_nobody"})
    assert refusal(refused, 404) == (None, "Agent not found")
    provision(api)


def test_the_last_number_is_sold(make_world: Callable[..., World]) -> None:
    """Where the market is empty, provisioning says so and does not blame the plan."""
    api = client(make_world({**scenario(), "inventory": {"only": ["+14155550142"]}}))
    assert provision(api)["number"] == "+14155550142"
    assert refusal(api("POST", "/agents/phone-numbers/provision", {"label": "x"}), 503) == (None, "No number available")


def test_updates(make_world: Callable[..., World]) -> None:
    """What is not sent stays; a number passes directly from agent to agent; the time of the change is kept."""
    api = client(make_world(scenario(agents=[AGENT, {"id": "agent_night", "name": "Night"}])))
    number = provision(api, agent_id="agent_front")
    path = f"/agents/phone-numbers/{number['id']}"
    before = api("GET", path).json()
    assert api("PATCH", path, {}).json() == before
    assert api("PATCH", path, {"label": "Night line"}).json()["agent"] == AGENT
    moved = api("PATCH", path, {"agent_id": "agent_night"}).json()
    assert (moved["label"], moved["agent"]) == ("Night line", {"id": "agent_night", "name": "Night"})
    assert moved["updated_at"] >= moved["created_at"] == before["created_at"]
    assert refusal(api("PATCH", path, {"agent_id": "agent_nobody"}), 404) == (None, "Agent not found")
    assert api("GET", path).json() == moved


@pytest.mark.parametrize("body", [{"label": None}, {"label": ""}, {"label": 7}, {"agent_id": 7}, {"provider": {}}, [], None])
def test_invalid_updates(cartesia: Api, body: Any) -> None:
    """A label is a text and never null; a body is an object, and there is one."""
    path = f"/agents/phone-numbers/{provision(cartesia)['id']}"
    assert refusal(cartesia("PATCH", path, body), 400) == (None, "Bad request")


@pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": None}, {"label": "x", "agent_id": None}, {"label": 1}, [], None])
def test_invalid_provisioning(cartesia: Api, body: Any) -> None:
    """A label is required, and an agent that is named has an id."""
    assert refusal(cartesia("POST", "/agents/phone-numbers/provision", body), 400) == (None, "Bad request")


def test_a_body_that_is_no_json(cartesia: Api) -> None:
    """A body that cannot be read, or is of another type, is a bad request too."""
    path = "/agents/phone-numbers/provision"
    json = {"Content-Type": "application/json"}
    assert refusal(cartesia("POST", path, headers=json, content=b'{"label":'), 400) == (None, "Bad request")
    assert refusal(cartesia("POST", path, data={"label": "x"}), 400) == (None, "Bad request")
    large = cartesia("POST", path, {"label": "x" * 2_000_000})
    assert refusal(large, 413) == (None, "Payload too large")


def test_pages_in_both_directions(cartesia: Api) -> None:
    """Ten numbers a page, the newest first; cursors lead on and back, and past the end is an empty page."""
    made = [provision(cartesia, f"Line {index}")["id"] for index in range(12)][::-1]

    def read(**params: str) -> tuple[list[str], bool]:
        body = cartesia("GET", "/agents/phone-numbers", params=params).json()
        assert set(body) == {"data", "has_more"}
        return [each["id"] for each in body["data"]], body["has_more"]

    assert read() == (made[:10], True)
    assert read(starting_after=made[9]) == (made[10:], False)
    assert read(starting_after=made[11]) == ([], False)
    assert read(starting_after=made[1], limit="3") == (made[2:5], True)
    assert read(ending_before=made[5], limit="3") == (made[2:5], True)
    assert read(ending_before=made[2]) == (made[:2], False)
    assert read(limit="100") == (made, False)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "many"},
        {"starting_after": "ap_none"},
        {"ending_before": "ap_none"},
        {"type": "vonage"},
    ],
)
def test_pages_that_make_no_sense(cartesia: Api, params: dict[str, str]) -> None:
    """Limits out of bounds, cursors that name nothing and unknown types are refused."""
    assert refusal(cartesia("GET", "/agents/phone-numbers", params=params), 400) == (None, "Bad request")


def test_both_cursors_at_once(cartesia: Api) -> None:
    """A page begins after a number or ends before one, not both."""
    number = provision(cartesia)["id"]
    both = cartesia("GET", "/agents/phone-numbers", params={"starting_after": number, "ending_before": number})
    assert refusal(both, 400) == (None, "Bad request")


def test_filters(make_world: Callable[..., World]) -> None:
    """Numbers are found by agent, by type, by text in digits, label and agent's name, and by all of it together."""
    api = client(make_world(scenario(agents=[AGENT, {"id": "agent_night", "name": "Night"}])))
    front, night = provision(api, "Main", agent_id="agent_front"), provision(api, "Spare", agent_id="agent_night")
    alone = provision(api, "Front door")

    def found(**params: str) -> list[str]:
        return [each["id"] for each in api("GET", "/agents/phone-numbers", params=params).json()["data"]]

    assert found(agent_id="agent_night") == [night["id"]]
    assert found(agent_id="agent_nobody") == []
    assert found(type="cartesia") == [alone["id"], night["id"], front["id"]]
    assert found(type="twilio") == []
    assert found(q="FRONT") == [alone["id"], front["id"]]
    assert found(q=night["number"][4:]) == [night["id"]]
    assert found(q="front", agent_id="agent_front", type="cartesia") == [front["id"]]
    api("PATCH", f"/agents/phone-numbers/{night['id']}", {"agent_id": None})
    assert found(agent_id="agent_night") == []


def test_accounts_do_not_see_each_other(world: World) -> None:
    """A number of another account is not found, and its plan is its own."""
    number = provision(client(world, "sk_car_one"))
    other = client(world, "sk_car_two")
    assert other("GET", f"/agents/phone-numbers/{number['id']}").status_code == 404
    assert provision(other)["number"] != number["number"]
