"""Searching Truedy and buying what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.truedy import AGENT, IMPORT, KEY, PURCHASE, SEARCH, TELNYX, assign, buy, error, found, search


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def test_what_is_found_shows_what_it_is(truedy: Api) -> None:
    """A number for sale comes with its type, features, price and place."""
    number = search(truedy, area_code="415", page_size=1)["data"][0]
    assert number["phone_number_type"] == "local"
    assert number["features"] == ["voice", "sms"]
    assert number["cost_information"] == {"monthly_cost": "1.00", "upfront_cost": "1.00", "currency": "USD"}
    assert number["region_information"] == {"region_name": "CA", "locality": "San Francisco"}
    toll_free = search(truedy, phone_number_type="toll-free", page_size=1)["data"][0]
    assert (toll_free["region_information"], toll_free["cost_information"]["monthly_cost"]) == (None, "2.00")
    mobile = search(truedy, country_code="GB", phone_number_type="mobile", page_size=1)["data"][0]
    assert (mobile["features"], mobile["cost_information"]["monthly_cost"]) == (["voice", "sms"], "3.00")
    assert search(truedy, country_code="GB", page_size=1)["data"][0]["features"] == ["voice"]


@pytest.mark.parametrize("spelling", ["toll-free", "toll_free"])
@pytest.mark.parametrize("country", ["US", "CA"])
@pytest.mark.parametrize("code", ["800", "888", "877", "866", "855", "844", "833"])
def test_toll_free_numbers(truedy: Api, spelling: str, country: str, code: str) -> None:
    """All seven codes have numbers, in the US and Canada, under both spellings; answers have the guide's."""
    answer = search(truedy, country_code=country, phone_number_type=spelling, area_code=code, page_size=50)
    assert len(answer["data"]) == 50
    assert {each["phone_number"][:5] for each in answer["data"]} == {f"+1{code}"}
    assert {each["phone_number_type"] for each in answer["data"]} == {"toll-free"}


@pytest.mark.parametrize(
    ("country", "prefix"),
    [("US", "+1"), ("CA", "+1"), ("GB", "+44"), ("AU", "+61"), ("DE", "+49"), ("FR", "+33"), ("IE", "+353"), ("SE", "+46")],
)
def test_markets_with_local_numbers(truedy: Api, country: str, prefix: str) -> None:
    """The US, Canada, the United Kingdom, Australia and large EU markets have local numbers."""
    numbers = found(truedy, country_code=country)
    assert len(numbers) == 20
    assert all(number.startswith(prefix) for number in numbers)
    buy(truedy, numbers[7])


def test_a_search_narrows_to_region_and_city(truedy: Api) -> None:
    """State and city narrow a search, together and apart; an area code counts in the US and Canada only."""
    places = [each["region_information"] for each in search(truedy, administrative_area="NY", page_size=50)["data"]]
    assert {place["region_name"] for place in places} == {"NY"}
    assert search(truedy, locality="San Francisco")["data"][0]["region_information"]["locality"] == "San Francisco"
    assert found(truedy, administrative_area="NY", locality="San Francisco") == []
    assert found(truedy, country_code="CA", area_code="416")[0].startswith("+1416")
    assert found(truedy, country_code="GB", locality="London", area_code="415")[0] == "+442079460000"


@pytest.mark.parametrize(
    "wanted",
    [{"area_code": "999"}, {"country_code": "ZZ"}, {"phone_number_type": "national"}, {"phone_number_type": "mobile"}],
)
def test_nothing_found_is_an_empty_page(truedy: Api, wanted: dict[str, str]) -> None:
    """A search without a match succeeds, so that the client can try again with less."""
    answer = search(truedy, **wanted)
    assert answer["data"] == []
    assert answer["pagination"] == {"page": 1, "page_size": 20, "total_results": 0, "total_pages": 0, "has_more": False}


