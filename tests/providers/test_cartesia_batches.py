"""Cartesia's call batches: https://docs.cartesia.ai/api-reference/agents/call-batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import refusal, scenario
from tests.providers.test_cartesia_calls import SECTION, UK, US

BATCHES = "/agents/calls/batches"
CLOCK = {"start": "2026-03-01T12:00:00Z", "frozen": True}


def api_of(world: World) -> Api:
    """Return the account of a world."""
    return world.api("cartesia", Authorization="Bearer sk_car_acme", Cartesia_Version="2026-08-14")


def slow(**section: Any) -> dict[str, Any]:
    """Return a scenario in which a call rings for 10 seconds and lasts 10 more."""
    account = {**SECTION, "plan": "free", "slots": None, "numbers": SECTION["numbers"][:1], "calls": [], **section}
    return {**scenario(**account), "clock": CLOCK, "lifecycles": {"cartesia.call": {"after": "10s"}}}


def advance(world: World, by: str) -> None:
    """Let time pass."""
    assert world.http.post(f"{world.control}/clock", json={"advance": by}).status_code == 200


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account in which calls run their course at once."""
    return api_of(make_world({**scenario(**SECTION), "clock": CLOCK, "lifecycles": {"cartesia.call": "immediate"}}))


def body(*to: str, **more: Any) -> dict[str, Any]:
    """Return a batch for some destinations."""
    recipients = [{"to_number": number} for number in to]
    return {"name": "Reminders", "agent_id": "agent_front", "from_number_id": "ap_own", "recipients": recipients, **more}


def create(api: Api, *to: str, **more: Any) -> dict[str, Any]:
    """Make a batch."""
    answer = api("POST", BATCHES, body(*to, **more))
    assert answer.status_code == 201, answer.text
    batch: dict[str, Any] = answer.json()
    return batch


def counts(api: Api, batch: dict[str, Any]) -> tuple[Any, ...]:
    """Return how far a batch has come: its status, its totals, and the status of every recipient."""
    now = api("GET", f"{BATCHES}/{batch['id']}").json()
    totals = (now["total_calls_scheduled"], now["total_calls_dispatched"], now["total_calls_finished"])
    return (now["status"], *totals, *[recipient["status"] for recipient in now["recipients"]])


def test_a_batch_runs_its_course(cartesia: Api) -> None:
    """Every recipient is called, in the order of the request, and shows its call; the list leaves recipients out."""
    numbers = [f"+1415555019{digit}" for digit in range(3)]
    batch = create(cartesia, *numbers)
    assert (batch["id"].startswith("acb_"), batch["region"], batch["retry_count"]) == (True, "US", 0)
    assert (batch["status"], batch["total_calls_scheduled"], batch["total_calls_finished"]) == ("completed", 3, 3)
    assert batch["admitted_at"] == batch["created_at"] == "2026-03-01T12:00:00Z"
    assert not {"recipients", "scheduled_at"} & set(batch)
    shown = cartesia("GET", f"{BATCHES}/{batch['id']}").json()
    assert [recipient["to_number"] for recipient in shown["recipients"]] == numbers
    assert {recipient["end_reason"] for recipient in shown["recipients"]} == {"agent_hangup"}
    calls = cartesia("GET", "/agents/calls", params={"batch_id": batch["id"]}).json()["data"]
    assert [call["id"] for call in calls] == [recipient["agent_call_id"] for recipient in shown["recipients"]][::-1]
    assert cartesia("GET", BATCHES).json() == {"data": [batch], "has_more": False, "next_page": None}
    assert cartesia("GET", BATCHES, params={"agent_id": "agent_night"}).json()["data"] == []


def test_a_batch_of_five_thousand(cartesia: Api) -> None:
    """The most that a batch takes."""
    batch = create(cartesia, *[US] * 5000)
    assert (batch["status"], batch["total_calls_finished"]) == ("completed", 5000)
    assert refusal(cartesia("POST", BATCHES, body(*[US] * 5001)), 400) == (None, "Invalid request")


