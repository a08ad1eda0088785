"""Vantax's voices, calls, conversations and messages. Source: https://docs.vantaxai.com/docs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_vantax import AGENT, KEY, SUB, refused, wrong

OWN = {"sub_account_id": SUB}
START = "2026-03-01T09:00:00Z"
SEED = {
    "agents": [{"id": AGENT}, {"id": "agt_mute"}],
    "numbers": [
        {"id": "pn_us", "number": "+14155550142", "agent_id": AGENT},
        {"id": "pn_gb", "number": "+442079460001"},
    ],
    "contacts": [{"id": "ct_ada"}, {"id": "ct_never", "do_not_call": True, "phone": "+14155550199", "last_name": "Turing"}],
    "conversations": [
        {"id": "conv_sms", "contact_id": "ct_ada", "messages": [{"content": "Open on Monday?"}, {"content": "Hello?"}]},
        {"id": "conv_wa", "contact_id": "ct_ada", "channel": "whatsapp", "messages": [{"content": "Hi"}]},
        {"id": "conv_fb", "contact_id": "ct_never", "channel": "facebook"},
    ],
}
CALL, MESSAGES = {"agent_id": AGENT, "phone_number": "+14155550123"}, "/conversations/conv_sms/messages"
SMS = {"channel": "sms", "content": "See you.", "from_phone_number_id": "pn_us"}


@pytest.fixture
def make(make_world: Callable[..., World]) -> Callable[..., tuple[Api, World]]:
    """Make a client, and its world, whose clock stands still."""

    def make(**more: Any) -> tuple[Api, World]:
        scenario = {"accounts": [{"keys": [KEY], "vantax": SEED}], "clock": {"start": START, "frozen": True}}
        world = make_world({"description": "x", **scenario, **more})
        return world.api("vantax", x_api_key=KEY), world

    return make


@pytest.fixture
def vantax(make: Callable[..., tuple[Api, World]]) -> Api:
    """Vantax with a sub-account's key."""
    return make()[0]


def advance(world: World, time: str) -> None:
    """Let time pass in a world."""
    assert world.http.post(f"{world.control}/clock", json={"advance": time}).status_code == 200


def listed(vantax: Api, path: str, **query: Any) -> list[str]:
    """Return the ids of a list."""
    answer = vantax("GET", path, params={**OWN, **query})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


def test_voices_can_be_heard(vantax: Api) -> None:
    """A preview has an address and ends some time; an unknown voice has none (get-voice-preview)."""
    voices = vantax("GET", "/voices").json()["data"]
    assert "voice_aria" in [voice["id"] for voice in voices]
    preview = vantax("POST", "/voices/voice_aria/preview", {"text": "Hello!", "speed_alpha": 1.5}).json()["data"]
    assert re.fullmatch(r"https://cdn\.vantaxai\.com/previews/tmp_[0-9a-f]{4}\.mp3", preview.pop("audio_url"))
    assert preview == {"voice_id": "voice_aria", "expires_at": "2026-03-01T10:00:00Z"}
    assert refused(vantax("POST", "/voices/voice_x/preview", {})) == (404, "Voice not found")
    for speed in (0.4, 2.1):
        assert wrong(vantax("POST", "/voices/voice_aria/preview", {"speed_alpha": speed})) == ["speed_alpha"]


