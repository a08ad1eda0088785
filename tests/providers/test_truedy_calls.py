"""Calls of Truedy's agents (https://docs.truedy.ai/api-reference/calls)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, World
from tests.providers.truedy import AGENT, KEY, NOWHERE, assign, buy, create, error, page

TO = "+14155550123"
OTHER = "1f4baf16-1540-4d91-9696-7f34b2f2cb78"


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works, and an agent with a number for outbound calls."""
    api = world.api("truedy", Authorization=f"Bearer {KEY}")
    assign(api, buy(api), AGENT, "outbound")
    return api


def timed(make_world: Callable[..., World], outcome: str = "completed", **section: Any) -> tuple[World, Api]:
    """Truedy in a world where every stage of a call takes ten seconds."""
    number = {"phone_number": "+14155551234", "outbound_agent_id": AGENT}
    scenario = {
        "description": "Calls take time",
        "clock": {"start": "2026-03-03T12:00:00Z", "frozen": True},
        "lifecycles": {"truedy.call": {"after": "10s"}},
        "calls": {"outcome": outcome},
        "accounts": [{"keys": [KEY], "truedy": {"agents": [{"id": AGENT}], "numbers": [number], **section}}],
    }
    world = make_world(scenario)
    return world, world.api("truedy", Authorization=f"Bearer {KEY}")


def dial(truedy: Api, **more: Any) -> httpx.Response:
    """Place a call."""
    return truedy("POST", "/calls", {"agent_id": AGENT, "phone_number": TO, **more})


def shown(truedy: Api, call_id: str) -> dict[str, Any]:
    """Return a call."""
    answer = truedy("GET", f"/calls/{call_id}")
    assert answer.status_code == 200, answer.text
    call: dict[str, Any] = answer.json()["data"]
    return call


def test_a_call_from_the_queue_to_the_end(make_world: Callable[..., World]) -> None:
    """It is queued, rings, is answered and over, as the clock goes on; what was said is there at the end."""
    world, truedy = timed(make_world)
    placed = dial(truedy, call_settings={"greeting": "Good morning"})
    assert placed.status_code == 201
    call = placed.json()["data"]
    expected = {"agent_id": AGENT, "phone_number": TO, "direction": "outbound", "status": "queued"}
    assert call == {"id": call["id"], **expected, "created_at": "2026-03-03T12:00:00Z"}
    seen = []
    for _ in range(4):
        seen.append(shown(truedy, call["id"]))
        world.http.post(f"{world.control}/clock", json={"advance": "10s"})
    assert [each["status"] for each in seen] == ["queued", "ringing", "in_progress", "completed"]
    assert [each["transcript"] for each in seen[:3]] == [None] * 3
    ended = seen[3]
    assert (ended["from"], ended["to"], ended["duration_seconds"], ended["cost_credits"]) == ("+14155551234", TO, 10, 10)
    assert (ended["started_at"], ended["ended_at"]) == ("2026-03-03T12:00:20Z", "2026-03-03T12:00:30Z")
    assert ended["transcript"] == [
        {"speaker": "agent", "text": "Good morning", "timestamp": 0},
        {"speaker": "contact", "text": "Hello, thank you for calling.", "timestamp": 5},
    ]
    assert ended["recording_url"] == f"https://recordings.truedy.ai/{call['id']}.mp3"
    assert [each["transcript_url"] for each in seen] == [None] * 3 + [f"https://recordings.truedy.ai/{call['id']}.json"]


def test_a_call_that_fails(make_world: Callable[..., World]) -> None:
    """A scenario may have nobody answer: the call fails after it has rung, costs nothing and has no recording."""
    world, truedy = timed(make_world, outcome="failed")
    call_id = dial(truedy).json()["data"]["id"]
    world.http.post(f"{world.control}/clock", json={"advance": "1m"})
    call = shown(truedy, call_id)
    assert (call["status"], call["started_at"], call["duration_seconds"], call["cost_credits"]) == ("failed", None, 0, 0)
    assert (call["recording_url"], call["transcript"], call["summary"]) == (None, None, None)
    assert page(truedy, "/calls", status="failed")[1]["total"] == 1


def test_a_call_is_over_at_once(truedy: Api) -> None:
    """Without a lifecycle no test has to wait; the answer shows the call in the queue all the same."""
    call = dial(truedy, call_settings={"recording_enabled": False, "transcription_enabled": False}).json()["data"]
    assert call["status"] == "queued"
    ended = shown(truedy, call["id"])
    assert (ended["status"], ended["recording_url"], ended["transcript"]) == ("completed", None, None)


def test_who_cannot_call(truedy: Api) -> None:
    """An agent without an outbound number has a code of its own (making-outbound-calls); unknown ones are not found."""
    refused = dial(truedy, agent_id=create(truedy)["id"])
    assert error(refused)[:2] == (422, "no_phone_number_configured")
    assert error(dial(truedy, agent_id=NOWHERE)) == (404, "not_found", {})
    assert error(dial(truedy, phone_number="911"))[2]["reason"] == "Must be in E.164 format"
    assert error(dial(truedy, phone_number=None))[2]["field"] == "phone_number"
    assert page(truedy, "/calls")[1]["total"] == 0


@pytest.mark.parametrize("section", [{"agents": [{"id": AGENT, "status": "draft"}]}, {"subscription": "none"}])
def test_a_draft_and_an_unpaid_agent_cannot_call(make_world: Callable[..., World], section: dict[str, Any]) -> None:
    """Only an active agent calls (making-outbound-calls), and only with a subscription (error-handling)."""
    refused = dial(timed(make_world, **section)[1])
    assert error(refused)[:2] in [(422, "validation_error"), (402, "payment_required")]
    assert (refused.status_code == 402) == ("subscription" in section)


