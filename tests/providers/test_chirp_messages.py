"""SMS and MMS of Chirp's apps: https://docs.buildwithchirp.com/api-reference/app/post-v1sms and the guides about sending."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.outcomes import REJECTED
from tests.providers.test_chirp import APP, NUMBER, OTHER, bearer, refusal
from tests.providers.test_chirp_billing import summary

SMS, LOG = "/v1/sms", "/v1/organization/sms/messages"
HELLO = {"from": "+14155551234", "to": ["+14155550123"], "text": "Hello from Chirp!"}
CALL = {"from": "+14155551234", "to": "+14155550123"}
KEYS = ["sk_admin_demo", "sk_live_app_demo", "sk_test_app_demo", "sk_live_app_support"]
CLOCK = {"start": "2026-03-01T12:00:00Z", "frozen": True}


def scenario(**more: Any) -> dict[str, Any]:
    """A scenario with two apps that share a number, and numbers elsewhere that one of them has."""
    apps = [{"id": APP}, {"id": OTHER, "slug": "support", "keys": ["sk_live_app_support"]}]
    numbers = [
        {"id": NUMBER, "number": "+14155551234", "apps": [APP, OTHER]},
        {"number": "+442079460000", "apps": [APP]},
        {"number": "24771", "apps": [APP]},
        {"number": "+14155555678"},
    ]
    accounts = [{"keys": KEYS, "chirp": {"apps": apps, "numbers": numbers}}]
    return {"description": "x", "clock": CLOCK, "accounts": accounts, **more}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world in which messages take no time."""
    return make_world(scenario(lifecycles={"chirp.sms": "immediate"}))


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the live key of an app."""
    return bearer(world, "sk_live_app_demo")


@pytest.fixture
def admin(world: World) -> Api:
    """Chirp with an admin key."""
    return bearer(world, "sk_admin_demo")


def test_the_introductions_message(app: Api) -> None:
    """The message of the introduction is queued, and answered with the members that its page shows."""
    answer = app("POST", SMS, HELLO)
    assert answer.status_code == 201
    sent = answer.json()
    assert re.fullmatch("msg_sms_[0-9A-Za-z]{27}", sent.pop("id"))
    assert sent == {
        **HELLO,
        "subject": None,
        "mediaUrls": [],
        "type": "SMS",
        "transport": "sms",
        "direction": "OUTBOUND",
        "status": "QUEUED",
        "createdAt": "2026-03-01T12:00:00.000Z",
    }


def test_the_organisations_log(app: Api, admin: Api) -> None:
    """An item has the members of the page, and tells how far its recipient's is (admin/get-v1organizationsmsmessages)."""
    message_id = app("POST", SMS, HELLO).json()["id"]
    listed = admin("GET", LOG).json()
    assert (listed["totalCount"], listed["nextCursor"]) == (1, None)
    (message,) = listed["messages"]
    assert app("GET", f"{SMS}/{message_id}").json() == app("GET", SMS).json()["messages"][0] == message
    (recipient,) = message.pop("recipients")
    at = "2026-03-01T12:00:00.000Z"
    assert message == {
        "id": message_id,
        "systemPhoneNumberId": NUMBER,
        "systemPhoneNumber": "+14155551234",
        "fromPhoneNumber": "+14155551234",
        "text": "Hello from Chirp!",
        "subject": None,
        "type": "SMS",
        "transport": "sms",
        "direction": "OUTBOUND",
        "receivedAt": None,
        **dict.fromkeys(["sentAt", "completedAt", "createdAt", "updatedAt"], at),
    }
    assert set(recipient) == {"id", "phoneNumber", "status", "carrier", "lineType", "createdAt", "updatedAt"}
    assert re.fullmatch("rcpt_[0-9A-Za-z]{27}", recipient["id"])
    assert (recipient["phoneNumber"], recipient["status"]) == ("+14155550123", "DELIVERED")