def test_a_call_goes_on_by_itself(make: Callable[..., tuple[Api, World]]) -> None:
    """It is initiated, rings, is in progress, and is completed, as time passes (place-call, get-call)."""
    vantax, world = make(lifecycles={"vantax.call": {"after": "10s"}})
    answer = vantax("POST", "/calls", {"agent_id": AGENT, "contact_id": "ct_ada"})
    call_id = answer.json()["data"]["call_id"]
    assert (answer.status_code, answer.json()["data"]["status"]) == (201, "initiated")
    assert re.fullmatch("call_[0-9a-f]{8}", call_id)
    begun = {
        "id": call_id,
        **OWN,
        "agent_id": AGENT,
        "contact_id": "ct_ada",
        "direction": "outbound",
        "status": "initiated",
        "from": "+14155550142",
        "to": "+14155550123",
        **dict.fromkeys(("duration", "recording_url", "ai_summary", "outcome", "sentiment", "call_end_reason")),
        "transcript": [],
        "tool_calls": [],
        "started_at": START,
    }
    assert vantax("GET", f"/calls/{call_id}").json()["data"] == begun
    for status in ("ringing", "in_progress"):
        advance(world, "10s")
        assert vantax("GET", f"/calls/{call_id}").json()["data"] == {**begun, "status": status}
    advance(world, "10s")
    ended = {"status": "completed", "duration": 10, "outcome": "completed", "call_end_reason": "caller_hangup"}
    ended["transcript"] = [
        {"role": "agent", "text": "Hello.", "timestamp": "2026-03-01T09:00:20.000Z"},
        {"role": "caller", "text": "Hello, thank you for calling.", "timestamp": "2026-03-01T09:00:25.000Z"},
    ]
    assert vantax("GET", f"/calls/{call_id}").json()["data"] == {**begun, **ended}


RUNNING = {"start": START}


def test_a_call_of_an_agent_without_a_limit_worth_the_name(make: Callable[..., tuple[Api, World]]) -> None:
    """No page limits `max_call_time`: a call may last for longer than there are years, and goes on all the same."""
    vantax, world = make(calls={"outcome": "max_duration"})
    agent = vantax("POST", "/agents", {"name": "x", "max_call_time": 10**18}).json()["data"]["id"]
    call_id = vantax("POST", "/calls", {**CALL, "agent_id": agent, "from_phone_number_id": "pn_us"}).json()["data"]["call_id"]
    advance(world, "30d")
    assert vantax("GET", f"/calls/{call_id}").json()["data"]["status"] == "in_progress"


def test_a_call_needs_no_time(make: Callable[..., tuple[Api, World]]) -> None:
    """By default a call is over at once."""
    vantax, _ = make(clock=RUNNING)
    call_id = vantax("POST", "/calls", CALL).json()["data"]["call_id"]
    assert vantax("GET", f"/calls/{call_id}").json()["data"]["status"] == "completed"
    assert refused(vantax("GET", "/calls/call_0")) == (404, "Call not found")


def test_a_recorded_call(make: Callable[..., tuple[Api, World]]) -> None:
    """Where the agent records, the call has the address of its recording."""
    vantax, _ = make(clock=RUNNING)
    agent = vantax("POST", "/agents", {"name": "x", "recording": True}).json()["data"]["id"]
    call_id = vantax("POST", "/calls", {**CALL, "agent_id": agent, "from_phone_number_id": "pn_gb"}).json()["data"]["call_id"]
    call = vantax("GET", f"/calls/{call_id}").json()["data"]
    assert (call["recording_url"], call["from"]) == (f"https://cdn.vantaxai.com/recordings/{call_id}.mp3", "+442079460001")


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"contact_id": "ct_never"}, 409, "Contact is on the Do-Not-Call list"),
        ({"phone_number": "+14155550199"}, 409, "Contact is on the Do-Not-Call list"),  # that contact's
        ({"contact_id": "ct_0"}, 404, "Contact not found"),
        ({**CALL, "agent_id": "agt_0"}, 404, "Agent not found"),
        ({**CALL, "from_phone_number_id": "pn_0"}, 404, "Phone number not found"),
    ],
)
def test_calls_that_are_not_placed(vantax: Api, body: dict[str, str], status: int, text: str) -> None:
    """A contact on the Do-Not-Call list is a conflict (place-call); what does not exist is a 404."""
    assert refused(vantax("POST", "/calls", {"agent_id": AGENT, **body})) == (status, text)
    assert listed(vantax, "/calls") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"phone_number": "+14155550123", "contact_id": "ct_ada"}, "body"),
        ({"phone_number": "415"}, "phone_number"),
        ({"agent_id": "agt_mute", "phone_number": "+14155550123"}, "from_phone_number_id"),
    ],
)
def test_a_call_has_one_callee_and_a_caller(vantax: Api, body: dict[str, str], field: str) -> None:
    """Exactly one of contact and number is called, from the number that is named or the agent's own."""
    answer = vantax("POST", "/calls", {"agent_id": AGENT, **body})
    assert wrong(answer) == [field]
    if field == "body":
        assert answer.json()["errors"][0]["message"] == "Provide exactly one of contact_id or phone_number"