@pytest.mark.parametrize(("rule", "status"), [(None, 422), ("agent", 422), ("organization", 201)])
def test_the_number_that_a_call_comes_from(make_world: Callable[..., World], rule: str | None, status: int) -> None:
    """It must be the agent's (create-call); an older text takes any of the organization, which a scenario may assume."""
    numbers = [
        {"phone_number": "+14155551234", "outbound_agent_id": AGENT},
        {"phone_number": "+14155551235", "outbound_agent_id": AGENT},
        {"phone_number": "+14155551236", "outbound_agent_id": OTHER},
    ]
    section = {"agents": [{"id": AGENT}, {"id": OTHER}], "numbers": numbers}
    assume = {"truedy.from_number": rule} if rule else {}
    scenario = {"description": "Numbers", "accounts": [{"keys": [KEY], "truedy": section}], "assume": assume}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    for own in ("+14155551234", "+14155551235"):
        assert shown(truedy, dial(truedy, from_number=own).json()["data"]["id"])["from"] == own
    assert shown(truedy, dial(truedy, from_number=None).json()["data"]["id"])["from"] == "+14155551235"
    foreign = dial(truedy, from_number="+14155551236")
    assert foreign.status_code == status
    unknown = dial(truedy, from_number="+14155551237")
    assert error(unknown)[2]["field"] == "from_number"


def test_calls_are_listed_and_narrowed(truedy: Api) -> None:
    """The newest first, by agent, status and direction."""
    ids = [dial(truedy).json()["data"]["id"] for _ in range(3)]
    calls, pagination = page(truedy, "/calls", limit=2)
    assert [call["id"] for call in calls] == ids[:0:-1]
    assert pagination == {"total": 3, "limit": 2, "offset": 0, "has_more": True}
    assert page(truedy, "/calls", agent_id=AGENT, status="completed", direction="outbound")[1]["total"] == 3
    for nothing in ({"agent_id": NOWHERE}, {"status": "failed"}, {"direction": "inbound"}):
        assert page(truedy, "/calls", **nothing)[1]["total"] == 0
    assert error(truedy("GET", f"/calls/{NOWHERE}")) == (404, "not_found", {})


def test_calls_of_a_time(make_world: Callable[..., World]) -> None:
    """The guide about the management of calls has two more parameters, which select by creation (call-management)."""
    world, truedy = timed(make_world)
    early = dial(truedy).json()["data"]["id"]
    assert world.http.post(f"{world.control}/clock", json={"advance": "1h"}).status_code == 200
    late = dial(truedy).json()["data"]["id"]
    for limits, expected in (
        ({"created_after": "2026-03-03T12:30:00Z"}, [late]),
        ({"created_before": "2026-03-03T13:30:00+01:00"}, [early]),
        ({"created_after": "2026-03-03T12:00:00Z", "created_before": "2026-03-03T13:00:00Z"}, [late, early]),
        ({"created_after": "2026-03-03T12:30:00Z", "status": "completed"}, []),
    ):
        calls, pagination = page(truedy, "/calls", **limits)
        assert ([call["id"] for call in calls], pagination["total"]) == (expected, len(expected))
    for wrong in ("yesterday", "2026-03-03", "2026-03-03T12:00:00", "2026-06-30T23:59:60Z"):
        details = error(truedy("GET", "/calls", params={"created_after": wrong}))[2]
        assert details["field"] == "created_after"
    assert details["reason"] == "This time does not exist"


@pytest.mark.parametrize("name", ["max_duration", "join_timeout"])
def test_how_long_a_call_may_take_is_a_duration(truedy: Api, name: str) -> None:
    """In the form of the page; in another it would be ignored without a word."""
    details = error(dial(truedy, call_settings={name: "60"}))[2]
    assert details["field"] == f"call_settings.{name}"
    assert details["reason"].startswith("Must be a duration in seconds, such as")
    assert dial(truedy, call_settings={name: "60s"}).status_code == 201


def test_a_body_that_is_wrong_as_a_whole(truedy: Api) -> None:
    """An error always names what is at fault, if not a field then the body."""
    assert error(truedy("POST", "/calls"))[2]["field"] == "body"
    assert error(truedy("POST", "/calls", []))[2]["field"] == "body"


def test_only_calls_that_are_over_are_deleted(make_world: Callable[..., World]) -> None:
    """A call under way, and an id that names none, are counted as failed."""
    world, truedy = timed(make_world)
    over = dial(truedy).json()["data"]["id"]
    world.http.post(f"{world.control}/clock", json={"advance": "1m"})
    under_way = dial(truedy).json()["data"]["id"]
    deleted = truedy("POST", "/calls/bulk-delete", {"ids": [over, under_way, NOWHERE, over]})
    failed = [under_way, NOWHERE]
    expected = {"deleted_count": 1, "failed_count": 2, "deleted_ids": [over], "failed_ids": failed}
    assert (deleted.status_code, deleted.json()["data"]) == (200, expected)
    assert [call["id"] for call in page(truedy, "/calls")[0]] == [under_way]
    assert error(truedy("POST", "/calls/bulk-delete", {"ids": []}))[2]["field"] == "ids"


def test_a_call_is_placed_once_per_key(truedy: Api) -> None:
    """`X-Idempotency-Key` is honoured (idempotency): the same body is answered again, and nobody is called twice."""
    key = {"X-Idempotency-Key": "0e6f8c9a-6f5c-4f9e-b0f4-1c9b6c1d2e3f"}
    body = {"agent_id": AGENT, "phone_number": TO}
    first, again = (truedy("POST", "/calls", body, headers=key).json()["data"] for _ in range(2))
    assert first == again
    assert page(truedy, "/calls")[1]["total"] == 1
