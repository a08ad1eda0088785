"""Calls from outside to Chirp's apps: https://docs.buildwithchirp.com/calling/receiving-calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conftest import Api, World
from tests.providers.test_chirp import APP, NUMBER, NUMBERS, bearer, refusal
from tests.providers.test_chirp_calls import CALLS, VOICEMAILS, advance, command
from tests.providers.test_chirp_events import ALL, MAKE, SECRET, SHARED, app, received, subscribe, support, world
from tests.providers.test_chirp_messages import scenario
from tests.receiver import Receiver, call_in, deliver, receive, receiving, write_in

__all__ = ["app", "received", "support", "world"]  # the fixtures
CONFIG = f"/v1/organization/apps/{APP}/calling"


def configure(world: World, **config: Any) -> None:
    """Change how the app takes calls."""
    assert bearer(world, "sk_admin_demo")("PUT", CONFIG, config).status_code == 200


def waiting(app: Api) -> str:
    """The path of the newest call of an app."""
    return f"{CALLS}/{app('GET', CALLS).json()['data'][0]['id']}"


def test_an_app_answers_a_call(world: World, app: Api, received: Receiver) -> None:
    """It hears of the call, answers with a command and hangs up (calling/receiving-calls)."""
    arrived = call_in(world, SHARED).json()
    assert len(arrived["records"]) == 2, "each of the apps has a call of its own"
    path = f"{CALLS}/{arrived['records'][0]}"
    told = received.bodies[0]
    assert told["event"] == "calls.initiated"
    assert told["data"]["call"] == {
        "id": arrived["records"][0],
        "direction": "inbound",
        "from": "+12125550199",
        "to": SHARED,
        "fromChannel": "pstn",
        "toChannel": "pstn",
    }
    assert refusal(command(app, path, "hold"))[0] == 409
    advance(world, 29)
    assert command(app, path, "answer").json() == {"callId": arrived["records"][0], "command": "answer", "status": "accepted"}
    assert refusal(command(app, path, "answer"))[0] == 409
    assert command(app, path, "hold").status_code == 200
    advance(world, 10)
    assert command(app, path, "hangup").status_code == 200
    deliver(world)
    assert received.events == ["calls.initiated", "calls.answered", "calls.completed"]
    ended = app("GET", path).json()
    assert (ended["direction"], ended["status"], ended["duration"], ended["endReason"]) == (
        "inbound",
        "completed",
        10,
        "hangup",
    )
    advance(world, 600)
    assert app("GET", path).json() == ended


def test_an_app_answers_in_the_webhook_itself(make_world: MAKE) -> None:
    """A receiver may send its command before it answers the request."""
    world = make_world(scenario(clock={}))
    app = bearer(world, "sk_live_app_demo")

    def take(request: Any) -> int:
        if request.event == "calls.initiated":
            assert command(app, f"{CALLS}/{request.json()['data']['call']['id']}", "answer").status_code == 200
        return 200

    with receiving() as receiver:
        receiver.answer = take
        subscribe(app, url=receiver.url)
        call_in(world, SHARED, duration=0)
        deliver(world)
        deliver(world)
    assert receiver.events == ["calls.initiated", "calls.answered", "calls.completed"]


@pytest.mark.parametrize(("more", "seconds"), [({}, 60), ({"duration": 7}, 7)])
def test_a_caller_hangs_up(world: World, app: Api, received: Receiver, more: dict[str, Any], seconds: int) -> None:
    """After the duration that was asked for, or a minute."""
    path = f"{CALLS}/{call_in(world, SHARED, **more).json()['records'][0]}"
    command(app, path, "answer")
    advance(world, seconds - 1)
    assert app("GET", path).json()["status"] == "in_progress"
    advance(world, 1)
    assert (app("GET", path).json()["status"], app("GET", path).json()["duration"]) == ("completed", seconds)


def test_how_long_a_caller_stays_is_a_lifecycle(make_world: MAKE) -> None:
    """`chirp.inbound_call`; the 30 seconds for an answer are Chirp's own."""
    world = make_world(scenario(lifecycles={"chirp.inbound_call": {"after": "5s"}}))
    app = bearer(world, "sk_live_app_demo")
    path = f"{CALLS}/{call_in(world, SHARED).json()['records'][0]}"
    advance(world, 20)
    assert app("GET", path).json()["status"] == "initiated"
    command(app, path, "answer")
    advance(world, 5)
    assert app("GET", path).json()["duration"] == 5