def test_search_pages(truedy: Api) -> None:
    """Pages follow each other without a gap or an overlap, however far in, and the last one says that it is."""
    whole = found(truedy, area_code="415", page_size=50)
    assert whole == [each for page in range(1, 6) for each in found(truedy, area_code="415", page=page, page_size=10)]
    far = search(truedy, page=1000, page_size=50)
    assert (len(far["data"]), far["pagination"]["has_more"]) == (50, True)
    next_to_it = found(truedy, page=999, page_size=50)
    assert not {each["phone_number"] for each in far["data"]} & set(next_to_it)

    last = search(truedy, area_code="415", page=200, page_size=50)
    assert last["pagination"] == {"page": 200, "page_size": 50, "total_results": 9999, "total_pages": 200, "has_more": False}
    assert len(last["data"]) == 49
    assert search(truedy, area_code="415", page=201, page_size=50)["data"] == []


def test_page_size_reaches_fifty(truedy: Api) -> None:
    """Fifty results fit on a page."""
    assert len(found(truedy, page_size=50)) == 50


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"page_size": 51}, "page_size"),
        ({"page_size": 0}, "page_size"),
        ({"page": 0}, "page"),
        ({"page": "1"}, "page"),
        ({"phone_number_type": "satellite"}, "phone_number_type"),
        ({"country_code": "USA"}, "country_code"),
        ({"area_code": 415}, "area_code"),
        ([], "body"),
    ],
)
def test_searches_off_the_schema(truedy: Api, body: Any, field: str) -> None:
    """What the search does not take is refused with 422, and the details name the field."""
    status, code, details = error(truedy("POST", SEARCH, body))
    assert (status, code, details["field"], set(details)) == (422, "validation_error", field, {"field", "reason"})


def test_a_bought_number_is_not_for_sale_until_it_is_released(truedy: Api, world: World) -> None:
    """It leaves the search, nobody else can buy it, and it can be bought again after its release."""
    number = found(truedy, area_code="212")[0]
    number_id = buy(truedy, number)
    other = world.api("truedy", Authorization="Bearer truedy_" + "Z" * 32)
    for client in (truedy, other):
        assert number not in found(client, area_code="212")
        refused = client("POST", PURCHASE, {"phone_number": number})
        assert error(refused)[:2] == (422, "validation_error")
        assert refused.json()["error"]["details"]["field"] == "phone_number"
    assert truedy("DELETE", f"/telephony/numbers/{number_id}").status_code == 200
    assert number not in found(other, area_code="212")  # on no early page: what nobody has had comes first
    buy(other, number)


@pytest.mark.parametrize("number", ["+14155552671000", "+12125551212", "+16502530000", "+442071838750", "+4915112345678"])
def test_only_what_a_search_returns_is_for_sale(truedy: Api, number: str) -> None:
    """A number outside the inventory is refused, however well formed."""
    assert error(truedy("POST", PURCHASE, {"phone_number": number}))[:2] == (422, "validation_error")
    assert truedy("GET", "/telephony/numbers").json()["data"] == []


@pytest.mark.parametrize("number", ["4155551234", "+0155551234", "", None, 14155551234])
def test_a_purchase_needs_e164(truedy: Api, number: Any) -> None:
    """A number in another form is refused by its field's name."""
    status, code, details = error(truedy("POST", PURCHASE, {"phone_number": number}))
    assert (status, code, details["field"]) == (422, "validation_error", "phone_number")
    assert error(truedy("POST", PURCHASE, {}))[2]["field"] == "phone_number"