def test_a_repeated_call_is_placed_once(vantax: Api) -> None:
    """Idempotency keys are there for a second call and a duplicate message (glossary)."""
    for path, body in (("/calls", CALL), (MESSAGES, SMS)):
        first, again = (vantax("POST", path, body, headers={"Idempotency-Key": "k"}).json() for _ in range(2))
        assert first == again
    assert len(listed(vantax, "/calls")) == 1
    assert vantax("GET", MESSAGES).json()["pagination"]["total"] == 3


def test_calls_are_listed_by_page(make: Callable[..., tuple[Api, World]]) -> None:
    """The newest first, by page number, narrowed by what the parameters say (list-calls)."""
    vantax, world = make()
    ids: list[str] = []
    for number in ("+14155550101", "+14155550102", "+14155550103"):
        ids.insert(0, vantax("POST", "/calls", {**CALL, "phone_number": number}).json()["data"]["call_id"])
        advance(world, "1d")
    pages = [vantax("GET", "/calls", params={**OWN, "limit": 2, "page": page}).json() for page in (1, 2, 3)]
    assert [[call["id"] for call in page["data"]] for page in pages] == [ids[:2], ids[2:], []]
    assert pages[0]["pagination"] == {"total": 3, "limit": 2, "page": 1, "has_more": True}
    assert pages[1]["pagination"]["has_more"] is False
    assert listed(vantax, "/calls", start_date="2026-03-02", end_date="2026-03-02") == [ids[1]]
    assert listed(vantax, "/calls", search="0103") == ids[:1]
    assert listed(vantax, "/calls", direction="inbound") == listed(vantax, "/calls", agent_id="agt_mute") == []
    assert listed(vantax, "/calls", status="completed", agent_id=AGENT) == ids
    vantax("POST", "/calls", {"agent_id": AGENT, "contact_id": "ct_ada"})
    assert len(listed(vantax, "/calls", search="LOVELACE")) == 1
    assert vantax("GET", "/calls", params={**OWN, "limit": 101}).json()["pagination"]["limit"] == 100
    assert wrong(vantax("GET", "/calls", params={**OWN, "page": 0})) == ["page"]


def test_conversations(make: Callable[..., tuple[Api, World]]) -> None:
    """The one with the newest message is first; closing sets the unread count to 0 (update-conversation)."""
    vantax, world = make()
    path = "/conversations/conv_sms"
    before = {
        "id": "conv_sms",
        **OWN,
        "channel": "sms",
        "contact_id": "ct_ada",
        "status": "open",
        "tags": [],
        "metadata": {},
        "unread_count": 2,
        "last_message_at": START,
        "created_at": START,
    }
    assert vantax("GET", path).json() == {"success": True, "data": before}
    change = {"tags": ["billing"], "metadata": {"order": "7"}}
    assert vantax("PATCH", path, change).json()["data"] == {**before, **change}
    closed = vantax("PATCH", path, {"status": "closed", "tags": []}).json()["data"]
    assert closed == {**before, "metadata": {"order": "7"}, "status": "closed", "unread_count": 0}
    assert wrong(vantax("PATCH", path, {"metadata": {"n": 1}})) == ["metadata.n"]
    advance(world, "1m")
    vantax("POST", MESSAGES, SMS)
    assert listed(vantax, "/conversations")[0] == "conv_sms"
    assert listed(vantax, "/conversations", status="closed", channel="sms") == ["conv_sms"]
    assert listed(vantax, "/conversations", channel="email") == []
    assert refused(vantax("GET", "/conversations/conv_0")) == (404, "Conversation not found")