def test_recipients_wait_for_a_free_line(make_world: Callable[..., World]) -> None:
    """So many are dialled at the same time as the batch allows; when a call ends, the next is dialled."""
    world = make_world(slow())
    api = api_of(world)
    batch = create(api, US, US, US, target_concurrency_limit=2)
    assert (batch["status"], batch["target_concurrency_limit"]) == ("in_progress", 2)
    assert counts(api, batch) == ("in_progress", 3, 2, 0, "dispatched", "dispatched", "queued")
    advance(world, "11s")  # the second is dialled a second after the first
    assert counts(api, batch) == ("in_progress", 3, 2, 0, "started", "started", "queued")
    advance(world, "10s")
    assert counts(api, batch) == ("completed", 3, 3, 2, "completed", "completed", "dispatched")
    advance(world, "20s")
    assert counts(api, batch) == ("completed", 3, 3, 3, "completed", "completed", "completed")


@pytest.mark.parametrize(("plan", "half"), [("free", 4), ("pro", 6), ("startup", 10), ("scale", 30)])
def test_a_batch_takes_half_of_the_lines_of_a_plan(make_world: Callable[..., World], plan: str, half: int) -> None:
    """Unless it says otherwise; more than the plan has is refused."""
    api = api_of(make_world(slow(plan=plan)))
    assert create(api, US)["target_concurrency_limit"] == half
    assert create(api, US, target_concurrency_limit=half * 2)["target_concurrency_limit"] == half * 2
    refused = api("POST", BATCHES, body(US, target_concurrency_limit=half * 2 + 1))
    assert refusal(refused, 400) == (None, "Invalid request")
    assert refused.headers["X-Simulator-Evidence"] == "documented"


def test_all_batches_share_the_lines_of_the_plan(make_world: Callable[..., World]) -> None:
    """A second batch waits for the first."""
    world = make_world(slow())
    api = api_of(world)
    first, second = create(api, *[US] * 8, target_concurrency_limit=8), create(api, US)
    assert (first["status"], second["status"], "admitted_at" in second) == ("completed", "pending", False)
    advance(world, "20s")
    assert counts(api, second) == ("completed", 1, 1, 0, "dispatched")


def test_nobody_has_to_look_for_a_batch_to_go_on(make_world: Callable[..., World]) -> None:
    """A scheduled one begins at its time, and one that waits for a line of another goes on when that is free."""
    world = make_world(slow())
    api = api_of(world)
    create(api, US, scheduled_at="2026-03-01T13:00:00Z")
    dialled = [create(api, *[US] * 8, target_concurrency_limit=8), create(api, US)]
    advance(world, "2h")
    for batch, starts in zip(dialled, ("2026-03-01T12:00:10Z", "2026-03-01T12:00:30Z"), strict=True):
        calls = api("GET", "/agents/calls", params={"batch_id": batch["id"]}).json()["data"]
        assert calls[-1]["start_time"] == starts
    last = api("GET", "/agents/calls", params={"agent_id": "agent_front"}).json()["data"][0]
    assert (last["start_time"], last["status"]) == ("2026-03-01T13:00:10Z", "completed")


