"""The hunt that breaks the first version, and the bound within which the repaired one holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from ensure_number import first_version, repaired

from simulator.lab import HuntFailed

if TYPE_CHECKING:
    from simulator.testing.client import World

BUY = "vantax.purchase_phone_number"


@pytest.fixture
def vantax(world: World) -> Iterator[httpx.Client]:
    """A client of Vantax that needs no socket."""
    headers = {"Authorization": f"Bearer {world.vantax.api_key}"}
    with httpx.Client(transport=world.vantax.transport, base_url=world.vantax.base_url, headers=headers) as client:
        yield client


def test_the_first_version_buys_twice(world: World, vantax: httpx.Client) -> None:
    """Its answer is lost, and it asks again."""
    with pytest.raises(HuntFailed) as failed:
        world.hunt(lambda: first_version(vantax), once=BUY)
    assert failed.value.schedule == f"{BUY}#1:lost-answer"


def test_the_repaired_version_holds(world: World, vantax: httpx.Client) -> None:
    """Under every schedule of up to two faults, a crash of the process among them."""
    report = world.hunt(lambda: repaired(vantax, "order-17"), once=BUY, knows=True)
    assert ": held; not tried: 3 faults" in report.bound
