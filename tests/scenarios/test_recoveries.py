"""Scenarios in which a provider is hard to reach, and a client that has patience gets through."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import World
from tests.scenarios.kinds import PROVIDERS, of_kind, only
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.subject import load

RATES = {name: {each.id: each.rate for each in load(name).operations.values() if each.rate} for name in PROVIDERS}
LIMITED = [name for name, rates in RATES.items() if rates]  # those that document a limit


@of_kind("rate-limited")
def test_too_many_requests(shop: Shop) -> None:
    """Two refusals say after how many seconds to try again, each once; the third request is answered."""
    answers = [shop.ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get_list("Retry-After") for answer in answers] == [["1"], ["1"], []]


@of_kind("rate-limits-on", LIMITED)
def test_the_documented_limit(shop: Shop) -> None:
    """As many requests as the spec says, and no more before the clock says the next minute."""
    shop.control("POST", "/clock", {"freeze": True, "set": "2026-03-03T12:00:00Z"})
    assert shop.ask().status_code == 200
    limit = RATES[shop.name][shop.last()["operation"].partition(".")[2]].limit
    assert {shop.ask().status_code for _ in range(limit - 1)} == {200}
    assert (shop.ask().status_code, shop.last()["error"], shop.last()["rule"]) == (429, "LIMITED", None)
    shop.control("POST", "/clock", {"advance": "59s"})
    assert shop.ask().status_code == 429
    shop.control("POST", "/clock", {"advance": "1s"})
    assert shop.ask().status_code == 200


@only("chirp/rate-limits-on")
def test_chirps_headers(shop: Shop) -> None:
    """Every answer tells what is left, and the refusal how long to wait."""
    shop.control("POST", "/clock", {"freeze": True, "set": "2026-03-03T12:00:45Z"})
    answers = [shop.ask() for _ in range(121)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == [*map(str, range(119, -1, -1)), "0"]
    assert [answer.headers.get("Retry-After") for answer in answers[-2:]] == [None, "15"]


@only("truedy/rate-limits-on")
def test_truedys_details(shop: Shop) -> None:
    """The refusal's body tells the limit and when the window ends; there is no header."""
    shop.control("POST", "/clock", {"freeze": True, "set": "2026-03-03T12:00:45Z"})
    refused = [shop.ask() for _ in range(101)][-1]
    assert refused.json()["error"]["details"] == {"limit": 100, "reset_at": "2026-03-03T12:01:00.000000Z"}
    assert "Retry-After" not in refused.headers


@of_kind("outage")
def test_an_outage(shop: Shop) -> None:
    """Three requests fail, whatever they ask, and leave nothing behind; who goes on trying buys one number."""
    while (answer := shop.buy()).status_code == shop.down:
        assert shop.held() == []
    assert shop.owned() == [shop.bought(answer)]
    statuses = [each["status"] for each in shop.control("GET", "/requests")["requests"]]
    assert statuses[:3] == [shop.down] * 3
    assert set(statuses[3:]) <= {200, 201}


@of_kind("flaky")
def test_a_flaky_provider(shop: Shop, make_world: Callable[..., World]) -> None:
    """About one request in five fails; the same ones in every world of this seed, others in one of another."""
    name = f"{shop.name}/flaky"
    shops = [shop, type(shop)(make_world(name)), type(shop)(make_world(name, seed=1))]
    one, same, other = [[each.ask().status_code for _ in range(50)] for each in shops]
    assert one == same != other
    for statuses in (one, other):
        assert set(statuses) == {200, shop.down}
        assert 5 <= statuses.count(shop.down) <= 15


@of_kind("slow")
def test_a_slow_provider(shop: Shop) -> None:
    """An answer takes 200 ms and more; a client that does not wait for it has bought a number nevertheless."""
    order = shop.order()
    with pytest.raises(httpx.ReadTimeout):
        shop.send(order, timeout=httpx.Timeout(10, read=0.1))
    assert len(shop.held()) == 1
    assert (shop.last()["status"], shop.last()["rule"]) == (shop.sold, "slow")
    assert shop.ask().elapsed.total_seconds() >= 0.2


def test_who_documents_a_limit() -> None:
    """The scenarios with documented limits are those of the providers whose specs have one."""
    assert LIMITED == ["chirp", "truedy"]
    assert set(SHOPS) == set(PROVIDERS)
