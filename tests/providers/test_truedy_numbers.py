"""The numbers that a Truedy organization holds: listed, assigned, imported, released."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.truedy import (
    AGENT,
    ASSIGN,
    IMPORT,
    KEY,
    NOWHERE,
    PURCHASE,
    TELNYX,
    UNASSIGN,
    assign,
    buy,
    create,
    error,
    found,
    held,
    page,
)


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def test_numbers_are_listed_newest_first(truedy: Api) -> None:
    """Bought and imported numbers share one list, cut by limit and offset."""
    first, second = buy(truedy, "+14155550100"), buy(truedy, "+14155550101")
    third = truedy("POST", IMPORT, TELNYX).json()["data"]["id"]
    numbers, pagination = page(truedy, "/telephony/numbers")
    assert [number["id"] for number in numbers] == [third, second, first]
    assert [number["is_truedy_managed"] for number in numbers] == [False, True, True]
    assert pagination == {"total": 3, "limit": 50, "offset": 0, "has_more": False}

    numbers, pagination = page(truedy, "/telephony/numbers", limit=1, offset=1)
    assert [number["id"] for number in numbers] == [second]
    assert pagination == {"total": 3, "limit": 1, "offset": 1, "has_more": True}
    assert page(truedy, "/telephony/numbers", offset=3)[0] == []
    assert page(truedy, "/telephony/numbers", offset=2**64)[0] == []


def test_directions_are_assigned_apart(truedy: Api) -> None:
    """A number may belong to one agent inbound and another outbound; an assignment takes the place of the one before."""
    number, other = buy(truedy), create(truedy)["id"]
    assign(truedy, number, AGENT, "inbound")
    assert (held(truedy, AGENT), held(truedy, other)) == (([number], []), ([], []))
    assign(truedy, number, other, "outbound")
    assert (held(truedy, AGENT), held(truedy, other)) == (([number], []), ([], [number]))
    assign(truedy, number, other, "inbound")
    assign(truedy, number, other, "inbound")
    assert (held(truedy, AGENT), held(truedy, other)) == (([], []), ([number], [number]))

    shown = page(truedy, "/telephony/numbers")[0][0]
    assert (shown["inbound_agent_id"], shown["outbound_agent_id"]) == (other, other)
    assert truedy("POST", UNASSIGN, {"number_id": number, "assignment_type": "inbound"}).status_code == 200
    assert held(truedy, other) == ([], [number])


def test_an_agent_holds_several_numbers(truedy: Api) -> None:
    """Each direction of an agent takes any number of numbers."""
    numbers = [buy(truedy, f"+1415555010{digit}") for digit in range(3)]
    for number in numbers:
        assign(truedy, number, AGENT, "outbound")
    assert held(truedy, AGENT) == ([], numbers[::-1])


def test_an_assigned_number_is_not_released(truedy: Api) -> None:
    """An agent in either direction holds the number back; once both are gone it can be released."""
    number = buy(truedy)
    for direction in ("inbound", "outbound"):
        assign(truedy, number, AGENT, direction)
        status, code, details = error(truedy("DELETE", f"/telephony/numbers/{number}"))
        assert (status, code, details["field"]) == (422, "validation_error", "number_id")
        for _ in range(2):  # the second time there is nothing left to take off, which is no error
            assert truedy("POST", UNASSIGN, {"number_id": number, "assignment_type": direction}).status_code == 200
    assert truedy("DELETE", f"/telephony/numbers/{number}").status_code == 200


def test_assignments_of_what_is_not_there(truedy: Api) -> None:
    """An unknown number or agent is not found, and nothing changes."""
    number = buy(truedy)
    unknown_agent = truedy("POST", ASSIGN, {"number_id": number, "agent_id": NOWHERE, "assignment_type": "inbound"})
    assert error(unknown_agent) == (404, "not_found", {})
    assert unknown_agent.json()["error"]["message"] == f"agent not found: {NOWHERE}"
    unknown_number = truedy("POST", ASSIGN, {"number_id": NOWHERE, "agent_id": AGENT, "assignment_type": "inbound"})
    assert unknown_number.json()["error"]["message"] == f"phone number not found: {NOWHERE}"
    assert error(truedy("POST", UNASSIGN, {"number_id": NOWHERE, "assignment_type": "inbound"}))[0] == 404
    assert page(truedy, "/telephony/numbers")[0][0]["inbound_agent_id"] is None


@pytest.mark.parametrize("direction", ["both", "INBOUND", None, 1])
def test_there_are_two_directions(truedy: Api, direction: Any) -> None:
    """Anything but inbound and outbound is refused, whatever the ids."""
    body = {"number_id": buy(truedy), "agent_id": AGENT, "assignment_type": direction}
    for path in (ASSIGN, UNASSIGN):
        status, code, details = error(truedy("POST", path, body))
        assert (status, code, details["field"]) == (422, "validation_error", "assignment_type")


@pytest.mark.parametrize("missing", ["number_id", "agent_id", "assignment_type"])
def test_an_assignment_needs_all_three_fields(truedy: Api, missing: str) -> None:
    """A missing field is named."""
    body = {"number_id": NOWHERE, "agent_id": AGENT, "assignment_type": "inbound"}
    del body[missing]
    assert error(truedy("POST", ASSIGN, body))[2]["field"] == missing


def test_an_imported_number(truedy: Api) -> None:
    """It comes with a credential that shows no secret, can be assigned, and leaves the organization on release."""
    imported = truedy("POST", IMPORT, {**TELNYX, "friendly_name": "Ours"})
    assert imported.status_code == 201
    number = imported.json()["data"]
    assert (number["number_id"], number["is_truedy_managed"], number["status"]) == (number["id"], False, "active")
    assert number["phone_number"] not in found(truedy, area_code="415", page_size=50)
    credential = truedy("GET", "/telephony/credentials").json()["data"][0]
    assert credential["id"] == number["credential_id"] == number["telephony_credential_id"]
    assert (credential["provider_type"], credential["friendly_name"]) == ("telnyx", "Ours")
    assert credential["organization_id"] == number["organization_id"]

    assign(truedy, number["id"], AGENT, "inbound")
    assert held(truedy, AGENT) == ([number["id"]], [])
    assert truedy("POST", UNASSIGN, {"number_id": number["id"], "assignment_type": "inbound"}).status_code == 200
    assert truedy("DELETE", f"/telephony/numbers/{number['id']}").status_code == 200
    assert truedy("POST", IMPORT, TELNYX).status_code == 201


def test_a_number_has_one_owner(truedy: Api) -> None:
    """What is bought cannot be imported, what is imported cannot be bought or imported again, also outside the inventory."""
    buy(truedy, TELNYX["phone_number"])
    abroad = {**TELNYX, "phone_number": "+351210000000"}
    assert truedy("POST", IMPORT, abroad).status_code == 201
    for body in (TELNYX, abroad):
        status, code, details = error(truedy("POST", IMPORT, body))
        assert (status, code, details["field"]) == (422, "validation_error", "phone_number")
    assert error(truedy("POST", PURCHASE, {"phone_number": "+351210000000"}))[0] == 422
    assert len(truedy("GET", "/telephony/credentials").json()["data"]) == 1


@pytest.mark.parametrize(
    ("carrier", "sent", "field"),
    [
        ("telnyx", {}, "api_key"),
        ("twilio", {"api_key": "x"}, "account_sid"),
        ("twilio", {"account_sid": "x"}, "api_key"),
        ("custom_sip", {"sip_password": "x", "sip_server": "x"}, "sip_username"),
        ("custom_sip", {"sip_username": "x", "sip_server": "x"}, "sip_password"),
        ("custom_sip", {"sip_username": "x", "sip_password": "x"}, "sip_server"),
        ("telnyx", {"api_key": None}, "api_key"),
        ("twilio", {"account_sid": "x", "auth_token": None}, "api_key"),
        ("custom_sip", {"sip_username": "x", "sip_password": None, "sip_server": "x"}, "sip_password"),
        ("plivo", {"api_key": "x"}, "provider_type"),
        (None, {"api_key": "x"}, "provider_type"),
    ],
)
def test_an_import_needs_what_its_carrier_asks_for(truedy: Api, carrier: Any, sent: dict[str, str], field: str) -> None:
    """The field that is missing is named."""
    body = {"phone_number": "+14155550142", "provider_type": carrier, **sent}
    status, code, details = error(truedy("POST", IMPORT, body))
    assert (status, code, details["field"]) == (422, "validation_error", field)


@pytest.mark.parametrize(
    "sent",
    [
        {"provider_type": "twilio", "account_sid": "x", "auth_token": "x"},
        {"provider_type": "twilio", "account_sid": "x", "api_key": "x"},
        {"provider_type": "custom_sip", "sip_username": "x", "sip_password": "x", "sip_server": "x"},
    ],
)
def test_other_carriers(truedy: Api, sent: dict[str, str]) -> None:
    """Twilio takes a token or a key, a SIP trunk its login; the credential is named after the carrier."""
    assert truedy("POST", IMPORT, {"phone_number": "+14155550142", **sent}).status_code == 201
    credential = truedy("GET", "/telephony/credentials").json()["data"][0]
    assert credential["friendly_name"] == f"{sent['provider_type']} credentials"


def test_an_import_takes_null_for_what_its_carrier_does_not_need(truedy: Api) -> None:
    """An early version did; the credential is then named after the carrier."""
    nulls = dict.fromkeys(["account_sid", "auth_token", "sip_username", "sip_password", "sip_server", "friendly_name"])
    assert truedy("POST", IMPORT, {**TELNYX, **nulls}).status_code == 201
    assert truedy("GET", "/telephony/credentials").json()["data"][0]["friendly_name"] == "telnyx credentials"
