"""Batch calls of Truedy (https://docs.truedy.ai/api-reference/batch-calls, guides/pause-resume-edit-campaigns)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, World
from tests.providers.truedy import AGENT, KEY, NOWHERE, create, error, page

BATCHES = "/batch-calls"
NUMBER = "d0845d54-d96d-4cb8-8cc3-eac55f94c2c0"
PEOPLE = [{"phone_number": f"+1415555012{digit}", "first_name": name} for digit, name in enumerate(["Ada", "Alan", "Grace"])]
START = "2026-03-04T09:00:00Z"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world in which every stage of a call takes ten seconds, and an agent has a number for outbound calls."""
    number = {"id": NUMBER, "phone_number": "+14155551234", "outbound_agent_id": AGENT}
    scenario = {
        "description": "Calls take time",
        "clock": {"start": "2026-03-03T12:00:00Z", "frozen": True},
        "lifecycles": {"truedy.call": {"after": "10s"}},
        "accounts": [{"keys": [KEY], "truedy": {"agents": [{"id": AGENT}], "numbers": [number]}}],
    }
    return make_world(scenario)


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with the key of the account."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def advance(world: World, by: str) -> None:
    """Let time pass."""
    assert world.http.post(f"{world.control}/clock", json={"advance": by}).status_code == 200


def draft(truedy: Api, **more: Any) -> dict[str, Any]:
    """Create a batch call of three people."""
    answer = truedy("POST", BATCHES, {"name": "March", "agent_id": AGENT, "contacts": PEOPLE, **more})
    assert answer.status_code == 201, answer.text
    batch: dict[str, Any] = answer.json()["data"]
    return batch


