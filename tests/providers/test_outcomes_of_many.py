"""How batches and campaigns count the outcomes of their calls, and how many calls Cartesia takes at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World
from tests.providers.outcomes import ACCOUNTS, ENDS, FROZEN, MAGIC, OTHER, TRUEDY_AGENT, Line, advance


@pytest.fixture
def line(make_world: Callable[..., World], provider: str) -> Callable[..., Line]:
    """Make a world with an account at each provider, and return one of them in it."""
    return lambda **more: Line(make_world({"description": "Outcomes", "accounts": ACCOUNTS, **more}), provider)


# Many calls at once: https://docs.cartesia.ai/api-reference/agents/call-batches, https://docs.cald.ai and https://docs.truedy.ai


@pytest.mark.parametrize("provider", ["cartesia"])
def test_a_batch_counts_who_was_not_reached(line: Callable[..., Line]) -> None:
    """A recipient that was not reached failed, with its reason; a retry calls just these again."""
    phone = line()
    recipients = [{"to_number": number} for number in MAGIC.values()]
    batch = {"name": "x", "agent_id": "agent_1", "from_number_id": "ap_own", "recipients": recipients}
    made = phone.api("POST", "/agents/calls/batches", batch).json()
    assert (made["status"], made["total_calls_finished"]) == ("completed", 7)
    path = f"/agents/calls/batches/{made['id']}"
    shown = phone.show(path)["recipients"]
    assert [(one["status"], one["end_reason"]) for one in shown] == [*ENDS["cartesia"].values()]
    assert phone.api("POST", f"{path}/retry").json()["retry_count"] == 1
    calls = phone.api("GET", "/agents/calls", params={"batch_id": made["id"], "limit": "50"}).json()["data"]
    assert len(calls) == 7 + 3


@pytest.mark.parametrize("provider", ["cald"])
def test_a_campaign_counts_results(line: Callable[..., Line]) -> None:
    """Each result has a number of its own (get-campaign-details)."""
    phone = line()
    machines = {"machineSettings": {"enable": True}, "voicemailSettings": {"enable": True, "voicemail": "Call us."}}
    assert phone.api("PATCH", "/agents/agent_1", machines).is_success
    campaign = phone.api("POST", "/campaigns", {"name": "x", "listId": "list_1", "agentId": "agent_1"}).json()["campaignId"]
    details = phone.api("GET", f"/campaigns/{campaign}/details").json()
    results = {"pickedUp": 2, "voicemail": 1, "unanswered": 2, "failed": 1, "disconnected": 1, "ivr": 0}
    counts = {"totalCalls": 7, "completedCalls": 7, "pendingCalls": 0, **{f"{name}Calls": n for name, n in results.items()}}
    assert (details["status"], details["stats"]) == ("finished", counts)
    (voicemail,) = [call for call in details["calls"] if call["result"] == "voicemail"]
    said = [("user", "Please leave a message after the tone."), ("assistant", "Call us.")]
    assert [(turn["role"], turn["content"]) for turn in voicemail["transcripts"]] == said


@pytest.mark.parametrize("provider", ["cald"])
def test_an_agent_that_looks_for_machines_hangs_up_on_them(line: Callable[..., Line]) -> None:
    """Unless it has a message for them (agents-add)."""
    phone = line()
    assert phone.api("PATCH", "/agents/agent_1", {"machineSettings": {"enable": True}}).is_success
    path = phone.place(MAGIC["voicemail"])
    assert phone.words(path) == (True, "voicemail")
    assert phone.said(path) == [("user", "Please leave a message after the tone.")]


@pytest.mark.parametrize("provider", ["truedy"])
def test_a_batch_call_tells_its_contacts(line: Callable[..., Line]) -> None:
    """A contact that was not reached failed; the organization's own contact has the outcome of its last call."""
    phone = line()
    outcomes = {"completed": "contacted", "hung_up": "contacted", "voicemail": "voicemail", "busy": "no_answer"}
    ids = [phone.api("POST", "/contacts", {"phone_number": MAGIC[one]}).json()["data"]["id"] for one in outcomes]
    batch = phone.api("POST", "/batch-calls", {"name": "x", "agent_id": TRUEDY_AGENT, "contact_ids": ids}).json()["data"]["id"]
    assert phone.api("POST", f"/batch-calls/{batch}/schedule", {}).is_success
    shown = phone.show(f"/batch-calls/{batch}")
    assert (shown["status"], shown["called"], shown["completed"], shown["failed"]) == ("completed", 4, 3, 1)
    for outcome in set(outcomes.values()):
        found = phone.api("GET", "/contacts", params={"last_call_outcome": outcome}).json()["data"]
        assert {contact["phone"] for contact in found} == {MAGIC[one] for one, its in outcomes.items() if its == outcome}


# Cartesia's numbers: https://docs.cartesia.ai/api-reference/agents/calls/create


@pytest.mark.parametrize("provider", ["cartesia"])
def test_a_cartesia_number_dials_once_a_second(line: Callable[..., Line]) -> None:
    """On the world's clock, over several requests; nobody has to wait for that, and other numbers are not paced."""
    phone = line(clock=FROZEN)
    paths = [phone.place(OTHER) for _ in range(3)]
    assert [phone.show(path)["start_time"] for path in paths] == [f"2026-03-01T09:00:0{second}Z" for second in range(3)]
    advance(phone.world, "6s")
    assert [phone.words(path)[0] for path in paths] == ["started", "started", "created"]
    advance(phone.world, "1m")
    assert phone.show(phone.place(OTHER))["start_time"] == "2026-03-01T09:01:06Z"


@pytest.mark.parametrize("provider", ["cartesia"])
def test_calls_at_the_same_time_are_limited_by_the_plan(line: Callable[..., Line]) -> None:
    """Eight at the free plan; one more destination is an error of its own, until a call has ended (scaling)."""
    phone = line(clock=FROZEN)
    body = {"from_number_id": "ap_own", "agent_id": "agent_1"}

    def dial(count: int) -> list[bool]:
        answer = phone.api("POST", "/agents/calls", {**body, "outbound_calls": [{"to_number": OTHER}] * count})
        return ["agent_call_id" in one for one in answer.json()["calls"]]

    assert dial(9) == [True] * 8 + [False]
    assert dial(1) == [False]
    advance(phone.world, "15s")  # the first was answered after five seconds and has lasted ten
    assert dial(2) == [True, False]
