"""What Vantax's webhooks hear of, and what comes in from outside: https://docs.vantaxai.com/docs/workflows and …/calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conftest import Api, World
from tests.providers.outcomes import MAGIC
from tests.providers.test_vantax import AGENT, KEY, SUB
from tests.providers.test_vantax_calls import advance, listed
from tests.receiver import Receiver, call_in, deliver, outbox, receive, receiving, write_in

NUMBER, UNUSED, LANDLINE, CALLER = "+14155550142", "+14155550143", "+442079460001", "+12125550199"
ADA, HOOK = {"id": "ct_ada", "phone": CALLER}, "https://receiver.test/hook"
SEED: dict[str, Any] = {
    "agents": [{"id": AGENT}, {"id": "agt_idle", "is_active": False}],
    "numbers": [
        {"id": "pn_us", "number": NUMBER, "agent_id": AGENT},
        {"id": "pn_unused", "number": UNUSED},
        {"id": "pn_gb", "number": LANDLINE, "agent_id": "agt_idle"},
    ],
    "webhooks": [{"id": "wh_all", "url": HOOK}],
}
START = "2026-03-01T09:00:00Z"
MAKE = Callable[..., tuple[Api, World, Receiver]]


@pytest.fixture
def make(make_world: Callable[..., World], simulator: Simulator) -> MAKE:
    """Make a client, its world, whose clock stands still, and what its webhooks receive."""

    def make(seed: dict[str, Any] | None = None, **more: Any) -> tuple[Api, World, Receiver]:
        accounts = [{"keys": [KEY], "vantax": {**SEED, **(seed or {})}}]
        given = {"lifecycles": {"vantax.call": "immediate"}, **more}
        world = make_world({"accounts": accounts, "clock": {"start": START, "frozen": True}, **given})
        return world.api("vantax", x_api_key=KEY), world, receive(simulator, world)

    return make


def the_call(vantax: Api) -> dict[str, Any]:
    """The newest call."""
    call: dict[str, Any] = vantax("GET", f"/calls/{listed(vantax, '/calls')[0]}").json()["data"]
    return call


def test_an_application_that_is_called_back(make_world: Callable[..., World]) -> None:
    """It buys a number, assigns it, calls, is called and is written to, and hears of it all over HTTP."""
    with receiving() as receiver:
        accounts = [{"keys": [KEY], "vantax": {"agents": [{"id": AGENT}], "webhooks": [{"url": receiver.url}]}}]
        world = make_world({"accounts": accounts})
        vantax = world.api("vantax", x_api_key=KEY)
        body = {"sub_account_id": SUB, "country": "US", "area_code": "415"}
        number = vantax("POST", "/phone-numbers", body).json()["data"]
        assert vantax("POST", f"/phone-numbers/{number['id']}/assign", {"agent_id": AGENT}).status_code == 200
        placed = vantax("POST", "/calls", {"agent_id": AGENT, "phone_number": CALLER}).json()["data"]["call_id"]
        deliver(world)
        assert call_in(world, number["number"]).status_code == 201
        assert write_in(world, number["number"], "Are you open?").status_code == 201
    assert receiver.events == ["call.completed", "contact.created", "call.completed", "message.received"]
    assert receiver.bodies[0]["data"]["call_id"] == placed
    assert [one["status"] for one in outbox(world)] == ["delivered"] * 4


def test_a_call_from_outside(make: MAKE) -> None:
    """The agent answers; the record and the event have what was said, when, and how it ended (get-call)."""
    vantax, world, receiver = make({"contacts": [ADA]})
    said = [{"role": "caller", "text": "Are you open today?"}, {"role": "agent", "text": "Until six."}]
    arrived = call_in(world, NUMBER, turns=said, duration=20)
    assert (arrived.status_code, arrived.json()["number"]) == (201, "pn_us")
    assert the_call(vantax)["status"] == "in_progress"
    advance(world, "20s")
    call = the_call(vantax)
    assert [call["id"]] == arrived.json()["records"]
    assert (call["direction"], call["status"], call["from"], call["to"]) == ("inbound", "completed", CALLER, NUMBER)
    assert (call["agent_id"], call["contact_id"], call["duration"]) == (AGENT, "ct_ada", 20)
    assert call["transcript"] == [
        {**said[0], "timestamp": "2026-03-01T09:00:00.000Z"},
        {**said[1], "timestamp": "2026-03-01T09:00:10.000Z"},
    ]
    assert receiver.bodies == [
        {
            "type": "call.completed",
            "occurred_at": "2026-03-01T09:00:20Z",
            "sub_account_id": SUB,
            "data": {
                "call_id": call["id"],
                "agent_id": AGENT,
                "contact_id": "ct_ada",
                "direction": "inbound",
                "duration_seconds": 20,
                "outcome": "completed",
                "summary": None,
                "recording_url": call["recording_url"],
                "transcript": call["transcript"],
            },
        }
    ]


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        ("no_answer", "no_answer", "no_answer"),
        ("failed", "failed", None),
        ("voicemail", "completed", "voicemail"),
        ("completed", "completed", "completed"),
    ],
)
def test_how_a_call_from_outside_ends(make: MAKE, outcome: str, status: str, told: str | None) -> None:
    """As the outside world chose; the event's outcome is one of its filter's, or none."""
    vantax, world, receiver = make({"contacts": [ADA]})
    call_in(world, NUMBER, outcome=outcome)
    assert the_call(vantax)["status"] == status
    assert [body["data"]["outcome"] for body in receiver.bodies] == [told]


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        ("busy", "busy", "no_answer"),
        ("no_answer", "no_answer", "no_answer"),
        ("failed", "failed", None),
        ("voicemail", "completed", "voicemail"),
        ("hung_up", "completed", "completed"),
    ],
)
def test_how_a_call_to_the_outside_ends(make: MAKE, outcome: str, status: str, told: str | None) -> None:
    """By the number that is called: one event, whether somebody answered or not."""
    vantax, world, receiver = make(lifecycles={})
    assert vantax("POST", "/calls", {"agent_id": AGENT, "phone_number": MAGIC[outcome]}).status_code == 201
    advance(world, "1s")
    assert (the_call(vantax)["status"], receiver.events) == ("ringing", [])
    advance(world, "14s")
    call = the_call(vantax)
    (body,) = receiver.bodies
    assert (call["status"], body["type"], body["data"]["outcome"]) == (status, "call.completed", told)
    assert (body["data"]["call_id"], body["data"]["direction"]) == (call["id"], "outbound")
    assert body["data"]["transcript"] == call["transcript"]
    assert body["data"]["duration_seconds"] == (10 if status == "completed" else 0)


def test_calls_ring_on_the_clock_of_the_world(make: MAKE) -> None:
    """From outside and to the outside, as the lifecycle says; a snapshot holds both."""
    vantax, world, receiver = make({"contacts": [ADA]}, lifecycles={"vantax.call": {"after": "10s"}})
    call_in(world, NUMBER)
    assert (the_call(vantax)["status"], receiver.events) == ("ringing", [])
    saved = f"{world.control}/snapshots/ringing"
    assert world.http.put(saved).is_success
    for _ in range(2):
        advance(world, "20s")
        assert (the_call(vantax)["status"], the_call(vantax)["duration"]) == ("completed", 10)
        assert receiver.events == ["call.completed"]
        receiver.received.clear()
        assert world.http.post(f"{saved}/restore").is_success
        assert the_call(vantax)["status"] == "ringing"


def test_a_message_opens_a_conversation(make: MAKE) -> None:
    """With a new contact, who is told of too; the next one continues it (trigger-message-received)."""
    vantax, world, receiver = make()
    (first,) = write_in(world, NUMBER, "Are you open?", media=["https://example.com/cat.jpg"]).json()["records"]
    (conversation_id,) = listed(vantax, "/conversations")
    (contact_id,) = listed(vantax, "/contacts")
    contact = vantax("GET", f"/contacts/{contact_id}").json()["data"]
    assert (contact["phone"], contact["lead_source"]) == (CALLER, "inbound_message")
    assert receiver.bodies[0] == {
        "type": "contact.created",
        "occurred_at": START,
        "sub_account_id": SUB,
        "data": {
            "contact_id": contact_id,
            "name": CALLER,
            "phone": CALLER,
            "email": "",
            "source": "inbound_message",
            "tags": [],
        },
    }
    told = {"message_id": first, "conversation_id": conversation_id, "contact_id": contact_id, "channel": "sms"}
    assert receiver.bodies[1]["data"] == {**told, "direction": "inbound", "body": "Are you open?"}
    path = f"/conversations/{conversation_id}"
    assert vantax("PATCH", path, {"status": "closed"}).json()["data"]["unread_count"] == 0
    advance(world, "1h")
    write_in(world, NUMBER, "Hello?")
    conversation = vantax("GET", path).json()["data"]
    assert (conversation["status"], conversation["unread_count"]) == ("open", 1)
    assert conversation["last_message_at"] == "2026-03-01T10:00:00Z"
    messages = vantax("GET", f"{path}/messages").json()["data"]
    assert [(one["content"], one["sender_type"], one["direction"]) for one in messages] == [
        *(("Are you open?", "contact", "inbound"), ("Hello?", "contact", "inbound"))
    ]
    assert messages[0]["media_url"] == ["https://example.com/cat.jpg"]
    assert [body["type"] for body in receiver.bodies] == ["contact.created", "message.received", "message.received"]


def test_a_message_opens_the_window_again(make: MAKE) -> None:
    """Of a contact who has a conversation by WhatsApp alone (create-message)."""
    talk = [{"id": "conv_wa", "contact_id": "ct_ada", "channel": "whatsapp", "messages": [{"content": "Hi"}]}]
    vantax, world, receiver = make({"contacts": [ADA], "conversations": talk})
    answer = {"channel": "whatsapp", "content": "Hello!", "from_phone_number_id": "pn_us"}
    advance(world, "25h")
    assert vantax("POST", "/conversations/conv_wa/messages", answer).status_code == 422
    write_in(world, NUMBER)
    assert receiver.bodies[0]["data"]["channel"] == "whatsapp"
    assert vantax("POST", "/conversations/conv_wa/messages", answer).status_code == 201


def test_contacts_and_appointments(make: MAKE) -> None:
    """They are announced with the members of the pages, tags by their ids (trigger-contact-created, -appointment-created)."""
    vantax, world, receiver = make({"contact_tags": [{"id": "tag_vip", "name": "VIP"}]})
    person = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "phone": CALLER, "sub_account_id": SUB}
    contact = vantax("POST", "/contacts", {**person, "tags": ["vip"]}).json()["data"]["id"]
    meeting = {"contact_id": contact, "title": "Demo", "appointment_date": "2026-03-02T10:00:00Z", "sub_account_id": SUB}
    made = vantax("POST", "/appointments", {**meeting, "duration": 45}).json()["data"]["id"]
    deliver(world)
    known = {"contact_id": contact, "name": "Ada Lovelace", "phone": CALLER, "email": "ada@example.com"}
    times = {"start_time": "2026-03-02T10:00:00Z", "end_time": "2026-03-02T10:45:00Z", "status": "confirmed"}
    assert [body["data"] for body in receiver.bodies] == [
        {**known, "source": "api", "tags": ["tag_vip"]},
        {"appointment_id": made, "calendar_id": None, "contact_id": contact, "title": "Demo", **times},
    ]


def test_webhooks_of_an_agent_and_of_other_sub_accounts(make: MAKE) -> None:
    """Each hears of its own, and of the events that it lists; an agent's goes with the agent."""
    hooks = [
        {"url": "https://one.test/", "agent_id": AGENT},
        {"url": "https://two.test/", "agent_id": "agt_idle"},
        {"url": "https://messages.test/", "events": ["message.received"]},
    ]
    other = {"id": "sub_other", "keys": ["vx_live_other"], "webhooks": [{"url": "https://other.test/"}]}
    vantax, world, receiver = make({"contacts": [ADA], "webhooks": hooks, "sub_accounts": [other]})
    call_in(world, NUMBER)
    write_in(world, NUMBER)
    assert [(request.url, request.event) for request in receiver.received] == [
        ("https://one.test/", "call.completed"),
        ("https://one.test/", "message.received"),
        ("https://messages.test/", "message.received"),
    ]
    receiver.received.clear()
    assert vantax("DELETE", f"/agents/{AGENT}").status_code == 200
    assert "https://one.test/" not in world.http.get(f"{world.control}/state").text


