"""How a purchase at Vantax searches: what the page leaves open. Source: https://docs.vantaxai.com/docs/phone-numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_vantax import KEY, SUB, wrong


@pytest.fixture
def vantax(world: World) -> Api:
    """Vantax with a sub-account's key."""
    return world.api("vantax", Authorization=f"Bearer {KEY}")


@pytest.mark.parametrize("pattern", ["+1415*", "+1415555*", "+1415555***", "1415*", "*", "+*"])
def test_a_short_pattern_is_a_switch(make_world: Callable[..., World], pattern: str) -> None:
    """The page has one example, of a whole number: a shorter pattern is how a number begins, or a 422."""
    order = {"sub_account_id": SUB, "number_pattern": pattern}
    for value, status in (("extend", 201), ("refuse", 422)):
        scenario = {"description": "x", "open": True, "assume": {"vantax.short_pattern": value}}
        answer = make_world(scenario).api("vantax", x_api_key=KEY)("POST", "/phone-numbers", order)
        assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (status, "assumed")
        if status == 201:
            assert answer.json()["data"]["number"].startswith(f"+{pattern.strip('+*')}")
        else:
            assert wrong(answer) == ["number_pattern"]


def test_a_short_pattern_abroad(vantax: Api) -> None:
    """Numbers of other countries differ in length: the last star stands for what is left."""
    wales = {"sub_account_id": SUB, "country": "GB", "number_pattern": "+442920*"}
    assert vantax("POST", "/phone-numbers", wales).json()["data"]["number"].startswith("+442920180")


@pytest.mark.parametrize(
    "search", [{"area_code": "415", "number_pattern": None}, {"number_pattern": "+1415555****", "area_code": None}]
)
def test_null_beside_the_search_is_a_switch(make_world: Callable[..., World], search: dict[str, Any]) -> None:
    """Clients that write every member send null for the one that they do not use: it counts as left out, or is a 422."""
    for value, status in (("ignore", 201), ("refuse", 422)):
        scenario = {"description": "x", "open": True, "assume": {"vantax.null_search_field": value}}
        vantax = make_world(scenario).api("vantax", x_api_key=KEY)
        answer = vantax("POST", "/phone-numbers", {"sub_account_id": SUB, **search})
        assert answer.status_code == status
        if status == 422:
            assert wrong(answer) == [name for name, text in search.items() if text is None]


@pytest.mark.parametrize("body", [{"area_code": None}, {"number_pattern": None}, {"area_code": None, "number_pattern": None}])
def test_null_alone_is_no_search(vantax: Api, body: dict[str, Any]) -> None:
    """Neither of the two is given."""
    assert "body" in wrong(vantax("POST", "/phone-numbers", {"sub_account_id": SUB, **body}))


@pytest.mark.parametrize("search", [{"area_code": "888"}, {"number_pattern": "+1888*******"}])
def test_area_code_and_pattern_reach_the_same_numbers(vantax: Api, search: dict[str, str]) -> None:
    """Toll-free numbers too: one rule for both ways to search."""
    answer = vantax("POST", "/phone-numbers", {"sub_account_id": SUB, **search})
    assert (answer.status_code, answer.json()["data"]["number"]) == (201, "+18885550100")
