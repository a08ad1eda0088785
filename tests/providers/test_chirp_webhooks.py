"""Where Chirp's apps hear of events: https://docs.buildwithchirp.com/sms/webhooks-setup, and how they take calls."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_chirp import APP, bearer, new_app, new_key, refusal
from tests.providers.test_chirp_messages import scenario
from tests.receiver import outbox, receiving, write_in

APPS = "/v1/organization/apps"
WEBHOOK = {
    "url": "https://your-app.com/webhooks/chirp",
    "events": ["messages.sms.sent", "messages.sms.delivered"],
    "headers": {"X-Webhook-Secret": "your-secret-key"},
}


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the key of an app."""
    return bearer(world, "sk_live_app_demo")


@pytest.fixture
def admin(world: World) -> Api:
    """Chirp with the admin key of the same organisation."""
    return bearer(world, "sk_admin_demo")


@pytest.mark.parametrize(("key", "path"), [("sk_live_app_demo", "/v1/webhooks"), ("sk_admin_demo", f"{APPS}/{APP}/webhooks")])
def test_webhooks_from_creation_to_deletion(world: World, key: str, path: str) -> None:
    """The guide's webhook is created, read, listed, changed and deleted, by the app and for it."""
    api = bearer(world, key)
    created = api("POST", path, WEBHOOK)
    assert created.status_code == 201
    webhook = created.json()
    assert re.fullmatch("whk_[0-9A-Za-z]{27}", webhook["id"])
    assert {name: webhook[name] for name in WEBHOOK} == WEBHOOK
    assert (webhook["appId"], webhook["createdAt"]) == (APP, webhook["updatedAt"])
    one = f"{path}/{webhook['id']}"
    assert api("GET", one).json() == webhook
    assert api("GET", path).json() == {"webhooks": [webhook], "totalCount": 1}

    changed = api("PUT", one, {"events": ["calls.completed"], "headers": {}})
    assert changed.status_code == 200
    assert (changed.json()["url"], changed.json()["events"], changed.json()["headers"]) == (
        WEBHOOK["url"],
        ["calls.completed"],
        {},
    )
    assert api("PUT", one, {}).json()["events"] == ["calls.completed"]

    deleted = api("DELETE", one)
    assert (deleted.status_code, list(deleted.json())) == (200, ["message"])
    for answer in (api("GET", one), api("PUT", one, {}), api("DELETE", one)):
        assert refusal(answer) == (404, "invalid_request_error", None, None)


def test_headers_are_optional(app: Api) -> None:
    """They are an object all the same (api-reference/app/get-v1webhooks)."""
    assert app("POST", "/v1/webhooks", {"url": "https://example.com", "events": ["calls.failed"]}).json()["headers"] == {}


def test_an_app_sees_its_own_webhooks(world: World, app: Api, admin: Api) -> None:
    """Each app has its own configuration (concepts/webhooks); another's webhook is not found, and goes with its app."""
    other_id = new_app(admin, "other")
    other = bearer(world, new_key(admin, other_id))
    mine = app("POST", "/v1/webhooks", WEBHOOK).json()["id"]
    theirs = other("POST", "/v1/webhooks", WEBHOOK).json()["id"]
    assert [one["id"] for one in app("GET", "/v1/webhooks").json()["webhooks"]] == [mine]
    assert refusal(app("DELETE", f"/v1/webhooks/{theirs}"))[0] == 404
    assert refusal(admin("GET", f"{APPS}/{APP}/webhooks/{theirs}"))[0] == 404
    assert admin("GET", f"{APPS}/{other_id}/webhooks/{theirs}").status_code == 200
    assert admin("GET", f"{APPS}/app_x/webhooks").json()["error"]["message"] == "App not found"
    assert admin("DELETE", f"{APPS}/{other_id}").status_code == 200
    tables = world.http.get(f"{world.control}/state").text
    assert mine in tables
    assert theirs not in tables


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"url": "http://example.com/hook"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "http://127.0.0.1.example.com/"}, "url"),
        ({"events": ["messages.sms.nothing"]}, "events[0]"),
        ({"events": "messages.sms.sent"}, "events"),
        ({"headers": {"X-Secret": 1}}, "headers.X-Secret"),
    ],
)
def test_webhooks_that_cannot_be(app: Api, change: dict[str, Any], param: str) -> None:
    """An address must be https ("HTTP is not supported", sms/webhooks-setup), an event one that there is."""
    assert refusal(app("POST", "/v1/webhooks", {**WEBHOOK, **change})) == (400, "invalid_request_error", None, param)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/hook", "http://localhost/hook", "http://[::1]:9000", "https://x.test?a=b"]
)
def test_a_test_can_listen(app: Api, url: str) -> None:
    """Loopback is taken without TLS, which is ours."""
    assert app("POST", "/v1/webhooks", {**WEBHOOK, "url": url}).status_code == 201


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"X-Webhook-Secret": "your-secret-key\n"}, "the header X-Webhook-Secret has a value that HTTP does not allow"),
        ({"X-Webhook-Secret": "your-secret-kéy"}, "the header X-Webhook-Secret has a value that HTTP does not allow"),
        ({"X-Webhook-Secret": " your-secret-key"}, "the header X-Webhook-Secret has a value that HTTP does not allow"),
        ({"X Webhook Secret": "your-secret-key"}, "'X Webhook Secret' is not the name of a header"),
        ({"X-A\r\nX-B": "your-secret-key"}, r"'X-A\r\nX-B' is not the name of a header"),
        ({"": "your-secret-key"}, "'' is not the name of a header"),
    ],
)
def test_headers_that_cannot_be_sent(make_world: Callable[..., World], headers: dict[str, str], problem: str) -> None:
    """The outbox says which, and not what is in it; a line break from a file with the secret is the usual one."""
    world = make_world(scenario())
    with receiving() as receiver:
        webhook = {"url": receiver.url, "events": ["messages.sms.received"], "headers": headers}
        assert bearer(world, "sk_live_app_demo")("POST", "/v1/webhooks", webhook).status_code == 201
        assert write_in(world, "+14155551234").status_code == 201
        assert receiver.received == []
    (sent,) = outbox(world)
    assert sent["attempts"][0]["error"].startswith(f"not sent: {problem}")
    assert "your-secret" not in str(sent)