def test_a_cancelled_batch_lets_calls_finish(make_world: Callable[..., World]) -> None:
    """What is queued is not dialled; to cancel again changes nothing, and it cannot be retried."""
    world = make_world(slow())
    api = api_of(world)
    batch = create(api, US, US, target_concurrency_limit=1)
    path = f"{BATCHES}/{batch['id']}"
    cancelled = api("POST", f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert api("POST", f"{path}/cancel").json() == cancelled.json()
    assert counts(api, batch) == ("cancelled", 2, 1, 0, "dispatched", "cancelled")
    advance(world, "30s")
    assert counts(api, batch) == ("cancelled", 2, 1, 1, "completed", "cancelled")
    assert refusal(api("POST", f"{path}/retry"), 400) == (None, "Batch is cancelled")


def test_recipients_that_failed_are_called_again(make_world: Callable[..., World]) -> None:
    """A recipient whose agent is gone fails before it is dialled; a retry calls those alone that failed."""
    world = make_world(slow())
    api = api_of(world)
    batch = create(api, US, US, target_concurrency_limit=1)
    assert api("DELETE", "/v1/agents/agent_front").status_code == 204
    advance(world, "30s")
    assert counts(api, batch) == ("completed", 2, 2, 2, "completed", "failed")
    failed = api("GET", f"{BATCHES}/{batch['id']}").json()["recipients"][1]
    assert (failed["error_message"], "agent_call_id" in failed) == ("There is no agent with this id.", False)
    retried = api("POST", f"{BATCHES}/{batch['id']}/retry").json()
    assert retried["retry_count"] == 1
    assert counts(api, batch) == ("completed", 2, 2, 2, "completed", "failed")


def test_a_scheduled_batch_waits(make_world: Callable[..., World]) -> None:
    """It begins when its time has come."""
    world = make_world(slow())
    api = api_of(world)
    batch = create(api, US, scheduled_at="2026-03-01T14:00:00+01:00")
    assert (batch["status"], batch["scheduled_at"]) == ("pending", "2026-03-01T13:00:00Z")
    advance(world, "59m")
    assert counts(api, batch) == ("pending", 1, 0, 0, "queued")
    advance(world, "1m")
    assert counts(api, batch) == ("completed", 1, 1, 0, "dispatched")
    assert api("GET", f"{BATCHES}/{batch['id']}").json()["admitted_at"] == "2026-03-01T13:00:00Z"


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"agent_id": "agent_nobody"}, 404, "Agent not found"),
        ({"from_number_id": "ap_none"}, 404, "Phone number not found"),
        ({"from_number_id": "ap_in"}, 400, "No outbound calls"),
        ({"recipients": []}, 400, "Invalid request"),
        ({"recipients": [{"to_number": US}, {"to_number": "123"}]}, 400, "Invalid destination"),
        (
            {"recipients": [{"to_number": US}, {"to_number": US, "dynamic_variables": {"1": 1}}]},
            400,
            "Invalid dynamic variables",
        ),
        ({"target_concurrency_limit": 0}, 400, "Invalid request"),
        ({"ringing_timeout_seconds": 81}, 400, "Invalid request"),
        ({"max_call_duration_minutes": 481}, 400, "Invalid request"),
        ({"max_call_duration_minutes": 0}, 400, "Invalid request"),
        ({"region": "EU"}, 400, "Invalid request"),
        ({"scheduled_at": "2026-03-01T12:00:00Z"}, 400, "Invalid request"),
        ({"scheduled_at": "2026-04-01T12:00:00Z"}, 400, "Invalid request"),
        ({"scheduled_at": "2026-03-02T12:00:00"}, 400, "Invalid request"),
    ],
)
def test_batches_that_are_refused(cartesia: Api, change: dict[str, Any], status: int, title: str) -> None:
    """Nothing is dialled, and a wrong recipient is named by its place."""
    refused = cartesia("POST", BATCHES, {**body(US), **change})
    assert refusal(refused, status) == (None, title)
    if title.startswith("Invalid d"):
        assert refused.json()["message"].startswith("recipients[1]: ")
    assert cartesia("GET", BATCHES).json()["data"] == []
    assert cartesia("GET", "/agents/calls", params={"agent_id": "agent_front"}).json()["data"] == []


