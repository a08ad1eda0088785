"""Rules that deliver a request more than once, as a proxy does that repeats it."""

from __future__ import annotations

import httpx
import pytest

from simulator.testing.client import ControlError, World
from tests.lab.desk import Desk
from tests.lab.wrong_clients import VANTAX

WHEN = {"operation": VANTAX}


def test_a_purchase_that_arrives_three_times_buys_three_numbers(world: World) -> None:
    """The client gets the last response; the log tells that the others are the same request."""
    rule = world.rule(when=WHEN, then={"repeat": 3}, times=1)
    desk = Desk(world, "vantax")
    number = desk.bought(desk.buy())
    sent = world.requests(operation=VANTAX)
    assert [held.subject for held in world.ledger().rented][-1] == number
    assert [one.repeats for one in sent] == [None, sent[0].id, sent[0].id]
    assert [one.rule for one in sent] == [rule.name, None, None]
    assert "It is req-" in " ".join(world.explain(sent[1].id)["story"])


def test_an_idempotency_key_makes_one_purchase_of_it(world: World) -> None:
    """Which is what it is for."""
    world.rule(when=WHEN, then={"repeat": 2}, times=1)
    desk = Desk(world, "vantax")
    desk.bought(desk.buy(headers={"Idempotency-Key": "order-17"}))
    assert len(world.ledger().rented) == 1


def test_the_response_can_be_lost_too(world: World) -> None:
    """A fault concerns what the client gets."""
    world.rule(when=WHEN, then={"repeat": 2, "fault": "reset", "stage": "after_commit"}, times=1)
    with pytest.raises(httpx.ReadError):
        Desk(world, "vantax").buy()
    assert len(world.ledger().rented) == 2


def test_a_response_in_place_of_the_operation_cannot_be_delivered_twice(world: World) -> None:
    """Nothing would be delivered to the provider."""
    with pytest.raises(ControlError, match="error, status and body keep the request from the provider"):
        world.rule(when=WHEN, then={"repeat": 2, "error": "UNAVAILABLE"})