def test_an_error_writes_a_field_in_one_way(app: Api) -> None:
    """In its text as in `param`."""
    webhook = {"url": "https://example.com/hook", "events": ["messages.sms.received", 5]}
    answer = app("POST", "/v1/webhooks", webhook).json()["error"]
    assert (answer["param"], answer["message"].partition(" ")[0]) == ("events[1]", "events[1]:")


def test_a_header_is_sent_once(make_world: Callable[..., World]) -> None:
    """A configured header replaces that of the same name, in whatever case."""
    world = make_world(scenario())
    with receiving() as receiver:
        headers = {"content-type": "application/vnd.example+json", "user-agent": "Chirp"}
        webhook = {"url": receiver.url, "events": ["messages.sms.received"], "headers": headers}
        assert bearer(world, "sk_live_app_demo")("POST", "/v1/webhooks", webhook).status_code == 201
        assert write_in(world, "+14155551234").status_code == 201
        (received,) = receiver.received
    assert {name: received.headers[name] for name in headers} == headers  # a name that comes twice has both values


def test_a_receiver_has_five_seconds_to_answer(make_world: Callable[..., World]) -> None:
    """Silence is a failure like any other."""
    world = make_world(scenario())
    with receiving() as receiver:
        receiver.release.clear()
        webhook = {"url": receiver.url, "events": ["messages.sms.received"]}
        assert bearer(world, "sk_live_app_demo")("POST", "/v1/webhooks", webhook).status_code == 201
        begun = time.monotonic()
        assert write_in(world, "+14155551234").status_code == 201
        assert time.monotonic() - begun >= 5
        (sent,) = outbox(world)
    assert [(one["status"], one["error"]) for one in sent["attempts"]] == [(None, "no answer within 5 s")]
    assert (sent["status"], sent["due"]) == ("pending", "2026-03-01T12:00:30.000Z")


@pytest.mark.parametrize("event", ["MESSAGE_CREATED", "MESSAGE_SENT", "MESSAGE_DELIVERED", "calls.voicemail.received"])
def test_events_of_either_generation(app: Api, event: str) -> None:
    """The older page's names (sms/receiving-messages) are taken beside those of the reference and of calls."""
    assert app("POST", "/v1/webhooks", {**WEBHOOK, "events": [event]}).json()["events"] == [event]


def test_the_calling_configuration(admin: Api) -> None:
    """It begins with the values of the page's examples; what is not sent stays (admin/put-v1organizationapps-calling)."""
    path = f"{APPS}/{APP}/calling"
    first = admin("GET", path).json()
    assert re.fullmatch("cc_[0-9A-Za-z]{27}", first["id"])
    assert first | {"id": "", "organizationId": "", "createdAt": "", "updatedAt": ""} == {
        "id": "",
        "appId": APP,
        "organizationId": "",
        "voicemailEnabled": True,
        "voicemailGreetingUrl": None,
        "voicemailMaxDuration": 120,
        "autoRecordEnabled": False,
        "recordingFormat": "mp4",
        "defaultAnswerBehavior": "webhook",
        "maxConcurrentCalls": 100,
        "whatsappCallingEnabled": False,
        "whatsappSipEnabled": False,
        "createdAt": "",
        "updatedAt": "",
    }
    changed = admin("PUT", path, {"voicemailMaxDuration": 600, "recordingFormat": "ogg"}).json()
    assert (changed["voicemailMaxDuration"], changed["recordingFormat"], changed["id"]) == (600, "ogg", first["id"])
    assert admin("GET", path).json() == changed
    other = admin("GET", f"{APPS}/{new_app(admin, 'other')}/calling").json()
    assert (other["voicemailMaxDuration"], other["organizationId"]) == (120, first["organizationId"])


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"voicemailMaxDuration": 9}, "voicemailMaxDuration"),
        ({"voicemailMaxDuration": 601}, "voicemailMaxDuration"),
        ({"recordingFormat": "mp3"}, "recordingFormat"),
        ({"voicemailEnabled": None}, "voicemailEnabled"),
    ],
)
def test_configurations_that_cannot_be(admin: Api, body: dict[str, Any], param: str) -> None:
    """A voicemail lasts 10 to 600 seconds, a recording is mp4, ogg or webm."""
    assert refusal(admin("PUT", f"{APPS}/{APP}/calling", body)) == (400, "invalid_request_error", None, param)
