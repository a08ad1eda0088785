"""What Chirp's pages show in two ways of webhooks: the older names of events, and the switches."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from tests.providers.test_chirp import APP, bearer
from tests.providers.test_chirp_events import AT_ONCE, MAKE, SHARED, subscribe
from tests.providers.test_chirp_messages import HELLO, SMS, scenario
from tests.receiver import call_in, deliver, receive, write_in


def test_the_names_of_the_older_page(make_world: MAKE, simulator: Simulator) -> None:
    """Whoever lists them gets the payload of that page, without envelope (sms/receiving-messages)."""
    world = make_world(scenario(lifecycles=AT_ONCE))
    app, receiver = bearer(world, "sk_live_app_demo"), receive(simulator, world)
    subscribe(app, ["MESSAGE_CREATED", "MESSAGE_SENT", "MESSAGE_DELIVERED"])
    write_in(world, SHARED)
    app("POST", SMS, HELLO)
    deliver(world)
    assert receiver.events == ["MESSAGE_CREATED", "MESSAGE_SENT", "MESSAGE_DELIVERED"]
    first = receiver.bodies[0]
    assert set(first) == {"event", "data"}
    assert (first["data"]["direction"], first["data"]["status"], first["data"]["type"]) == ("INBOUND", "RECEIVED", "SMS")


@pytest.mark.parametrize(
    ("assume", "seen"),
    [
        ({}, ("SMS", None, "calls.failed")),
        ({"chirp.webhook_message": "wrapped"}, ("SMS", {"id": APP}, "calls.failed")),
        ({"chirp.webhook_message_type": "lower"}, ("sms", None, "calls.failed")),
        ({"chirp.unanswered_call_event": "completed"}, ("SMS", None, "calls.completed")),
    ],
)
def test_what_the_pages_leave_open(make_world: MAKE, simulator: Simulator, assume: dict[str, str], seen: Any) -> None:
    """The switches of webhooks, in each position."""
    world = make_world(scenario(lifecycles=AT_ONCE, assume=assume))
    app, receiver = bearer(world, "sk_live_app_demo"), receive(simulator, world)
    subscribe(app)
    write_in(world, SHARED)
    call_in(world, SHARED, outcome="failed")
    data = receiver.bodies[0]["data"]
    assert (data.get("message", data)["type"], data.get("app"), receiver.events[-1]) == seen
