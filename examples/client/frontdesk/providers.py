"""Where numbers come from. The two providers differ in how a purchase is kept from happening twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from frontdesk.retries import checked, patiently

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Number:
    """A number that we pay for."""

    id: str
    number: str


class Provider(Protocol):
    """What a provider of numbers can do for us; each may raise PlanFull or Unavailable."""

    def buy(self, order: str) -> Number:
        """Buy a number; the same order, given again, never buys a second one."""

    def release(self, number: Number) -> None:
        """Give a number back; one that is given back already is fine."""


class Vantax:
    """Numbers of Vantax, where an idempotency key makes a purchase safe to repeat."""

    def __init__(
        self,
        api_key: str,
        sub_account: str,
        *,
        base_url: str = "https://api.vantaxai.com/v1",
        transport: httpx.BaseTransport | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, transport=transport)
        self._sub_account = sub_account
        self._sleep = sleep

    def buy(self, order: str) -> Number:
        """Buy a number; the order is the idempotency key, so that Vantax itself knows a second try for what it is."""
        body = {"sub_account_id": self._sub_account, "country": "US", "area_code": "415"}

        def step() -> Number:
            bought = checked(self._http.post("/phone-numbers", json=body, headers={"Idempotency-Key": order}))
            return _number(bought.json()["data"])

        return patiently(step, self._sleep)

    def release(self, number: Number) -> None:
        """Give a number back."""
        patiently(lambda: _gone(self._http.delete(f"/phone-numbers/{number.id}")), self._sleep)


class Cartesia:
    """Numbers of Cartesia, which has no idempotency keys: before each try we look whether the last one has worked."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = "https://api.cartesia.ai",
        transport: httpx.BaseTransport | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}", "Cartesia-Version": "2026-03-01"}
        self._http = httpx.Client(base_url=base_url, headers=headers, transport=transport)
        self._sleep = sleep

    def buy(self, order: str) -> Number:
        """Buy a number; the order is its label, by which it is found again."""
        return patiently(lambda: self._bought(order) or self._provisioned(order), self._sleep)

    def _bought(self, order: str) -> Number | None:
        found = checked(self._http.get("/agents/phone-numbers", params={"q": order})).json()["data"]
        return next((_number(each) for each in found if each["label"] == order), None)

    def _provisioned(self, order: str) -> Number:
        return _number(checked(self._http.post("/agents/phone-numbers/provision", json={"label": order})).json())

    def release(self, number: Number) -> None:
        """Give a number back, which must not be assigned to an agent then."""
        path = f"/agents/phone-numbers/{number.id}"
        patiently(lambda: _gone(self._http.patch(path, json={"agent_id": None})), self._sleep)
        patiently(lambda: _gone(self._http.delete(path)), self._sleep)


def _number(data: dict[str, Any]) -> Number:
    return Number(data["id"], data["number"])


def _gone(response: httpx.Response) -> None:
    """After a lost answer the second try finds nothing, which is what we wanted."""
    if response.status_code != 404:
        checked(response)
