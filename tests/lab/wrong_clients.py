"""Clients with a fault that tests without faults do not find, each with the smallest schedule that shows it."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import backoff
import httpx
import stamina
import tenacity

from simulator.testing.client import World
from tests.lab.desk import Desk, GaveUp
from tests.lab.shop import SUB

Play = Callable[..., Any]
VANTAX, TRUEDY = "vantax.purchase_phone_number", "truedy.purchase_number"
LIST, RELEASE, ASSIGN = "vantax.list_phone_numbers", "vantax.release_phone_number", "vantax.assign_phone_number"


class Case(NamedTuple):
    """A client, what it must not do, and the schedule that a hunt finds."""

    make: Callable[[World], Play]
    options: dict[str, Any]
    schedule: str
    scenario: dict[str, Any] | None = None


def blind_retry(world: World) -> Play:
    """It takes a broken connection for a request that never came."""
    desk = Desk(world, "vantax")

    def client() -> str:
        for attempt in range(3):
            with contextlib.suppress(httpx.TransportError):
                return desk.bought(desk.buy())
            time.sleep(2**attempt)
        raise GaveUp

    return client


def retries_every_5xx(world: World) -> Play:
    """It takes a 5xx for a purchase that did not take place."""
    desk = Desk(world, "cald")

    def client() -> str:
        response = desk.buy()
        for attempt in range(3):
            if response.status_code < 500:
                break
            time.sleep(attempt)
            response = desk.buy()
        return desk.bought(response)

    return client


def failed_list_is_an_empty_one(world: World) -> Play:
    """It looks before it buys again, and takes a failed look for nothing."""
    desk = Desk(world, "vantax")

    def look() -> list[str]:
        try:
            return desk.ids(desk.look())
        except httpx.HTTPError:
            return []

    def client() -> str:
        for _ in range(3):
            if held := look():
                return held[0]
            with contextlib.suppress(httpx.HTTPError):
                return desk.bought(desk.buy())
        raise GaveUp

    return client


def last_attempt_is_not_checked(world: World) -> Play:
    """It looks after the first attempt, and not after the second."""
    desk = Desk(world, "vantax")

    def client() -> str | None:
        with contextlib.suppress(httpx.HTTPError):
            return desk.bought(desk.buy())
        if held := desk.ids(desk.look()):
            return held[0]
        try:
            return desk.bought(desk.buy())
        except httpx.HTTPError:
            return None  # "no number is to be had"

    return client


def crash_between_buy_and_store(world: World) -> Play:
    """What it bought is forgotten if it is stopped before it has written it down."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> str:
        if "number" not in store:
            store["number"] = desk.bought(desk.buy())
        return store["number"]

    return client


def crash_then_refused_look(world: World) -> Play:
    """It looks when it starts, and buys if it cannot."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> str:
        if "number" not in store:
            held: list[str] = []
            with contextlib.suppress(httpx.HTTPError):
                held = desk.ids(desk.look())
            store["number"] = held[0] if held else desk.bought(desk.buy())
        return store["number"]

    return client


def release_is_not_checked(world: World) -> Play:
    """It replaces a number, and takes no notice of a release that failed."""
    desk = Desk(world, "vantax")

    def client() -> str:
        old = desk.bought(desk.buy())
        new = desk.bought(desk.buy())
        with contextlib.suppress(httpx.TransportError):
            desk.release(old)
        return new

    return client


def takes_any_number_for_its_own(world: World) -> Play:
    """After a purchase that failed it takes the newest number of the account, which may be somebody's."""
    desk = Desk(world, "vantax")
    of_another_client = desk.bought(desk.buy())

    def client() -> str:
        try:
            number = desk.bought(desk.buy())
        except httpx.TransportError:
            number = desk.ids(desk.look())[0]
        assert number != of_another_client, "the number of another client was taken"
        return number

    return client


def looks_before_giving_up(times: int) -> Callable[[World], Play]:
    """Return a client that looks some times, and buys again if no look succeeds."""

    def make(world: World) -> Play:
        desk = Desk(world, "vantax")

        def look() -> list[str]:
            for _ in range(times):
                with contextlib.suppress(httpx.HTTPError):
                    return desk.ids(desk.look())
            return []

        def client() -> str:
            for attempt in range(4):
                with contextlib.suppress(httpx.HTTPError):
                    return desk.bought(desk.buy())
                if held := look():
                    return held[0]
                time.sleep(attempt)
            raise GaveUp

        return client

    return make


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


