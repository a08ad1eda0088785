"""What Cartesia's errors tell: which member was wrong, and what was expected, without a value that was sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import client, refusal, scenario
from tests.providers.test_cartesia_calls import SECTION, US

PROVIDERS, TOOLS = "/agents/phone-numbers/providers", "/v1/agents/tools"
TWILIO = {"type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "hunter2"}
OUTBOUND = {"address": "sip.example.com", "transport": "udp"}
IMPORT = {"label": "Line", "number": "+14155550142"}


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with numbers of each kind."""
    return client(make_world(scenario(**SECTION)))


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (PROVIDERS, {}, "type: Required"),
        (PROVIDERS, {**TWILIO, "type": None}, "type: Invalid input: is not one of"),
        (PROVIDERS, {name: TWILIO[name] for name in TWILIO if name != "type"}, "type: Required"),
        (PROVIDERS, {**TWILIO, "type": "other"}, 'type: Invalid input: is not one of "twilio"'),
        (PROVIDERS, {**TWILIO, "type": "other"}, 'type: Invalid input: is not one of "sip_trunk"'),
        (PROVIDERS, {"type": "twilio"}, "account_sid: Required; api_key_sid: Required; api_key_secret: Required"),
        (PROVIDERS, {**TWILIO, "account_sid": "x"}, "account_sid: Invalid input: is not a text that begins with AC"),
        (PROVIDERS, {"type": "sip_trunk", "inbound": {}}, "label: Required"),
        (
            PROVIDERS,
            {"type": "sip_trunk", "label": "x", "outbound": OUTBOUND},
            "outbound.transport: Invalid input: is not one of",
        ),
        (TOOLS, {"type": "client"}, "name: Required"),
        (TOOLS, {"name": "x"}, "type: Required"),
        ("/agents/phone-numbers", {**IMPORT, "provider": {}}, "provider.id: Required"),
        ("/agents/phone-numbers", {**IMPORT, "provider": "ata_1"}, 'provider: Invalid input: is not of type "object"'),
    ],
)
def test_a_body_with_two_forms(cartesia: Api, path: str, body: dict[str, Any], message: str) -> None:
    """The form that is meant decides what is told, and no secret is repeated."""
    refused = cartesia("POST", path, body)
    assert refusal(refused, 400) == (None, "Bad request")
    assert message in refused.json()["message"]
    assert "hunter2" not in refused.text


def test_an_unknown_key_is_named(cartesia: Api) -> None:
    """Where a body is closed, as Cartesia's own refusal names it."""
    tool = {"type": "client", "name": "x", "description": "x", "pre_tool_speech": "auto", "execution_mode": "async"}
    made = cartesia("POST", TOOLS, {**tool, "expects_response": False, "parameters": {"type": "object"}})
    path = f"{TOOLS}/{made.json()['id']}"
    assert cartesia("PATCH", path, {"colour": "red"}).json()["message"] == 'Unrecognized key: "colour"'
    deeper = cartesia("PATCH", path, {"parameters": {"type": "object", "colour": "red"}}).json()["message"]
    assert deeper == 'parameters: Unrecognized key: "colour"'


@pytest.mark.parametrize("cursor", ["", "ap_nobody"])
def test_a_cursor_of_nothing_is_quoted(cartesia: Api, cursor: str) -> None:
    """Also an empty one."""
    refused = cartesia("GET", "/agents/phone-numbers", params={"starting_after": cursor})
    assert refusal(refused, 400) == (None, "Bad request")
    assert f"'{cursor}'" in refused.json()["message"]


@pytest.mark.parametrize(
    "variables", [{"a": None}, {"a b": 1}, {"system__a": 1}, {f"v{n}": n for n in range(65)}, {"a": "x" * 16384}]
)
def test_variables_that_do_not_fit(cartesia: Api, variables: dict[str, Any]) -> None:
    """The error of the destination names every bound, and the other destination is dialled."""
    destinations = [{"to_number": US, "dynamic_variables": variables}, {"to_number": US}]
    body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": destinations}
    wrong, right = cartesia("POST", "/agents/calls", body).json()["calls"]
    assert "agent_call_id" in right
    for expected in ("64", "texts, numbers or booleans", "16 KiB", "customer_id", "system__"):
        assert expected in wrong["error"]["message"]
