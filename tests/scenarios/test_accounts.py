"""Scenarios that are worth picking for what their accounts hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import World
from tests.scenarios.kinds import PROVIDERS, only
from tests.scenarios.shop import Number, Shop
from tests.scenarios.shops import SHOPS, Vantax

LISTS = [name for name in PROVIDERS if SHOPS[name].lists]
OTHER_APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWJ"


def pages(shop: Shop, limit: int) -> Iterator[list[Number]]:
    """Every page of a list, by the provider's own way of asking for the next one."""
    by_offset, count = shop.name in ("chirp", "truedy"), 0
    page = shop.page(limit=limit)
    while page:
        yield page
        count += len(page)
        page = shop.page(limit=limit, **({"offset": count} if by_offset else {"starting_after": page[-1].id}))


@pytest.mark.parametrize("limit", [100, 50, 40])
@only(*(f"{name}/many-numbers" for name in LISTS))
def test_many_numbers(shop: Shop, limit: int) -> None:
    """Page by page, 250 numbers come once each, and the last page is full, or is not."""
    found = list(pages(shop, limit))
    assert [len(page) for page in found] == [limit] * (250 // limit) + [250 % limit] * (250 % limit > 0)
    assert len({number for page in found for number in page}) == 250
    assert len({number.number for page in found for number in page}) == 250


@only("cartesia/many-numbers")
def test_more_than_many_numbers(shop: Shop) -> None:
    """The plan has slots left, so the next number goes to the head of the list."""
    assert shop.page()[0] != shop.bought(shop.buy())
    assert shop.page()[0].number not in {each.number for each in shop.page()[1:]}


@only("cartesia/twilio-imports")
def test_imports_from_twilio(shop: Shop) -> None:
    """The plan is full, yet the second number of the Twilio account can be imported; a third it does not have."""
    own, imported = (shop.page(type=kind) for kind in ("cartesia", "twilio"))
    assert (len(own), [each.number for each in imported]) == (1, ["+442079460100"])
    assert (shop.buy().status_code, shop.last()["error"]) == (402, "QUOTA_EXCEEDED")
    assert shop.bought(shop.take("+442079460101")).number == "+442079460101"
    assert (shop.take("+442079460101").status_code, shop.last()["error"]) == (409, "ALREADY_IMPORTED")
    assert (shop.take("+442079460102").status_code, shop.last()["error"]) == (400, "NOT_IN_ACCOUNT")


@only("chirp/number-types")
def test_number_types(shop: Shop) -> None:
    """One number of each type that the dashboard sells, assigned to no app yet."""
    listed = shop.ask().json()["phoneNumbers"]
    assert [(each["numberType"], each["apps"]) for each in listed] == [("shortcode", []), ("tollfree", []), ("local", [])]


@only("chirp/shared-number")
def test_a_shared_number(shop: Shop) -> None:
    """Each app lists the number with its own key; given up by one, it stays with the other."""
    first, second = (SHOPS["chirp"](shop.world, key) for key in ("sk_live_app_demo", "sk_live_app_support"))
    path = "/v1/phone-numbers"

    def listed() -> list[int]:
        return [each.api("GET", path).json()["totalCount"] for each in (first, second)]

    assert listed() == [1, 1]
    (number,) = shop.page()
    assert first.api("DELETE", f"{path}/{number.id}").status_code == 200
    assert listed() == [0, 1]
    assert [each["appId"] for each in shop.ask().json()["phoneNumbers"][0]["apps"]] == [OTHER_APP]


@only("truedy/sold-meanwhile")
def test_a_number_that_is_sold_meanwhile(shop: Shop) -> None:
    """The first number found cannot be bought, however often one tries; the second can."""
    order = shop.order()
    for _ in range(2):
        assert (shop.send(order).status_code, shop.last()["error"]) == (422, "NUMBER_UNAVAILABLE")
    assert shop.bought(shop.take("+14155550101")) == shop.page()[0]


@only("vantax/two-sub-accounts")
def test_two_sub_accounts(shop: Shop) -> None:
    """Each key sees its own numbers and none of the other's; the agency's key sees both sub-accounts, and no numbers."""
    second = Vantax(shop.world, "vx_live_second")
    second.sub_account = "sub_second"
    assert [each.id for each in shop.page()] == ["pn_55ad12"]
    assert [each.id for each in second.page()] == ["pn_second"]
    assert second.release("pn_55ad12").status_code == 404
    agency = Vantax(shop.world, "vx_live_agency_demo")
    listed = agency.api("GET", "/agency/sub-accounts").json()["data"]
    assert sorted(each["id"] for each in listed) == ["sub_8a1f4c2e", "sub_second"]
    assert agency.ask().status_code == 403


TWICE = [
    ("cald", [{"id": "a"}, {"id": "a"}], "the id a appears twice in numbers"),
    ("cartesia", [{"label": "x", "id": "ap_a", "count": 2}], "the id ap_a appears twice in numbers"),
    ("chirp", [{"id": "ph_a", "count": 2}], "the id ph_a appears twice in numbers"),
    ("truedy", [{"id": "d0845d54-d96d-4cb8-8cc3-eac55f94c2c0", "count": 2}], "appears twice in numbers"),
    ("vantax", [{"id": "pn_a", "count": 2}], "the id pn_a appears twice"),
    ("vantax", [{"number": "+14155550142", "count": 2}], "+14155550142 is already reserved"),
    ("chirp", [{"count": 0}], "expected at least 1, got 0"),
]


@pytest.mark.parametrize(("provider", "numbers", "told"), TWICE)
def test_many_of_what_there_is_only_one_of(world: World, provider: str, numbers: list[dict[str, Any]], told: str) -> None:
    """A scenario that wants several numbers with one id, or one number several times, is refused."""
    plan = {"plan": "pro"} if provider == "cartesia" else {}
    scenario = {"description": "x", "open": True, "accounts": [{provider: {**plan, "numbers": numbers}}]}
    refused = world.http.put(world.control, json={"scenario": scenario})
    assert refused.status_code == 422
    assert told in refused.json()["detail"]
