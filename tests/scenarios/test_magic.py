"""Magic values, in the default scenario: the numbers and area codes of Twilio's test credentials, and the endings of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS, Truedy

UNAVAILABLE, INVALID, ALWAYS = "+15005550000", "+15005550001", "+15005550006"

# Wherever a number can be said: buying it, or importing it.
WAYS: dict[str, Callable[[Any, str], httpx.Response]] = {name: shop.take for name, shop in SHOPS.items()}
WAYS["truedy import"] = Truedy.bring

REFUSED = {
    "cald": (400, "NO_NUMBERS", 400, "INVALID_NUMBER"),
    "cartesia": (400, "NOT_IN_ACCOUNT", 400, "INVALID_NUMBER"),
    "chirp": (400, "NOT_FOR_SALE", 400, "INVALID_NUMBER"),
    "truedy": (422, "NUMBER_UNAVAILABLE", 422, "INVALID_NUMBER"),
    "truedy import": (422, "NUMBER_REGISTERED", 422, "INVALID_NUMBER"),
    "vantax": (404, "NONE_FOR_SALE", 422, "BAD_PATTERN"),
}


def customer(world: World, way: str, key: str = "") -> Shop:
    """A customer of the provider of a way."""
    return SHOPS[way.partition(" ")[0]](world, key)


@pytest.mark.parametrize("way", WAYS)
def test_numbers_that_cannot_be_had(world: World, way: str) -> None:
    """One is unavailable, one invalid, each in the provider's own words, by a rule that the answer names."""
    shop = customer(world, way)
    status, error, invalid_status, invalid_error = REFUSED[way]
    answer = WAYS[way](shop, UNAVAILABLE)
    assert (answer.status_code, shop.last()["error"]) == (status, error)
    assert answer.headers["X-Simulator-Rule"] == "magic: unavailable number"
    answer = WAYS[way](shop, INVALID)
    assert (answer.status_code, shop.last()["error"]) == (invalid_status, invalid_error)
    assert answer.headers["X-Simulator-Rule"] == "magic: invalid number"
    assert shop.held() == []


BLAMED: dict[str, Callable[[Any], Any]] = {
    "chirp": lambda body: body["error"]["param"],
    "truedy": lambda body: body["error"]["details"]["field"],
    "vantax": lambda body: body["errors"][0]["field"],
}


@pytest.mark.parametrize("provider", BLAMED)
def test_the_field_to_blame(world: World, provider: str) -> None:
    """Where a provider names the field that is wrong, it names it for the invalid number as for one that is no number."""
    shop, blamed = SHOPS[provider](world), BLAMED[provider]
    assert blamed(shop.take(INVALID).json()) == blamed(shop.take("number").json())


@pytest.mark.parametrize("way", WAYS)
def test_a_number_that_can_always_be_had(world: World, way: str) -> None:
    """Twice in a row, in one account or in two; given back, it can be had again, and what is left is left."""
    shop, other = customer(world, way), customer(world, way, OTHER_KEYS[way.partition(" ")[0]])
    answers = [WAYS[way](each, ALWAYS) for each in (shop, shop, other)]
    numbers = [shop.bought(answer) for answer in answers]
    assert [each.number for each in numbers] == [ALWAYS] * 3
    assert len({each.id for each in numbers}) == 3
    assert {each.id for each in shop.held()} == {each.id for each in numbers}
    assert shop.release(numbers[0].id).is_success
    assert {each.id for each in shop.held()} == {each.id for each in numbers[1:]}
    assert shop.bought(WAYS[way](shop, ALWAYS)).number == ALWAYS


OTHER_KEYS = {
    "cald": "caldLive" + "1" * 32,
    "cartesia": "sk_car_other",
    "chirp": "sk_admin_other",
    "truedy": "truedy_" + "1" * 32,
    "vantax": "vx_live_other",
}


@pytest.mark.parametrize("provider", ["cald", "truedy", "vantax"])
def test_area_codes(world: World, provider: str) -> None:
    """533 has no numbers; 500 has one, however often it is bought."""
    shop = SHOPS[provider](world)
    assert (shop.buy("533").status_code, shop.last()["error"]) == REFUSED[provider][:2]
    assert [shop.bought(shop.buy("500")).number for _ in range(3)] == [ALWAYS] * 3


def test_searches_of_area_codes(world: World) -> None:
    """Truedy's search finds nothing in 533, and the one number in 500, before and after it is bought."""
    shop = Truedy(world)
    assert (shop.found("533"), shop.found("500")) == ([], [ALWAYS])
    shop.bought(shop.take(ALWAYS))
    assert shop.found("500") == [ALWAYS]


ENDINGS = {"revoked": (401, "INVALID_KEY"), "expired": (401, "INVALID_KEY"), "unpaid": (402, "SUBSCRIPTION_REQUIRED")}
BEGINNINGS = {
    **{name: [shop.key] for name, shop in SHOPS.items()},
    "chirp": ["sk_admin_demo", "sk_live_app_x", "sk_test_app_x"],
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("provider", SHOPS)
def test_keys(world: World, provider: str, ending: str) -> None:
    """A key's ending says how it is refused, and the journal does not say the key."""
    for beginning in BEGINNINGS[provider]:
        shop = SHOPS[provider](world, f"{beginning}_{ending}")
        answer = shop.api("GET", "/v1/phone-numbers") if "_app_" in beginning else shop.ask()
        assert (answer.status_code, shop.last()["error"]) == ENDINGS[ending]
        assert beginning not in shop.world.http.get(f"{shop.world.control}/requests").text
    assert SHOPS[provider](world).ask().status_code == 200


def test_the_rules_can_be_seen(world: World) -> None:
    """Nothing of this is hidden in code: the world lists it, and says how often each rule worked."""
    shop = Truedy(world)
    shop.take(UNAVAILABLE)
    rules = shop.control("GET", "/rules")["rules"]
    assert {each["name"] for each in rules} == {
        "magic: unavailable number",
        "magic: invalid number",
        "magic: area code without numbers",
        "magic: revoked key",
        "magic: expired key",
        "magic: unpaid account",
    }
    assert [each["rule"]["when"]["operation"] for each in rules if each["fired"]] == ["truedy.purchase_number"]


@pytest.mark.parametrize("provider", SHOPS)
def test_other_scenarios_have_no_magic(make_world: Callable[..., World], provider: str) -> None:
    """There the number is one like any other: it can be had once."""
    shop = SHOPS[provider](make_world({"description": "no magic", "open": True, "accounts": [{"chirp": CHIRP}]}))
    shop.bought(shop.take(ALWAYS))
    assert shop.take(ALWAYS).is_client_error
    assert len(shop.held()) == 1


CHIRP = {"apps": [{"id": SHOPS["chirp"].agent}]}
