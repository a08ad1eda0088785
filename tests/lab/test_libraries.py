"""Hunts of clients that use sockets: requests with urllib3's Retry, led into the world or given its address."""

from __future__ import annotations

import contextlib
import inspect
import json
import socket
import urllib.request
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests
import urllib3

from simulator import Simulator
from simulator.lab import HuntFailed, HuntInconclusive
from simulator.testing.client import Client, World
from tests.lab.shop import SUB
from tests.lab.wrong_clients import VANTAX

BODY = {"sub_account_id": SUB, "area_code": "415"}
Headers = Mapping[str, str]
NO_HEADERS: Headers = MappingProxyType({})
FAULTS = ["refused", "throttled", "lost-answer"]


def retrying(base_url: str, key: str) -> Callable[..., str]:
    """Return a client of requests that lets urllib3 repeat POST requests."""
    retry = urllib3.Retry(total=3, backoff_factor=2, status_forcelist=[500, 429], allowed_methods=None)

    def client(store: dict[str, str]) -> str:
        if "number" not in store:
            with requests.Session() as session:
                for scheme in ("http://", "https://"):
                    session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retry))
                session.headers["Authorization"] = f"Bearer {key}"
                response = session.post(f"{base_url}/phone-numbers", json=BODY, timeout=5)
                response.raise_for_status()
            store["number"] = response.json()["data"]["id"]
        return store["number"]

    return client


def found(world: World, client: Callable[..., Any], **options: Any) -> str:
    """Return the schedule that breaks a client."""
    with pytest.raises(HuntFailed) as failed:
        world.hunt(client, once=VANTAX, store=dict, **options)
    return failed.value.schedule


def test_urllib3_repeats_a_purchase_whose_answer_was_lost(world: World) -> None:
    """Its waits cost nothing, and the requests go over sockets."""
    address = world.vantax
    client = retrying(address.base_url, address.api_key)
    assert found(world, client, faults=FAULTS) == f"{VANTAX}#1:lost-answer"


def test_a_client_that_is_led_into_the_world_can_be_stopped(world: World) -> None:
    """It keeps the provider's own address, and forgets what it bought when it is stopped."""
    client = retrying("https://api.vantaxai.com/v1", world.vantax.api_key)
    with world.intercept():
        assert found(world, client, faults=["crash"]) == f"{VANTAX}#1:crash"


async def with_aiohttp(base_url: str, key: str, more: Headers = NO_HEADERS) -> str:
    """Buy a number with aiohttp."""
    headers = {"Authorization": f"Bearer {key}", **more}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{base_url}/phone-numbers", json=BODY) as response,
    ):
        response.raise_for_status()
        return str((await response.json())["data"]["id"])


async def with_httpx(base_url: str, key: str, more: Headers = NO_HEADERS) -> str:
    """Buy a number with a client of httpx that opens connections."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}", **more}) as session:
        response = await session.post(f"{base_url}/phone-numbers", json=BODY)
        return str(response.raise_for_status().json()["data"]["id"])


def with_requests(base_url: str, key: str, more: Headers = NO_HEADERS) -> str:
    """Buy a number with requests."""
    headers = {"Authorization": f"Bearer {key}", **more}
    response = requests.post(f"{base_url}/phone-numbers", json=BODY, headers=headers, timeout=5)
    response.raise_for_status()
    return str(response.json()["data"]["id"])


def with_urllib(base_url: str, key: str, more: Headers = NO_HEADERS) -> str:
    """Buy a number with the standard library."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **more}
    request = urllib.request.Request(f"{base_url}/phone-numbers", json.dumps(BODY).encode(), headers)  # noqa: S310  (to this machine)
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return str(json.load(response)["data"]["id"])


def with_a_socket(base_url: str, key: str) -> str:
    """Buy a number without any library."""
    parts, body = urlsplit(base_url), json.dumps(BODY)
    head = f"POST {parts.path}/phone-numbers HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 0), 5) as connection:
        connection.sendall(f"{head}{body}".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["data"]["id"])


