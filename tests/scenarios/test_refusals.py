"""Scenarios in which the provider refuses, and goes on refusing until something is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import World
from tests.scenarios.kinds import of_kind, only
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS, Cartesia, Truedy, Vantax

FULL = {"cartesia": "QUOTA_EXCEEDED"}  # the others call it LIMIT_REACHED
SOLD_OUT = {
    "cald": (400, "NO_NUMBERS"),
    "cartesia": (503, "NO_NUMBERS"),
    "chirp": (400, "NOT_FOR_SALE"),
    "truedy": (422, "NUMBER_UNAVAILABLE"),
    "vantax": (404, "NONE_FOR_SALE"),
}


def told(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says, without what differs from request to request."""
    return {name: value for name, value in answer.json().items() if name not in ("meta", "request_id")}


@of_kind("plan-full")
def test_a_full_plan(shop: Shop) -> None:
    """A purchase is refused for the limit, and what is held stays."""
    held = shop.page()
    assert len(held) == 1
    assert shop.buy().status_code == 402
    assert shop.last()["error"] == FULL.get(shop.name, "LIMIT_REACHED")
    assert shop.page() == held


@only("cartesia/plan-full", "vantax/plan-full")
def test_a_full_plan_has_room_again(shop: Shop) -> None:
    """Where a limit is documented it counts the numbers held: who gives one back can buy another."""
    (held,) = shop.page()
    assert shop.release(held.id).is_success
    bought = shop.bought(shop.buy())
    assert shop.buy().status_code == 402
    assert shop.page() == [bought]


@of_kind("no-inventory")
def test_nothing_for_sale(shop: Shop) -> None:
    """Asked for a number that is not there, the provider says so and sells none."""
    assert (shop.buy().status_code, shop.last()["error"]) == SOLD_OUT[shop.name]
    assert shop.held() == []


@of_kind("no-inventory", sorted(SHOPS.keys() - {"cartesia"}))
def test_numbers_elsewhere(shop: Shop) -> None:
    """The two area codes of San Francisco have nothing, the next one has."""
    assert not shop.buy("628").is_success
    assert shop.bought(shop.buy("212")).number.startswith("+1212555")


@only("cartesia/no-inventory")
def test_imports_when_nothing_is_for_sale(shop: Cartesia) -> None:
    """A number that is rented elsewhere needs no number of Cartesia's."""
    assert shop.bought(shop.take("+14155550142")).number == "+14155550142"


@only("truedy/no-inventory")
def test_a_search_of_nothing(shop: Truedy) -> None:
    """The search says beforehand that there is nothing."""
    assert [shop.found(area) == [] for area in ("415", "628", "212")] == [True, True, False]


@of_kind("key-revoked")
def test_a_revoked_key(shop: Shop, make_world: Callable[..., World]) -> None:
    """Whatever is asked with it is refused just as with a key that never was one."""
    closed = type(shop)(make_world({"description": "no key works", "open": False}))
    for refused, unknown in ((shop.ask(), closed.ask()), (shop.take("+14155550142"), closed.take("+14155550142"))):
        assert refused.status_code == unknown.status_code == 401
        assert told(refused) == told(unknown)
    assert shop.last()["error"] == "INVALID_KEY"
    assert shop.held() == []


@only("cartesia/key-revoked")
def test_a_revoked_key_does_not_close_what_is_public(shop: Shop) -> None:
    """Whether the API is up can be asked without one."""
    assert shop.world.api("cartesia")("GET", "/").json()["ok"] is True


@of_kind("unknown-agent")
def test_an_unknown_agent(shop: Shop) -> None:
    """The agent, or app, that clients are configured with is not there; one that is made is."""
    assert shop.employ(shop.agent).status_code == 404
    assert shop.last()["error"] in ("AGENT_NOT_FOUND", "APP_NOT_FOUND")
    agent = shop.hire()
    assert agent != shop.agent
    assert shop.employ(agent).is_success


@of_kind("no-subscription")
def test_no_subscription(shop: Shop) -> None:
    """Buying is refused as unpaid; looking at what was bought before is not."""
    before = shop.page()
    assert (shop.buy().status_code, shop.last()["error"]) == (402, "SUBSCRIPTION_REQUIRED")
    assert shop.page() == before


@only("truedy/no-subscription", "vantax/no-subscription")
def test_numbers_bought_before(shop: Truedy | Vantax) -> None:
    """They can be given to an agent as ever."""
    assert shop.assign(shop.page()[0], shop.agent).status_code == 200


@only("truedy/no-subscription")
def test_no_import_without_a_subscription(shop: Truedy) -> None:
    """An imported number costs a monthly fee too."""
    assert shop.bring("+14155550142").status_code == 402


@only("chirp/no-subscription")
def test_an_app_whose_billing_is_paused(shop: Shop) -> None:
    """Its status says why nothing can be bought for it."""
    assert shop.api("GET", f"/v1/organization/apps/{shop.agent}").json()["status"] == "billing_paused"


@pytest.mark.parametrize("provider", SHOPS)
def test_other_keys_and_providers(provider: str, make_world: Callable[..., World]) -> None:
    """A provider's scenario leaves the others as they are: each answers to its demo key."""
    other = next(name for name in SHOPS if name != provider)
    world = make_world(f"{provider}/key-revoked")
    assert SHOPS[other](world).ask().status_code == 200
    assert SHOPS[provider](world).ask().status_code == 401
