"""Truedy's webhooks (https://docs.truedy.ai/guides/webhooks), and calls from outside."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import ControlError
from tests.conftest import World
from tests.providers.listening import Listening, listening
from tests.providers.truedy import AGENT, KEY
from tests.receiver import receiving

DRAFT, OWN, FREE, OF_DRAFT = "1f4baf16-1540-4d91-9696-7f34b2f2cb78", "+14155550142", "+14155550143", "+14155550144"
CALLER = "+12125550199"
TURNS = [("agent", "Front desk."), ("caller", "Are you open?")]
TO, START, SECRET = "+12125550111", "2026-03-03T12:00:00Z", "whsec_of_the_receiver"
FREE_ID = "3f4baf16-1540-4d91-9696-7f34b2f2cb77"
SECTION: dict[str, Any] = {
    "agents": [{"id": AGENT}, {"id": DRAFT, "status": "draft"}],
    "numbers": [
        {"phone_number": OWN, "inbound_agent_id": AGENT, "outbound_agent_id": AGENT},
        {"id": FREE_ID, "phone_number": FREE, "outbound_agent_id": AGENT},
        {"phone_number": OF_DRAFT, "inbound_agent_id": DRAFT},
    ],
    "webhooks": [{"url": "https://receiver.test/all", "secret": SECRET}],
}
TIMED = {"truedy.call": {"after": "10s"}}
PEOPLE = [{"phone_number": TO}, {"phone_number": "+12125550112"}]


@contextmanager
def truedy(simulator: Simulator, section: Any = None, lifecycles: Any = None, **more: Any) -> Iterator[Listening]:
    """An organization with a webhook, on a frozen clock; calls take no time by default."""
    account = {"keys": [KEY], "truedy": {**SECTION, **(section or {})}}
    fixed = {"clock": {"start": START, "frozen": True}, "lifecycles": {"truedy.call": "immediate", **(lifecycles or {})}}
    scenario = {**fixed, "accounts": [account], **more}
    with listening(simulator, scenario, "truedy", Authorization=f"Bearer {KEY}") as world:
        yield world


def dial(api: Listening) -> str:
    """Place a call, and return its id."""
    return str(api("POST", "/calls", {"agent_id": AGENT, "phone_number": TO})["data"]["id"])


def events(payloads: list[Any]) -> list[str]:
    """Return the names of events."""
    return [payload["event"] for payload in payloads]


def verify(request: Any, now: float, secret: str = SECRET) -> bool:
    """Return whether a receiver takes a request for Truedy's, as the guide on securing webhooks has it."""
    timestamp = request.headers["x-truedy-timestamp"]
    expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    is_fresh = abs(now - int(timestamp)) <= 300
    return is_fresh and hmac.compare_digest(expected, request.headers["x-truedy-signature"])


def test_a_journey_with_a_receiver(make_world: Callable[..., World]) -> None:
    """Call, be called, text: whatever comes is signed, and the receiver takes it."""
    with receiving() as receiver:
        section = {**SECTION, "webhooks": [{"url": receiver.url, "secret": SECRET}]}
        world = make_world({"accounts": [{"keys": [KEY], "truedy": section}]})
        api = world.api("truedy", Authorization=f"Bearer {KEY}")
        assert api("POST", "/calls", {"agent_id": AGENT, "phone_number": TO}).status_code == 201
        world.http.post(f"{world.control}/outbox/deliver")
        assert [verify(request, time.time()) for request in receiver.received] == [True] * 4
        assert not verify(receiver.received[0], time.time(), "whsec_another")
        assert events(receiver.payloads()) == ["call.started", "call.joined", "call.ended", "call.billed"]
        came = world.http.post(f"{world.control}/inbound/calls", json={"from": TO, "to": OWN})
        assert came.status_code == 201
        assert {payload["data"]["call"]["callId"] for payload in receiver.payloads()} == set(came.json()["records"])
        assert SECRET not in world.http.get(f"{world.control}/outbox").text
        assert SECRET not in world.http.get(f"{world.control}/state").text


