"""An order gets a phone number: twice the same job, once as one writes it first, and once as a hunt leaves it."""

from __future__ import annotations

import time

import httpx

ORDER = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}
ATTEMPTS = 6


class NoNumber(Exception):
    """Nobody knows whether there is a number; somebody has to look."""


def first_version(client: httpx.Client) -> str:
    """Buy a number, with retries: what most HTTP libraries offer."""
    for attempt in range(ATTEMPTS):
        try:
            response = client.post("/phone-numbers", json=ORDER)
            if response.status_code < 500 and response.status_code != 429:
                return str(response.raise_for_status().json()["data"]["number"])
        except httpx.TransportError:
            pass
        time.sleep(2**attempt)
    raise NoNumber


def repaired(client: httpx.Client, order: str) -> str:
    """Buy a number with an idempotency key that belongs to the order, so that every attempt is the same purchase."""
    for attempt in range(ATTEMPTS):
        try:
            response = client.post("/phone-numbers", json=ORDER, headers={"Idempotency-Key": order})
            if response.status_code < 500 and response.status_code != 429:
                return str(response.raise_for_status().json()["data"]["number"])
        except httpx.TransportError:
            pass
        time.sleep(2**attempt)
    raise NoNumber
