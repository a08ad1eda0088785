"""Vantax's numbers as its clients see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, World

KEY = "vx_live_demo"
SUB = "sub_8a1f4c2e"  # the default scenario's
AGENT = "agt_3d9b21"
IN_415 = {"sub_account_id": SUB, "country": "US", "area_code": "415"}


@pytest.fixture
def vantax(world: World) -> Api:
    """Vantax with a sub-account's key."""
    return world.api("vantax", Authorization=f"Bearer {KEY}")


@pytest.fixture
def with_seed(make_world: Callable[..., World]) -> Callable[..., Api]:
    """Make a world whose Vantax accounts start as given."""

    def make(seed: dict[str, Any], **more: Any) -> Api:
        scenario = {"description": "a test", "accounts": [{"keys": [KEY], "vantax": seed}], **more}
        return make_world(scenario).api("vantax", Authorization=f"Bearer {KEY}")

    return make


def buy(vantax: Api, **more: Any) -> dict[str, Any]:
    """A new number."""
    answer = vantax("POST", "/phone-numbers", {**IN_415, **more})
    assert answer.status_code == 201, answer.text
    number: dict[str, Any] = answer.json()["data"]
    return number


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of a refusal, whose body is nothing else."""
    body = answer.json()
    assert (body["success"], set(body)) == (False, {"success", "message"})
    return answer.status_code, body["message"]


def wrong(answer: httpx.Response) -> list[str]:
    """The fields that a 422 names."""
    body = answer.json()
    assert (answer.status_code, body["success"], set(body)) == (422, False, {"success", "message", "errors"})
    assert all(set(error) == {"field", "message"} and error["message"] for error in body["errors"])
    return [error["field"] for error in body["errors"]]


def test_the_curl_command_of_the_documentation(world: World) -> None:
    """The request of the page on purchases works as printed, its cut-off key included, and so does its answer."""
    headers = {"Authorization": "Bearer vx_live_3fa9c2...", "Content-Type": "application/json"}
    body = '{\n    "sub_account_id": "sub_8a1f4c2e",\n    "country": "US",\n    "area_code": "415"\n  }'
    answer = world.api("vantax")("POST", "/phone-numbers", content=body, headers=headers)
    assert answer.status_code == 201
    envelope = answer.json()
    number = envelope.pop("data")
    assert envelope == {"success": True, "message": "Phone number purchased successfully"}
    assert re.fullmatch("pn_[0-9a-f]{6}", number.pop("id"))
    assert re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", number.pop("created_at"))
    assert re.fullmatch(r"\+1415555[0-9]{4}", number.pop("number"))
    assert number == {
        "country": "US",
        "source": "platform",
        "agent_id": None,
        "sub_account_id": SUB,
        "capabilities": {"voice": True, "sms": True},
    }


def test_buy_assign_unassign_release(vantax: Api) -> None:
    """A number is bought, answered by an agent, taken off it and given back; then it is gone, and for sale again."""
    number = buy(vantax)
    path = f"/phone-numbers/{number['id']}"

    assigned = vantax("POST", f"{path}/assign", {"agent_id": AGENT})
    expected = {"success": True, "message": "Agent assigned successfully", "data": {**number, "agent_id": AGENT}}
    assert (assigned.status_code, assigned.json()) == (200, expected)
    assert vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json() == {
        "success": True,
        "data": [{**number, "agent_id": AGENT}],
        "pagination": {"total": 1, "limit": 20, "has_more": False},
    }

    unassigned = vantax("POST", f"{path}/unassign")
    expected = {"success": True, "message": "Agent unassigned successfully", "data": number}
    assert (unassigned.status_code, unassigned.json()) == (200, expected)

    released = vantax("DELETE", path)
    assert (released.status_code, released.json()) == (
        200,
        {"success": True, "message": "Phone number released successfully"},
    )
    gone = (404, "Phone number not found")
    assert refused(vantax("DELETE", path)) == gone
    assert refused(vantax("POST", f"{path}/assign", {"agent_id": AGENT})) == gone
    assert refused(vantax("POST", f"{path}/unassign")) == gone
    assert buy(vantax)["number"] != number["number"]  # what nobody has had comes first
    again = buy(vantax, area_code=None, number_pattern=number["number"])
    assert (again["number"], again["id"] != number["id"]) == (number["number"], True)


@pytest.mark.parametrize("pattern", ["+1415555****", "1415555****", "+1415*******", "+1***5550142", "+14155550142"])
def test_buy_by_pattern(vantax: Api, pattern: str) -> None:
    """A star stands for any one digit; the plus sign may be left out."""
    answer = vantax("POST", "/phone-numbers", {"sub_account_id": SUB, "number_pattern": pattern})
    assert answer.status_code == 201
    digits = pattern.removeprefix("+").replace("*", "[0-9]")
    assert re.fullmatch(rf"\+{digits}", answer.json()["data"]["number"])


def test_the_country_is_the_us_unless_another_is_given(vantax: Api) -> None:
    """Country can be left out; with another one its area codes and patterns are searched."""
    assert vantax("POST", "/phone-numbers", {"sub_account_id": SUB, "area_code": "212"}).json()["data"]["country"] == "US"
    assert buy(vantax, country="GB", area_code="20")["number"].startswith("+4420")
    wales = {"sub_account_id": SUB, "country": "GB", "number_pattern": "+442920180***"}
    assert vantax("POST", "/phone-numbers", wales).json()["data"]["country"] == "GB"
    abroad = {"sub_account_id": SUB, "country": "GB", "number_pattern": "+1415555****"}
    assert vantax("POST", "/phone-numbers", abroad).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"area_code": "415", "number_pattern": "+1415555****"}, {"country": "US"}],
    ids=["neither", "both", "neither, with a country"],
)
def test_exactly_one_of_area_code_and_pattern(vantax: Api, body: dict[str, Any]) -> None:
    """Both of them, or neither, is refused in words that say so."""
    answer = vantax("POST", "/phone-numbers", {"sub_account_id": SUB, **body})
    assert wrong(answer) == ["body"]
    assert answer.json()["errors"][0]["message"] == "Provide exactly one of area_code or number_pattern"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sub_account_id": 7}, "sub_account_id"),
        ({"country": "us"}, "country"),
        ({"country": "USA"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"country": None}, "country"),
        ({"area_code": 415}, "area_code"),
        ({"area_code": "4155"}, "area_code"),
        ({"area_code": "015"}, "area_code"),
        ({"area_code": "41a"}, "area_code"),
        ({"area_code": "٤١٥"}, "area_code"),
    ],
)
def test_fields_of_a_purchase_are_checked(vantax: Api, change: dict[str, Any], field: str) -> None:
    """A field of the wrong type or form is named in the 422."""
    assert wrong(vantax("POST", "/phone-numbers", {**IN_415, **change})) == [field]


def test_area_codes_belong_to_their_country(vantax: Api) -> None:
    """A well-formed area code of another country is not found; outside North America one digit is enough."""
    elsewhere = vantax("POST", "/phone-numbers", {**IN_415, "country": "CA"})
    assert refused(elsewhere) == (404, "No phone number is available for this search")
    assert buy(vantax, country="FR", area_code="1")["number"] == "+33199000000"


@pytest.mark.parametrize("pattern", ["415555****", "+1415555*****", "+44207946****", "+1415555???X", "+1415555", ""])
def test_a_pattern_stands_for_a_number(vantax: Api, pattern: str) -> None:
    """A pattern that no number of the country fits, or that has other characters than digits and stars, is refused."""
    answer = vantax("POST", "/phone-numbers", {"sub_account_id": SUB, "number_pattern": pattern})
    assert wrong(answer) == ["number_pattern"]


@pytest.mark.parametrize(
    ("country", "area_code", "sms"), [("US", "415", True), ("US", "888", True), ("GB", "20", False), ("GB", "7700", True)]
)
def test_the_number_plan_tells_who_can_be_texted(vantax: Api, country: str, area_code: str, sms: bool) -> None:
    """`capabilities.sms` of a bought number is that of its block, the same at every provider."""
    assert buy(vantax, country=country, area_code=area_code)["capabilities"] == {"voice": True, "sms": sms}


def test_a_purchase_names_every_fault_at_once(vantax: Api) -> None:
    """All that is wrong with a body is told together."""
    assert sorted(wrong(vantax("POST", "/phone-numbers", {"country": 1, "area_code": 2}))) == [
        "area_code",
        "country",
        "sub_account_id",
    ]


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b'{"sub_account_id":', "application/json"),
        (b"sub_account_id=sub_8a1f4c2e", "application/x-www-form-urlencoded"),
        (b'{"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}', None),
    ],
)
def test_a_body_that_cannot_be_read(vantax: Api, content: bytes, media: str | None) -> None:
    """Broken JSON, another content type, or none at all is a 400."""
    answer = vantax("POST", "/phone-numbers", content=content, headers={"Content-Type": media} if media else {})
    assert refused(answer)[0] == 400


def test_a_body_too_large(vantax: Api) -> None:
    """What is larger than the simulator reads is refused, but only where a body is asked for."""
    large = b" " * (1024 * 1024 + 1)
    headers = {"Content-Type": "application/json"}
    assert refused(vantax("POST", "/phone-numbers", content=large, headers=headers))[0] == 413
    assert refused(vantax("DELETE", "/phone-numbers/pn_1", content=large, headers=headers))[0] == 404


def test_nothing_is_free(make_world: Callable[..., World]) -> None:
    """When no number is left where it was searched, the purchase is a 404, and nothing from elsewhere is bought."""
    scenario = {"description": "one number", "open": True, "inventory": {"only": ["+14155550142"]}}
    vantax = make_world(scenario).api("vantax", x_api_key=KEY)
    nothing = (404, "No phone number is available for this search")
    assert refused(vantax("POST", "/phone-numbers", {"sub_account_id": SUB, "area_code": "212"})) == nothing
    assert buy(vantax)["number"] == "+14155550142"
    assert refused(vantax("POST", "/phone-numbers", {"sub_account_id": SUB, "number_pattern": "+1415555****"})) == nothing


def test_no_subscription(with_seed: Callable[..., Api]) -> None:
    """Without a subscription nothing is bought, while what is there can be listed."""
    vantax = with_seed({"subscription": "none", "numbers": [{"id": "pn_55ad12"}]})
    assert refused(vantax("POST", "/phone-numbers", IN_415)) == (402, "An active subscription is required")
    assert vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()["pagination"]["total"] == 1


def test_the_number_limit_counts_bought_numbers(with_seed: Callable[..., Api]) -> None:
    """A plan's limit stops the next purchase; imported numbers do not count, and a release makes room."""
    vantax = with_seed({"number_limit": 1, "numbers": [{"source": "imported"}]})
    number = buy(vantax)
    assert refused(vantax("POST", "/phone-numbers", IN_415)) == (402, "Your plan's phone number limit is reached")
    vantax("DELETE", f"/phone-numbers/{number['id']}")
    buy(vantax)


