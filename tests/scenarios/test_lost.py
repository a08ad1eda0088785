"""Scenarios in which a client does not learn what became of its purchase: what it must not assume, and how it finds out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.scenarios.kinds import PROVIDERS, of_kind
from tests.scenarios.shop import Shop
from tests.unit.subject import load

# What a naive retry of the very same purchase gets, and how many numbers the account then has.
RETRIED = {"cald": (200, 2), "cartesia": (402, 1), "chirp": (409, 1), "truedy": (422, 1), "vantax": (201, 2)}
KEYS = {
    name: each.idempotency.header
    for name in PROVIDERS
    for each in load(name).operations.values()
    if each.idempotency and each.id.startswith("purchase")
}


def journal(shop: Shop) -> list[tuple[Any, ...]]:
    """The purchases in the journal: status, rule, fault."""
    lines = shop.control("GET", "/requests")["requests"]
    bought = [each for each in lines if each["method"] == "POST" and "search" not in each["path"]]
    return [(each["status"], each["rule"], each["fault"]) for each in bought]


def fail(shop: Shop, **headers: str) -> Any:
    """Order a number without learning that it was bought; the order."""
    order = shop.order()
    try:
        assert shop.send(order, headers=headers).status_code == shop.down
    except httpx.ReadError:
        assert journal(shop) == [(shop.sold, "lost answer", "reset")]
    else:
        assert journal(shop) == [(shop.down, "error after purchase", None)]
    return order


@of_kind("lost-answer")
def test_a_lost_answer(shop: Shop) -> None:
    """The client sees its connection reset; the tables and the journal show the purchase."""
    order = shop.order()
    with pytest.raises(httpx.ReadError):
        shop.send(order)
    assert journal(shop) == [(shop.sold, "lost answer", "reset")]
    assert len(shop.held()) == 1


@of_kind("error-after-purchase")
def test_an_error_after_the_purchase(shop: Shop) -> None:
    """The client is told that nothing worked; the tables show the purchase."""
    answer = shop.buy()
    assert (answer.status_code, answer.headers["X-Simulator-Rule"]) == (shop.down, "error after purchase")
    assert shop.last()["error"] == "UNAVAILABLE"
    assert len(shop.held()) == 1


@pytest.mark.parametrize("scenario", [f"{name}/{kind}" for name in RETRIED for kind in ("lost-answer", "error-after-purchase")])
def test_a_naive_retry(shop: Shop) -> None:
    """Sent again, the same purchase buys a second number, or is refused because of the first."""
    again = shop.send(fail(shop))
    assert (again.status_code, len(shop.held())) == RETRIED[shop.name]


@pytest.mark.parametrize("scenario", [f"{name}/{kind}" for name in RETRIED for kind in ("lost-answer", "error-after-purchase")])
def test_a_careful_client(shop: Shop) -> None:
    """Who looks before trying again finds the number – but for Cald's customers, who cannot – and gives it back if unwanted."""
    fail(shop)
    if not shop.lists:
        assert shop.api("GET", shop.numbers).status_code == 405
    (found,) = shop.owned()
    assert shop.release(found.id).is_success
    assert shop.held() == []


@pytest.mark.parametrize("scenario", [f"{name}/{kind}" for name in KEYS for kind in ("lost-answer", "error-after-purchase")])
def test_an_idempotency_key(shop: Shop) -> None:
    """Where the provider knows them, a retry with the same key is told of the first purchase."""
    key = {KEYS[shop.name]: "3f0c4c43-one"}
    again = shop.send(fail(shop, **key), headers=key)
    assert shop.owned() == [shop.bought(again)]


@of_kind("lost-request")
def test_a_lost_request(shop: Shop) -> None:
    """The client sees the same as when the answer is lost, but nothing was bought: here a retry is right."""
    order = shop.order()
    with pytest.raises(httpx.ReadError):
        shop.send(order)
    assert shop.held() == []
    bought = shop.bought(shop.send(order))
    assert shop.owned() == [bought]


def test_whose_purchases_know_idempotency_keys() -> None:
    """The descriptions of Vantax's scenarios name its header; Truedy knows such keys elsewhere, not for purchases."""
    assert KEYS == {"vantax": "idempotency-key"}