def recipients(api: Api, path: str) -> list[list[str]]:
    """Return the numbers of the recipients of each message of a list, the newest first."""
    return [[one["phoneNumber"] for one in message["recipients"]] for message in api("GET", path).json()["messages"]]


def test_several_recipients_get_a_message_each(make_world: Callable[..., World]) -> None:
    """With ids of their own; nobody sees who else was written to (sms/sending-messages/multiple-recipients)."""
    world = make_world(scenario(clock=CLOCK))
    app, admin = bearer(world, "sk_live_app_demo"), bearer(world, "sk_admin_demo")
    numbers = ["+14155550123", "+14155550124", "+14155550125"]
    answer = app("POST", SMS, {**HELLO, "to": numbers})
    assert (answer.json()["to"], answer.json()["status"]) == (numbers, "QUEUED")
    assert answer.headers["X-Simulator-Evidence"] == "assumed", "no page says whose id it is"
    newest_first = [[number] for number in reversed(numbers)]
    assert recipients(app, SMS) == recipients(admin, LOG) == newest_first
    listed = app("GET", SMS).json()["messages"]
    assert len({message["id"] for message in listed}) == len({one["recipients"][0]["id"] for one in listed}) == 3
    assert listed[-1]["id"] == answer.json()["id"]
    for message in listed:
        assert app("GET", f"{SMS}/{message['id']}").json() == message
    assert recipients(app, f"{SMS}?limit=2") == newest_first[:2]
    assert recipients(app, f"{SMS}?cursor={listed[1]['id']}") == newest_first[2:]


def test_the_id_of_a_message_to_several(make_world: Callable[..., World]) -> None:
    """May be one that leads nowhere, so that a client learns from the lists and from webhooks; to one it is the message's."""
    app = bearer(make_world(scenario(assume={"chirp.id_of_several": "own"})), "sk_live_app_demo")
    several = app("POST", SMS, {**HELLO, "to": ["+14155550123", "+14155550124"]})
    assert app("GET", f"{SMS}/{several.json()['id']}").status_code == 404
    assert (several.headers["X-Simulator-Evidence"], len(recipients(app, SMS))) == ("assumed", 2)
    one = app("POST", SMS, HELLO)
    assert app("GET", f"{SMS}/{one.json()['id']}").status_code == 200
    assert one.headers["X-Simulator-Evidence"] == "inferred"
    test = bearer(make_world(scenario(assume={"chirp.id_of_several": "own"})), "sk_test_app_demo")
    several = test("POST", SMS, {**HELLO, "to": ["+14155550123", "+14155550124"]})
    assert re.fullmatch("msg_sms_test_[0-9A-Za-z]{27}", several.json()["id"])