def test_what_is_cleared(make: MAKE) -> None:
    """A cleared sub-account keeps its webhooks, as they are set up elsewhere; not those of its agents."""
    vantax, world, _ = make({"webhooks": [{"url": HOOK}, {"url": "https://agent.test/", "agent_id": AGENT}]})
    assert listed(vantax, "/agents")
    assert world.http.post(f"{world.control}/clear").is_success
    assert listed(vantax, "/agents") == []
    state = world.http.get(f"{world.control}/state").text
    assert (HOOK in state, "https://agent.test/" in state) == (True, False)


def test_numbers_that_reach_nobody(make: MAKE) -> None:
    """A number without an owner, an agent, an active agent or SMS, and what to do about it."""
    _, world, receiver = make()
    for answer in (call_in(world, "+12125550142"), write_in(world, "+12125550142")):
        assert (answer.status_code, NUMBER in answer.json()["detail"]) == (404, True)
    for answer in (call_in(world, UNUSED), write_in(world, UNUSED)):
        assert answer.status_code == 409
        assert re.search("has no agent.*/phone-numbers/.*/assign", answer.json()["detail"])
    idle = call_in(world, LANDLINE)
    assert (idle.status_code, "agt_idle" in idle.json()["detail"], "is_active" in idle.json()["detail"]) == (409, True, True)
    landline = write_in(world, LANDLINE)
    assert (landline.status_code, "sms false" in landline.json()["detail"]) == (409, True)
    assert (outbox(world), receiver.events) == ([], [])


