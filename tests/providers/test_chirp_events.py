"""What Chirp's apps hear of: https://docs.buildwithchirp.com/calling/webhooks-setup and /sms/webhooks-setup."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conftest import Api, World
from tests.providers.outcomes import LATE, MAGIC, OPTED_OUT, REJECTED
from tests.providers.test_chirp import APP, NUMBER, bearer, refusal
from tests.providers.test_chirp_calls import CALLS, advance, command, dial
from tests.providers.test_chirp_messages import HELLO, SMS, scenario
from tests.receiver import Receiver, call_in, deliver, outbox, receive, receiving, write_in

ALL = [
    *(f"messages.sms.{name}" for name in ("received", "sent", "delivered", "failed")),
    *(f"calls.{name}" for name in ("initiated", "ringing", "answered", "completed", "failed", "no_answer")),
    "calls.recording.completed",
    "calls.voicemail.received",
]
SHARED = "+14155551234"  # a number of both apps
SECRET = {"X-Webhook-Secret": "your-secret-key"}
MAKE = Callable[..., World]
AT_ONCE = {"chirp.call": "immediate", "chirp.sms": "immediate"}


@pytest.fixture
def world(make_world: MAKE) -> World:
    """A world in which each step of a call, and of a message, takes ten seconds."""
    slow = {"chirp.call": {"after": "10s"}, "chirp.sms": {"after": "10s"}, "chirp.recording": {"after": "5s"}}
    return make_world(scenario(lifecycles=slow))


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the live key of an app."""
    return bearer(world, "sk_live_app_demo")


@pytest.fixture
def support(world: World) -> Api:
    """Chirp with the key of the other app that has the number."""
    return bearer(world, "sk_live_app_support")


@pytest.fixture
def received(simulator: Simulator, world: World, app: Api) -> Receiver:
    """What the app hears of; it listens to everything."""
    receiver = receive(simulator, world)
    subscribe(app)
    return receiver


