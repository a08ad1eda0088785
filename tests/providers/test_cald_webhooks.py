"""The webhook of Cald's agents (https://docs.cald.ai/api-reference/endpoint/agents-add), and calls from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import ControlError
from tests.conftest import World
from tests.providers.listening import Listening, listening
from tests.receiver import receiving

KEY = "caldLiveDe39a3accb206dd615f30d118e519df0"
FRONT, NIGHT, OWN, FREE = "65a1b2c3d4e5f60718293a4b", "65a1b2c3d4e5f60718293a4c", "+14155550142", "+14155550143"
TO, CALLER, START = "+14155550199", "+12125550199", "2026-03-01T09:00:00Z"
TURNS = [("agent", "Front desk."), ("caller", "Are you open?")]
SECTION: dict[str, Any] = {
    "agents": [
        {"id": FRONT, "name": "Front desk", "webhook_url": "https://receiver.test/front"},
        {"id": NIGHT, "name": "Night"},
    ],
    "numbers": [{"id": "65b1", "number": OWN, "agent_id": FRONT}, {"id": "65b2", "number": FREE}],
    "lists": [{"id": "65c1", "contacts": [{"phone_number": TO}, {"phone_number": "+14155550198"}]}],
}
TIMED = {"cald.call": {"after": "10s"}}


@contextmanager
def cald(simulator: Simulator, lifecycles: Any = None, **more: Any) -> Iterator[Listening]:
    """An account with an agent that has a webhook, and one that has none, on a frozen clock; calls take no time by default."""
    fixed = {"clock": {"start": START, "frozen": True}, "lifecycles": {"cald.call": "immediate", **(lifecycles or {})}}
    scenario = {**fixed, "accounts": [{"keys": [KEY], "cald": SECTION}], **more}
    with listening(simulator, scenario, "cald", Authorization=KEY) as world:
        yield world


def dial(api: Listening, agent: str = FRONT, to: str = TO) -> str:
    """Place a call, and return its id."""
    return str(api("POST", f"/agents/{agent}/call", {"phoneNumber": to})["callId"])


def test_a_journey_with_a_receiver(make_world: Callable[..., World]) -> None:
    """Create an agent with a webhook, buy a number for it, call, be called; each call is sent once, when it is over."""
    world = make_world({"accounts": [{"keys": [KEY]}]})
    api = world.api("cald", Authorization=KEY)
    with receiving() as receiver:
        settings = {"name": "A", "greeting": "Hi!", "webhookSettings": {"enable": True, "url": receiver.url}}
        agent = api("POST", "/agents", settings).json()["agentId"]
        number = api("POST", "/phonenumbers", {"agentId": agent}).json()["phoneNumber"]
        call_id = api("POST", f"/agents/{agent}/call", {"phoneNumber": TO}).json()["callId"]
        world.http.post(f"{world.control}/outbox/deliver")
        (request,) = receiver.received
        assert request.headers["content-type"] == "application/json"
        assert not [name for name in request.headers if "signature" in name or "secret" in name]
        assert receiver.payloads() == [api("GET", f"/calls/{call_id}").json()]

        came = world.http.post(f"{world.control}/inbound/calls", json={"from": TO, "to": number}).json()
        (call,) = receiver.payloads()
        assert ([call["callId"]], call["direction"], call["from"], call["to"]) == (came["records"], "inbound", TO, number)

        assert api("PATCH", f"/agents/{agent}", {"webhookSettings": {"enable": False}}).status_code == 200
        assert api("POST", f"/agents/{agent}/call", {"phoneNumber": TO}).json()["status"] == "success"
        world.http.post(f"{world.control}/outbox/deliver")
        assert receiver.received == []


def test_one_event_when_the_call_is_over(simulator: Simulator) -> None:
    """Nothing is sent while it rings or runs; the completed call has its end and its length."""
    with cald(simulator, lifecycles=TIMED) as api:
        call_id = dial(api)
        dial(api, NIGHT)
        api.world.advance("10s")
        assert api("GET", f"/calls/{call_id}")["result"] == "pickedUp"
        assert api.payloads() == []
        api.world.advance("10s")
        (call,) = api.payloads()
        assert call == api("GET", f"/calls/{call_id}")
        assert (call["completed"], call["callLength"], call["completedAt"]) == (True, 10, "2026-03-01T09:00:20Z")
        assert "recordingUrl" not in call
        delivery = api.world.outbox(event="call.completed").one()
        assert (delivery.provider, delivery.receiver, delivery.status) == ("cald", FRONT, "delivered")


@pytest.mark.parametrize("to", ["+16065550190", "+16065550191", "+16065550193", "+16065550194"])
def test_calls_that_go_wrong_are_sent_too(simulator: Simulator, to: str) -> None:
    """Busy, not answered, not connected, hung up: with the result that the call shows."""
    with cald(simulator) as api:
        call_id = dial(api, to=to)
        (call,) = api.payloads()
        assert call == api("GET", f"/calls/{call_id}")
        assert (call["completed"], call["result"] in ("pending", "pickedUp")) == (True, False)


def test_the_settings_that_count_are_those_at_the_end(simulator: Simulator) -> None:
    """An address that is changed meanwhile gets the call; an agent that is deleted sends nothing."""
    with cald(simulator, lifecycles=TIMED) as api:
        dial(api)
        dial(api, NIGHT)
        api("PATCH", f"/agents/{FRONT}", {"webhookSettings": {"url": "https://receiver.test/other"}})
        api("PATCH", f"/agents/{NIGHT}", {"webhookSettings": {"enable": True, "url": "https://receiver.test/night"}})
        api("DELETE", f"/agents/{NIGHT}")
        api.world.advance("20s")
        assert [one.url for one in api.world.outbox()] == ["https://receiver.test/other"]


def test_the_calls_of_a_campaign(simulator: Simulator) -> None:
    """Each is sent like any other."""
    with cald(simulator) as api:
        api("POST", "/campaigns", {"name": "Spring", "listId": "65c1", "agentId": FRONT})
        assert [call["to"] for call in api.payloads()] == [TO, "+14155550198"]


@pytest.mark.parametrize("status", [500, 404, 301])
def test_nothing_is_sent_again(simulator: Simulator, status: int) -> None:
    """No page speaks of retries."""
    with cald(simulator) as api:
        api.status = status
        dial(api)
        api.world.advance("3d")
        assert len(api.payloads()) == 1
        assert [(one.status, len(one.attempts)) for one in api.world.outbox()] == [("failed", 1)]


def test_a_call_from_outside(simulator: Simulator) -> None:
    """It has the turns and the length that it was given."""
    with cald(simulator) as api:
        arrival = api.world.inbound_call(from_=CALLER, to=OWN, turns=TURNS, duration=90)
        assert (arrival["number"], arrival["deliveries"]) == ("65b1", [])
        assert api("GET", f"/calls/{arrival['records'][0]}")["completed"] is False
        api.world.advance("90s")
        (call,) = api.payloads()
        assert (call["callLength"], call["result"], call["direction"]) == (90, "pickedUp", "inbound")
        assert call["transcripts"] == [
            {"role": "assistant", "content": "Front desk."},
            {"role": "user", "content": "Are you open?"},
        ]


@pytest.mark.parametrize(("outcome", "result"), [("no_answer", "unanswered"), ("failed", "failed")])
def test_a_call_from_outside_that_fails(simulator: Simulator, outcome: str, result: str) -> None:
    """It is over too, so it is sent."""
    with cald(simulator) as api:
        api.world.inbound_call(from_=CALLER, to=OWN, outcome=outcome)
        (call,) = api.payloads()
        assert (call["completed"], call["result"], call["callLength"], call["transcripts"]) == (True, result, 0, [])


def test_numbers_that_take_no_calls(simulator: Simulator) -> None:
    """The answer says why, and what to do."""
    with cald(simulator) as api:
        for number, status, text in ((FREE, 409, "PATCH /phonenumbers/65b2"), ("+14155550111", 404, "nobody in this world")):
            with pytest.raises(ControlError, match=text) as refused:
                api.world.inbound_call(from_=CALLER, to=number)
            assert refused.value.status == status
        with pytest.raises(ControlError, match="cald takes no messages on its numbers") as refused:
            api.world.inbound_message(from_=CALLER, to=OWN, text="Hello")
        assert refused.value.status == 409
        assert api.payloads() == []


def test_snapshots_and_seeds(simulator: Simulator) -> None:
    """A call under way goes on after a restore, and sends the bytes that it sent before; so does a world of the same seed."""
    sent = []
    for _ in range(2):
        with cald(simulator, lifecycles=TIMED) as api:
            dial(api)
            api.world.advance("10s")
            saved = api.world.snapshot()
            for _ in range(2):
                api.world.restore(saved)
                api.world.advance("10s")
                sent.append([request.body for request in api.requests()])
    assert sent == [sent[0]] * 4
    assert len(sent[0]) == 1
