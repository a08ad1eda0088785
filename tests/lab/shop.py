"""Clients that buy a number at each provider, over the in-process transport."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

from simulator.testing.client import World

HEADERS = {"cartesia": {"Cartesia-Version": "2026-03-01"}}


def http(world: World, provider: str, key: int = 0, timeout: float = 5) -> httpx.Client:
    """Return a client of a provider with one of its keys."""
    address = world.providers[provider]
    bearer = "" if provider == "cald" else "Bearer "
    headers = {"Authorization": f"{bearer}{address.keys[key]}", **HEADERS.get(provider, {})}
    return httpx.Client(transport=address.transport, base_url=address.base_url, headers=headers, timeout=timeout)


def buy(world: World, provider: str) -> str:
    """Buy a number and return its id."""
    client, path, body = _purchase(world, provider)
    response = client.post(path, json=body)
    assert response.is_success, response.text
    content = response.json()
    return str(content.get("data", content)[PROVIDERS[provider].id])


def release(world: World, provider: str, number_id: str) -> httpx.Response:
    """Release a number."""
    return http(world, provider, PROVIDERS[provider].key).delete(f"{PROVIDERS[provider].numbers}/{number_id}")


def _purchase(world: World, provider: str) -> tuple[httpx.Client, str, dict[str, Any]]:
    shop = PROVIDERS[provider]
    client, body = http(world, provider, shop.key), shop.body
    if provider == "truedy":
        offers = client.post("/telephony/numbers/search", json={"country_code": "US"}).json()["data"]
        body = {"phone_number": offers[0]["phone_number"]}
    if provider == "chirp":
        known = {entry.number for entry in world.ledger()}  # one that was lost is not for sale again
        body = {**body, "phoneNumber": next(f"+1415555{last}" for last in range(1300, 1900) if f"+1415555{last}" not in known)}
    return client, shop.purchase, body


class Shop(NamedTuple):
    """How numbers are bought at a provider."""

    purchase: str
    numbers: str
    id: str
    body: dict[str, Any]
    once: str  # the price of a local number in USD
    month: str
    key: int = 0


SUB = "sub_8a1f4c2e"
APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"  # the default scenario's
PROVIDERS = {
    "cald": Shop("/phonenumbers", "/phonenumbers", "phoneNumberId", {"prefix": "+1415"}, "0", "10"),
    "cartesia": Shop("/agents/phone-numbers/provision", "/agents/phone-numbers", "id", {"label": "Front desk"}, "0", "0"),
    "chirp": Shop(
        f"/v1/organization/phone-numbers/{APP}/purchase",
        "/v1/organization/phone-numbers",
        "phoneNumberId",
        {"numberType": "local"},
        "1",
        "1",
        key=2,
    ),
    "truedy": Shop("/telephony/numbers/purchase", "/telephony/numbers", "id", {}, "1", "1"),
    "vantax": Shop(
        "/phone-numbers", "/phone-numbers", "id", {"sub_account_id": SUB, "country": "US", "area_code": "415"}, "0", "1"
    ),
}