def subscribe(
    app: Api, events: list[str] = ALL, url: str = "https://receiver.test/hook", headers: dict[str, str] | None = None
) -> str:
    """The id of a new webhook."""
    answer = app("POST", "/v1/webhooks", {"url": url, "events": events, "headers": headers or {}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_receiver_knows_chirp_by_the_header_that_it_configured(make_world: MAKE) -> None:
    """There is no signature; the event comes as JSON with the webhook's own headers (sms/webhooks-setup)."""
    world = make_world(scenario(lifecycles=AT_ONCE))
    app = bearer(world, "sk_live_app_demo")
    with receiving() as receiver:
        receiver.answer = lambda request: 200 if request.headers.get("x-webhook-secret") == "your-secret-key" else 401
        subscribe(app, url=receiver.url, headers=SECRET)
        sent = app("POST", SMS, HELLO).json()
        deliver(world)
        assert write_in(world, SHARED).status_code == 201
    assert receiver.events == ["messages.sms.sent", "messages.sms.delivered", "messages.sms.received"]
    assert [one["status"] for one in outbox(world)] == ["delivered"] * 3
    assert receiver.received[0].headers["content-type"] == "application/json"
    assert receiver.bodies[0] == {
        "event": "messages.sms.sent",
        "eventId": f"evt_{sent['id']}_sent",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {
            "id": sent["id"],
            "from": HELLO["from"],
            "to": "+14155550123",
            "text": HELLO["text"],
            "subject": None,
            "mediaUrls": [],
            "type": "SMS",
            "direction": "OUTBOUND",
            "status": "SENT",
            "createdAt": "2026-03-01T12:00:00.000Z",
        },
    }
    inbound = receiver.bodies[2]["data"]
    assert (inbound["from"], inbound["to"], inbound["direction"], inbound["status"]) == (
        *("+12125550199", SHARED),
        *("INBOUND", "RECEIVED"),
    )
    assert "your-secret-key" not in world.http.get(f"{world.control}/outbox").text
    assert "your-secret-key" not in world.http.get(f"{world.control}/requests").text


def test_the_events_of_a_call_in_their_order(world: World, app: Api, received: Receiver) -> None:
    """Each step of a call is told, with the payload of the page; its end with what came of it (calling/webhooks-setup)."""
    path = dial(app, metadata={"campaignId": "camp_123"})
    for _ in range(3):
        advance(world, 10)
    assert received.events == ["calls.initiated", "calls.ringing", "calls.answered", "calls.completed"]
    call_id = path.rpartition("/")[2]
    first, last = received.bodies[0], received.bodies[-1]
    members = {
        "id": call_id,
        "direction": "outbound",
        "from": "+14155551234",
        "to": "+14155550123",
        "fromChannel": "pstn",
        "toChannel": "pstn",
        "metadata": {"campaignId": "camp_123"},
    }
    assert first == {
        "event": "calls.initiated",
        "eventId": f"evt_{call_id}_initiated",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {"call": members, "app": {"id": APP}},
    }
    ended = {"status": "completed", "duration": 10, "endReason": "hangup", "answeredAt": "2026-03-01T12:00:20.000Z"}
    assert last["data"]["call"] == {**members, **ended, "endedAt": "2026-03-01T12:00:30.000Z"}
    assert last["timestamp"] == "2026-03-01T12:00:30.000Z"


def test_a_call_that_is_cancelled_has_failed(world: World, app: Api, received: Receiver) -> None:
    """Nobody has answered it."""
    command(app, dial(app), "hangup")
    deliver(world)
    assert received.events == ["calls.initiated", "calls.failed"]
    assert received.bodies[1]["data"]["call"]["status"] == "canceled"


def test_a_recording_is_told_when_its_file_is_there(world: World, app: Api, received: Receiver) -> None:
    """After the call, as it is processed then (calling/recordings)."""
    path = dial(app)
    advance(world, 20)
    command(app, path, "start_recording")
    advance(world, 60)
    assert received.events[-2:] == ["calls.completed", "calls.recording.completed"]
    told = received.bodies[-1]
    recording = told["data"]["recording"]
    assert recording == app("GET", f"{CALLS}/recordings/{recording['id']}").json() | {"fileUrl": recording["fileUrl"]}
    assert (recording["status"], told["eventId"]) == ("completed", f"evt_{recording['id']}_completed")
    assert (told["data"]["call"]["id"], told["data"]["app"]) == (path.rpartition("/")[2], {"id": APP})


def test_each_recipient_has_events_of_its_own(world: World, app: Api, received: Receiver) -> None:
    """A message to several is a message to each of them (sms/sending-messages/multiple-recipients)."""
    app("POST", SMS, {**HELLO, "to": ["+14155550123", "+14155550124"]})
    advance(world, 20)
    assert received.events == ["messages.sms.sent"] * 2
    assert [body["data"]["to"] for body in received.bodies] == ["+14155550123", "+14155550124"]
    assert len({body["eventId"] for body in received.bodies}) == 2
    ids = [message["id"] for message in app("GET", SMS).json()["messages"]]
    assert [body["data"]["id"] for body in received.bodies] == ids[::-1]
    assert [body["eventId"] for body in received.bodies] == [f"evt_{one}_sent" for one in ids[::-1]]


@pytest.mark.parametrize(
    ("outcome", "events", "end"),
    [
        ("busy", ["calls.failed"], ("busy", "busy", None)),
        ("failed", ["calls.failed"], ("failed", "failed", None)),
        ("no_answer", ["calls.no_answer"], ("no_answer", "no_answer", None)),
        ("voicemail", ["calls.answered", "calls.completed"], ("completed", "voicemail", "2026-03-01T12:00:20.000Z")),
        ("hung_up", ["calls.answered", "calls.completed"], ("completed", "hangup", "2026-03-01T12:00:20.000Z")),
    ],
)
def test_how_a_call_ends_decides_its_last_events(
    world: World, app: Api, received: Receiver, outcome: str, events: list[str], end: tuple[Any, ...]
) -> None:
    """By the number that is called; nobody left a message at the voicemail of somebody else."""
    dial(app, to=MAGIC[outcome])
    for _ in range(3):
        advance(world, 10)
    assert received.events == ["calls.initiated", "calls.ringing", *events]
    told = received.bodies[-1]["data"]["call"]
    assert (told["status"], told["endReason"], told["answeredAt"]) == end


def test_a_message_fails_for_some_of_its_recipients(make_world: MAKE, simulator: Simulator) -> None:
    """Each of them has its own end, with an error for those that the message does not reach (api_reference/webhooks)."""
    world = make_world(scenario())
    app, receiver = bearer(world, "sk_live_app_demo"), receive(simulator, world)
    subscribe(app)
    app("POST", SMS, {**HELLO, "to": ["+14155550123", LATE, REJECTED, OPTED_OUT]})
    advance(world, 3)
    told = [(body["event"].rpartition(".")[2], body["data"]["to"]) for body in receiver.bodies]
    assert told == [
        *[("sent", "+14155550123"), ("sent", LATE), ("failed", REJECTED), ("failed", OPTED_OUT)],
        ("delivered", "+14155550123"),
    ]
    failed = receiver.bodies[2]["data"]
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "message_undeliverable")
    assert "error" not in receiver.bodies[0]["data"]
    advance(world, 30)
    assert [(body["event"], body["data"]["to"]) for body in receiver.bodies[5:]] == [("messages.sms.delivered", LATE)]


def test_only_what_was_subscribed_to_is_sent(simulator: Simulator, world: World, app: Api) -> None:
    """A webhook gets the events that it lists, from now on those that it was changed to, and none once it is gone."""
    receiver = receive(simulator, world)
    webhook = subscribe(app, ["calls.completed"])
    command(app, dial(app), "hangup")
    app("POST", SMS, HELLO)
    advance(world, 60)
    assert receiver.events == []
    assert app("PUT", f"/v1/webhooks/{webhook}", {"events": ["calls.ringing"]}).status_code == 200
    dial(app)
    advance(world, 60)
    assert receiver.events == ["calls.ringing"]
    app("DELETE", f"/v1/webhooks/{webhook}")
    dial(app)
    advance(world, 60)
    assert receiver.events == ["calls.ringing"]


def test_every_app_that_shares_a_number_is_told_with_its_own_settings(
    simulator: Simulator, world: World, app: Api, support: Api
) -> None:
    """Each with its own address, headers and message ("its own API keys and webhook settings", sms/managing-numbers)."""
    receiver = receive(simulator, world)
    subscribe(app, url="https://one.test/", headers=SECRET)
    subscribe(support, ["messages.sms.received"], url="https://two.test/", headers={"Authorization": "Bearer two"})
    arrived = write_in(world, SHARED, "Are you open today?").json()
    assert (len(arrived["records"]), len(arrived["deliveries"]), arrived["number"]) == (2, 2, NUMBER)
    got = {request.url: request for request in receiver.received}
    assert got["https://one.test/"].headers["x-webhook-secret"] == "your-secret-key"
    assert got["https://two.test/"].headers["authorization"] == "Bearer two"
    assert "x-webhook-secret" not in got["https://two.test/"].headers
    assert [got[url].json()["data"]["id"] for url in ("https://one.test/", "https://two.test/")] == arrived["records"]
    receiver.received.clear()
    app("POST", SMS, HELLO)
    advance(world, 60)
    assert {request.url for request in receiver.received} == {"https://one.test/"}, "what an app sends is its own affair"


def test_five_retries_with_growing_pauses(world: World, app: Api, received: Receiver) -> None:
    """Anything but 200 is a failure, 204 too; after five retries Chirp gives up (sms/webhooks-setup)."""
    received.answer = lambda request: 204
    assert write_in(world, SHARED).status_code == 201
    assert len(received.received) == 1
    advance(world, 3600)
    (delivery,) = outbox(world)
    assert (delivery["status"], delivery["due"]) == ("failed", None)
    minutes = ["00:00", "00:30", "01:30", "03:30", "07:30", "15:30"]
    assert [attempt["at"] for attempt in delivery["attempts"]] == [f"2026-03-01T12:{at}.000Z" for at in minutes]
    assert len({request.body for request in received.received}) == 1


def test_a_retry_that_succeeds_is_the_last_one(world: World, app: Api, received: Receiver) -> None:
    """A receiver that comes back gets the event once more and no more."""
    received.answer = lambda request: 503 if len(received.received) < 3 else 200
    write_in(world, SHARED)
    advance(world, 3600)
    assert [attempt["status"] for attempt in outbox(world)[0]["attempts"]] == [503, 503, 200]


def test_a_wrong_secret_is_another_value_of_the_configured_header(simulator: Simulator, world: World, app: Api) -> None:
    """So that a receiver that does not look at it is found out."""
    receiver = receive(simulator, world)
    subscribe(app, headers=SECRET)
    rule = {"when": {"event": "chirp.messages.sms.received"}, "then": {"delivery": "wrong_secret"}, "times": 1}
    assert world.http.post(f"{world.control}/rules", json=rule).is_success
    write_in(world, SHARED)
    write_in(world, SHARED)
    wrong, right = (request.headers["x-webhook-secret"] for request in receiver.received)
    assert wrong != right == "your-secret-key"


def test_pictures_from_outside(world: World, app: Api, received: Receiver) -> None:
    """A message with media is an MMS."""
    write_in(world, SHARED, "", media=["https://example.com/cat.jpg"], subject="Cat")
    data = received.bodies[0]["data"]
    assert (data["type"], data["text"], data["subject"]) == ("MMS", None, "Cat")
    assert data["mediaUrls"] == ["https://example.com/cat.jpg"]


def test_test_keys_fire_webhooks_too(make_world: MAKE, simulator: Simulator) -> None:
    """In test mode "webhooks still fire", for messages of the playground too (concepts/simulating-inbound-messages)."""
    world = make_world(scenario(lifecycles=AT_ONCE))
    receiver = receive(simulator, world)
    test_key = bearer(world, "sk_test_app_demo")
    subscribe(test_key)
    inbound = {"from": "+14155550123", "to": SHARED, "text": "Hello"}
    assert test_key("POST", "/v1/playground/sms/inbound", inbound).status_code == 202
    test_key("POST", SMS, HELLO)
    test_key("POST", CALLS, {"from": SHARED, "to": "+14155550123"})
    deliver(world)
    assert receiver.events == [
        *("messages.sms.received", "messages.sms.sent", "messages.sms.delivered"),
        *("calls.initiated", "calls.ringing", "calls.answered", "calls.completed"),
    ]
    assert re.fullmatch("msg_sms_test_[0-9A-Za-z]{27}", receiver.bodies[0]["data"]["id"])


def test_a_snapshot_holds_what_is_to_be_sent(world: World, app: Api, received: Receiver) -> None:
    """A delivery that waits for its retry, and a call that waits for its answer, are there again after a restore."""
    received.answer = lambda request: 500
    call_in(world, SHARED)
    saved = f"{world.control}/snapshots/waiting"
    assert world.http.put(saved).is_success
    advance(world, 3600)
    assert outbox(world)[0]["status"] == "failed"
    assert world.http.post(f"{saved}/restore").is_success
    assert [(one["status"], len(one["attempts"])) for one in outbox(world)] == [("pending", 1)]
    received.answer = lambda request: 200
    received.received.clear()
    call_id = app("GET", CALLS).json()["data"][0]["id"]
    assert command(app, f"{CALLS}/{call_id}", "answer").status_code == 200
    advance(world, 30)
    assert received.events == ["calls.answered", "calls.initiated"], "a retry holds nothing up"


def test_the_same_seed_sends_the_same_bytes(make_world: MAKE, simulator: Simulator) -> None:
    """Ids, times and order included."""
    runs = []
    for _ in range(2):
        world = make_world(scenario(lifecycles=AT_ONCE), seed=7)
        app, receiver = bearer(world, "sk_live_app_demo"), receive(simulator, world)
        subscribe(app)
        write_in(world, SHARED)
        app("POST", SMS, HELLO)
        call_in(world, SHARED)
        advance(world, 60)
        runs.append([(request.event, request.body) for request in receiver.received])
    assert len(runs[0]) > 5
    assert runs[0] == runs[1]


def test_receivers_must_speak_https(world: World, app: Api) -> None:
    """A change is looked at like a registration: "HTTP is not supported" (sms/webhooks-setup)."""
    webhook = subscribe(app)
    answer = app("PUT", f"/v1/webhooks/{webhook}", {"url": "http://example.com/hook"})
    assert refusal(answer) == (400, "invalid_request_error", None, "url")
    assert "--webhook-hosts" in answer.json()["error"]["message"]
    assert app("PUT", "/v1/webhooks/whk_x", {"url": "http://example.com"}).status_code == 404