def test_purchases_are_not_idempotent(truedy: Api) -> None:
    """The key counts for agents only: a purchase sent twice finds its number gone."""
    answers = [
        truedy("POST", PURCHASE, {"phone_number": "+14155551234"}, headers={"X-Idempotency-Key": "same"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 422]


def test_without_a_subscription_nothing_is_bought_or_imported(make_world: Callable[..., World]) -> None:
    """What would begin a monthly fee is refused with 402 and takes no number; what is held goes on working."""
    truedy = make_world("truedy/no-subscription").api("truedy", Authorization=f"Bearer {KEY}")
    assert error(truedy("POST", PURCHASE, {"phone_number": TELNYX["phone_number"]})) == (402, "payment_required", {})
    assert error(truedy("POST", IMPORT, TELNYX)) == (402, "payment_required", {})
    assert TELNYX["phone_number"] in found(truedy, area_code="415", page_size=50)
    numbers = truedy("GET", "/telephony/numbers").json()["data"]
    assert len(numbers) == 1
    assign(truedy, numbers[0]["id"], AGENT, "outbound")


def test_null_stands_for_what_is_not_sent(truedy: Api) -> None:
    """An early version took null for the optional fields of a search and a purchase, but not for the country."""
    nulls = dict.fromkeys(["area_code", "administrative_area", "locality", "phone_number_type", "api_key"])
    assert search(truedy, **nulls)["data"] == search(truedy)["data"]
    status, code, details = error(truedy("POST", SEARCH, {"country_code": None}))
    assert (status, code, details["field"]) == (422, "validation_error", "country_code")
    assert truedy("POST", PURCHASE, {"phone_number": "+14155551234", "api_key": None}).status_code == 201


@pytest.mark.parametrize("sent", [{"page": None}, {"page": 0}, {"page_size": None}, {"country_code": None}])
def test_bounds_that_no_page_has_are_inferred(truedy: Api, sent: dict[str, Any]) -> None:
    """The reference gives types and defaults; that null and numbers below 1 are refused is a conclusion."""
    answer = truedy("POST", SEARCH, sent)
    assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (422, "inferred")


@pytest.mark.parametrize("place", [{"administrative_area": "CA"}, {"locality": "San Francisco"}])
def test_toll_free_numbers_are_at_home_nowhere(truedy: Api, place: dict[str, str]) -> None:
    """A state or a city does not narrow a search for them: they belong to none."""
    assert found(truedy, phone_number_type="toll-free", **place) == found(truedy, phone_number_type="toll-free")
    assert len(found(truedy, phone_number_type="toll-free", area_code="888", **place)) == 20


def test_a_place_without_a_city_names_none(truedy: Api) -> None:
    """No city is an empty text: an area code that lies over several has none."""
    places = [offer["region_information"] for offer in search(truedy, administrative_area="OH", page_size=50)["data"]]
    assert places == [{"region_name": "OH"}] * 50
    assert search(truedy, area_code="415")["data"][0]["region_information"] == {
        "region_name": "CA",
        "locality": "San Francisco",
    }


def test_offers_as_the_carrier_has_them(make_world: Callable[..., World]) -> None:
    """A scenario may have places and features as lists of objects, as the carrier behind Truedy sends them."""
    scenario = {"description": "Carrier", "open": True, "assume": {"truedy.search_items": "carrier"}}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    offer = search(truedy, area_code="415", page_size=1)["data"][0]
    assert offer == {
        "phone_number": "+14155550100",
        "phone_number_type": "local",
        "range": None,
        "region_information": [
            {"region_type": "country_code", "region_name": "US"},
            {"region_type": "state", "region_name": "CA"},
            {"region_type": "location", "region_name": "San Francisco"},
        ],
        "features": [{"name": "voice"}, {"name": "sms"}],
        "cost_information": {"monthly_cost": "1.00", "upfront_cost": "1.00", "currency": "USD"},
    }
    toll_free = search(truedy, phone_number_type="toll-free", page_size=1)["data"][0]
    assert toll_free["region_information"] == [{"region_type": "country_code", "region_name": "US"}]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (PURCHASE, {"phone_number": "4155551234"}, "Must be in E.164 format"),
        (IMPORT, {**TELNYX, "phone_number": "+0155551234"}, "Must be in E.164 format"),
        (SEARCH, {"country_code": "us"}, "Must be an ISO 3166-1 alpha-2 code, such as US"),
        (SEARCH, {"area_code": "4x5"}, "Must be digits, such as 415"),
    ],
)
def test_the_reasons_of_refusals(truedy: Api, path: str, body: dict[str, Any], reason: str) -> None:
    """A number in another form is refused in the words of the page (error-handling); nothing shows a regular expression."""
    refused = truedy("POST", path, body)
    assert error(refused)[2]["reason"] == reason
    assert refused.json()["error"]["message"] == "Invalid request"
