"""Wrong clients with the retries, timeouts and keys of libraries."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from typing import Any

import backoff
import httpx
import stamina
import tenacity

from simulator.testing.client import World
from tests.lab.desk import Desk, GaveUp
from tests.lab.shop import SUB

Play = Callable[..., Any]


def tenacity_on_any_transport_error(world: World) -> Play:
    """Tenacity with the settings of its first page."""
    desk = Desk(world, "vantax")
    return tenacity.retry(
        retry=tenacity.retry_if_exception_type(httpx.TransportError),
        stop=tenacity.stop_after_attempt(4),
        wait=tenacity.wait_exponential(),
    )(lambda: desk.bought(desk.buy()))


def tenacity_asynchronous(world: World) -> Play:
    """The same at Cartesia, in a coroutine."""
    address = world.cartesia
    headers = {"Authorization": f"Bearer {address.api_key}", "Cartesia-Version": "2026-03-01"}

    @tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(2))
    async def client() -> str:
        async with httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers) as session:
            response = await session.post("/agents/phone-numbers/provision", json={"label": "Front desk"})
            response.raise_for_status()
            return str(response.json()["id"])

    return client


def backoff_on_http_errors(world: World) -> Play:
    """Backoff as its README has it."""
    desk = Desk(world, "cald")
    retrying = backoff.on_exception(backoff.expo, httpx.HTTPError, max_tries=4)
    return retrying(lambda: desk.bought(desk.buy()))


def stamina_on_http_errors(world: World) -> Play:
    """Stamina as its documentation has it."""
    desk = Desk(world, "vantax")

    @stamina.retry(on=httpx.HTTPError, attempts=3)
    def client() -> str:
        return desk.bought(desk.buy())

    return client


def timeout_is_a_failure(world: World) -> Play:
    """It asks again after a timeout, and after nothing else."""
    desk = Desk(world, "cald", timeout=3)

    def client() -> str:
        try:
            return desk.bought(desk.buy())
        except httpx.ReadTimeout:
            return desk.bought(desk.buy())

    return client


def cancels_and_asks_again(world: World) -> Play:
    """It stops waiting after three seconds and asks again, in a coroutine."""
    address = world.vantax
    headers = {"Authorization": f"Bearer {address.api_key}"}

    async def ask(session: httpx.AsyncClient) -> str:
        response = await session.post("/phone-numbers", json={"sub_account_id": SUB, "area_code": "415"})
        return str(response.raise_for_status().json()["data"]["id"])

    async def client() -> str:
        async with httpx.AsyncClient(
            transport=address.transport, base_url=address.base_url, headers=headers, timeout=None
        ) as session:
            try:
                return await asyncio.wait_for(ask(session), 3)
            except TimeoutError:
                return await ask(session)

    return client


def new_key_for_each_attempt(world: World) -> Play:
    """It sends an idempotency key, and another one with each attempt."""
    desk = Desk(world, "vantax")

    def client() -> str:
        for _ in range(3):
            with contextlib.suppress(httpx.TransportError):
                return desk.bought(desk.buy(headers={"Idempotency-Key": str(uuid.uuid4())}))
        raise GaveUp

    return client


def key_is_lost_in_a_crash(world: World) -> Play:
    """Its idempotency key is made when it starts, and not kept."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> str:
        key = str(uuid.uuid4())
        for _ in range(3):
            with contextlib.suppress(httpx.TransportError):
                store["number"] = desk.bought(desk.buy(headers={"Idempotency-Key": key}))
                return store["number"]
        raise GaveUp

    return client


def buys_in_advance(world: World) -> Play:
    """It buys a second number when the first is slow in coming."""
    desk = Desk(world, "cald", timeout=2)

    def client() -> str:
        for _ in range(2):
            with contextlib.suppress(httpx.ReadTimeout):
                return desk.bought(desk.buy())
        return desk.bought(desk.buy())

    return client
