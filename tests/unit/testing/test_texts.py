"""What a failing assertion and a debugger show of the objects that tests hold."""

from __future__ import annotations

import httpx
import pytest

from simulator import Simulator
from simulator.testing import OK
from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, client, scenario

PURCHASE = {"label": "Front desk"}


def cartesia(world: World) -> httpx.Client:
    """Return a client of Cartesia in a world."""
    headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    return httpx.Client(base_url=world.cartesia.base_url, transport=world.cartesia.transport, headers=headers)


def test_webhooks(simulator: Simulator) -> None:
    """One line for each, with the outcome of its last attempt; `one` and `last` list them where they cannot choose."""
    with simulator.world(scenario("https://app.example.com/hooks")) as world:
        with pytest.raises(AssertionError, match="expected a webhook, and there are 0 webhooks:"):
            _ = world.outbox().last
        world.webhooks.to(lambda request: 410)
        with client(world) as truedy:
            truedy.post("/calls", json=CALL).raise_for_status()
        first = world.outbox()[0]
        assert str(first) == f"{first.id} truedy.call.started to https://app.example.com/hooks pending, last attempt: 410"
        with pytest.raises(
            AssertionError, match=rf"exactly one webhook, and there are \d webhooks:\n  {first.id} truedy\.call"
        ):
            world.outbox().one()


def test_a_webhook_that_has_no_receiver(simulator: Simulator) -> None:
    """The webhook itself and the report of a failed test say what is missing; an empty list says that it is empty."""
    with simulator.world(scenario("https://app.example.com/hooks")) as world:
        with client(world) as truedy:
            truedy.post("/calls", json=CALL).raise_for_status()
        with pytest.raises(AssertionError, match=r"there are 0 webhooks:\n  none$"):
            world.outbox(status="delivered").one()
        first = world.outbox()[0]
        assert str(first) == (
            f"{first.id} truedy.call.started to https://app.example.com/hooks blocked: "
            "the host is not in webhook_hosts; world.webhooks.to(receiver) takes it without one"
        )
        assert f"  webhook {first}\n" in world.report()
        world.webhooks.to(lambda request: None)
        world.reset()
        with client(world) as truedy:
            truedy.post("/calls", json=CALL).raise_for_status()
        assert "webhook" not in world.report()


def test_rented_numbers_and_held_requests(simulator: Simulator) -> None:
    """A number with the request that bought it; a request at a gate, which can stand in a set."""
    with simulator.world() as world, cartesia(world) as shop:
        bought = shop.post("/agents/phone-numbers/provision", json=PURCHASE)
        (rented,) = world.ledger().rented
        request = bought.headers["X-Simulator-Request"]
        assert str(rented) == f"cartesia {rented.number} ({rented.subject}), bought by {request}"


def test_rules_and_outcomes(simulator: Simulator) -> None:
    """A rule equals its id, also as a key; OK reads as it is written."""
    with simulator.world() as world:
        rule = world.rule(when={"operation": "cartesia.phone_numbers_provision"}, then={"status": 503}, name="down")
        assert {rule: 1}[rule] == 1
        assert hash(rule) == hash(str(rule))
        assert repr(rule) == f"<rule {rule} 'down'>"
        rule.remove()
    assert repr([OK]) == "[OK]"


def test_clients(simulator: Simulator) -> None:
    """Where they are connected to."""
    assert repr(simulator.client) == "<simulator.testing.client.Client over calls in this process>"
    remote = type(simulator.client).connect(simulator.url)
    assert repr(remote) == f"<simulator.testing.client.Client over HTTP to {simulator.url}>"
    remote.close()
