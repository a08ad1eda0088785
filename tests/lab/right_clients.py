"""Clients that hold under every schedule of up to two faults."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import tenacity

from simulator.testing.client import World
from tests.lab.desk import Desk, GaveUp

Play = Callable[..., Any]


def looks_before_each_purchase(world: World) -> Play:
    """It buys only when it is certain that it has nothing."""
    desk = Desk(world, "vantax")

    def client() -> str:
        for attempt in range(8):
            try:
                held = desk.ids(desk.look())
                return held[0] if held else desk.bought(desk.buy())
            except httpx.HTTPError:
                time.sleep(2**attempt)
        raise GaveUp

    return client


def keeps_its_idempotency_key(world: World) -> Play:
    """It writes the key down before it buys, and sends it with every attempt."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> str:
        key = store.setdefault("key", str(uuid.uuid4()))
        for attempt in range(8):
            try:
                store["number"] = desk.bought(desk.buy(headers={"Idempotency-Key": key}))
                return store["number"]
            except httpx.HTTPError:
                time.sleep(attempt)
        raise GaveUp

    return client


def asks_for_a_certain_number(world: World) -> Play:
    """It asks for one number, which it can have once at most, and looks whether it is its own."""
    desk = Desk(world, "truedy")

    @tenacity.retry(
        retry=tenacity.retry_if_exception_type(httpx.HTTPError),
        stop=tenacity.stop_after_attempt(8),
        wait=tenacity.wait_exponential(),
    )
    def client() -> str:
        response = desk.buy()
        if response.status_code < 500 and response.status_code not in (201, 429):
            return desk.ids(desk.look())[0]
        return desk.bought(response)

    return client


def asks_for_a_certain_number_asynchronously(world: World) -> Play:
    """The same at Chirp, in a coroutine, with the conflict as the sign that it has the number."""
    desk = Desk(world, "chirp")
    address = world.chirp
    body = {**desk.shop.body, "phoneNumber": "+14155551301"}

    @tenacity.retry(retry=tenacity.retry_if_exception_type(httpx.HTTPError), stop=tenacity.stop_after_attempt(8))
    async def client() -> str:
        headers = {"Authorization": f"Bearer {address.keys[2]}"}
        async with httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers) as session:
            response = await session.post(desk.shop.purchase, json=body)
            if response.status_code != 409:
                response.raise_for_status()
        return "+14155551301"

    return client


def releases_until_it_is_gone(world: World) -> Play:
    """It writes down what it has before it gives it back, and takes 404 for done."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> None:
        for attempt in range(10):
            try:
                held = desk.ids(desk.look())
                if not held and "bought" in store:
                    store.pop("number", None)
                    return
                if held:
                    store["number"], store["bought"] = held[0], "yes"
                    desk.release(held[0]).raise_for_status()
                else:
                    store["number"] = desk.bought(desk.buy())
                    store["bought"] = "yes"
            except httpx.HTTPError:
                time.sleep(attempt)
        raise GaveUp

    return client


ONCE: dict[str, Any] = {"once": "vantax.purchase_phone_number", "knows": True}
RIGHT: dict[str, tuple[Callable[[World], Play], dict[str, Any]]] = {
    "looks": (looks_before_each_purchase, ONCE),
    "key": (keeps_its_idempotency_key, {**ONCE, "store": dict}),
    "certain": (asks_for_a_certain_number, {**ONCE, "once": "truedy.purchase_number"}),
    "certain, asynchronous": (
        asks_for_a_certain_number_asynchronously,
        {**ONCE, "once": "chirp.purchase_phone_number", "deepest": 1},
    ),
    "releases": (releases_until_it_is_gone, {**ONCE, "store": dict, "deepest": 1}),
}
