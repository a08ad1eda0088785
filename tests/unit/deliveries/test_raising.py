"""Receivers in this process that raise, return what is no status, or say nothing: nobody waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, client
from tests.unit.deliveries.test_stale import CALLER, NUMBER, scenario

Make = Callable[..., World]
URL = "https://app.example.com/hooks"
ERRORS = (AssertionError, pytest.fail.Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "error", [AssertionError, pytest.fail.Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError]
)
def test_what_a_receiver_raises_fails_the_test(make: Make, error: type[BaseException], is_async: bool) -> None:
    """An assertion in a receiver must not be lost, and nobody waits for a receiver that `pytest.fail()` has ended."""
    world = make(URL)

    def refuse(request: Any) -> None:
        raise error("not what was expected")

    async def refuse_later(request: Any) -> None:
        await asyncio.sleep(0)
        raise error("not what was expected")

    world.webhooks.to(refuse_later if is_async else refuse)
    started = time.monotonic()
    client(world).post("/calls", json=CALL)
    assert time.monotonic() - started < 10
    assert world.outbox(event="call.ended").one().attempts[0].error == f"{error.__name__}: not what was expected"
    with pytest.raises(
        AssertionError, match=rf"The receiver of the webhooks raised:\n  {error.__name__}: not what was expected"
    ):
        world.check()


@pytest.mark.parametrize("answer", [True, False, "200", 0, 99, 600, -1, 200.0, object()])
def test_what_is_no_status_fails_the_test(make: Make, answer: object) -> None:
    """Such as the result of a comparison that was to be an assertion."""
    world = make(URL)
    world.webhooks.to(lambda request: answer)
    client(world).post("/calls", json=CALL)
    attempt = world.outbox(event="call.ended").one().attempts[0]
    assert attempt.status is None
    assert attempt.error == f"TypeError: the receiver returned {answer!r}, expected a status such as 204, or None for 200"
    with pytest.raises(AssertionError, match="The receiver of the webhooks raised:\n  TypeError: the receiver returned"):
        world.check()


def test_silence_is_an_attempt_that_failed(simulator: Simulator) -> None:
    """As over HTTP: nobody waits longer than the provider does, which is five seconds at Chirp, and it tries again."""

    async def say_nothing(request: Any) -> None:
        await asyncio.sleep(3600)

    world = simulator.world(scenario("chirp", delivery="late", delay="0s"))
    world.webhooks.to(say_nothing)
    started = time.monotonic()
    world.inbound_call(from_=CALLER, to=NUMBER)
    assert time.monotonic() - started < 20
    sent = world.outbox().one()
    assert ([attempt.error for attempt in sent.attempts], sent.status) == (["no answer within 5 s"], "pending")
    world.check()
