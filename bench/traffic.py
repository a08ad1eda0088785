"""Calls, messages and webhooks, in this process: what they cost beside a purchase, and what many of them cost others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from bench.clock import timed
from bench.effort import Effort
from bench.figures import Figure, at_most
from simulator import Simulator
from simulator.testing.client import World

CALLEE = "+12125550199"
TRUEDY_KEY, TRUEDY_AGENT = "truedy_Demo0000000000000000000000000000", "11111111-1111-4111-8111-111111111111"
FROZEN = {"frozen": True}
OPEN = {"open": True, "accounts": [{"cartesia": {"plan": "enterprise", "slots": 1000}}]}  # with any number of calls at once


def measure(effort: Effort) -> Iterator[Figure]:
    """A message, a dial, ringing calls, an advance over many events, and webhooks that fail at once."""
    simulator = Simulator()
    world = simulator.world(OPEN)
    purchase, message, dial = _purchase(world), _message(world), _dial(world)
    found = timed(effort, "traffic", {"purchase": purchase, "message": message, "dial": dial})
    buys = found.of("purchase", "seconds")
    for name, what in {"message": "a message at Chirp", "dial": "a call at Cartesia"}.items():
        yield Figure(f"seconds of {what}", found.of(name, "seconds"), buys, "purchase at Vantax", at_most(1.3))
    yield _while_ringing(simulator, effort)
    events, webhooks = effort.saved, effort.saved // 10
    advances = [_advance(simulator, events // 2) for _ in effort.turns("advance")]
    yield Figure(f"ms to advance over {events:,} events", advances, goal=at_most(100))
    failures = [_fail(simulator, webhooks) for _ in effort.turns("fail")]
    yield Figure(f"ms of {webhooks:,} webhooks that fail at once", failures, goal=at_most(50))
    simulator.close()


def _while_ringing(simulator: Simulator, effort: Effort) -> Figure:
    """Return what a request costs in a world in which a thousand calls ring."""
    quiet, busy = (simulator.world({**OPEN, "clock": FROZEN}) for _ in range(2))
    dial = _dial(busy, 100)
    for _ in range(10):
        dial()
    found = timed(effort, "ringing", {"quiet": _purchase(quiet), "busy": _purchase(busy)})
    ringing, alone = found.of("busy", "seconds"), found.of("quiet", "seconds")
    return Figure("seconds of a purchase while 1,000 calls ring", ringing, alone, "no call", at_most(1.05))


def _advance(simulator: Simulator, calls: int) -> float:
    """Return the milliseconds of an advance over two events of each call: it is answered, and ends."""
    world = simulator.world({**OPEN, "clock": FROZEN})
    _dial(world, calls)()
    begun = time.perf_counter()
    world.advance("1d")
    took = time.perf_counter() - begun
    world.drop()
    return took * 1000


def _fail(simulator: Simulator, count: int) -> float:
    """Return the milliseconds in which `count` webhooks reach a receiver that refuses them."""
    truedy = {
        "agents": [{"id": TRUEDY_AGENT}],
        "numbers": [{"phone_number": "+14155550142", "outbound_agent_id": TRUEDY_AGENT}],
        "webhooks": [{"url": "https://app.example.com", "events": ["call.ended"]}],
    }
    world = simulator.world(
        {
            "clock": FROZEN,
            "lifecycles": {"truedy.call": "immediate"},
            "rules": [{"when": {"event": "truedy.*"}, "then": {"delivery": "late", "delay": "1h"}}],
            "accounts": [{"keys": [TRUEDY_KEY], "truedy": truedy}],
        }
    )
    world.webhooks.to(lambda request: 410 if request.event else 500)
    call = _post(world, "truedy", "/calls", {"agent_id": TRUEDY_AGENT, "phone_number": CALLEE}, TRUEDY_KEY)
    for _ in range(count):
        call()
    begun = time.perf_counter()
    world.advance("1h")
    took = time.perf_counter() - begun
    world.drop()
    return took * 1000


def _purchase(world: World) -> Callable[[], object]:
    return _post(world, "vantax", "/phone-numbers", {"sub_account_id": "sub_8a1f4c2e", "number_pattern": "+1**********"})


def _message(world: World) -> Callable[[], object]:
    key = "sk_test_app_demo"
    number = "+14155550142"
    _post(world, "chirp", "/v1/playground/sms/inbound", {"from": CALLEE, "to": number, "text": "Hi"}, key)()  # makes the number
    return _post(world, "chirp", "/v1/sms", {"from": number, "to": [CALLEE], "text": "Hi"}, key)


def _dial(world: World, count: int = 1) -> Callable[[], object]:
    key = "sk_car_demo"
    agent = _post(world, "cartesia", "/v1/agents", {"name": "Front desk"}, key)()
    wanted = {"agent_id": agent["id"], "label": "Front desk"}
    provision = _post(world, "cartesia", "/agents/phone-numbers/provision", wanted, key)
    calls = [{"to_number": CALLEE}] * count
    body = {"agent_id": agent["id"], "from_number_id": provision()["id"], "outbound_calls": calls}
    return _post(world, "cartesia", "/agents/calls", body, key)


def _post(world: World, provider: str, path: str, body: dict[str, Any], key: str = "") -> Callable[[], Any]:
    address = world.providers[provider]
    headers = {"Authorization": f"Bearer {key or address.api_key}", "Cartesia-Version": "2026-03-01"}
    client = httpx.Client(transport=address.transport, base_url=address.base_url, headers=headers)

    def post() -> Any:
        response = client.post(path, json=body)
        assert response.is_success, response.text  # noqa: S101  (only a success counts)
        return response.json()

    return post
