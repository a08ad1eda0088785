"""What the application does when all goes well, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from frontdesk.customers import Customers
from frontdesk.retries import PlanFull, Unavailable

if TYPE_CHECKING:
    from simulator.testing.client import World

Held = Callable[[], int]

pytestmark = pytest.mark.simulator(scenario="office.yaml")


def test_a_customer_gets_a_number_and_gives_it_back(customers: Customers, held: Held) -> None:
    """Who signs up twice has one number; who has left has none."""
    number = customers.sign_up("ada")
    assert customers.sign_up("ada") == number
    assert customers.sign_up("grace") != number
    assert held() == 2
    customers.leave("ada")
    customers.leave("ada")
    assert held() == 1


def test_a_lost_answer_does_not_buy_twice(customers: Customers, world: World, purchase: str, held: Held) -> None:
    """The number was bought, but the answer never came: the second try must find that number and not buy another."""
    lost = {"fault": "reset", "stage": "after_commit"}
    world.rule(name="lost answer", when={"operation": purchase}, then=lost, times=1)
    customers.sign_up("ada")
    assert held() == 1


def test_a_full_plan_is_not_tried_again(customers: Customers, world: World, purchase: str, waits: list[float]) -> None:
    """More numbers cost more money: the application says so at once, and does not hammer on the door."""
    for customer in range(5):
        customers.sign_up(f"customer-{customer}")
    with pytest.raises(PlanFull):
        customers.sign_up("one-too-many")
    assert len(world.requests(operation=purchase, status=402)) == 1
    assert waits == []


def test_an_outage_that_passes_goes_unnoticed(customers: Customers, world: World, name: str, waits: list[float]) -> None:
    """Two requests are refused, the first of them with a wish for when to come back."""
    world.rule(when={"provider": name}, then={"error": "LIMITED", "headers": {"Retry-After": "30"}}, times=1)
    world.rule(when={"provider": name}, then={"error": "UNAVAILABLE"}, times=1)
    customers.sign_up("ada")
    assert waits == [30, 1]


def test_an_outage_that_stays_is_told(customers: Customers, world: World, name: str, held: Held) -> None:
    """After four tries the customer hears of it; later it works, and there is still one number only."""
    outage = world.rule(when={"provider": name}, then={"status": 503, "body": "down for maintenance"})
    with pytest.raises(Unavailable):
        customers.sign_up("ada")
    assert len(world.requests(status=503)) == 4
    world.remove_rule(outage)
    customers.sign_up("ada")
    assert held() == 1


def test_a_number_is_released_although_the_answer_is_lost(customers: Customers, world: World, release: str, held: Held) -> None:
    """The second try finds no number, which is as it should be."""
    customers.sign_up("ada")
    world.rule(when={"operation": release}, then={"fault": "empty", "stage": "after_commit"}, times=1)
    customers.leave("ada")
    assert held() == 0


def test_a_number_that_cannot_be_released_is_not_forgotten(
    customers: Customers, world: World, release: str, held: Held
) -> None:
    """Or it would be paid for until somebody reads the bill."""
    customers.sign_up("ada")
    outage = world.rule(when={"operation": release}, then={"fault": "empty"})
    with pytest.raises(Unavailable):
        customers.leave("ada")
    world.remove_rule(outage)
    customers.leave("ada")
    assert held() == 0


def test_who_comes_back_the_same_day_gets_a_number_that_works(customers: Customers, held: Held) -> None:
    """Vantax remembers an idempotency key for a day: used again it would give the number that was given back."""
    customers.sign_up("ada")
    customers.leave("ada")
    customers.sign_up("ada")
    assert held() == 1
    customers.leave("ada")
    assert held() == 0
