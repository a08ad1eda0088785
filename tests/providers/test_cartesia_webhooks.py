"""Cartesia's webhooks (https://docs.cartesia.ai/agents/webhooks), and calls from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import ControlError
from tests.conftest import Api, World
from tests.providers.listening import Listening, listening
from tests.providers.test_cartesia import KEY, client, refusal
from tests.receiver import receiving

US, OWN, START = "+14155550199", "+14155550142", "2026-03-01T12:00:00Z"
CALLER, BUSY = "+12125550199", "+16065550190"
TURNS = [("agent", "Front desk."), ("caller", "Are you open?")]
HOOK = {"id": "agent_webhook_a", "url": "https://receiver.test/a", "secret": "whsec_a_long_one"}
FRONT = {"id": "agent_front", "name": "Front desk", "initial_message": "Hello!", "webhook_id": HOOK["id"]}
SECTION: dict[str, Any] = {
    "plan": "scale",
    "webhooks": [HOOK, {"id": "agent_webhook_b", "url": "https://receiver.test/b"}],
    "agents": [FRONT, {"id": "agent_night", "name": "Night"}],
    "providers": [{"type": "sip_trunk", "id": "ata_out", "outbound": {"address": "sip.example.com"}}],
    "numbers": [
        {"id": "ap_own", "label": "Own", "number": OWN, "agent_id": "agent_front"},
        {"id": "ap_free", "label": "Free", "number": "+14155550143"},
        {"id": "ap_out", "label": "Trunk", "number": "+14155550144", "provider_id": "ata_out", "agent_id": "agent_front"},
    ],
}
EVENTS = ["call_started", "call_turn", "call_turn", "call_completed", "post_call_analysis"]
TIMED = {"cartesia.call": {"after": "10s"}}


@contextmanager
def cartesia(simulator: Simulator, lifecycles: Any = None, **more: Any) -> Iterator[Listening]:
    """An account with two webhooks, to one of which an agent is attached, on a frozen clock; calls take no time by default."""
    fixed = {"clock": {"start": START, "frozen": True}, "lifecycles": {"cartesia.call": "immediate", **(lifecycles or {})}}
    scenario = {**fixed, "accounts": [{"keys": [KEY], "cartesia": SECTION}], **more}
    with listening(simulator, scenario, "cartesia", Authorization=f"Bearer {KEY}", Cartesia_Version="2026-08-14") as world:
        yield world


def dial(api: Listening | Api, *to: str, agent: str = "agent_front") -> list[str]:
    """Dial, and return the ids of the calls."""
    body = {"from_number_id": "ap_own", "agent_id": agent, "outbound_calls": [{"to_number": number} for number in to or (US,)]}
    answer = api("POST", "/agents/calls", body)
    results = answer["calls"] if isinstance(answer, dict) else answer.json()["calls"]
    return [result["agent_call_id"] for result in results]


def types(payloads: list[Any]) -> list[str]:
    """Return the types of events."""
    return [payload["type"] for payload in payloads]


def test_a_journey_with_a_receiver(make_world: Callable[..., World]) -> None:
    """Register, attach, buy, call, be called, detach, delete: every delivery has the secret that the receiver expects."""
    world = make_world({"accounts": [{"keys": [KEY], "cartesia": {"agents": [{"id": "agent_a", "name": "A"}]}}]})
    api = client(world)
    with receiving() as receiver:
        webhook = api("POST", "/agents/webhooks", {"url": receiver.url, "secret": "whsec_of_the_receiver"}).json()
        assert api("PATCH", "/agents/agent_a", {"webhook_id": webhook["id"]}).status_code == 200
        number = api("POST", "/agents/phone-numbers/provision", {"label": "Line", "agent_id": "agent_a"}).json()
        body = {"from_number_id": number["id"], "agent_id": "agent_a", "outbound_calls": [{"to_number": US}]}
        (result,) = api("POST", "/agents/calls", body).json()["calls"]
        world.http.post(f"{world.control}/outbox/deliver")
        assert {request.headers["x-webhook-secret"] for request in receiver.received} == {"whsec_of_the_receiver"}
        assert {request.headers["content-type"] for request in receiver.received} == {"application/json"}
        payloads = receiver.payloads()
        assert types(payloads) == EVENTS
        *_, completed, analysis = payloads
        call = api("GET", f"/agents/calls/{result['agent_call_id']}").json()
        assert completed["call"] == {**call, "summary": None}
        assert call["summary"] == analysis["analysis"]["summary"]

        came = world.http.post(f"{world.control}/inbound/calls", json={"from": US, "to": number["number"]}).json()
        assert {payload["call_id"] for payload in receiver.payloads()} == set(came["records"])
        listed = api("GET", "/agents/calls", params={"agent_id": "agent_a"}).json()["data"]
        assert [one["telephony_params"]["direction"] for one in listed] == ["inbound", "outbound"]

        shown = world.http.get(f"{world.control}/outbox").text
        assert "whsec_of_the_receiver" not in shown
        assert "x-webhook-secret" in shown

        path = f"/agents/webhooks/{webhook['id']}"
        assert refusal(api("DELETE", path), 409) == (None, "Webhook in use")
        assert api("PATCH", "/agents/agent_a", {"webhook_id": None}).status_code == 200
        assert api("DELETE", path).status_code == 204
        assert api("POST", "/agents/calls", body).status_code == 200
        world.http.post(f"{world.control}/outbox/deliver")
        assert receiver.received == []


def test_the_events_of_a_call_as_the_clock_goes_on(simulator: Simulator) -> None:
    """`call_started` when it is answered; its turns, `call_completed` and the analysis when it ends; all with one envelope."""
    with cartesia(simulator, lifecycles={**TIMED, "cartesia.analysis": {"after": "5s"}}) as api:
        (call_id,) = dial(api)
        assert api.payloads() == []
        api.world.advance("10s")
        (started,) = api.payloads()
        assert started == {
            "type": "call_started",
            "call_id": call_id,
            "webhook_request_id": started["webhook_request_id"],
            "agent_id": "agent_front",
            "webhook_id": HOOK["id"],
            "timestamp": "2026-03-01T12:00:10.000Z",
            "call": api("GET", f"/agents/calls/{call_id}"),
        }
        assert (started["call"]["status"], started["call"]["end_time"]) == ("started", None)
        api.world.advance("4s")
        assert api("GET", f"/agents/calls/{call_id}")["transcript"] == []
        assert api.payloads() == []
        api.world.advance("1s")
        (turn,) = api.payloads()
        assert api("GET", f"/agents/calls/{call_id}")["transcript"] == [
            {name: value for name, value in turn["turn"].items() if name != "was_interrupted"}
        ]
        api.world.advance("5s")
        reply, completed = api.payloads()
        assert turn["turn"] == {
            "role": "assistant",
            "text": "Hello!",
            "start_timestamp": 0.0,
            "end_timestamp": 5.0,
            "was_interrupted": False,
        }
        assert [one["timestamp"][11:19] for one in (turn, reply)] == ["12:00:15", "12:00:20"]
        assert (completed["type"], completed["call"]["end_reason"]) == ("call_completed", "agent_hangup")
        assert completed["call"] == api("GET", f"/agents/calls/{call_id}")
        api.world.advance("5s")
        (analysis,) = api.payloads()
        summary = api("GET", f"/agents/calls/{call_id}")["summary"]
        assert (analysis["type"], analysis["analysis"]) == ("post_call_analysis", {"summary": summary})
        assert summary == "A call with Front desk in 2 turns, ended by agent_hangup."
        ids = {payload["webhook_request_id"] for payload in (started, turn, reply, completed, analysis)}
        assert len(ids) == 5
        assert {one.receiver for one in api.world.outbox()} == {HOOK["id"]}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("after", EVENTS),
        ("before", [*EVENTS[:3], "post_call_analysis", "call_completed"]),
    ],
)
def test_when_the_analysis_comes(simulator: Simulator, order: str, expected: list[str]) -> None:
    """`cartesia.analysis`: after `call_completed`, or before it, as a public receiver has seen."""
    with cartesia(simulator, assume={"cartesia.analysis": order}) as api:
        (call_id,) = dial(api)
        payloads = api.payloads()
        assert types(payloads) == expected
        summary = payloads[expected.index("call_completed")]["call"]["summary"]
        assert (summary is not None) == (order == "before")
        analysis = payloads[expected.index("post_call_analysis")]["analysis"]
        assert analysis == {"summary": api("GET", f"/agents/calls/{call_id}")["summary"]}


def test_an_analysis_that_takes_reads(simulator: Simulator) -> None:
    """A client that polls the call sees its summary after as many reads, and the webhook is sent then."""
    with cartesia(simulator, lifecycles={"cartesia.analysis": {"after_reads": 2}}) as api:
        (call_id,) = dial(api)
        assert [api("GET", f"/agents/calls/{call_id}")["summary"] is None for _ in range(2)] == [True, False]
        assert types(api.payloads())[-1] == "post_call_analysis"


def test_a_failed_dial(simulator: Simulator) -> None:
    """`cartesia.failed_dial`: it sends `call_failed`, with the reason, alone or after `call_started`."""
    for value, expected in (("failed", ["call_failed"]), ("start", ["call_started", "call_failed"])):
        with cartesia(simulator, assume={"cartesia.failed_dial": value}) as api:
            dial(api, BUSY)
            payloads = api.payloads()
            assert types(payloads) == expected
            assert (payloads[-1]["call"]["end_reason"], "transcript" in payloads[-1]["call"]) == ("dial_busy", False)


def test_the_payload_of_2025(simulator: Simulator) -> None:
    """`cartesia.webhook_payload`: the three events of the call alone, with its transcript as the body."""
    with cartesia(simulator, assume={"cartesia.webhook_payload": "body"}) as api:
        (call_id,) = dial(api)
        started, completed = api.payloads()
        assert completed["body"][0]["text"] == "Hello!"
        assert completed["body"] == api("GET", f"/agents/calls/{call_id}")["transcript"]
        assert completed == {
            "type": "call_completed",
            "request_id": completed["request_id"],
            "agent_id": "agent_front",
            "webhook_id": HOOK["id"],
            "body": completed["body"],
            "timestamp": "2026-03-01T12:00:00.000000000Z",
        }
        assert (started["type"], started["body"]) == ("call_started", [])


def test_whose_webhook_hears_of_a_call(simulator: Simulator) -> None:
    """That of its agent when the call began; another one is for new calls, a new secret for every delivery."""
    with cartesia(simulator, lifecycles=TIMED) as api:
        dial(api)
        dial(api, agent="agent_night")
        api("PATCH", "/agents/agent_front", {"webhook_id": "agent_webhook_b"})
        api("PATCH", f"/agents/webhooks/{HOOK['id']}", {"url": HOOK["url"], "secret": "whsec_a_new_one"})
        dial(api)
        api.world.advance("12s")  # a number of Cartesia's own dials once a second
        requests = api.requests()
        assert [request.json()["webhook_id"] for request in requests] == [HOOK["id"], "agent_webhook_b"]
        assert [request.headers["x-webhook-secret"] for request in requests] == ["whsec_a_new_one", "whsec_demo"]


def test_an_unknown_webhook_cannot_be_attached(simulator: Simulator) -> None:
    """An agent that is attached to nothing would be silent for a reason that nobody sees."""
    with cartesia(simulator) as api:
        for path in ("/agents/agent_front", "/v1/agents/agent_front"):
            answer = api.http.patch(path, json={"webhook_id": "agent_webhook_none"})
            assert refusal(answer, 404) == (None, "Webhook not found")


def test_cancelled_and_batched_calls(simulator: Simulator) -> None:
    """A cancelled call is completed, and the calls of a batch send what others send."""
    with cartesia(simulator, lifecycles=TIMED) as api:
        (call_id,) = dial(api)
        api.world.advance("10s")
        api("POST", f"/agents/calls/{call_id}/cancel")
        started, cancelled, _ = api.payloads()
        assert types([started, cancelled]) == ["call_started", "call_completed"]
        assert cancelled["call"]["end_reason"] == "api_cancelled"
        batch = {"name": "B", "agent_id": "agent_front", "from_number_id": "ap_own", "recipients": [{"to_number": US}]}
        api("POST", "/agents/calls/batches", batch)
        api.world.advance("20s")
        assert types(api.payloads()) == EVENTS


def test_a_call_that_is_deleted_is_not_analysed(simulator: Simulator) -> None:
    """There is nothing left to analyse."""
    with cartesia(simulator, lifecycles={"cartesia.analysis": {"after": "1m"}}) as api:
        (call_id,) = dial(api)
        assert "summary" not in api("DELETE", f"/agents/calls/{call_id}")
        api.world.advance("1m")
        assert "post_call_analysis" not in types(api.payloads())


@pytest.mark.parametrize(("status", "attempts"), [(503, 4), (429, 1), (401, 1), (301, 1)])
def test_a_receiver_that_refuses(simulator: Simulator, status: int, attempts: int) -> None:
    """A 5xx is answered with three retries, with the same id; any other status is final."""
    with cartesia(simulator, lifecycles={"cartesia.analysis": "never"}) as api:
        api.status = status
        dial(api)
        api.world.advance("1h")
        events: dict[str, set[str]] = {}
        for payload in api.payloads():
            events.setdefault(payload["type"], set()).add(payload["webhook_request_id"])
        assert [len(ids) for ids in events.values()] == [1, 2, 1]
        started = api.world.outbox(event="call_started").one()
        times = [f"{attempt.at:%H:%M:%S}" for attempt in started.attempts]
        assert (started.status, times) == ("failed", ["12:00:00", "12:00:10", "12:01:10", "12:11:10"][:attempts])


def test_a_call_from_outside(simulator: Simulator) -> None:
    """It reaches the agent of the number, lasts as long as it was given, and its turns are told one by one."""
    with cartesia(simulator) as api:
        arrival = api.world.inbound_call(from_=CALLER, to=OWN, turns=TURNS, duration=30)
        assert (arrival["provider"], arrival["number"], len(arrival["deliveries"])) == ("cartesia", "ap_own", 1)
        (call_id,) = arrival["records"]
        assert api("GET", f"/agents/calls/{call_id}")["status"] == "started"
        api.world.advance("30s")
        payloads = api.payloads()
        assert types(payloads) == EVENTS
        assert [one["timestamp"][11:19] for one in payloads] == ["12:00:00", "12:00:15", "12:00:30", "12:00:30", "12:00:30"]
        call = payloads[3]["call"]
        assert [(turn["role"], turn["text"]) for turn in call["transcript"]] == [
            ("assistant", "Front desk."),
            ("user", "Are you open?"),
        ]
        assert (call["start_time"], call["end_time"]) == (START, "2026-03-01T12:00:30Z")
        parties = call["telephony_params"]
        assert (parties["from"], parties["to"], parties["direction"]) == (CALLER, OWN, "inbound")


@pytest.mark.parametrize("outcome", ["no_answer", "failed"])
def test_a_call_from_outside_that_fails(simulator: Simulator, outcome: str) -> None:
    """It ends with an error, and was never started."""
    with cartesia(simulator) as api:
        api.world.inbound_call(from_=CALLER, to=OWN, outcome=outcome)
        (failed,) = api.payloads()
        assert (failed["type"], failed["call"]["status"], failed["call"]["end_reason"]) == ("call_failed", "failed", "error")
        assert failed["call"]["error_message"]


def test_numbers_that_take_no_calls(simulator: Simulator) -> None:
    """The answer says why, and what to do."""
    with cartesia(simulator) as api:
        for number, status, text in (
            ("+14155550143", 409, "PATCH /agents/phone-numbers/ap_free"),
            ("+14155550144", 409, "PATCH /agents/phone-numbers/providers/ata_out"),
            ("+14155550111", 404, OWN),
        ):
            with pytest.raises(ControlError, match=text.replace("+", r"\+")) as refused:
                api.world.inbound_call(from_=CALLER, to=number)
            assert refused.value.status == status
        with pytest.raises(ControlError, match="cartesia takes no messages on its numbers") as refused:
            api.world.inbound_message(from_=CALLER, to=OWN, text="Hello")
        assert refused.value.status == 409
        assert api.payloads() == []


def test_a_snapshot_between_two_attempts(simulator: Simulator) -> None:
    """What was due is due again after the restore, and a call that was under way goes on."""
    with cartesia(simulator, lifecycles=TIMED) as api:
        dial(api)
        api.status = 500
        api.world.advance("10s")
        api.requests()
        saved = api.world.snapshot()
        api.status = 200
        api.world.advance("30s")
        first = [request.body for request in api.requests()]
        api.world.restore(saved)
        api.world.advance("30s")
        assert [request.body for request in api.requests()] == first
        assert len(first) == 5  # the retry, the turns, the end, the analysis


def test_one_seed_one_sequence_of_bytes(simulator: Simulator) -> None:
    """Two worlds of one seed send the same bytes."""
    sent = []
    for _ in range(2):
        with cartesia(simulator) as api:
            dial(api, US, "+14155550198")
            api.world.advance("1s")  # between two calls of one number
            sent.append([request.body for request in api.requests()])
    assert sent[0] == sent[1]
    assert len(sent[0]) == 10


def test_addresses_of_receivers(make_world: Callable[..., World]) -> None:
    """Https, or http to a host that the server may send to; a change is checked too."""
    api = client(make_world({"accounts": [{"keys": [KEY], "cartesia": SECTION}]}))
    path = f"/agents/webhooks/{HOOK['id']}"
    for method, where in (("POST", "/agents/webhooks"), ("PATCH", path)):
        refused = api(method, where, {"url": "http://example.com/x", "secret": "x"})
        assert refusal(refused, 400) == (None, "Bad request")
        assert "url: Must be an https URL" in refused.json()["message"]
    assert api("GET", path).json()["url"] == HOOK["url"]
    assert api("PATCH", path, {"url": "http://localhost:1/x"}).status_code == 200
