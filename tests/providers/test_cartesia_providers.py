"""Cartesia's provider accounts, and the numbers that are imported from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import client, provision, refusal, scenario

PROVIDERS = "/agents/phone-numbers/providers"
NUMBERS = "/agents/phone-numbers"
SID = "AC" + "0" * 32
TWILIO = {"type": "twilio", "account_sid": SID, "api_key_sid": "SK12" + "0" * 26 + "cdef", "api_key_secret": "a-secret"}
TRUNK = {
    "type": "sip_trunk",
    "label": "Office",
    "inbound": {"allowed_addresses": ["203.0.113.7"], "credentials": {"username": "in", "password": "x"}},
    "outbound": {"address": "sip.example.com", "transport": "tls", "destination_country": "US"},
}


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account on the free plan."""
    return client(make_world(scenario(plan="free", slots=None)))


def link(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    """A new provider account."""
    answer = api("POST", PROVIDERS, body)
    assert answer.status_code == 201, answer.text
    account: dict[str, Any] = answer.json()
    return account


def take(api: Api, number: str, provider: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An imported number."""
    answer = api("POST", NUMBERS, {"label": "Sales", "number": number, "provider": provider, **more})
    assert answer.status_code == 201, answer.text
    imported: dict[str, Any] = answer.json()
    return imported


def test_a_twilio_account_from_link_to_unlink(cartesia: Api) -> None:
    """A Twilio account shows its key masked, changes its key and region, and goes."""
    account = link(cartesia, TWILIO)
    assert (account["type"], account["region"], account["label"]) == ("twilio", "us1", None)
    assert account["id"].startswith("ata_")
    assert account["api_key_sid"] == "SK12" + "*" * 26 + "cdef"
    assert "api_key_secret" not in account

    path = f"{PROVIDERS}/{account['id']}"
    assert cartesia("GET", path).json() == account
    changed = cartesia("PATCH", path, {"type": "twilio", "api_key_sid": "SK" + "9" * 32, "region": "ie1", "label": "Dublin"})
    assert changed.json() == {**account, "api_key_sid": "SK99" + "*" * 26 + "9999", "region": "ie1", "label": "Dublin"}
    assert cartesia("PATCH", path, {"api_key_secret": "new"}).json() == changed.json()
    assert cartesia("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert refusal(cartesia(method, path, body), 404) == (None, "Provider not found")


def test_one_link_for_an_account_and_region(cartesia: Api) -> None:
    """A Twilio account is linked once in each region."""
    link(cartesia, TWILIO)
    assert refusal(cartesia("POST", PROVIDERS, TWILIO), 409) == (None, "Already linked")
    irish = link(cartesia, {**TWILIO, "region": "ie1"})
    assert refusal(cartesia("PATCH", f"{PROVIDERS}/{irish['id']}", {"region": "us1"}), 400) == (None, "Already linked")
    assert cartesia("PATCH", f"{PROVIDERS}/{irish['id']}", {"region": "ie1"}).status_code == 200


def test_a_sip_trunk(cartesia: Api) -> None:
    """A trunk shows its sides with their defaults and without passwords; a PATCH changes what it sends."""
    trunk = link(cartesia, TRUNK)
    assert trunk["inbound"] == {
        "allowed_addresses": ["203.0.113.7"],
        "allowed_numbers": [],
        "auth_username": "in",
        "media_encryption": "allowed",
    }
    assert trunk["outbound"] == {
        "address": "sip.example.com",
        "destination_country": "US",
        "transport": "tls",
        "media_encryption": "disabled",
        "auth_username": "",
    }
    path = f"{PROVIDERS}/{trunk['id']}"
    body = {"inbound": {"allowed_addresses": [], "credentials": None}, "outbound": {"destination_country": None}}
    changed = cartesia("PATCH", path, body).json()
    assert changed["inbound"] == {**trunk["inbound"], "allowed_addresses": [], "auth_username": ""}
    assert changed["outbound"] == {**trunk["outbound"], "destination_country": ""}
    assert cartesia("GET", path).json() == changed
    assert refusal(cartesia("PATCH", path, {"label": None}), 400) == (None, "Bad request")
    allowed = cartesia("PATCH", path, {"inbound": {"allowed_numbers": ["+14155550142"]}}).json()
    assert allowed == {**changed, "inbound": {**changed["inbound"], "allowed_numbers": ["+14155550142"]}}


def test_a_side_that_is_added_later(cartesia: Api) -> None:
    """An outbound side needs an address and a transport when it is added; both stay afterwards (providers/update)."""
    trunk = link(cartesia, {"type": "sip_trunk", "label": "In", "inbound": {}})
    assert "outbound" not in trunk
    path = f"{PROVIDERS}/{trunk['id']}"
    outbound = {"address": "sip.example.com", "transport": "tcp"}
    for lacking in outbound:
        side = {name: value for name, value in outbound.items() if name != lacking}
        assert refusal(cartesia("PATCH", path, {"outbound": side}), 400) == (None, "Invalid SIP configuration")
    added = cartesia("PATCH", path, {"outbound": outbound}).json()["outbound"]
    assert added == {**outbound, "destination_country": "", "media_encryption": "disabled", "auth_username": ""}
    for name, other in (("address", "sip.example.org"), ("transport", "tls")):
        assert refusal(cartesia("PATCH", path, {"outbound": {name: other}}), 400) == (None, "Invalid SIP configuration")
    again = cartesia("PATCH", path, {"outbound": {**outbound, "destination_country": "gb", "media_encryption": "required"}})
    assert again.json()["outbound"] == {**added, "destination_country": "gb", "media_encryption": "required"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "vonage"},
        {**TWILIO, "account_sid": "123"},
        {**TWILIO, "api_key_sid": "AC123"},
        {**TWILIO, "region": "de1"},
        {name: value for name, value in TWILIO.items() if name != "api_key_secret"},
        {"type": "sip_trunk", "label": "x"},
        {"type": "sip_trunk", "inbound": {}},
        {"type": "sip_trunk", "label": None, "inbound": {}},
        {"type": "sip_trunk", "label": "", "inbound": {}},
        {"type": "sip_trunk", "label": "x", "outbound": {"transport": "tls"}},
        {"type": "sip_trunk", "label": "x", "outbound": {"address": "sip.example.com"}},
        {"type": "sip_trunk", "label": "x", "outbound": {"address": "sip.example.com", "transport": "udp"}},
        {"type": "sip_trunk", "label": "x", "inbound": {"media_encryption": "never"}},
        {"type": "sip_trunk", "label": "x", "inbound": {"credentials": {"username": "in"}}},
        {**TRUNK, "outbound": {"address": "sip.example.com", "transport": "tls", "destination_country": "USA"}},
    ],
)
def test_accounts_that_cannot_be_linked(cartesia: Api, body: dict[str, Any]) -> None:
    """Credentials without Twilio's form and trunks without a usable side are refused."""
    assert refusal(cartesia("POST", PROVIDERS, body), 400) == (None, "Bad request")


def test_an_account_keeps_its_type(cartesia: Api) -> None:
    """A PATCH that names the other type is refused."""
    path = f"{PROVIDERS}/{link(cartesia, TRUNK)['id']}"
    assert refusal(cartesia("PATCH", path, {"type": "twilio"}), 400) == (None, "Bad request")


def test_accounts_are_listed_by_type_and_twilio_account(cartesia: Api) -> None:
    """The list is bare, the newest first, and has two filters."""
    twilio, trunk = link(cartesia, TWILIO), link(cartesia, TRUNK)
    assert cartesia("GET", PROVIDERS).json() == [trunk, twilio]
    assert cartesia("GET", PROVIDERS, params={"type": "sip_trunk"}).json() == [trunk]
    assert cartesia("GET", PROVIDERS, params={"account_sid": SID}).json() == [twilio]
    assert cartesia("GET", PROVIDERS, params={"account_sid": SID, "type": "sip_trunk"}).json() == []


def test_imported_numbers_take_no_slot(cartesia: Api) -> None:
    """A Twilio number of any country is imported beside the one Cartesia number of the plan."""
    account = link(cartesia, TWILIO)
    imported = take(cartesia, "+442079460018", {"type": "twilio", "account_sid": SID}, agent_id="agent_front")
    assert imported["provider"] == account
    assert imported["agent"]["id"] == "agent_front"
    trunk = link(cartesia, TRUNK)
    assert take(cartesia, "+33199000001", {"id": trunk["id"]})["provider"] == {
        "type": "sip_trunk",
        "id": trunk["id"],
        "label": "Office",
    }
    provision(cartesia)
    assert cartesia("POST", f"{NUMBERS}/provision", {"label": "x"}).status_code == 402
    found = cartesia("GET", NUMBERS, params={"provider_id": account["id"]}).json()["data"]
    assert [each["id"] for each in found] == [imported["id"]]


def test_a_number_is_imported_once(cartesia: Api) -> None:
    """A number that the account has, imported or Cartesia's own, is a conflict; once deleted it can come again."""
    account = link(cartesia, TWILIO)
    imported = take(cartesia, "+14155550142", {"id": account["id"]})
    own = provision(cartesia)
    for number in (imported, own):
        body = {"label": "x", "number": number["number"], "provider": {"id": account["id"]}}
        assert refusal(cartesia("POST", NUMBERS, body), 409) == (None, "Already imported")
    assert cartesia("DELETE", f"{NUMBERS}/{imported['id']}").status_code == 204
    take(cartesia, "+14155550142", {"id": account["id"]})


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"provider": {"id": "ata_none"}}, 404, "Provider not found"),
        ({"provider": {"type": "twilio", "account_sid": SID, "region": "au1"}}, 404, "Provider not found"),
        ({"agent_id": "agent_nobody"}, 404, "Agent not found"),
        ({"number": "4155550142"}, 400, "Bad request"),
        ({"number": "+0155550142"}, 400, "Bad request"),
        ({"label": ""}, 400, "Bad request"),
        ({"provider": {"type": "sip_trunk", "account_sid": SID}}, 400, "Bad request"),
        ({"provider": {"type": "twilio"}}, 400, "Bad request"),
    ],
)
def test_imports_that_are_refused(cartesia: Api, change: dict[str, Any], status: int, title: str) -> None:
    """The provider and the agent have to exist, and the number to be in E.164."""
    link(cartesia, TWILIO)
    body = {"label": "x", "number": "+14155550142", "provider": {"type": "twilio", "account_sid": SID}, **change}
    assert refusal(cartesia("POST", NUMBERS, body), status) == (None, title)