def act(truedy: Api, batch: dict[str, Any], what: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """Do something to a batch call."""
    return truedy("POST", f"{BATCHES}/{batch['id']}/{what}", body)


def shown(truedy: Api, batch: dict[str, Any]) -> dict[str, Any]:
    """Return a batch call as it is now."""
    now: dict[str, Any] = truedy("GET", f"{BATCHES}/{batch['id']}").json()["data"]
    return now


def test_a_batch_call_from_draft_to_the_end(world: World, truedy: Api) -> None:
    """It is a draft, is scheduled, calls everybody, and is completed when the last call is over."""
    batch = draft(truedy)
    expected = {"name": "March", "status": "draft", "agent_id": AGENT, "from_number": "+14155551234", "timezone": "UTC"}
    assert {name: batch[name] for name in expected} == expected
    assert (batch["schedule_type"], batch["scheduled_at"]) == ("immediate", None)
    counts = ("total_contacts", "pending", "called", "completed", "failed")
    assert [batch[name] for name in counts] == [3, 3, 0, 0, 0]

    scheduled = act(truedy, batch, "schedule", {"timezone": "America/New_York"})
    assert scheduled.status_code == 200
    assert scheduled.json()["data"] == {
        "id": batch["id"],
        "status": "scheduled",
        "scheduled_at": None,
        "timezone": "America/New_York",
    }
    assert (shown(truedy, batch)["status"], shown(truedy, batch)["called"]) == ("active", 3)
    calls = page(truedy, "/calls", status="queued")[0]
    assert {call["to"] for call in calls} == {person["phone_number"] for person in PEOPLE}
    assert {call["metadata"]["campaign_id"] for call in calls} == {batch["id"]}
    advance(world, "1m")
    ended = shown(truedy, batch)
    assert (ended["status"], [ended[name] for name in counts]) == ("completed", [3, 0, 3, 3, 0])
    contacts, pagination = page(truedy, f"{BATCHES}/{batch['id']}/contacts", status="completed")
    assert (pagination["total"], contacts[0]["first_name"], contacts[0]["called_at"]) == (3, "Grace", "2026-03-03T12:00:00Z")
    assert {contact["call_id"] for contact in contacts} == {call["id"] for call in calls}
    assert page(truedy, f"{BATCHES}/{batch['id']}/contacts", status="pending")[0] == []


def test_a_batch_call_waits_for_its_time(world: World, truedy: Api) -> None:
    """It starts at the time that it is given, which can be changed while it waits."""
    batch = draft(truedy)
    assert act(truedy, batch, "schedule", {"scheduled_at": START}).json()["data"]["scheduled_at"] == START
    moved = truedy("PATCH", f"{BATCHES}/{batch['id']}", {"scheduled_at": "2026-03-04T10:00:00+00:00", "name": "Later"})
    assert (moved.json()["data"]["scheduled_at"], moved.json()["data"]["name"]) == ("2026-03-04T10:00:00Z", "Later")
    advance(world, "21h")
    assert shown(truedy, batch)["status"] == "scheduled"
    advance(world, "1h")
    assert (shown(truedy, batch)["status"], shown(truedy, batch)["called"]) == ("active", 3)


@pytest.mark.parametrize(("body", "start", "status"), [({}, START, "scheduled"), ({"scheduled_at": None}, None, "active")])
def test_the_time_of_a_batch_call_from_its_creation(truedy: Api, body: dict[str, Any], start: str | None, status: str) -> None:
    """It starts then unless it is scheduled otherwise: nobody is called earlier by a request that names no time."""
    batch = draft(truedy, schedule_type="scheduled", scheduled_at=START, timezone="Europe/Paris")
    scheduled = act(truedy, batch, "schedule", body).json()["data"]
    assert scheduled == {"id": batch["id"], "status": "scheduled", "scheduled_at": start, "timezone": "Europe/Paris"}
    assert shown(truedy, batch)["status"] == status


def test_pause_and_resume(world: World, truedy: Api) -> None:
    """One that is paused does not start; it waits again if its time is still to come, else it starts at once."""
    batch = draft(truedy)
    act(truedy, batch, "schedule", {"scheduled_at": START})
    assert act(truedy, batch, "pause").json()["data"] == {"id": batch["id"], "status": "paused"}
    assert act(truedy, batch, "resume").json()["data"] == {"id": batch["id"], "status": "scheduled"}
    act(truedy, batch, "pause")
    advance(world, "2d")
    assert (shown(truedy, batch)["status"], page(truedy, "/calls")[1]["total"]) == ("paused", 0)
    assert act(truedy, batch, "resume").json()["data"]["status"] == "active"
    advance(world, "1m")
    assert shown(truedy, batch)["status"] == "completed"


@pytest.mark.parametrize(
    ("first", "refused"),
    [
        ((), ("pause", "resume")),
        (("schedule",), ("schedule", "resume", "contacts", "delete", "patch")),
        (("schedule", "pause"), ("schedule", "pause", "contacts", "delete")),
    ],
)
def test_what_a_state_does_not_allow(truedy: Api, first: tuple[str, ...], refused: tuple[str, ...]) -> None:
    """It is refused with 422 and the state by name, and nothing changes."""
    batch = draft(truedy)
    for what in first:
        assert act(truedy, batch, what, {} if what == "schedule" else None).status_code == 200
    before = shown(truedy, batch)
    path = f"{BATCHES}/{batch['id']}"
    ways: dict[str, Callable[[], httpx.Response]] = {
        "schedule": lambda: act(truedy, batch, "schedule", {}),
        "pause": lambda: act(truedy, batch, "pause"),
        "resume": lambda: act(truedy, batch, "resume"),
        "contacts": lambda: act(truedy, batch, "contacts", {"contacts": [{"phone_number": "+14155550199"}]}),
        "delete": lambda: truedy("DELETE", path),
        "patch": lambda: truedy("PATCH", path, {"name": "x"}),
    }
    for way in refused:
        status, code, details = error(ways[way]())
        assert (status, code, details["field"]) == (422, "validation_error", "status"), way
        assert details["reason"].endswith(f"it is {before['status']}")
    assert shown(truedy, batch) == before


def test_contacts_of_a_batch_call(truedy: Api) -> None:
    """They come with the body, by id, or by the folder; a number that is there already is counted as failed."""
    folder = truedy("POST", "/contacts/folders", {"name": "Leads"}).json()["data"]["id"]
    kept = [
        truedy("POST", "/contacts", {"phone_number": f"+1415555013{digit}", "folder_id": folder_id}).json()["data"]
        for digit, folder_id in enumerate([folder, folder, None])
    ]
    ids = {"contact_ids": [kept[2]["id"]], "contact_source": "folder", "contact_folder_id": folder}
    batch = draft(truedy, **ids)
    assert batch["total_contacts"] == 6
    path = f"{BATCHES}/{batch['id']}/contacts"
    listed = page(truedy, path)[0]
    assert {contact["contact_id"] for contact in listed} >= {contact["id"] for contact in kept}
    added = truedy("POST", path, {"contacts": [PEOPLE[0], {"phone_number": "+14155550199"}, {"phone_number": "+14155550199"}]})
    assert added.json()["data"] == {"added_count": 1, "failed_count": 2}
    assert error(truedy("POST", path, {"contacts": []}))[2]["field"] == "contacts"

    assert act(truedy, batch, "schedule", {}).status_code == 200
    assert truedy("DELETE", f"/contacts/folders/{folder}").status_code == 200
    assert shown(truedy, batch)["total_contacts"] == 7  # they were copied


def test_contacts_know_when_they_were_called(world: World, truedy: Api) -> None:
    """The calls of a batch call count with the contact, and have an outcome."""
    contact = truedy("POST", "/contacts", {"phone_number": "+14155550130"}).json()["data"]
    batch = draft(truedy, contacts=None, contact_ids=[contact["id"]])
    act(truedy, batch, "schedule", {})
    advance(world, "1m")
    (called,) = page(truedy, "/contacts", last_call_outcome="contacted")[0]
    assert (called["id"], called["call_count"], called["last_called_at"]) == (contact["id"], 1, "2026-03-03T12:00:30Z")


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_who_was_not_reached_is_called_again(make_world: Callable[..., World], most: int) -> None:
    """`retry_failed`, as often as `truedy.retry_attempts` says; then the contact has failed."""
    number = {"id": NUMBER, "phone_number": "+14155551234", "outbound_agent_id": AGENT}
    scenario = {
        "clock": {"start": "2026-03-03T12:00:00Z", "frozen": True},
        "assume": {"truedy.retry_attempts": most},
        "accounts": [{"keys": [KEY], "truedy": {"agents": [{"id": AGENT}], "numbers": [number]}}],
        "calls": {"to": {PEOPLE[0]["phone_number"]: {"outcome": "no_answer"}}, "in_turn": [{"outcome": "busy"}]},
    }
    world = make_world(scenario)
    api = world.api("truedy", Authorization=f"Bearer {KEY}")
    ada = api("POST", "/contacts", {"phone_number": PEOPLE[0]["phone_number"]}).json()["data"]["id"]
    once, again = draft(api, contacts=PEOPLE), draft(api, contacts=PEOPLE[1:], contact_ids=[ada], retry_failed=True)
    act(api, again, "schedule", {})
    advance(world, "10m")
    ended = shown(api, again)
    assert (ended["status"], ended["completed"], ended["failed"]) == ("completed", 2, 1)
    dialled = [call["to"] for call in page(api, "/calls")[0]]
    assert [dialled.count(person["phone_number"]) for person in PEOPLE] == [1 + most, 2, 1]
    assert page(api, "/contacts", last_call_outcome="no_answer")[0][0]["call_count"] == 1 + most
    act(api, once, "schedule", {})
    advance(world, "10m")
    assert (shown(api, once)["completed"], len(page(api, "/calls")[0])) == (2, len(dialled) + 3)


HOURS = {"start_time": "09:00", "end_time": "17:00", "timezone": "America/New_York"}


@pytest.mark.parametrize(
    ("more", "starts"),
    [
        ({}, ["03T12:00", "03T12:00", "03T12:00"]),
        ({"max_calls_per_day": 2}, ["03T12:00", "03T12:00", "04T00:00"]),
        (HOURS, ["03T14:00", "03T14:00", "03T14:00"]),
        ({**HOURS, "working_days": [5, 6]}, ["06T14:00", "06T14:00", "06T14:00"]),
        ({**HOURS, "working_days": [5, 6], "max_calls_per_day": 1}, ["06T14:00", "07T14:00", "13T13:00"]),  # summer time
        ({**HOURS, "start_time": "20:00", "end_time": "08:00"}, ["03T12:00", "03T12:00", "03T12:00"]),
        ({**HOURS, "start_time": "20:00", "end_time": "07:00"}, ["04T01:00", "04T01:00", "04T01:00"]),
        ({**HOURS, "timezone": "UTC", "max_calls_per_day": 2}, ["03T12:00", "03T12:00", "04T09:00"]),
    ],
)
def test_the_hours_of_a_batch_call(world: World, truedy: Api, more: dict[str, Any], starts: list[str]) -> None:
    """It calls on its days, at its hours, in its time zone, and so many contacts a day; the rest waits, and it stays active."""
    batch = draft(truedy, **more)
    act(truedy, batch, "schedule", {"timezone": more.get("timezone", "UTC")})
    advance(world, "30s")
    assert shown(truedy, batch)["status"] == ("completed" if starts[-1] == "03T12:00" else "active")
    advance(world, "30d")
    assert shown(truedy, batch)["status"] == "completed"
    calls = page(truedy, "/calls")[0][::-1]
    assert [call["created_at"] for call in calls] == [f"2026-03-{start}:00Z" for start in starts]
    assert [call["to"] for call in calls] == [person["phone_number"] for person in PEOPLE]


def test_a_time_zone_that_does_not_exist(truedy: Api) -> None:
    """It is refused, by name, with what is expected."""
    for name in ("Mars/Olympus", "America", "../UTC", ""):
        assert error(truedy("POST", BATCHES, {"name": "x", "agent_id": AGENT, "timezone": name}))[2] == {
            "field": "timezone",
            "reason": "Must be an IANA time zone, such as Europe/Paris",
        }
    assert error(act(truedy, draft(truedy), "schedule", {"timezone": "Mars/Olympus"}))[2]["field"] == "timezone"


def test_a_pause_holds_the_next_try(make_world: Callable[..., World]) -> None:
    """A contact whose call failed meanwhile is called again when the batch call is resumed."""
    number = {"id": NUMBER, "phone_number": "+14155551234", "outbound_agent_id": AGENT}
    scenario = {
        "clock": {"frozen": True},
        "accounts": [{"keys": [KEY], "truedy": {"agents": [{"id": AGENT}], "numbers": [number]}}],
        "calls": {"in_turn": [{"outcome": "no_answer"}]},
    }
    world = make_world(scenario)
    api = world.api("truedy", Authorization=f"Bearer {KEY}")
    batch = draft(api, contacts=PEOPLE[:1], retry_failed=True)
    act(api, batch, "schedule", {})
    act(api, batch, "pause")
    advance(world, "1h")
    assert (shown(api, batch)["pending"], shown(api, batch)["status"]) == (1, "paused")
    assert act(api, batch, "resume").status_code == 200
    advance(world, "1h")
    assert (shown(api, batch)["completed"], shown(api, batch)["status"]) == (1, "completed")
    assert len(page(api, "/calls")[0]) == 2


def test_what_a_batch_call_needs(truedy: Api) -> None:
    """A synced agent with a number, somebody to call, ids that name something, and what its kind requires."""
    base = {"name": "x", "agent_id": AGENT}
    incomplete: list[tuple[str, dict[str, Any]]] = [
        ("contact_folder_id", {"contact_source": "folder"}),
        ("scheduled_at", {"schedule_type": "scheduled"}),
        ("scheduled_at", {"schedule_type": "scheduled", "scheduled_at": "tomorrow"}),
        ("name", {"name": ""}),
        ("start_time", {"start_time": "9:00"}),
    ]
    for field, more in incomplete:
        assert error(truedy("POST", BATCHES, {**base, **more}))[2]["field"] == field
    unknown: list[dict[str, Any]] = [
        {"agent_id": NOWHERE},
        {"phone_number_ids": [NOWHERE]},
        {"contact_source": "folder", "contact_folder_id": NOWHERE},
    ]
    for more in unknown:
        assert error(truedy("POST", BATCHES, {**base, **more}))[:2] == (404, "not_found")
    assert page(truedy, BATCHES)[1]["total"] == 0
    empty = draft(truedy, contacts=[])
    assert error(act(truedy, empty, "schedule", {}))[2]["reason"] == "No pending contacts found"
    silent = draft(truedy, agent_id=create(truedy)["id"])
    assert error(act(truedy, silent, "schedule", {}))[:2] == (422, "no_phone_number_configured")
    assert error(act(truedy, silent, "schedule", {"scheduled_at": "2026-06-30T23:59:60Z"}))[0] == 422


def test_batch_calls_are_listed_and_deleted(truedy: Api) -> None:
    """The newest first, by agent and status; a draft can be deleted, and its contacts go with it."""
    first, second = draft(truedy), draft(truedy, name="April")
    assert [batch["name"] for batch in page(truedy, BATCHES, agent_id=AGENT, status="draft")[0]] == ["April", "March"]
    assert page(truedy, BATCHES, status="active")[0] == page(truedy, BATCHES, agent_id=NOWHERE)[0] == []
    assert truedy("DELETE", f"{BATCHES}/{first['id']}").json()["data"] == {"id": first["id"], "deleted": True}
    missing = truedy("GET", f"{BATCHES}/{first['id']}")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, f"batch call not found: {first['id']}")
    assert error(truedy("GET", f"{BATCHES}/{first['id']}/contacts"))[0] == 404
    assert [batch["id"] for batch in page(truedy, BATCHES)[0]] == [second["id"]]


def test_a_batch_call_is_made_once_per_key(truedy: Api) -> None:
    """`X-Idempotency-Key` is honoured (idempotency)."""
    key, body = {"X-Idempotency-Key": "same"}, {"name": "Once", "agent_id": AGENT}
    first, again = (truedy("POST", BATCHES, body, headers=key).json()["data"]["id"] for _ in range(2))
    assert first == again
    assert page(truedy, BATCHES)[1]["total"] == 1