def test_the_first_app_to_answer_has_the_call(world: World, app: Api, support: Api, received: Receiver) -> None:
    """The others hear that theirs is over."""
    call_in(world, SHARED)
    assert command(support, waiting(support), "answer").status_code == 200
    deliver(world)
    assert received.events == ["calls.initiated", "calls.failed"]
    mine = app("GET", waiting(app)).json()
    assert (mine["status"], mine["endReason"]) == ("canceled", "answered_elsewhere")
    assert refusal(command(app, waiting(app), "answer"))[0] == 409


def test_a_rejected_call_is_busy(world: World, app: Api, support: Api, received: Receiver) -> None:
    """With the reason of the command; another app may still answer."""
    call_in(world, SHARED)
    assert command(app, waiting(app), "reject", reason="Closed today").status_code == 200
    deliver(world)
    ended = app("GET", waiting(app)).json()
    assert (ended["status"], ended["endReason"], ended["duration"]) == ("busy", "Closed today", 0)
    assert received.events == ["calls.initiated", "calls.failed"]
    assert command(support, waiting(support), "answer").status_code == 200


def test_a_call_that_is_not_answered_goes_to_voicemail(world: World, app: Api, received: Receiver) -> None:
    """After 30 seconds on the world's clock; what the caller says is the transcription (calling/receiving-calls)."""
    said = [
        {"role": "caller", "text": "Please call me back."},
        {"role": "agent", "text": "Hello."},
        {"role": "caller", "text": "Bye."},
    ]
    call_in(world, SHARED, turns=said)
    advance(world, 29)
    assert app("GET", waiting(app)).json()["status"] == "initiated"
    advance(world, 1)
    assert app("GET", waiting(app)).json()["status"] == "voicemail"
    assert refusal(command(app, waiting(app), "send_to_voicemail"))[0] == 409
    advance(world, 10)
    assert received.events == ["calls.initiated", "calls.completed", "calls.voicemail.received"]
    told = received.bodies[-1]["data"]
    (voicemail,) = app("GET", VOICEMAILS).json()["data"]
    assert told["voicemail"] == voicemail
    assert (voicemail["duration"], voicemail["callerNumber"]) == (10, "+12125550199")
    assert voicemail["transcription"] == "Please call me back. Bye."
    assert told["call"]["status"] == "completed"


def test_a_call_that_is_not_answered_is_rejected_without_voicemail(world: World, app: Api, received: Receiver) -> None:
    """As `voicemailEnabled` says (admin/put-v1organizationapps-calling)."""
    configure(world, voicemailEnabled=False)
    bearer(world, "sk_admin_demo")("PUT", f"{NUMBERS}/{NUMBER}/apps", {"appIds": [APP]})
    call_in(world, SHARED)
    advance(world, 30)
    assert (received.events, app("GET", waiting(app)).json()["status"]) == (["calls.initiated", "calls.failed"], "busy")


def test_an_app_can_have_voicemail_alone(world: World, app: Api, received: Receiver) -> None:
    """`defaultAnswerBehavior: voicemail` asks for no command; a message ends with the configured maximum."""
    configure(world, defaultAnswerBehavior="voicemail", voicemailMaxDuration=12)
    call_in(world, SHARED, duration=600)
    assert app("GET", waiting(app)).json()["status"] == "voicemail"
    advance(world, 12)
    assert app("GET", VOICEMAILS).json()["data"][0]["duration"] == 12


def test_an_answered_call_can_be_sent_to_voicemail_and_recorded(world: World, app: Api, received: Receiver) -> None:
    """Commands are the same as for calls of the app's own (calling/call-commands)."""
    configure(world, autoRecordEnabled=True)
    call_in(world, SHARED)
    command(app, waiting(app), "answer")
    assert refusal(command(app, waiting(app), "start_recording"))[0] == 409, "it is recorded from the answer on"
    advance(world, 5)
    assert command(app, waiting(app), "send_to_voicemail").status_code == 200
    advance(world, 60)
    assert sorted(received.events[2:]) == ["calls.completed", "calls.recording.completed", "calls.voicemail.received"]


def test_more_calls_than_an_app_takes_at_a_time(world: World, app: Api, received: Receiver) -> None:
    """`maxConcurrentCalls` makes the next one busy until another has ended."""
    configure(world, maxConcurrentCalls=1)
    call_in(world, SHARED)
    first = waiting(app)
    call_in(world, SHARED)
    assert app("GET", waiting(app)).json()["status"] == "busy"
    command(app, first, "hangup")
    call_in(world, SHARED)
    assert app("GET", waiting(app)).json()["status"] == "initiated"