def test_the_events_of_a_call_as_the_clock_goes_on(simulator: Simulator) -> None:
    """`call.started` at once, `call.joined` when it is answered, `call.ended` and `call.billed` at the end."""
    with truedy(simulator, lifecycles=TIMED) as api:
        call_id = dial(api)
        (started,) = api.payloads()
        assert started == {
            "event": "call.started",
            "timestamp": "2026-03-03T12:00:00.000Z",
            "data": {"event": "call.started", "call": started["data"]["call"], "id": started["id"]},
            "id": started["id"],
        }
        assert (started["data"]["call"]["callId"], started["data"]["call"]["agent"]) == (call_id, {"agentId": AGENT})
        steps = []
        for _ in range(3):
            api.world.advance("10s")
            steps.append(events(api.payloads()))
        assert steps == [[], ["call.joined"], ["call.ended", "call.billed"]]
        assert len({one.receiver for one in api.world.outbox()}) == 1


def test_the_flat_payload(simulator: Simulator) -> None:
    """`truedy.webhook_data`: the older page's object."""
    with truedy(simulator, assume={"truedy.webhook_data": "flat"}, lifecycles=TIMED) as api:
        call_id = dial(api)
        api.world.advance("30s")
        started, _, ended, _ = [payload["data"] for payload in api.payloads()]
        assert started == {"call_id": call_id, "status": "queued", "agent_id": AGENT, "id": started["id"]}
        assert (ended["status"], ended["duration_seconds"]) == ("completed", 10)


@pytest.mark.parametrize(("value", "event"), [("failed", "call.failed"), ("ended", "call.ended")])
def test_a_call_that_nobody_answers(simulator: Simulator, value: str, event: str) -> None:
    """`truedy.unjoined_call`: it fails, or it ends without having been joined."""
    with truedy(simulator, calls={"outcome": "failed"}, assume={"truedy.unjoined_call": value}) as api:
        dial(api)
        payloads = api.payloads()
        assert events(payloads) == ["call.started", event]
        assert (payloads[1]["data"]["call"]["joined"], payloads[1]["data"]["call"]["endReason"]) == (None, "unjoined")


def test_only_the_chosen_events_are_sent(simulator: Simulator) -> None:
    """Each webhook has events and a secret of its own."""
    webhooks = [
        {"url": "https://receiver.test/a", "secret": "whsec_a", "events": ["call.ended"]},
        {"url": "https://receiver.test/b", "secret": "whsec_b", "events": ["call.joined", "call.ended"]},
    ]
    with truedy(simulator, {"webhooks": webhooks}) as api:
        dial(api)
        now = api.world.clock()["now"]
        assert now.startswith("2026-03-03T12:00:00")
        sent = api.requests()
        secrets = [secret for request in sent for secret in ("whsec_a", "whsec_b") if verify(request, 1772539200, secret)]
        assert sorted(zip(secrets, events([request.json() for request in sent]), strict=True)) == [
            ("whsec_a", "call.ended"),
            ("whsec_b", "call.ended"),
            ("whsec_b", "call.joined"),
        ]


def test_the_events_of_a_batch_call(simulator: Simulator) -> None:
    """Every change of its status, and its completion, beside the events of its calls."""
    with truedy(simulator, lifecycles=TIMED) as api:
        batch = api("POST", "/batch-calls", {"name": "March", "agent_id": AGENT, "contacts": PEOPLE})["data"]
        path = f"/batch-calls/{batch['id']}"
        assert api.payloads() == []

        def changes() -> list[tuple[str, str]]:
            payloads = [one for one in api.payloads() if one["event"].startswith("batch.")]
            assert {(one["data"]["batch_id"], one["data"]["name"]) for one in payloads} <= {(batch["id"], "March")}
            return [(one["event"], one["data"]["status"]) for one in payloads]

        api("POST", f"{path}/schedule", {"scheduled_at": "2026-03-03T13:00:00Z"})
        assert changes() == [("batch.status.changed", "scheduled")]
        api("POST", f"{path}/pause")
        assert changes() == [("batch.status.changed", "paused")]
        api("POST", f"{path}/resume")
        assert changes() == [("batch.status.changed", "scheduled")]
        api.world.advance("1h")
        assert changes() == [("batch.status.changed", "active")]
        api("POST", f"{path}/pause")
        api("POST", f"{path}/resume")
        assert changes() == [("batch.status.changed", "paused"), ("batch.status.changed", "active")]
        api.world.advance("30s")
        assert changes() == [("batch.status.changed", "completed"), ("batch.completed", "completed")]
        assert api("GET", path)["data"]["status"] == "completed"


