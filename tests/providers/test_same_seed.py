"""One seed, one sequence of bytes: calls, messages and webhooks of all five providers, and another seed has others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conftest import World
from tests.providers.outcomes import ACCOUNTS, FROZEN, MAGIC, NUMBERS, PROVIDERS, TRUEDY_AGENT, Line, advance
from tests.receiver import Receiver, call_in, outbox, receive, write_in

URL = "https://receiver.test/hook"
(ACCOUNT,) = ACCOUNTS
WITH_WEBHOOKS: dict[str, Any] = {
    "keys": ACCOUNT["keys"],
    "cald": {**ACCOUNT["cald"], "agents": [{"id": "agent_1", "webhook_url": URL}]},
    "cartesia": {
        "agents": [{"id": "agent_1", "webhook_id": "agent_webhook_1"}],
        "webhooks": [{"id": "agent_webhook_1", "url": URL, "secret": "whsec_1"}],
        "numbers": [{**ACCOUNT["cartesia"]["numbers"][0], "agent_id": "agent_1"}],
    },
    "chirp": {**ACCOUNT["chirp"], "apps": [{**ACCOUNT["chirp"]["apps"][0], "webhooks": [{"url": URL}]}]},
    "truedy": {
        "agents": [{"id": TRUEDY_AGENT}],
        "numbers": [{**ACCOUNT["truedy"]["numbers"][0], "inbound_agent_id": TRUEDY_AGENT}],
        "webhooks": [{"url": URL, "secret": "whsec_1"}],
    },
    "vantax": {**ACCOUNT["vantax"], "webhooks": [{"url": URL}]},
}


def lived(world: World, receiver: Receiver, provider: str) -> list[Any]:
    """Let a provider call and be called, and return all that can be seen of it."""
    phone = Line(world, provider)
    paths = [phone.place(number) for number in MAGIC.values()]
    assert call_in(world, NUMBERS[provider]).status_code == 201
    if provider in ("chirp", "vantax"):
        assert write_in(world, NUMBERS[provider]).status_code == 201
    advance(world, "2m")
    assert receiver.received, "nothing was sent"
    sent = [(request.headers, request.body) for request in receiver.received]
    return [
        [phone.show(path) for path in paths],
        sent,
        outbox(world),
        world.http.get(f"{world.control}/state").json(),
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_seed_decides_every_byte(make_world: Callable[..., World], simulator: Simulator, provider: str) -> None:
    """Also after a reset, and in a world of another name."""
    scenario = {"description": "x", "clock": FROZEN, "accounts": [WITH_WEBHOOKS]}
    first, same, other = (make_world(scenario, seed=seed) for seed in (7, 7, 8))
    seen = lived(first, receive(simulator, first), provider)
    assert lived(same, receive(simulator, same), provider) == seen
    assert lived(other, receive(simulator, other), provider) != seen
    assert first.http.post(f"{first.control}/reset").is_success
    assert lived(first, receive(simulator, first), provider) == seen