def test_messages_to_several_are_restored_each_as_far_as_it_was(make_world: Callable[..., World]) -> None:
    """In the same world and, as a document, in another one."""
    world = make_world(scenario(lifecycles={"chirp.sms": {"after": "10s"}}))
    app = bearer(world, "sk_live_app_demo")
    app("POST", SMS, {**HELLO, "to": ["+14155550123", REJECTED]})
    world.http.post(f"{world.control}/clock", json={"advance": "10s"})
    assert world.http.put(f"{world.control}/snapshots/sending").is_success
    document = world.http.get(f"{world.control}/snapshot").json()
    other = make_world(scenario())
    assert other.http.put(f"{other.control}/snapshot", json=document).is_success

    def statuses(of: World) -> list[str]:
        listed = bearer(of, "sk_live_app_demo")("GET", SMS).json()["messages"]
        return [message["recipients"][0]["status"] for message in listed]

    assert statuses(world) == statuses(other) == ["SENDING", "SENDING"]
    for _ in range(2):
        for each in (world, other):
            each.http.post(f"{each.control}/clock", json={"advance": "1m"})
            assert statuses(each) == ["FAILED", "DELIVERED"]
        world.http.post(f"{world.control}/snapshots/sending/restore")
        assert other.http.put(f"{other.control}/snapshot", json=document).is_success
        assert statuses(world) == statuses(other) == ["SENDING", "SENDING"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "SMS"),
        ({"transport": "sms"}, "SMS"),
        ({"transport": "mms"}, "MMS"),
        ({"subject": "Important"}, "MMS"),
        ({"mediaUrls": ["https://example.com/image.jpg"]}, "MMS"),
    ],
)
def test_the_transport_follows_the_content(app: Api, more: dict[str, Any], kind: str) -> None:
    """`automatic` decides by the content (app/post-v1sms); the type is upper case, the transport lower."""
    sent = app("POST", SMS, {**HELLO, **more}).json()
    assert (sent["type"], sent["transport"]) == (kind, kind.lower())


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"from": "+14155555678"}, "phone_number_not_assigned", "from"),
        ({"from": "+14155559999"}, "phone_number_not_assigned", "from"),
        ({"from": "4155551234"}, "invalid_phone_number", "from"),
        ({"to": ["4155550123"]}, "invalid_phone_number", "to[0]"),
        ({"to": ["+14155550123", "x"]}, "invalid_phone_number", "to[1]"),
        ({"to": []}, None, "to"),
        ({"to": "+14155550123"}, None, "to"),
        ({"text": 1}, None, "text"),
        ({"transport": "fax"}, None, "transport"),
        ({"transport": "sms", "mediaUrls": ["https://example.com/a.jpg"]}, "unsupported_message_type", "transport"),
        ({"from": "+442079460000", "transport": "mms"}, "unsupported_message_type", "transport"),
    ],
)
def test_messages_that_cannot_be_sent(app: Api, admin: Api, more: dict[str, Any], code: str | None, param: str) -> None:
    """The codes of the table, with their status 400, and the field at fault (api_reference/error-codes)."""
    answer = app("POST", SMS, {**HELLO, **more})
    assert refusal(answer) == (400, "invalid_request_error", code, param)
    if code:
        assert answer.json()["error"]["doc_url"] == f"https://docs.buildwithchirp.com/api_reference/error-codes#{code}"
    if code == "invalid_phone_number":
        assert answer.json()["error"]["message"] == "This is not a valid phone number"
    assert admin("GET", LOG).json()["totalCount"] == 0


def test_a_message_says_something(app: Api) -> None:
    """Without a text there must be media."""
    empty = {"from": "+14155551234", "to": ["+14155550123"]}
    for nothing in (empty, {**empty, "text": ""}):
        assert refusal(app("POST", SMS, nothing)) == (400, "invalid_request_error", None, "text")
    sent = app("POST", SMS, {**empty, "mediaUrls": ["https://example.com/a.jpg"]}).json()
    assert (sent["text"], sent["type"]) == (None, "MMS")


def test_a_number_is_needed_first(world: World) -> None:
    """A number must be assigned to an app before the app can send from it, and may be shared (sms/managing-numbers)."""
    support = bearer(world, "sk_live_app_support")
    assert support("POST", SMS, HELLO).status_code == 201
    assert refusal(support("POST", SMS, {**HELLO, "from": "24771"}))[2] == "phone_number_not_assigned"
    assert support("DELETE", f"/v1/phone-numbers/{NUMBER}").status_code == 200
    assert refusal(support("POST", SMS, HELLO))[2] == "phone_number_not_assigned"
    assert bearer(world, "sk_live_app_demo")("POST", SMS, {**HELLO, "from": "24771"}).status_code == 201


@pytest.mark.parametrize(
    ("name", "status", "kind", "code"),
    [
        ("MEDIA_TOO_LARGE", 400, "invalid_request_error", "media_too_large"),
        ("UNDELIVERABLE", 402, "provider_error", "message_undeliverable"),
        ("CARRIER_ERROR", 424, "api_error", "telnyx_api_error"),
        ("CARRIER_UNAVAILABLE", 424, "api_error", "telnyx_api_unavailable"),
    ],
)
def test_what_only_a_rule_can_say(make_world: Callable[..., World], name: str, status: int, kind: str, code: str) -> None:
    """The other rows of the table of codes (api_reference/error-codes)."""
    rule = {"name": "x", "when": {"operation": "chirp.send_sms"}, "then": {"error": name}}
    answer = bearer(make_world(scenario(rules=[rule])), "sk_live_app_demo")("POST", SMS, HELLO)
    assert refusal(answer)[:3] == (status, kind, code)
    assert answer.headers["X-Simulator-Evidence"] == "documented"