@pytest.mark.parametrize("buys", [with_aiohttp, with_httpx, with_urllib])
@pytest.mark.parametrize("is_led", [False, True], ids=["its own sockets", "led"])
def test_a_client_with_sockets_is_stopped_too(simulator: Simulator, buys: Callable[..., Any], is_led: bool) -> None:
    """It buys again when it is started again; the library tells of the response, and nothing else has to change."""
    with simulator.world() as world:
        address = world.vantax
        base_url = "https://api.vantaxai.com/v1" if is_led else address.base_url

        async def client(store: dict[str, str]) -> None:
            if "number" not in store:
                bought = buys(base_url, address.api_key)
                store["number"] = await bought if inspect.isawaitable(bought) else bought

        with world.intercept() if is_led else contextlib.nullcontext():
            assert found(world, client, faults=["crash"]) == f"{VANTAX}#1:crash"


def test_a_client_of_another_server_is_stopped_too(simulator: Simulator) -> None:
    """As one that runs in a container; so is one with the transport of its world."""
    client = Client.connect(simulator.url)
    with client.world() as world:
        address = world.vantax
        headers = {"Authorization": f"Bearer {address.api_key}"}
        for transport in (None, address.transport):

            def buys(store: dict[str, str], transport: Any = transport) -> None:
                with httpx.Client(transport=transport, headers=headers) as session:
                    if "number" not in store:
                        bought = session.post(f"{address.base_url}/phone-numbers", json=BODY)
                        store["number"] = bought.raise_for_status().json()["data"]["id"]

            assert found(world, buys, faults=["crash"]) == f"{VANTAX}#1:crash"
    client.close()


@pytest.mark.parametrize("buys", [with_aiohttp, with_httpx, with_requests, with_urllib])
@pytest.mark.parametrize("is_led", [False, True], ids=["its own sockets", "led"])
def test_a_key_that_a_library_sends_is_seen(world: World, buys: Callable[..., Any], is_led: bool) -> None:
    """A purchase with an idempotency key, in whatever case, may be delivered twice, over sockets too."""
    base_url = "https://api.vantaxai.com/v1" if is_led else world.vantax.base_url

    async def client() -> None:
        bought = buys(base_url, world.vantax.api_key, {"idempotency-key": "order-17"})
        if inspect.isawaitable(bought):
            await bought

    with world.intercept() if is_led else contextlib.nullcontext():
        report = world.hunt(client, once=VANTAX, faults=["duplicated"], deepest=1)
    assert report.bound.startswith("2 schedules, up to 1 fault of 1 kind over 1 request: held")


@pytest.mark.parametrize("buys", [with_aiohttp, with_httpx, with_requests, with_urllib])
@pytest.mark.parametrize("is_led", [False, True], ids=["its own sockets", "led"])
def test_a_client_that_is_stopped_sends_nothing_more(world: World, buys: Callable[..., Any], is_led: bool) -> None:
    """Not even in a `finally` block, over a new connection."""
    base_url = "https://api.vantaxai.com/v1" if is_led else world.vantax.base_url

    async def client(store: list[str]) -> None:
        store.append("started")
        try:
            bought = buys(base_url, world.vantax.api_key)
            if inspect.isawaitable(bought):
                await bought
        finally:
            again = buys(base_url, world.vantax.api_key) if len(store) == 1 else None
            if inspect.isawaitable(again):
                await again

    def stops(world: World) -> bool:
        first, *further = world.requests(operation=VANTAX)
        return not (first.rule and len(further) > 1)  # one is that of the second start

    with world.intercept() if is_led else contextlib.nullcontext():
        report = world.hunt(client, faults=["crash"], store=list, invariants=[stops], deepest=1, budget=4)
    assert ": held" in report.bound


@pytest.mark.parametrize("is_repeated", [False, True], ids=["hunted", "repeated"])
def test_a_crash_that_is_not_possible_is_refused(world: World, is_repeated: bool) -> None:
    """Nothing hears of what comes over a socket of its own."""
    address = world.vantax
    world.replay = f"{VANTAX}#1:crash" if is_repeated else ""

    def client(store: dict[str, str]) -> None:
        store["number"] = with_a_socket(address.base_url, address.api_key)

    with pytest.raises(HuntInconclusive, match="crash is not possible: nothing hears of the responses that the client gets"):
        world.hunt(client, once=VANTAX, store=dict, faults=["crash"])
    if not is_repeated:
        bound = world.hunt(client, once=VANTAX, store=dict, faults=None, deepest=1, budget=9).bound
        assert "not tried: crash (nothing hears of the responses" in bound