def cleans_up_and_keeps_the_name(world: World) -> Play:
    """It releases the number that it cannot assign, and goes on with it."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> None:
        store["number"] = number = desk.bought(desk.buy())
        assigned = desk.http.post(f"/phone-numbers/{number}/assign", json={"agent_id": "agt_3d9b21"})
        if assigned.is_error:
            desk.release(number)

    return client


def gone_is_a_failed_release(world: World) -> Play:
    """It takes a 404 for a release that failed, and goes on with the number."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> None:
        store["number"] = desk.bought(desk.buy())
        if desk.release(store["number"]).status_code != 404:
            del store["number"]

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


def asserts_without_reason(world: World) -> Play:
    """It takes for granted that a purchase is answered with 201."""
    desk = Desk(world, "truedy")

    def client() -> str:
        response = desk.buy()
        assert response.status_code < 400, f"unexpected {response.status_code}"
        return desk.bought(response)

    return client


def known(store: dict[str, str]) -> list[str]:
    """Return the numbers in a store."""
    return list(store.values())


ONCE: dict[str, Any] = {"once": VANTAX}
CALD: dict[str, Any] = {"once": "cald.buy_phone_number"}
ANSWERS: dict[str, Any] = {"faults": ["refused", "lost-request", "lost-answer"]}
KEPT: dict[str, Any] = {"store": dict, "knows": known}

WRONG = {
    "blind retry": Case(blind_retry, ONCE, f"{VANTAX}#1:lost-answer"),
    "every 5xx": Case(retries_every_5xx, CALD, "cald.buy_phone_number#1:error-after-commit"),
    "failed list": Case(failed_list_is_an_empty_one, ONCE, f"{VANTAX}#1:lost-answer,{LIST}#2:refused"),
    "last attempt": Case(
        last_attempt_is_not_checked, {**ONCE, **ANSWERS, "knows": True}, f"{VANTAX}#1:refused,{VANTAX}#2:lost-answer"
    ),
    "crash": Case(crash_between_buy_and_store, {**ONCE, "store": dict}, f"{VANTAX}#1:crash"),
    "crash and look": Case(crash_then_refused_look, {**ONCE, "store": dict}, f"{VANTAX}#1:crash,{LIST}#2:refused"),
    "release": Case(release_is_not_checked, {**ANSWERS, "knows": True}, f"{RELEASE}#1:refused"),
    "any number": Case(takes_any_number_for_its_own, {}, f"{VANTAX}#1:lost-request"),
    "two looks": Case(
        looks_before_giving_up(2),
        {**ONCE, **ANSWERS, "deepest": 3},
        f"{VANTAX}#1:lost-answer,{LIST}#1:refused,{LIST}#2:refused",
    ),
    "tenacity": Case(tenacity_on_any_transport_error, ONCE, f"{VANTAX}#1:lost-answer"),
    "tenacity, asynchronous": Case(
        tenacity_asynchronous,
        {"once": "cartesia.phone_numbers_provision"},
        "cartesia.phone_numbers_provision#1:lost-answer",
        {"open": True, "accounts": [{"cartesia": {"plan": "enterprise", "slots": 5}}]},
    ),
    "backoff": Case(backoff_on_http_errors, CALD, "cald.buy_phone_number#1:lost-answer"),
    "stamina": Case(stamina_on_http_errors, ONCE, f"{VANTAX}#1:lost-answer"),
    "timeout": Case(timeout_is_a_failure, CALD, "cald.buy_phone_number#1:delayed"),
    "cancelled": Case(cancels_and_asks_again, ONCE, f"{VANTAX}#1:delayed"),
    "new key": Case(new_key_for_each_attempt, ONCE, f"{VANTAX}#1:lost-answer"),
    "lost key": Case(key_is_lost_in_a_crash, {**ONCE, "store": dict}, f"{VANTAX}#1:crash"),
    "cleaning up": Case(cleans_up_and_keeps_the_name, {**KEPT, **ANSWERS}, f"{ASSIGN}#1:refused"),
    "gone": Case(gone_is_a_failed_release, {**KEPT, "faults": ["lost-answer", "duplicated"]}, f"{RELEASE}#1:duplicated"),
    "in advance": Case(buys_in_advance, {"spend": 20}, "cald.buy_phone_number#1:slow-then-recovered"),
    "assertion": Case(asserts_without_reason, {}, f"{TRUEDY}#1:refused"),
}
