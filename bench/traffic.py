"""Calls, messages and webhooks, in this process: what they cost beside a purchase, and what many of them cost others."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

from bench.clock import timed
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.lines import CALLEE, LINES, posting
from simulator import Simulator
from simulator.testing.client import World

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
    advances: dict[str, list[float]] = {name: [] for name in LINES}
    for _ in effort.turns("advance"):
        for name, took in advances.items():
            took.append(_advance(simulator, name, events))
    for name, took in advances.items():
        yield Figure(f"ms to advance over {events:,} events of calls at {name.capitalize()}", took, goal=at_most(100))
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


def _advance(simulator: Simulator, provider: str, events: int) -> float:
    """Return how many milliseconds an advance takes in which calls that were placed ring, are answered, and end."""
    line = LINES[provider]
    world = simulator.world(line.scenario(provider))
    place = line.call(world, provider)
    place()
    of_each = len(world.client.call("POST", f"/worlds/{world.name}/clock", {"advance": "1d"})["fired"])
    for _ in range(events // of_each):
        place()
    gc.collect()  # so that nobody pays for another's leavings
    begun = time.perf_counter()
    world.advance("1d")
    took = time.perf_counter() - begun
    world.drop()
    return took * 1000


def _fail(simulator: Simulator, count: int) -> float:
    """Return the milliseconds in which `count` webhooks reach a receiver that refuses them."""
    line = LINES["truedy"]
    webhooks = [{"url": "https://app.example.com", "events": ["call.ended"]}]
    world = simulator.world(
        {
            "clock": FROZEN,
            "lifecycles": {"truedy.call": "immediate"},
            "rules": [{"when": {"event": "truedy.*"}, "then": {"delivery": "late", "delay": "1h"}}],
            "accounts": [{"keys": [line.key], "truedy": {**line.account, "webhooks": webhooks}}],
        }
    )
    world.webhooks.to(lambda request: 410 if request.event else 500)
    call = line.call(world, "truedy")
    for _ in range(count):
        call()
    gc.collect()
    begun = time.perf_counter()
    world.advance("1h")
    took = time.perf_counter() - begun
    world.drop()
    return took * 1000


def _purchase(world: World) -> Callable[[], object]:
    return posting(world, "vantax", "/phone-numbers", {"sub_account_id": "sub_8a1f4c2e", "number_pattern": "+1**********"})


def _message(world: World) -> Callable[[], object]:
    key = {"Authorization": "Bearer sk_test_app_demo"}
    number = "+14155550142"
    posting(
        world, "chirp", "/v1/playground/sms/inbound", {"from": CALLEE, "to": number, "text": "Hi"}, key
    )()  # makes the number
    return posting(world, "chirp", "/v1/sms", {"from": number, "to": [CALLEE], "text": "Hi"}, key)


def _dial(world: World, count: int = 1) -> Callable[[], object]:
    key = {"Authorization": "Bearer sk_car_demo"}
    agent = posting(world, "cartesia", "/v1/agents", {"name": "Front desk"}, key)()
    wanted = {"agent_id": agent["id"], "label": "Front desk"}
    provision = posting(world, "cartesia", "/agents/phone-numbers/provision", wanted, key)
    calls = [{"to_number": CALLEE}] * count
    body = {"agent_id": agent["id"], "from_number_id": provision()["id"], "outbound_calls": calls}
    return posting(world, "cartesia", "/agents/calls", body, key)
