"""Scenarios in which something is done later than it is asked for, on the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.scenarios.kinds import of_kind, only
from tests.scenarios.shop import Shop

APP_KEY = {"Authorization": "Bearer sk_live_app_demo"}  # of Chirp, whose shop uses the admin key


def freeze(shop: Shop) -> None:
    """Stop the clock, so that the test alone moves it."""
    shop.control("POST", "/clock", {"freeze": True})


def advance(shop: Shop, by: str) -> list[str]:
    """Move the clock on; what came due."""
    return [each["lifecycle"] for each in shop.control("POST", "/clock", {"advance": by})["fired"]]


# How a customer sees whether a number is there.
THERE: dict[str, Callable[[Shop, str], bool]] = {
    "cald": lambda shop, number: shop.api("PATCH", f"{shop.numbers}/{number}", {}).status_code == 200,
    "cartesia": lambda shop, number: shop.api("GET", f"{shop.numbers}/{number}").status_code == 200,
    "chirp": lambda shop, number: number in [each.id for each in shop.owned()],
    "truedy": lambda shop, number: status(shop, number) == "active",
    "vantax": lambda shop, number: number in [each.id for each in shop.owned()],
}


def status(shop: Shop, number_id: str) -> str:
    """What Truedy tells of a number."""
    (found,) = [each for each in shop.ask().json()["data"] if each["id"] == number_id]
    return str(found["status"])


@of_kind("numbers-settle-late")
def test_a_number_that_settles_late(shop: Shop) -> None:
    """Bought and paid for it is; but only after 30 seconds can it be found and given back."""
    freeze(shop)
    bought = shop.bought(shop.buy())
    assert shop.held() == [bought]
    assert not THERE[shop.name](shop, bought.id)
    assert advance(shop, "29s") == []
    assert not THERE[shop.name](shop, bought.id)
    assert advance(shop, "1s") == [f"{shop.name}.number"]
    assert THERE[shop.name](shop, bought.id)
    assert shop.release(bought.id).is_success
    assert shop.held() == []


@only("truedy/numbers-settle-late")
def test_a_pending_number(shop: Shop) -> None:
    """Truedy shows a number from the start, with a status."""
    freeze(shop)
    bought = shop.bought(shop.buy())
    assert status(shop, bought.id) == "pending"
    advance(shop, "30s")
    assert status(shop, bought.id) == "active"


@only("truedy/agents-settle-late")
def test_an_agent_that_settles_late(shop: Shop) -> None:
    """It has no webhook address before the voice platform knows it."""
    freeze(shop)
    agent = shop.hire()
    path = f"/telephony/agents/{agent}/webhook-url"
    assert (shop.api("GET", path).status_code, shop.last()["error"]) == (422, "AGENT_NOT_SYNCED")
    assert shop.api("GET", f"/agents/{agent}").json()["data"]["status"] == "creating"
    assert advance(shop, "30s") == ["truedy.agent"]
    assert shop.api("GET", f"/agents/{agent}").json()["data"]["status"] == "active"
    assert agent not in shop.api("GET", path).json()["data"]["webhook_url"]  # the platform has an id of its own for it


@only("cartesia/calls-take-time")
def test_calls_take_time(shop: Shop) -> None:
    """A call is created, then started, then completed; in between it can be cancelled."""
    freeze(shop)
    calls: list[dict[str, Any]] = [{"to_number": "+14155550142"}, {"to_number": "+14155550143"}]
    wanted = {"from_number_id": "ap_outbound", "agent_id": shop.agent, "outbound_calls": calls}
    one, two = (each["agent_call_id"] for each in shop.api("POST", "/agents/calls", wanted).json()["calls"])

    def statuses() -> list[str]:
        return [shop.api("GET", f"/agents/calls/{each}").json()["status"] for each in (one, two)]

    assert statuses() == ["created", "created"]
    assert advance(shop, "11s") == ["cartesia.call"] * 2  # the second is dialled a second after the first
    assert statuses() == ["started", "started"]
    assert shop.api("POST", f"/agents/calls/{one}/cancel").json() == {"cancelled": True}
    assert statuses() == ["completed", "started"]
    assert advance(shop, "10s") == ["cartesia.call"]
    assert statuses() == ["completed", "completed"]


@only("chirp/calls-take-time")
def test_calls_and_messages_take_time_at_chirp(shop: Shop) -> None:
    """A call rings, is answered and ends; a message is queued, on its way, sent and delivered."""
    freeze(shop)
    (number,) = (each["number"] for each in shop.api("GET", "/v1/phone-numbers", headers=APP_KEY).json()["phoneNumbers"])
    call = shop.api("POST", "/v1/calls", {"from": number, "to": "+14155550123"}, headers=APP_KEY).json()["id"]
    sms = shop.api("POST", "/v1/sms", {"from": number, "to": ["+14155550123"], "text": "Hi"}, headers=APP_KEY).json()["id"]

    def statuses() -> tuple[str, str]:
        message = shop.api("GET", f"/v1/sms/{sms}", headers=APP_KEY).json()
        return shop.api("GET", f"/v1/calls/{call}", headers=APP_KEY).json()["status"], message["recipients"][0]["status"]

    seen = [statuses()]
    for seconds in ("5s", "5s", "5s", "5s", "10s"):
        assert advance(shop, seconds)
        seen.append(statuses())
    assert seen == [
        ("initiated", "QUEUED"),
        ("initiated", "SENDING"),
        ("ringing", "SENT"),
        ("ringing", "DELIVERED"),
        ("in_progress", "DELIVERED"),
        ("completed", "DELIVERED"),
    ]


@only("chirp/carrier-down")
def test_a_carrier_that_is_down(shop: Shop) -> None:
    """Two messages are refused with the documented code, the third is sent."""
    (number,) = (each["number"] for each in shop.api("GET", "/v1/phone-numbers", headers=APP_KEY).json()["phoneNumbers"])
    sms = {"from": number, "to": ["+14155550123"], "text": "Hi"}
    answers = [shop.api("POST", "/v1/sms", sms, headers=APP_KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [424, 424, 201]
    assert answers[0].json()["error"]["code"] == "telnyx_api_unavailable"
    assert shop.api("GET", "/v1/sms", headers=APP_KEY).json()["totalCount"] == 1