def test_the_number_limit_is_a_sub_accounts_own(make_world: Callable[..., World]) -> None:
    """Numbers that another sub-account has bought do not count, not even while they are not settled."""
    north = "vx_live_north"
    seed = {"number_limit": 1, "sub_accounts": [{"id": "sub_north", "keys": [north]}]}
    scenario = {"description": "x", "accounts": [{"keys": [KEY], "vantax": seed}], "lifecycles": {"vantax.number": "never"}}
    world = make_world(scenario)
    buy(world.api("vantax", x_api_key=KEY))
    buy(world.api("vantax", x_api_key=north), sub_account_id="sub_north")
    full = world.api("vantax", x_api_key=north)("POST", "/phone-numbers", {**IN_415, "sub_account_id": "sub_north"})
    assert refused(full) == (402, "Your plan's phone number limit is reached")


def test_imported_numbers(with_seed: Callable[..., Api]) -> None:
    """An imported number is listed with its own capabilities, found by its source, and can be released."""
    imported = {"id": "pn_91be77", "number": "+14155550199", "source": "imported", "sms": False}
    vantax = with_seed({"numbers": [imported, {"id": "pn_55ad12", "number": "+14155550142"}]})
    both = vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()
    assert [number["id"] for number in both["data"]] == ["pn_55ad12", "pn_91be77"]
    for source, known in (("imported", ["pn_91be77"]), ("platform", ["pn_55ad12"])):
        page = vantax("GET", "/phone-numbers", params={"sub_account_id": SUB, "source": source}).json()
        assert ([number["id"] for number in page["data"]], page["pagination"]["total"]) == (known, 1)
    assert both["data"][1]["capabilities"] == {"voice": True, "sms": False}
    assert vantax("DELETE", "/phone-numbers/pn_91be77").status_code == 200


