"""Cald as its clients see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World

KEY = "caldLiveDe39a3accb206dd615f30d118e519df0"
AGENT = "65a1b2c3d4e5f60718293a4b"  # the default scenario's


@pytest.fixture
def cald(world: World) -> Api:
    """Cald with a key that works."""
    return world.api("cald", Authorization=KEY)


def test_buy_assign_cancel(cald: Api) -> None:
    """A number is bought with an agent, loses it by a PATCH that names none, and is gone once cancelled."""
    bought = cald("POST", "/phonenumbers", {"prefix": "+1212", "agentId": AGENT})
    assert bought.status_code == 200
    number = bought.json()
    assert number["phoneNumber"].startswith("+1212555")
    assert (number["price"], number["agentId"]) == (10, AGENT)

    path = f"/phonenumbers/{number['phoneNumberId']}"
    cleared = cald("PATCH", path, {})
    assert (cleared.status_code, "agentId" in cleared.json()) == (200, False)

    assert cald("DELETE", path).json() == {"status": "success"}
    again = cald("DELETE", path)
    assert (again.status_code, again.json()) == (404, {"error": "Phone number not found"})


def test_buy_without_a_body_uses_the_default_prefix(cald: Api) -> None:
    """The body is optional and so is everything in it: the default is a number that begins with +1415."""
    for answer in (cald("POST", "/phonenumbers"), cald("POST", "/phonenumbers", {})):
        assert answer.json()["phoneNumber"].startswith("+1415")


@pytest.mark.parametrize("prefix", ["+44", "+1416", "+49", "+1555", "+1876"])
def test_only_us_numbers_are_sold(cald: Api, prefix: str) -> None:
    """A prefix outside the US is refused, also one that shares the country code +1."""
    answer = cald("POST", "/phonenumbers", {"prefix": prefix})
    assert (answer.status_code, answer.json()) == (400, {"error": "Only US phone numbers can be purchased through the API"})


@pytest.mark.parametrize("prefix", ["+1787", "+1340", "+1800", "+141555501421"])
def test_a_us_prefix_without_local_numbers(cald: Api, prefix: str) -> None:
    """Puerto Rico, the US Virgin Islands and toll-free numbers are of the US, as at Cartesia; none of them is for sale."""
    answer = cald("POST", "/phonenumbers", {"prefix": prefix})
    assert (answer.status_code, answer.json()) == (400, {"error": "No phone number is available for this prefix"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"prefix": "415"}, "prefix"),
        ({"prefix": 1415}, "prefix"),
        ({"agentId": None}, "agentId"),
        ([], "object"),
        (0, "object"),
    ],
)
def test_invalid_purchases_say_what_is_wrong(cald: Api, body: Any, text: str) -> None:
    """A body off the schema is refused with 400 and the field's name."""
    answer = cald("POST", "/phonenumbers", body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


def test_a_refused_purchase_takes_no_number(cald: Api) -> None:
    """An unknown agent is refused before a number is taken: the next purchase gets the first one."""
    refused = cald("POST", "/phonenumbers", {"agentId": "unknown"})
    assert (refused.status_code, refused.json()) == (404, {"error": "Agent not found"})
    assert cald("POST", "/phonenumbers", {}).json()["phoneNumber"] == "+14155550100"


def test_a_prefix_that_is_sold_out(make_world: Callable[..., World]) -> None:
    """When nothing is left under a prefix the purchase is refused."""
    cald = make_world({"description": "one number", "open": True, "inventory": {"only": ["+14155550142"]}}).api(
        "cald", Authorization=KEY
    )
    assert cald("POST", "/phonenumbers", {"prefix": "+1415555"}).json()["phoneNumber"] == "+14155550142"
    answer = cald("POST", "/phonenumbers", {})
    assert (answer.status_code, answer.json()) == (400, {"error": "No phone number is available for this prefix"})


@pytest.mark.parametrize("header", [None, f"Bearer {KEY}", "caldLive123", "sk_car_demo", ""])
def test_only_the_bare_key_opens(world: World, header: str | None) -> None:
    """No key, a Bearer key and a key of another form are all refused with 401."""
    answer = world.api("cald")("GET", "/agents", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}


def test_agents_from_creation_to_deletion(cald: Api) -> None:
    """An agent has its defaults, keeps what a PATCH does not send, and leaves its numbers behind when deleted."""
    created = cald("POST", "/agents", {"name": "Sales", "smsSettings": {"enable": True}}).json()
    assert created["status"] == "success"
    path = f"/agents/{created['agentId']}"
    agent = cald("GET", path).json()
    assert (agent["maxCallDuration"], agent["voice"]) == (10, "standard_male")
    assert agent["smsSettings"] == {"enable": True, "rule": "always"}

    assert cald("PATCH", path, {"smsSettings": {"message": "Hi"}}).json() == {"status": "success"}
    assert cald("GET", path).json()["smsSettings"] == {"enable": True, "rule": "always", "message": "Hi"}
    assert [agent["name"] for agent in cald("GET", "/agents").json()["agents"]] == ["Sales", "Front desk"]

    number = cald("POST", "/phonenumbers", {"agentId": created["agentId"]}).json()
    assert cald("DELETE", path).json() == {"status": "success"}
    assert cald("GET", path).status_code == 404
    assert cald("PATCH", path, {"name": "x"}).status_code == 404
    kept = cald("PATCH", f"/phonenumbers/{number['phoneNumberId']}", {"agentId": AGENT})
    assert kept.json()["agentId"] == AGENT


def test_the_order_of_agents_is_inferred(cald: Api) -> None:
    """The newest comes first; no page says in which order they are listed (get-agents)."""
    for name in ("first", "second"):
        cald("POST", "/agents", {"name": name})
    listed = cald("GET", "/agents")
    assert [agent["name"] for agent in listed.json()["agents"]][:2] == ["second", "first"]
    assert listed.headers["X-Simulator-Evidence"] == "inferred"


def test_an_unknown_field_may_hold_anything_in_turn(cald: Api) -> None:
    """What Cald does not know is kept as it was sent last, be it an object first and a number then."""
    path = f"/agents/{cald('POST', '/agents', {'mood': {'a': 1}}).json()['agentId']}"
    assert cald("PATCH", path, {"mood": {"b": 2}}).json() == {"status": "success"}
    assert cald("GET", path).json()["mood"] == {"a": 1, "b": 2}
    assert cald("PATCH", path, {"mood": 7}).json() == {"status": "success"}
    assert cald("GET", path).json()["mood"] == 7


def test_a_webhook_has_an_http_address(cald: Api) -> None:
    """`webhookSettings.url` is an http or https address (agents-add)."""
    for url, status in (("https://example.com/hook", 200), ("HTTP://example.com", 200), ("ftp://example.com", 400), ("", 400)):
        assert cald("POST", "/agents", {"webhookSettings": {"enable": True, "url": url}}).status_code == status, url


UNKNOWN = "unknown"


@pytest.mark.parametrize(
    ("method", "path", "body", "evidence"),
    [
        ("POST", "/phonenumbers", {"agentId": UNKNOWN}, "documented"),  # buy-phone-number
        ("PATCH", f"/agents/{UNKNOWN}", {"name": "x"}, "documented"),  # update-agent
        ("GET", f"/agents/{UNKNOWN}", None, "inferred"),
        ("PATCH", f"/phonenumbers/{UNKNOWN}", {}, "documented"),  # edit-phone-number
        ("POST", f"/lists/{UNKNOWN}/contacts", {"contacts": []}, "documented"),  # contacts-add
        ("GET", f"/lists/{UNKNOWN}/contacts", None, "inferred"),
        ("GET", f"/campaigns/{UNKNOWN}/details", None, "documented"),  # get-campaign-details
        ("PUT", f"/campaigns/{UNKNOWN}/cancel", None, "documented"),  # cancel-campaign
        ("GET", f"/calls/{UNKNOWN}", None, "inferred"),
    ],
)
def test_a_404_is_graded_by_its_page(cald: Api, method: str, path: str, body: Any, evidence: str) -> None:
    """Where the page of an operation lists the status it is documented, elsewhere inferred."""
    answer = cald(method, path, body)
    assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (404, evidence)


def test_a_strict_world_lets_a_documented_404_through(make_world: Callable[..., World]) -> None:
    """The status of an unknown agent is documented for a purchase (buy-phone-number), the body is not; a header says so."""
    world = make_world({"description": "x", "open": True, "strict": "documented"})
    answer = world.api("cald", Authorization=KEY)("POST", "/phonenumbers", {"agentId": UNKNOWN})
    assert (answer.status_code, answer.json()) == (404, {"error": "Agent not found"})
    assert answer.headers["X-Simulator-Evidence"] == "documented"
    assert answer.headers["X-Simulator-Evidence-Body"] == "assumed"


def test_an_unknown_agent_of_an_edited_number_is_inferred(cald: Api) -> None:
    """The page of editing a number lists the unknown number only (edit-phone-number)."""
    number = cald("POST", "/phonenumbers", {}).json()["phoneNumberId"]
    answer = cald("PATCH", f"/phonenumbers/{number}", {"agentId": UNKNOWN})
    assert (answer.status_code, answer.json()) == (404, {"error": "Agent not found"})
    assert answer.headers["X-Simulator-Evidence"] == "inferred"


def test_call_length_has_bounds(cald: Api) -> None:
    """Calls last from 1 to 60 minutes."""
    assert cald("POST", "/agents", {"maxCallDuration": 60.0}).status_code == 200
    for minutes in (0, 61, "10"):
        assert cald("POST", "/agents", {"maxCallDuration": minutes}).status_code == 400


def test_accounts_do_not_see_each_other(world: World, cald: Api) -> None:
    """A number of another account is not found."""
    number = cald("POST", "/phonenumbers", {}).json()
    other = world.api("cald", Authorization="caldLive" + "0" * 32)
    assert other("DELETE", f"/phonenumbers/{number['phoneNumberId']}").status_code == 404