def test_numbers_that_are_not_in_the_account(make_world: Callable[..., World]) -> None:
    """A scenario can say which numbers a Twilio account has; it never has one that somebody else holds."""
    accounts = [{"type": "twilio", "id": "ata_small", "account_sid": SID, "numbers": ["+14155550142"]},
                {"type": "twilio", "id": "ata_all", "account_sid": "AC1"}]  # fmt: skip
    two = scenario(providers=accounts, agents=[])
    two["accounts"].append({"keys": ["sk_car_other"], "cartesia": {"numbers": [{"label": "x", "number": "+14155550143"}]}})
    api = client(make_world(two))
    for provider, number in (("ata_small", "+14155550144"), ("ata_all", "+14155550143")):
        body = {"label": "x", "number": number, "provider": {"id": provider}}
        assert refusal(api("POST", NUMBERS, body), 400) == (None, "Phone number not in account")
    imported = take(api, "+14155550145", {"id": "ata_all"})
    moved = api("PATCH", f"{NUMBERS}/{imported['id']}", {"provider": {"id": "ata_small"}})
    assert refusal(moved, 400) == (None, "Phone number not in account")
    assert take(api, "+14155550142", {"id": "ata_small"})["number"] == "+14155550142"


def test_a_number_moves_within_its_type(cartesia: Api) -> None:
    """A number passes to another account of its type; to another type, or from Cartesia, it does not."""
    home, abroad, trunk = link(cartesia, TWILIO), link(cartesia, {**TWILIO, "region": "ie1"}), link(cartesia, TRUNK)
    path = f"{NUMBERS}/{take(cartesia, '+14155550142', {'id': home['id']})['id']}"
    there = {"type": "twilio", "account_sid": SID, "region": "ie1"}
    assert cartesia("PATCH", path, {"provider": there}).json()["provider"] == abroad
    own = f"{NUMBERS}/{provision(cartesia)['id']}"
    for number, provider in ((path, trunk), (own, home)):
        answer = cartesia("PATCH", number, {"provider": {"id": provider["id"]}})
        assert refusal(answer, 400) == (None, "Provider type cannot change")
    assert refusal(cartesia("PATCH", path, {"provider": {"id": "ata_none"}}), 404) == (None, "Provider not found")