@pytest.mark.parametrize(("value", "contacts"), [("add", 1), ("ignore", 0)])
def test_somebody_unknown_calls(make: MAKE, value: str, contacts: int) -> None:
    """Becomes a contact with the lead source of the trigger's filter, or does not."""
    vantax, world, _ = make(assume={"vantax.unknown_caller": value})
    call_in(world, NUMBER)
    added = listed(vantax, "/contacts")
    assert (len(added), the_call(vantax)["contact_id"]) == (contacts, added[0] if added else None)
    if added:
        assert vantax("GET", f"/contacts/{added[0]}").json()["data"]["lead_source"] == "inbound_call"


@pytest.mark.parametrize(("value", "status"), [("refuse", 409), ("receive", 201)])
def test_a_message_to_a_number_without_an_agent(make: MAKE, value: str, status: int) -> None:
    """Reaches nobody, or the conversations of the sub-account."""
    vantax, world, _ = make(assume={"vantax.message_without_agent": value})
    assert write_in(world, UNUSED).status_code == status
    assert len(listed(vantax, "/conversations")) == (status == 201)


def test_retries_until_a_receiver_takes_it(make: MAKE) -> None:
    """Any status from 200 to 299 is success; nothing is signed."""
    _, world, receiver = make({"contacts": [ADA]})
    receiver.answer = lambda request: 503 if len(receiver.received) < 3 else 202
    call_in(world, NUMBER)
    advance(world, "1h")
    (delivery,) = outbox(world)
    assert [(one["at"], one["status"]) for one in delivery["attempts"]] == [
        ("2026-03-01T09:00:00.000Z", 503),
        ("2026-03-01T09:00:30.000Z", 503),
        ("2026-03-01T09:01:30.000Z", 202),
    ]
    assert set(receiver.received[0].headers) == {"content-type", "user-agent"}


def test_the_same_seed_sends_the_same_bytes(make: MAKE) -> None:
    """Ids, times and order included."""
    runs = []
    for _ in range(2):
        _, world, receiver = make()
        call_in(world, NUMBER)
        write_in(world, NUMBER)
        runs.append([request.body for request in receiver.received])
    assert len(runs[0]) == 3
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("webhook", "problem"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": HOOK, "events": ["call.completd"]}, "events"),
        ({"url": HOOK, "agent_id": "agt_nobody"}, "agt_nobody"),
    ],
)
def test_webhooks_that_cannot_be(world: World, webhook: dict[str, Any], problem: str) -> None:
    """The scenario is refused, with what is wrong."""
    scenario = {"accounts": [{"keys": [KEY], "vantax": {**SEED, "webhooks": [webhook]}}]}
    answer = world.http.put(f"{world.control}-faulty", json={"scenario": scenario})
    assert (answer.status_code, problem in answer.text) == (422, True)