@pytest.mark.parametrize(
    ("outcome", "status", "event"),
    [("no_answer", "no_answer", "calls.no_answer"), ("failed", "failed", "calls.failed"), ("voicemail", "voicemail", None)],
)
def test_calls_that_no_command_is_waited_for(
    world: World, app: Api, received: Receiver, outcome: str, status: str, event: str | None
) -> None:
    """The outcome that the outside world chose."""
    call_in(world, SHARED, outcome=outcome)
    assert app("GET", waiting(app)).json()["status"] == status
    assert received.events == ["calls.initiated", *([event] if event else [])]


def test_webhooks_of_a_scenario(make_world: MAKE, simulator: Simulator) -> None:
    """An app may have webhooks from the start, as from the dashboard; they stay when the world is cleared."""
    hooks = [{"url": "https://one.test/"}, {"url": "https://two.test/", "events": ["calls.failed"], "headers": SECRET}]
    apps = [{"id": APP, "webhooks": hooks}]
    world = make_world({"accounts": [{"keys": ["sk_live_app_demo"], "chirp": {"apps": apps, "numbers": [{"apps": [APP]}]}}]})
    app, receiver = bearer(world, "sk_live_app_demo"), receive(simulator, world)
    newest, oldest = app("GET", "/v1/webhooks").json()["webhooks"]
    assert (newest["url"], newest["events"], newest["headers"]) == ("https://two.test/", ["calls.failed"], SECRET)
    assert (oldest["url"], set(oldest["events"]), oldest["headers"]) == ("https://one.test/", set(ALL), {})
    number = app("GET", "/v1/phone-numbers").json()["phoneNumbers"][0]["number"]
    call_in(world, number, outcome="failed")
    assert [(request.url, request.event) for request in receiver.received] == [
        ("https://one.test/", "calls.initiated"),
        ("https://one.test/", "calls.failed"),
        ("https://two.test/", "calls.failed"),
    ]
    assert world.http.post(f"{world.control}/clear").is_success
    assert app("GET", "/v1/webhooks").json()["totalCount"] == 2


def test_numbers_that_reach_nobody(world: World, app: Api) -> None:
    """A number without an owner, without an app, or without the feature, and what to do about it."""
    nobody = call_in(world, "+12125550142")
    assert nobody.status_code == 404
    assert SHARED in nobody.json()["detail"]
    for answer in (call_in(world, "+14155555678"), write_in(world, "+14155555678")):
        assert answer.status_code == 409
        assert "no app has +14155555678" in answer.json()["detail"]
        assert "POST /v1/phone-numbers" in answer.json()["detail"]
    voice_only = write_in(world, "+442079460000")
    assert (voice_only.status_code, "takes no messages" in voice_only.json()["detail"]) == (409, True)
    assert call_in(world, "+442079460000").status_code == 201


def test_a_short_code_texts_and_is_texted(make_world: Callable[..., World]) -> None:
    """As the seed page has it, for messages in high volume; it has no Voice, so nobody calls it or is called from it."""
    code, keys = "24771", ["sk_admin_demo", "sk_live_app_demo"]
    chirp = {"apps": [{"id": APP}], "numbers": [{"number": code, "type": "shortcode", "apps": [APP]}]}
    world = make_world({"accounts": [{"keys": keys, "chirp": chirp}]})
    app = bearer(world, "sk_live_app_demo")
    sent = app("POST", "/v1/sms", {"from": code, "to": ["+12125550199"], "text": "Reply YES to confirm."})
    assert (sent.status_code, sent.json()["from"]) == (201, code)
    answer = write_in(world, code, "YES")
    assert answer.status_code == 201, answer.text
    newest = app("GET", "/v1/sms").json()["messages"][0]
    assert (newest["id"], newest["systemPhoneNumber"]) == (answer.json()["records"][0], code)
    assert (newest["direction"], newest["text"]) == ("INBOUND", "YES")

    called = app("POST", "/v1/calls", {"from": code, "to": "+12125550199"})
    assert refusal(called)[0] == 400
    assert called.json()["error"]["param"] == "from"
    assert called.headers["X-Simulator-Evidence"] == "assumed"
    refused = call_in(world, code)
    assert (refused.status_code, "24771 takes no calls" in refused.text) == (409, True)
