"""The commands of the pages that the simulator was made from, as printed there: only hosts and placeholders are filled in."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.conftest import World

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the pages use curl, which is not installed here")

HOSTS = {
    "https://api.cartesia.ai": "cartesia",
    "https://my.cald.ai": "cald",
    "https://api.truedy.ai": "truedy",
    "https://api.buildwithchirp.com": "chirp",
    "https://api.vantaxai.com": "vantax",
}
TRUEDY_AGENT = "1f4baf16-1540-4d91-9696-7f34b2f2cb77"

CARTESIA_PROVISION = """
curl -X POST "https://api.cartesia.ai/agents/phone-numbers/provision" \
  -H "Authorization: Bearer $CARTESIA_API_KEY" \
  -H "Content-Type: application/json" \
  -H "Cartesia-Version: 2026-03-01" \
  -d '{
    "label": "My Agent Number"
  }'
"""
CARTESIA_DELETE = """
curl -X DELETE "https://api.cartesia.ai/agents/phone-numbers/YOUR_PHONE_NUMBER_ID" \
  -H "Authorization: Bearer $CARTESIA_API_KEY" \
  -H "Cartesia-Version: 2026-03-01"
"""
CHIRP_ASSIGN = """
curl -X POST https://api.buildwithchirp.com/v1/phone-numbers \
  -H "Authorization: Bearer YOUR_APP_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "phoneNumberId": "550e8400-e29b-41d4-a716-446655440000"
  }'
"""
VANTAX_PURCHASE = """
curl -X POST https://api.vantaxai.com/v1/phone-numbers \
  -H "Authorization: Bearer vx_live_3fa9c2..." \
  -H "Content-Type: application/json" \
  -d '{
    "sub_account_id": "sub_8a1f4c2e",
    "country": "US",
    "area_code": "415"
  }'
"""
TRUEDY_SEARCH = """
curl -X POST https://api.truedy.ai/api/public/v1/telephony/numbers/search \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "country_code": "US",
    "area_code": "415",
    "phone_number_type": "local",
    "page_size": 10
  }'
"""
TRUEDY_PURCHASE = """
curl -X POST https://api.truedy.ai/api/public/v1/telephony/numbers/purchase \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "phone_number": "+14155551234"
  }'
"""
TRUEDY_ASSIGN = """
curl -X POST https://api.truedy.ai/api/public/v1/telephony/numbers/assign \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "number_id": "NUMBER_UUID",
    "agent_id": "AGENT_UUID",
    "assignment_type": "outbound"
  }'
"""
TRUEDY_END_TO_END = """
BASE="https://api.truedy.ai/api/public/v1"
KEY="YOUR_API_KEY"
curl -s -X POST "$BASE/telephony/numbers/search" \
  -H "Authorization: Bearer $KEY" \
  -H "Content-Type: application/json" \
  -d '{"country_code":"US","area_code":"212","phone_number_type":"local","page_size":5}'
echo
curl -s -X POST "$BASE/telephony/numbers/purchase" \
  -H "Authorization: Bearer $KEY" \
  -H "Content-Type: application/json" \
  -d '{"phone_number":"+12125550123"}'
"""
TRUEDY_RELEASE = """
curl -X DELETE https://api.truedy.ai/api/public/v1/telephony/numbers/NUMBER_UUID \
  -H "Authorization: Bearer YOUR_API_KEY"
"""


def run(world: World, command: str, **values: str) -> list[Any]:
    """Run a command in a shell; returns the JSON document on each line that it prints."""
    for host, provider in HOSTS.items():
        command = command.replace(host, f"{world.url}/{provider}")
    for placeholder, value in values.items():
        command = command.replace(f"${placeholder}", value).replace(placeholder, value)
    done = subprocess.run(["/bin/sh", "-ec", command], capture_output=True, text=True, timeout=30, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def test_cartesia(world: World) -> None:
    """A number is provisioned with a label alone, and deleted for good."""
    (number,) = run(world, CARTESIA_PROVISION, CARTESIA_API_KEY="sk_car_demo")
    assert number["label"] == "My Agent Number"
    assert number["number"].startswith("+1")
    values = {"CARTESIA_API_KEY": "sk_car_demo", "YOUR_PHONE_NUMBER_ID": number["id"]}
    assert run(world, CARTESIA_DELETE, **values) == []
    (refused,) = run(world, CARTESIA_DELETE, **values)
    assert set(refused) >= {"error_code", "title", "message", "request_id"}


def test_chirp(world: World) -> None:
    """The page's number is assigned to the app of the key."""
    (assigned,) = run(world, CHIRP_ASSIGN, YOUR_APP_KEY="sk_live_app_demo")
    assert assigned["phoneNumberId"] == "550e8400-e29b-41d4-a716-446655440000"
    assert set(assigned) == {"phoneNumberId", "appId", "number", "createdAt", "updatedAt"}


def test_vantax(world: World) -> None:
    """A number of the area code is bought for the sub-account; even the printed, shortened key works."""
    (answer,) = run(world, VANTAX_PURCHASE)
    assert (answer["success"], answer["message"]) == (True, "Phone number purchased successfully")
    number = answer["data"]
    assert number["number"].startswith("+1415555")
    assert number["sub_account_id"] == "sub_8a1f4c2e"
    assert number["agent_id"] is None
    assert number["capabilities"] == {"voice": True, "sms": True}


def test_truedy_step_by_step(world: World) -> None:
    """Search, purchase, assign both ways, unassign, release."""
    key = "truedy_Demo0000000000000000000000000000"
    (found,) = run(world, TRUEDY_SEARCH, YOUR_API_KEY=key)
    assert len(found["data"]) == 10
    (bought,) = run(world, TRUEDY_PURCHASE, YOUR_API_KEY=key)
    assert bought["data"]["phone_number"] == "+14155551234"
    assert bought["data"]["is_truedy_managed"] is True
    values = {"YOUR_API_KEY": key, "NUMBER_UUID": bought["data"]["id"], "AGENT_UUID": TRUEDY_AGENT}
    for command in (TRUEDY_ASSIGN, TRUEDY_ASSIGN.replace("outbound", "inbound")):
        (assigned,) = run(world, command, **values)
        assert assigned["data"]["agent_id"] == TRUEDY_AGENT
    (refused,) = run(world, TRUEDY_RELEASE, **values)
    assert refused["error"]["code"] == "validation_error"
    for way in ("inbound", "outbound"):
        unassign = (
            TRUEDY_ASSIGN.replace("/assign", "/unassign").replace('"agent_id": "AGENT_UUID",', "").replace("outbound", way)
        )
        run(world, unassign, **values)
    (released,) = run(world, TRUEDY_RELEASE, **values)
    assert released["data"]["id"] == bought["data"]["id"]


def test_truedy_end_to_end(world: World) -> None:
    """The page's second flow: New York, five to a page, and its own example number."""
    found, bought = run(world, TRUEDY_END_TO_END, YOUR_API_KEY="truedy_Demo0000000000000000000000000000")
    assert [each["phone_number"][:5] for each in found["data"]] == ["+1212"] * 5
    assert bought["data"]["phone_number"] == "+12125550123"


def test_cald(world: World) -> None:
    """The page prints no command, only the operation and its example key; both prefix and agent are optional."""
    command = "curl -X POST https://my.cald.ai/client/api/v1/phonenumbers -H 'Authorization: KEY'"
    (number,) = run(world, command, KEY="caldLiveDe39a3accb206dd615f30d118e519df0")
    assert number["phoneNumber"].startswith("+1415")
    assert number["price"] == 10
