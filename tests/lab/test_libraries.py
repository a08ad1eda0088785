"""Hunts of clients that use sockets: requests with urllib3's Retry, led into the world or given its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3

from simulator.lab import HuntFailed
from simulator.testing.client import World
from tests.lab.shop import SUB
from tests.lab.wrong_clients import VANTAX

BODY = {"sub_account_id": SUB, "area_code": "415"}
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


def test_a_crash_that_is_not_possible_is_refused(world: World) -> None:
    """A client with sockets of its own cannot be stopped."""
    address = world.vantax
    with pytest.raises(AssertionError, match="crash is not possible: the client uses sockets of its own"):
        world.hunt(retrying(address.base_url, address.api_key), once=VANTAX, store=dict, faults=["crash"])
