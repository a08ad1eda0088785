"""An organization of Truedy with an agent, a number and a webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import World

KEY = "truedy_Demo0000000000000000000000000000"
AGENT = "11111111-1111-4111-8111-111111111111"
NUMBER, CALLER = "+14155550142", "+12125550199"
CALL = {"agent_id": AGENT, "phone_number": CALLER}
EVENTS = ["call.started", "call.joined", "call.ended", "call.billed"]


def scenario(url: str, **more: Any) -> dict[str, Any]:
    """Return a scenario whose webhook has a URL; its clock stands still, and calls take no time."""
    numbers = [{"phone_number": NUMBER, "outbound_agent_id": AGENT, "inbound_agent_id": AGENT}]
    webhooks = [{"url": url, "secret": "whsec_test"}]
    truedy = {"agents": [{"id": AGENT}], "numbers": numbers, "webhooks": webhooks}
    return {
        "clock": {"start": "2026-03-01T12:00:00Z", "frozen": True},
        "lifecycles": {"truedy.call": "immediate"},
        "accounts": [{"keys": [KEY], "truedy": truedy}],
        **more,
    }


def client(world: World) -> httpx.Client:
    """Return a client of Truedy in a world."""
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx.Client(base_url=world.truedy.base_url, transport=world.truedy.transport, headers=headers)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator in this process."""
    made = Simulator()
    yield made
    made.close()


@pytest.fixture
def make(simulator: Simulator) -> Callable[..., World]:
    """Make a world whose webhook has a URL."""
    return lambda url, **more: simulator.world(scenario(url, **more))