def test_an_account_with_numbers_stays(cartesia: Api) -> None:
    """A provider account is unlinked only after the last of its numbers is deleted."""
    account = link(cartesia, TWILIO)
    number = take(cartesia, "+14155550142", {"id": account["id"]})
    path = f"{PROVIDERS}/{account['id']}"
    assert refusal(cartesia("DELETE", path), 409) == (None, "Provider in use")
    assert cartesia("DELETE", f"{NUMBERS}/{number['id']}").status_code == 204
    assert cartesia("DELETE", path).status_code == 204


def test_accounts_of_a_scenario(make_world: Callable[..., World]) -> None:
    """A scenario's provider accounts and imported numbers are there from the start and take no slot."""
    providers = [
        {"type": "sip_trunk", "id": "ata_trunk", "inbound": {}, "outbound": {"address": "sip.example.com"}},
        {"type": "twilio", "id": "ata_twilio"},
    ]
    numbers = [{"label": "Imported", "provider_id": "ata_twilio", "agent_id": "agent_front"}]
    api = client(make_world(scenario(plan="free", slots=None, providers=providers, numbers=numbers)))
    assert [each["id"] for each in api("GET", PROVIDERS).json()] == ["ata_twilio", "ata_trunk"]
    assert api("GET", NUMBERS).json()["data"][0]["provider"]["id"] == "ata_twilio"
    provision(api)
