"""Clients with a fault that tests without faults do not find, each with the smallest schedule that shows it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from simulator.testing.client import World
from tests.lab import wrong_with_libraries as libraries
from tests.lab.desk import Desk, GaveUp

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
    "tenacity": Case(libraries.tenacity_on_any_transport_error, ONCE, f"{VANTAX}#1:lost-answer"),
    "tenacity, asynchronous": Case(
        libraries.tenacity_asynchronous,
        {"once": "cartesia.phone_numbers_provision"},
        "cartesia.phone_numbers_provision#1:lost-answer",
        {"open": True, "accounts": [{"cartesia": {"plan": "enterprise", "slots": 5}}]},
    ),
    "backoff": Case(libraries.backoff_on_http_errors, CALD, "cald.buy_phone_number#1:lost-answer"),
    "stamina": Case(libraries.stamina_on_http_errors, ONCE, f"{VANTAX}#1:lost-answer"),
    "timeout": Case(libraries.timeout_is_a_failure, CALD, "cald.buy_phone_number#1:delayed"),
    "cancelled": Case(libraries.cancels_and_asks_again, ONCE, f"{VANTAX}#1:delayed"),
    "new key": Case(libraries.new_key_for_each_attempt, ONCE, f"{VANTAX}#1:lost-answer"),
    "lost key": Case(libraries.key_is_lost_in_a_crash, {**ONCE, "store": dict}, f"{VANTAX}#1:crash"),
    "cleaning up": Case(cleans_up_and_keeps_the_name, {**KEPT, **ANSWERS}, f"{ASSIGN}#1:refused"),
    "gone": Case(gone_is_a_failed_release, {**KEPT, "faults": ["lost-answer", "duplicated"]}, f"{RELEASE}#1:duplicated"),
    "in advance": Case(libraries.buys_in_advance, {"spend": 20}, "cald.buy_phone_number#1:slow-then-recovered"),
    "assertion": Case(asserts_without_reason, {}, f"{TRUEDY}#1:refused"),
}