def test_a_batch_call_without_a_number_fails(simulator: Simulator) -> None:
    """Its number was released before it began."""
    with truedy(simulator) as api:
        batch = api("POST", "/batch-calls", {"name": "March", "agent_id": AGENT, "contacts": PEOPLE})["data"]
        api("POST", f"/batch-calls/{batch['id']}/schedule", {"scheduled_at": "2026-03-03T13:00:00Z"})
        for number in api("GET", "/telephony/numbers")["data"]:
            if number["phone_number"] in (OWN, FREE):
                api("POST", "/telephony/numbers/unassign", {"number_id": number["id"], "assignment_type": "outbound"})
        api.world.advance("1h")
        assert [one["data"]["status"] for one in api.payloads()] == ["scheduled", "failed"]


def test_a_receiver_that_refuses(simulator: Simulator) -> None:
    """Ten attempts, each signed anew, with pauses that double; the id stays the same."""
    with truedy(simulator, {"webhooks": [{"url": "https://receiver.test/a", "events": ["call.started"]}]}) as api:
        api.status = 401
        dial(api)
        api.world.advance("1d")
        requests = api.requests()
        times = [int(request.headers["x-truedy-timestamp"]) for request in requests]
        assert [after - before for before, after in itertools.pairwise(times)] == [30 * 2**n for n in range(9)]
        assert all(verify(request, at, "whsec_demo") for request, at in zip(requests, times, strict=True))
        assert len({request.json()["id"] for request in requests}) == 1
        assert api.world.outbox().one().status == "failed"


def test_a_call_from_outside(simulator: Simulator) -> None:
    """It has the turns and the length that it was given, in the words of Truedy's transcripts."""
    with truedy(simulator) as api:
        (call_id,) = api.world.inbound_call(from_=CALLER, to=OWN, turns=TURNS, duration=60)["records"]
        assert events(api.payloads()) == ["call.started", "call.joined"]
        assert api("GET", f"/calls/{call_id}")["data"]["status"] == "in_progress"
        api.world.advance("1m")
        assert events(api.payloads()) == ["call.ended", "call.billed"]
        call = api("GET", f"/calls/{call_id}")["data"]
        assert (call["direction"], call["from"], call["to"], call["duration_seconds"]) == ("inbound", CALLER, OWN, 60)
        assert call["transcript"] == [
            {"speaker": "agent", "text": "Front desk.", "timestamp": 0},
            {"speaker": "contact", "text": "Are you open?", "timestamp": 30},
        ]


@pytest.mark.parametrize("outcome", ["no_answer", "failed"])
def test_a_call_from_outside_that_fails(simulator: Simulator, outcome: str) -> None:
    """It was never joined."""
    with truedy(simulator) as api:
        (call_id,) = api.world.inbound_call(from_=CALLER, to=OWN, outcome=outcome)["records"]
        assert events(api.payloads()) == ["call.started", "call.failed"]
        assert api("GET", f"/calls/{call_id}")["data"]["status"] == "failed"


def test_numbers_that_take_no_calls(simulator: Simulator) -> None:
    """The answer says why, and what to do."""
    with truedy(simulator) as api:
        for number, status, text in (
            (FREE, 409, f'POST /telephony/numbers/assign with {{"number_id": "{FREE_ID}"'),
            (OF_DRAFT, 409, "is draft; only an active one takes calls"),
            ("+14155550111", 404, "nobody in this world"),
        ):
            with pytest.raises(ControlError) as refused:
                api.world.inbound_call(from_=CALLER, to=number)
            assert (refused.value.status, text in str(refused.value)) == (status, True)
        with pytest.raises(ControlError, match="truedy takes no messages on its numbers") as refused:
            api.world.inbound_message(from_=CALLER, to=OWN, text="Hello")
        assert refused.value.status == 409
        assert api.payloads() == []


def test_a_snapshot_in_the_middle_of_a_call(simulator: Simulator) -> None:
    """The call goes on after a restore, and what was due is sent with the same bytes; so it is in a world of the same seed."""
    sent = []
    for _ in range(2):
        with truedy(simulator, lifecycles=TIMED) as api:
            api.status = 500
            dial(api)
            api.world.advance("10s")
            api.requests()
            saved = api.world.snapshot()
            for _ in range(2):
                api.status = 200
                api.world.restore(saved)
                api.world.advance("1m")
                sent.append([request.body for request in api.requests()])
    assert sent == [sent[0]] * 4
    assert len(sent[0]) == 4  # the retry of call.started, then call.joined, call.ended, call.billed