def test_pages(vantax: Api) -> None:
    """Following the cursors shows every number once, the newest first."""
    bought = [buy(vantax)["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"sub_account_id": SUB, "limit": 2}
    for more in (True, True, False):
        page = vantax("GET", "/phone-numbers", params=query).json()
        seen += [number["id"] for number in page["data"]]
        cursor = {"next_cursor": seen[-1]} if more else {}
        assert page["pagination"] == {"total": 5, "limit": 2, "has_more": more, **cursor}
        query["starting_after"] = seen[-1]
    assert seen == bought[::-1]
    assert vantax("GET", "/phone-numbers", params=query).json()["data"] == []


@pytest.mark.parametrize(("limit", "applied"), [(100, 100), (101, 100), (5000, 100), (1, 1)])
def test_a_limit_above_100_is_clamped(vantax: Api, limit: int, applied: int) -> None:
    """A limit that is too large is not refused; the page says which one was applied."""
    page = vantax("GET", "/phone-numbers", params={"sub_account_id": SUB, "limit": limit}).json()
    assert page["pagination"]["limit"] == applied


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"starting_after": "pn_unknown"}, "starting_after"),
        ({"starting_after": ""}, "starting_after"),
        ({"source": "bought"}, "source"),
    ],
)
def test_a_list_refuses_what_it_cannot_use(vantax: Api, query: dict[str, Any], field: str) -> None:
    """A limit below one, a cursor that names nothing in the list, and an unknown source are each a 422."""
    assert wrong(vantax("GET", "/phone-numbers", params={"sub_account_id": SUB, **query})) == [field]


def test_a_list_of_numbers_needs_the_sub_account(vantax: Api) -> None:
    """The page flags sub_account_id as required."""
    assert wrong(vantax("GET", "/phone-numbers")) == ["sub_account_id"]