def test_a_recipient_abroad_is_not_called(cartesia: Api, make_world: Callable[..., World]) -> None:
    """It fails before it is dialled, a retry does not change that, and the others are called (`cartesia.batch_destination`)."""
    batch = create(cartesia, US, UK, US)
    assert counts(cartesia, batch) == ("completed", 3, 3, 3, "completed", "failed", "completed")
    failed = cartesia("GET", f"{BATCHES}/{batch['id']}").json()["recipients"][1]
    assert failed["error_message"] == "A Cartesia number can only call US numbers."
    assert not {"agent_call_id", "end_reason"} & set(failed)
    assert len(cartesia("GET", "/agents/calls", params={"batch_id": batch["id"]}).json()["data"]) == 2
    assert cartesia("POST", f"{BATCHES}/{batch['id']}/retry").json()["retry_count"] == 1
    assert counts(cartesia, batch) == ("completed", 3, 3, 3, "completed", "failed", "completed")
    assert counts(cartesia, create(cartesia, UK)) == ("failed", 1, 1, 1, "failed")

    strict = api_of(make_world({**slow(), "assume": {"cartesia.batch_destination": "refuse"}}))
    refused = strict("POST", BATCHES, body(US, UK))
    assert refusal(refused, 400) == (None, "Destination not allowed")
    assert refused.json()["message"].startswith("recipients[1]: ")
    assert strict("GET", BATCHES).json()["data"] == []


def test_the_number_of_a_trunk_has_a_region(cartesia: Api) -> None:
    """And calls abroad."""
    batch = create(cartesia, UK, from_number_id="ap_both", region="APAC")
    assert (batch["region"], batch["status"]) == ("APAC", "completed")


def test_batches_that_are_not_there(cartesia: Api) -> None:
    """A batch is found by its id alone, and its calls by its own agent."""
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry")):
        assert refusal(cartesia(method, f"{BATCHES}/acb_none{path}"), 404) == (None, "Batch not found")
    batch = create(cartesia, US)
    params = {"batch_id": batch["id"], "agent_id": "agent_night"}
    assert refusal(cartesia("GET", "/agents/calls", params=params), 400) == (None, "Invalid request")
    params["agent_id"] = "agent_front"
    assert len(cartesia("GET", "/agents/calls", params=params).json()["data"]) == 1


def test_a_recipient_shows_what_it_was_sent_with(cartesia: Api) -> None:
    """Dynamic variables, or the metadata of older clients, beside the number (call-batches/get-call-batch)."""
    recipients = [
        {"to_number": US, "dynamic_variables": {"customer": "42"}},
        {"to_number": US, "metadata": {"customer": {"id": 42}}},
        {"to_number": US},
    ]
    made = create(cartesia, recipients=recipients)
    first, second, third = cartesia("GET", f"{BATCHES}/{made['id']}").json()["recipients"]
    assert (first["dynamic_variables"], second["metadata"]) == ({"customer": "42"}, {"customer": {"id": 42}})
    assert "metadata" not in first
    assert (third["dynamic_variables"], "metadata" in third) == ({}, False)


def test_an_account_that_has_used_up_its_calls(make_world: Callable[..., World]) -> None:
    """The documented 402 has a name for rules, and a strict world lets it through (call-batches/create-call-batch)."""
    rule = {"when": {"operation": "cartesia.batches_create"}, "then": {"error": "USAGE_EXCEEDED"}}
    api = api_of(make_world({**scenario(**SECTION), "strict": "documented", "rules": [rule]}))
    refused = api("POST", BATCHES, body(US))
    assert refusal(refused, 402) == (None, "Agents usage limit reached")
    assert api("GET", BATCHES).json()["data"] == []


def test_the_largest_batch(cartesia: Api) -> None:
    """5,000 recipients, each with variables (call-batches/create-call-batch)."""
    recipient = {"to_number": US, "dynamic_variables": {"name": "Ada Lovelace", "city": "London", "day": "Monday", "row": 1}}
    made = create(cartesia, recipients=[recipient] * 5000)
    assert (made["total_calls_scheduled"], made["total_calls_finished"]) == (5000, 5000)
    refused = cartesia("POST", BATCHES, body(recipients=[recipient] * 5001))
    assert "recipients" in refused.json()["message"]
