"""What the clients of the hunts have in common: one account of one provider, and the calls that they make there."""

from __future__ import annotations

from typing import Any

import httpx

from simulator.testing.client import World
from tests.lab.shop import PROVIDERS, SUB, http


class GaveUp(Exception):
    """The client says that it does not know, which is no fault of it."""


class Desk:
    """An account at a provider."""

    def __init__(self, world: World, provider: str, timeout: float = 5) -> None:
        self.shop = PROVIDERS[provider]
        self.http = http(world, provider, self.shop.key, timeout)
        self.provider = provider

    def buy(self, **more: Any) -> httpx.Response:
        """Ask for a number; Chirp and Truedy are asked for a certain one."""
        chosen = {"chirp": {"phoneNumber": "+14155551301"}, "truedy": {"phone_number": "+14155550142"}}
        body = {**self.shop.body, **chosen.get(self.provider, {}), **more.pop("json", {})}
        return self.http.post(self.shop.purchase, json=body, **more)

    def bought(self, response: httpx.Response) -> str:
        """Return the id of the number that was bought; raise what went wrong."""
        response.raise_for_status()
        content = response.json()
        return str(content.get("data", content)[self.shop.id])

    def look(self) -> httpx.Response:
        """List the numbers of the account."""
        query = {"sub_account_id": SUB} if self.provider == "vantax" else {}
        return self.http.get(self.shop.numbers, params=query)

    def ids(self, response: httpx.Response) -> list[str]:
        """Return the ids in a list; raise what went wrong."""
        response.raise_for_status()
        content = response.json()
        return [number[self.shop.id] for number in content.get("data", content.get("phoneNumbers"))]

    def release(self, number_id: str) -> httpx.Response:
        """Release a number."""
        return self.http.delete(f"{self.shop.numbers}/{number_id}")