def test_a_message_takes_its_steps(make_world: Callable[..., World]) -> None:
    """QUEUED, SENDING, SENT, DELIVERED, each after the time that the scenario gives; with a frozen clock nothing moves."""
    world = make_world(scenario(lifecycles={"chirp.sms": {"after": "10s"}}))
    app = bearer(world, "sk_live_app_demo")
    path = f"{SMS}/{app('POST', SMS, HELLO).json()['id']}"
    seen = []
    for _ in range(5):
        message = app("GET", path).json()
        seen.append((message["recipients"][0]["status"], message["sentAt"], message["completedAt"]))
        assert app("GET", path).json() == message
        world.http.post(f"{world.control}/clock", json={"advance": "10s"})
    sent, delivered = "2026-03-01T12:00:20.000Z", "2026-03-01T12:00:30.000Z"
    assert seen == [
        ("QUEUED", None, None),
        ("SENDING", None, None),
        ("SENT", sent, None),
        ("DELIVERED", sent, delivered),
        ("DELIVERED", sent, delivered),
    ]


def test_a_message_can_stay_in_the_queue(make_world: Callable[..., World]) -> None:
    """Or move with the reads of a client that polls."""
    stuck = bearer(make_world(scenario(lifecycles={"chirp.sms": "never"})), "sk_live_app_demo")
    assert stuck("GET", f"{SMS}/{stuck('POST', SMS, HELLO).json()['id']}").json()["recipients"][0]["status"] == "QUEUED"
    polled = bearer(make_world(scenario(lifecycles={"chirp.sms": {"after_reads": 2}})), "sk_live_app_demo")
    polled("POST", SMS, HELLO)
    read = [polled("GET", SMS).json()["messages"][0]["recipients"][0]["status"] for _ in range(6)]
    assert read == ["QUEUED", "SENDING", "SENDING", "SENT", "SENT", "DELIVERED"]


@pytest.mark.parametrize(("lifecycle", "path", "body"), [("sms", SMS, HELLO), ("call", "/v1/calls", CALL)])
def test_another_app_moves_nothing(make_world: Callable[..., World], lifecycle: str, path: str, body: Any) -> None:
    """What an app may not see it does not hasten either."""
    world = make_world(scenario(lifecycles={f"chirp.{lifecycle}": {"after_reads": 1}}))
    mine, other = bearer(world, "sk_live_app_demo"), bearer(world, "sk_live_app_support")
    made = mine("POST", path, body).json()["id"]
    before = world.http.get(f"{world.control}/state").json()
    assert other("GET", f"{path}/{made}").status_code == 404
    assert world.http.get(f"{world.control}/state").json() == before
    assert mine("GET", f"{path}/{made}").status_code == 200
    assert world.http.get(f"{world.control}/state").json() != before


