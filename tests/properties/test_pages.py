"""Whoever walks through the pages of a list sees every record that was there throughout, once, while others buy and release.

By cursor that holds whatever happens in the account itself. By offset it holds while others stay within their own accounts;
what is bought meanwhile in one's own moves every record on: then one may be seen twice, but none is missed.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Simulator
from tests.properties.market import LOCAL, SCENARIO, customers, made
from tests.scenarios.shop import Shop

simulator = Simulator()
slugs = itertools.count()
MOST = 50  # pages
counts, limits = st.integers(0, 7), st.integers(1, 4)
meanwhile = st.lists(st.sampled_from(["make", "remove new", "remove old", ""]), max_size=12)


def _new_app(shop: Shop) -> httpx.Response:
    slug = f"app-{next(slugs)}"
    answer: httpx.Response = shop.api("POST", "/v1/organization/apps", {"slug": slug, "name": slug})
    return answer


class Walk(NamedTuple):
    """A list, how it is cut into pages, and how records come into it."""

    provider: str
    path: str
    cursor: str = ""  # the parameter that takes the id of the last record seen; empty: by offset
    make: Callable[[Shop], Any] = Shop.buy


WALKS = {
    "cartesia numbers": Walk("cartesia", "/agents/phone-numbers", "starting_after"),
    "cartesia numbers backwards": Walk("cartesia", "/agents/phone-numbers", "ending_before"),
    "cartesia numbers of a type": Walk("cartesia", "/agents/phone-numbers?type=cartesia", "starting_after"),
    "cartesia agents": Walk("cartesia", "/v1/agents", "starting_after", lambda shop: shop.hire()),
    "chirp apps": Walk("chirp", "/v1/organization/apps", make=_new_app),
    "chirp numbers": Walk("chirp", "/v1/organization/phone-numbers"),
    "chirp numbers of an app": Walk("chirp", "/v1/organization/apps/app_2DbBs7GWhGvVNJGrDXr5RG0mBWI/phone-numbers"),
    "truedy agents": Walk("truedy", "/agents", make=lambda shop: shop.hire()),
    "truedy numbers": Walk("truedy", "/telephony/numbers"),
    "vantax agents": Walk("vantax", "/agents?sub_account_id=sub_8a1f4c2e", "starting_after", lambda shop: shop.hire()),
    "vantax numbers": Walk("vantax", "/phone-numbers?sub_account_id=sub_8a1f4c2e", "starting_after"),
}


class Walker:
    """One who walks through a list, and the others: another account, and somebody else with one's own key."""

    def __init__(self, walk: Walk, count: int) -> None:
        self.walk = walk
        self.one, self.other = customers(made(simulator, {**SCENARIO, "inventory": {}}), walk.provider)
        if walk.provider == "cartesia":
            self.one.take("+14152000000")  # imported: of another type than those that are bought
        for _ in range(count):
            walk.make(self.one)
        self.there = self.listed(self.one)  # throughout
        self.place = self.there[-1:]  # where a walk backwards begins

    def listed(self, shop: Shop, **more: Any) -> list[str]:
        """The ids on one page."""
        path, _, query = self.walk.path.partition("?")
        answer = shop.api("GET", path, params={**dict(parse_qsl(query)), "limit": 50, **more})
        assert answer.status_code == 200, answer.text
        records = next(each for each in answer.json().values() if isinstance(each, list))
        return [each.get("id") or each["phoneNumberId"] for each in records]

    def pages(self, limit: int) -> Iterator[list[str]]:
        """Page after page until there is an empty one."""
        cursor, seen = self.walk.cursor, 0
        for _ in range(MOST):
            place = {"offset": seen} if not cursor else {cursor: self.place[0]} if seen or cursor == "ending_before" else {}
            found = self.listed(self.one, limit=limit, **place)
            if not found:
                return
            seen, self.place = seen + len(found), found[:1] if cursor == "ending_before" else found[-1:]
            yield found
        pytest.fail("the pages have no end")

    def happen(self, event: str, shop: Shop) -> None:
        """Let somebody make a record or remove one; that which the walker has just seen stays, as it is where he stands."""
        if event == "make":
            self.walk.make(shop)
        known = self.listed(shop)[:: 1 if event == "remove new" else -1] if event.startswith("remove") else []
        for gone in [each for each in known if each not in self.place][:1]:
            path = shop.numbers if "numbers" in self.walk.path else self.walk.path.partition("?")[0]
            assert shop.api("DELETE", f"{path}/{gone}").is_success
            self.there = [each for each in self.there if each != gone]


@pytest.mark.parametrize("name", WALKS)
@given(count=counts, limit=limits, events=meanwhile)
def test_every_record_is_seen_once(name: str, count: int, limit: int, events: list[str]) -> None:
    """By cursor while others have the same key; by offset while others have keys of their own."""
    walker = Walker(WALKS[name], count)
    seen: Counter[str] = Counter()
    if walker.walk.cursor == "ending_before":
        seen.update(walker.place)
    others = itertools.cycle([walker.other, walker.one] if walker.walk.cursor else [walker.other])
    for page in walker.pages(limit) if walker.there else ():
        seen.update(page)
        walker.happen(events.pop() if events else "", next(others))
    assert set(walker.there) <= set(seen)
    assert set(seen.values()) <= {1}


@pytest.mark.parametrize("name", [name for name, walk in WALKS.items() if not walk.cursor])
@given(count=counts, limit=limits, events=st.lists(st.sampled_from(["make", ""]), max_size=12))
def test_no_record_is_missed(name: str, count: int, limit: int, events: list[str]) -> None:
    """By offset, while others with the same key make more of them."""
    walker = Walker(WALKS[name], count)
    seen: set[str] = set()
    for page in walker.pages(limit):
        seen.update(page)
        walker.happen(events.pop() if events else "", walker.one)
    assert set(walker.there) <= seen


@given(size=limits, events=st.lists(st.sampled_from(["buy", "release"]), max_size=6))
def test_every_number_for_sale_is_found_once(size: int, events: list[str]) -> None:
    """By the pages of a search, while others buy and release elsewhere."""
    searcher, other = customers(made(simulator, SCENARIO), "truedy")
    found: list[str] = []
    for page in range(1, MOST):
        wanted = {"area_code": "415", "page": page, "page_size": size}
        answer = searcher.api("POST", f"{searcher.numbers}/search", wanted).json()
        found += [each["phone_number"] for each in answer["data"]]
        if not answer["pagination"]["has_more"]:
            break
        if events and events.pop() == "buy":
            other.buy("212")
        else:
            for number in other.page()[:1]:
                other.release(number.id)
    assert found == [number for number in LOCAL if number.startswith("+1415")]
