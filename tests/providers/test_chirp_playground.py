"""Messages from nobody: https://docs.buildwithchirp.com/concepts/simulating-inbound-messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_chirp import APP, NUMBER, NUMBERS, OTHER, PURCHASE, bearer, held, refusal
from tests.providers.test_chirp_billing import summary
from tests.providers.test_chirp_messages import LOG, SMS, scenario

INBOUND = "/v1/playground/sms/inbound"
HELLO = {"from": "+14155550123", "to": "+14155551234", "text": "Hello"}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world with two apps that share a number."""
    return make_world(scenario())


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the test key of an app."""
    return bearer(world, "sk_test_app_demo")


def test_a_message_arrives_at_every_app_that_has_the_number(world: World, app: Api) -> None:
    """It is queued with 202, and received; a shared number receives for each of its apps (sms/managing-numbers)."""
    answer = app("POST", INBOUND, HELLO)
    assert answer.status_code == 202
    assert (set(answer.json()), answer.json()["status"]) == ({"id", "status"}, "QUEUED")
    admin = bearer(world, "sk_admin_demo")
    received = admin("GET", LOG, params={"direction": "INBOUND"}).json()["messages"]
    assert len(received) == len(app("GET", SMS).json()["messages"]) + 1 == 2
    assert admin("GET", LOG, params={"appId": OTHER}).json()["totalCount"] == 1
    (message,) = app("GET", SMS).json()["messages"]
    assert re.fullmatch("msg_sms_test_[0-9A-Za-z]{27}", message["id"])
    assert (message["fromPhoneNumber"], message["systemPhoneNumber"], message["systemPhoneNumberId"]) == (
        *(HELLO["from"], HELLO["to"]),
        NUMBER,
    )
    assert (message["text"], message["direction"], message["type"]) == ("Hello", "INBOUND", "SMS")
    assert (message["receivedAt"], message["sentAt"]) == ("2026-03-01T12:00:00.000Z", None)
    assert [one["status"] for one in message["recipients"]] == ["RECEIVED"]


def test_a_number_is_made_on_first_use(world: World, app: Api) -> None:
    """It is linked to the app and used again; it costs nothing, and stays for sale."""
    admin = bearer(world, "sk_admin_demo")
    before, cost = held(app), summary(admin, "2026-03-01", "2026-03-01")["total_cost"]
    for _ in range(2):
        assert app("POST", INBOUND, {**HELLO, "to": "+12125550123"}).status_code == 202
    (made,) = set(held(app)) - set(before)
    assert re.fullmatch("ph_test_[0-9A-Za-z]{27}", made)
    assert app("GET", SMS).json()["totalCount"] == 2
    assert summary(admin, "2026-03-01", "2026-03-01")["total_cost"] == cost
    assert app("POST", SMS, {"from": "+12125550123", "to": ["+14155550123"], "text": "Hi"}).status_code == 201
    assert admin("POST", PURCHASE, {"phoneNumber": "+12125550123", "numberType": "local"}).status_code == 201
    assert admin("DELETE", f"{NUMBERS}/{made}").status_code == 200
    again = admin("POST", PURCHASE, {"phoneNumber": "+12125550123", "numberType": "local"})
    assert again.status_code == 409, "the number that was bought is still owned"


def test_a_number_of_the_organisation_is_linked(world: World, app: Api) -> None:
    """A number that the app does not have is assigned to it; other apps keep it."""
    assert app("DELETE", f"/v1/phone-numbers/{NUMBER}").status_code == 200
    assert app("POST", INBOUND, HELLO).status_code == 202
    apps = bearer(world, "sk_admin_demo")("PUT", f"{NUMBERS}/{NUMBER}/apps", {"appIds": [OTHER, APP]}).json()["apps"]
    assert [one["appId"] for one in apps] == [OTHER, APP]
    assert app("GET", SMS).json()["totalCount"] == 1


def test_a_live_key_is_refused(world: World) -> None:
    """With the documented code `test_app_required`."""
    live = bearer(world, "sk_live_app_demo")
    assert refusal(live("POST", INBOUND, HELLO)) == (403, "authentication_error", "test_app_required", None)


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"from": "x"}, "invalid_phone_number", "from"),
        ({"to": "24771"}, "invalid_phone_number", "to"),
        ({"text": ""}, None, "text"),
        ({"subject": 1}, None, "subject"),
    ],
)
def test_messages_that_cannot_arrive(app: Api, more: dict[str, Any], code: str | None, param: str) -> None:
    """Both numbers are E.164, and a text says something."""
    assert refusal(app("POST", INBOUND, {**HELLO, **more})) == (400, "invalid_request_error", code, param)