def test_the_log_comes_in_pages(world: World, app: Api, admin: Api) -> None:
    """By cursor or by offset, of one app or all, in one direction (admin/get-v1organizationsmsmessages)."""
    ids = [app("POST", SMS, HELLO).json()["id"] for _ in range(3)]
    other = bearer(world, "sk_live_app_support")("POST", SMS, HELLO).json()["id"]
    newest = [other, *reversed(ids)]

    def page(**params: str) -> tuple[list[str], str | None]:
        listed = admin("GET", LOG, params=params).json()
        return [one["id"] for one in listed["messages"]], listed["nextCursor"]

    assert page() == (newest, None)
    assert page(limit="2") == (newest[:2], newest[1])
    assert page(limit="2", cursor=newest[1]) == (newest[2:], None)
    assert page(limit="2", offset="1") == (newest[1:3], newest[2])
    assert page(appId=OTHER) == ([other], None)
    assert page(appId="app_x") == page(direction="INBOUND") == ([], None)
    assert [one["id"] for one in app("GET", SMS).json()["messages"]] == newest[1:]
    unknown = admin("GET", LOG, params={"cursor": "msg_sms_2DbBs7GWhGvVNJGrDXr5RG0mBWI"})
    assert refusal(unknown) == (400, "invalid_request_error", None, "cursor")
    assert refusal(admin("GET", LOG, params={"cursor": "short"}))[3] == "cursor"
    assert refusal(admin("GET", LOG, params={"direction": "SIDEWAYS"}))[3] == "direction"
    for path in (f"{SMS}/{other}", f"{SMS}/msg_sms_x"):
        assert refusal(app("GET", path)) == (404, "invalid_request_error", None, None)


def test_each_recipient_is_billed_and_test_mode_is_free(world: World, app: Api, admin: Api) -> None:
    """Each message is billed (sms/sending-messages/multiple-recipients); with a test key none (api_reference/app-keys)."""
    costs = summary(admin, "2026-03-01", "2026-03-01")
    before, before_count = costs["by_product"], costs["record_count"]
    two = {**HELLO, "to": ["+14155550123", "+14155550124"]}
    app("POST", SMS, two)
    app("POST", SMS, {**two, "transport": "mms"})
    test = bearer(world, "sk_test_app_demo")("POST", SMS, two).json()
    assert re.fullmatch("msg_sms_test_[0-9A-Za-z]{27}", test["id"])
    costs = summary(admin, "2026-03-01", "2026-03-01")
    assert (before["messaging"], costs["by_product"]["messaging"]) == (0, 0.08)
    assert costs["by_product"]["phone-numbers"] == before["phone-numbers"]
    assert (costs["by_channel"]["sms"], costs["by_channel"]["mms"]) == (0.02, 0.06)
    assert costs["by_direction"] == {"inbound": 0, "outbound": 0.08}
    assert costs["record_count"] == before_count + 4
    assert summary(admin, "2026-03-01", "2026-03-01", app_id=OTHER)["total_cost"] == 0
    ledger = world.http.get(f"{world.control}/ledger").json()
    assert [entry["kind"] for entry in ledger["entries"]].count("message") == 4


@pytest.mark.parametrize(("value", "status"), [("refuse", 402), ("allow", 201)])
def test_an_app_whose_billing_is_paused(make_world: Callable[..., World], value: str, status: int) -> None:
    """What it means for messages is on no page; a test key is free anyway."""
    app = {"id": APP, "status": "billing_paused"}
    seed = {"apps": [app], "numbers": [{"number": "+14155551234", "apps": [APP]}]}
    accounts = [{"keys": KEYS[:3], "chirp": seed}]
    world = make_world({"description": "x", "accounts": accounts, "assume": {"chirp.billing_paused": value}})
    answer = bearer(world, "sk_live_app_demo")("POST", SMS, HELLO)
    assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (status, "assumed")
    assert bearer(world, "sk_test_app_demo")("POST", SMS, HELLO).status_code == 201


def test_sending_has_a_limit_of_its_own(make_world: Callable[..., World]) -> None:
    """A hundred messages a minute, beside 120 requests of other kinds (api_reference/rate-limits)."""
    app = bearer(make_world(scenario(rate_limits="on")), "sk_live_app_demo")
    assert app("POST", SMS, HELLO).headers["X-RateLimit-Limit"] == "100"
    assert app("GET", SMS).headers["X-RateLimit-Limit"] == "120"
    answers = [app("POST", SMS, HELLO) for _ in range(100)]
    assert [answer.status_code for answer in answers[-2:]] == [201, 429]
    assert refusal(answers[-1])[2] == "rate_limit_exceeded"