def test_messages_are_sent_and_listed(make: Callable[..., tuple[Api, World]]) -> None:
    """A message is queued, then sent, then delivered; the list has the oldest first (create-message, list-messages)."""
    vantax, world = make(lifecycles={"vantax.message": {"after": "1s"}})
    answer = vantax("POST", MESSAGES, {**SMS, "subject": "ignored", "media_url": ["https://example.com/a.png"]})
    sent = answer.json()["data"]
    assert re.fullmatch("msg_[0-9a-f]{6}", sent["id"])
    assert (answer.status_code, sent) == (
        201,
        {
            "id": sent["id"],
            "conversation_id": "conv_sms",
            "channel": "sms",
            "direction": "outbound",
            "content": "See you.",
            "subject": None,
            "sender_type": "ai",
            "media_url": ["https://example.com/a.png"],
            "status": "queued",
            "created_at": START,
        },
    )
    for status in ("queued", "sent", "delivered"):
        assert vantax("GET", MESSAGES).json()["data"][-1] == {**sent, "status": status}
        advance(world, "1s")
    page = vantax("GET", MESSAGES, params={"limit": 2}).json()
    assert [message["content"] for message in page["data"]] == ["Open on Monday?", "Hello?"]
    assert page["pagination"] == {"total": 3, "limit": 2, "has_more": True, "next_cursor": page["data"][1]["id"]}
    rest = vantax("GET", MESSAGES, params={"limit": 2, "starting_after": page["data"][1]["id"]}).json()
    assert [message["id"] for message in rest["data"]] == [sent["id"]]
    assert vantax("GET", MESSAGES).json()["pagination"]["limit"] == 50


def test_a_sent_message_is_shown_queued(make: Callable[..., tuple[Api, World]]) -> None:
    """By default a message is delivered at once; the answer shows it queued all the same, as the page says."""
    vantax, _ = make(clock=RUNNING)
    assert vantax("POST", MESSAGES, SMS).json()["data"]["status"] == "queued"
    assert vantax("GET", MESSAGES).json()["data"][-1]["status"] == "delivered"


@pytest.mark.parametrize(
    ("conversation", "body", "field"),
    [
        ("conv_sms", {"channel": "sms"}, "from_phone_number_id"),
        ("conv_sms", {"channel": "whatsapp"}, "from_phone_number_id"),
        ("conv_sms", {"channel": "email"}, "subject"),
        ("conv_sms", {"channel": "fax"}, "channel"),
        ("conv_sms", {"channel": "sms", "from_phone_number_id": "pn_gb"}, "from_phone_number_id"),
        ("conv_sms", {"channel": "facebook"}, "channel"),
        ("conv_fb", {"channel": "facebook"}, "channel"),
        ("conv_sms", {**SMS, "content": "x" * 4001}, "content"),
        ("conv_sms", {"channel": "email", "subject": "x" * 256}, "subject"),
    ],
)
def test_messages_that_are_not_sent(vantax: Api, conversation: str, body: dict[str, str], field: str) -> None:
    """What a channel requires, whether it reaches the contact, and whether the number can send SMS is checked."""
    assert wrong(vantax("POST", f"/conversations/{conversation}/messages", {"content": "x", **body})) == [field]


def test_a_messaging_window_closes(make: Callable[..., tuple[Api, World]]) -> None:
    """Outside the window after the contact's last message a platform takes none: 422 (create-message)."""
    vantax, world = make()
    path, body = "/conversations/conv_wa/messages", {**SMS, "channel": "whatsapp"}
    assert vantax("POST", path, body).status_code == 201
    advance(world, "24h")
    assert vantax("POST", path, body).status_code == 201
    advance(world, "1s")
    assert wrong(vantax("POST", path, body)) == ["channel"]
    assert vantax("POST", path, {**body, "channel": "email", "subject": "Hello"}).status_code == 201


def test_deleting_a_contact_removes_its_conversations(vantax: Api) -> None:
    """Its notes go too, the calls stay (delete-contact)."""
    vantax("POST", "/calls", {"agent_id": AGENT, "contact_id": "ct_ada"})
    assert vantax("DELETE", "/contacts/ct_ada").status_code == 200
    assert listed(vantax, "/conversations") == ["conv_fb"]
    assert refused(vantax("GET", MESSAGES)) == (404, "Conversation not found")
    assert len(listed(vantax, "/calls")) == 1
