"""Each provider of the application, with a simulated one behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from frontdesk.customers import Customers
from frontdesk.providers import Cartesia, Provider, Vantax

if TYPE_CHECKING:
    from simulator.testing.client import World


@pytest.fixture(params=["cartesia", "vantax"])
def name(request: pytest.FixtureRequest) -> str:
    """The provider's name; each test is run with every one."""
    return str(request.param)


@pytest.fixture
def purchase(name: str) -> str:
    """The operation that buys a number; `simulator list` prints them."""
    return {"cartesia": "cartesia.phone_numbers_provision", "vantax": "vantax.purchase_phone_number"}[name]


@pytest.fixture
def release(name: str) -> str:
    """The operation that gives one back."""
    return {"cartesia": "cartesia.phone_numbers_delete", "vantax": "vantax.release_phone_number"}[name]


@pytest.fixture
def waits() -> list[float]:
    """How long the application slept, without doing so."""
    return []


@pytest.fixture
def provider(name: str, world: World, waits: list[float]) -> Provider:
    """The application's own client, with its real base URL: the transport leads every request into the test's world."""
    if name == "cartesia":
        return Cartesia(world.cartesia.api_key, transport=world.cartesia.transport, sleep=waits.append)
    return Vantax(world.vantax.api_key, "sub_8a1f4c2e", transport=world.vantax.transport, sleep=waits.append)


@pytest.fixture
def customers(provider: Provider) -> Customers:
    """The application."""
    return Customers(provider)


@pytest.fixture
def held(name: str, world: World) -> Callable[[], int]:
    """How many numbers we pay for, as the provider sees it."""
    return lambda: sum(account["tables"]["numbers"]["total"] for account in world.state(name))
