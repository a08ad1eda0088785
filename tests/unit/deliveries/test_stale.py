"""Webhooks that are too old, at providers that sign no time: the payload tells when it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.addresses import ControlError

APP, NUMBER, CALLER = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI", "+14155550104", "+12125550199"
URL = "https://app.example.com/hooks"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "cartesia": {
        "webhooks": [{"id": "agent_webhook_a", "url": URL, "secret": "s"}],
        "agents": [{"id": "agent_a", "webhook_id": "agent_webhook_a"}],
        "numbers": [{"id": "ap_a", "label": "Main line", "number": NUMBER, "agent_id": "agent_a"}],
    },
    "chirp": {
        "apps": [{"id": APP, "webhooks": [{"url": URL, "events": ["calls.initiated", "calls.no_answer"]}]}],
        "numbers": [{"number": NUMBER, "apps": [APP]}],
    },
    "vantax": {
        "webhooks": [{"url": URL}],
        "agents": [{"id": "agt_a"}],
        "numbers": [{"number": NUMBER, "agent_id": "agt_a"}],
    },
}
KEYS = {"cartesia": "sk_car_x", "chirp": "sk_live_app_x", "vantax": "vx_live_x"}
MEMBERS = {"cartesia": "timestamp", "chirp": "timestamp", "vantax": "occurred_at"}


def scenario(provider: str, **then: Any) -> dict[str, Any]:
    """Return a scenario in which the first webhook of a provider is not sent as it should be."""
    return {
        "clock": {"start": "2026-03-01T12:00:00Z", "frozen": True},
        "accounts": [{"keys": [KEYS[provider]], provider: ACCOUNTS[provider]}] if provider in KEYS else [],
        "rules": [{"when": {"event": f"{provider}.*"}, "times": 1, "then": then}],
    }


@pytest.mark.parametrize("provider", MEMBERS)
@pytest.mark.parametrize(("then", "age"), [({}, 600), ({"delay": "1h"}, 3600)])
def test_a_stale_webhook_was_sent_long_ago(simulator: Simulator, provider: str, then: dict[str, Any], age: int) -> None:
    """In the form in which the provider writes times; the next one is from now."""
    world = simulator.world(scenario(provider, delivery="stale", **then))
    received: list[Any] = []
    world.webhooks.to(received.append)
    for _ in range(2):
        world.inbound_call(from_=CALLER, to=NUMBER, outcome="no_answer")
        world.advance("2m")

    times = [request.json()[MEMBERS[provider]] for request in received]
    ages = [sent.made_at - datetime.fromisoformat(time) for sent, time in zip(world.outbox(), times, strict=True)]
    assert ages[:2] == [timedelta(seconds=age), timedelta()]
    assert len(times[0]) == len(times[1])
    assert world.outbox()[0].body[MEMBERS[provider]] != times[0], "the outbox shows the event as it was"


def test_a_webhook_without_a_time_is_never_stale(simulator: Simulator) -> None:
    """A rule that can do nothing is refused."""
    problem = (
        "stale has no effect, as cald sends webhooks without a time; expected another value, such as changed_body or never"
    )
    with pytest.raises(ControlError, match=problem):
        simulator.world(scenario("cald", delivery="stale"))
