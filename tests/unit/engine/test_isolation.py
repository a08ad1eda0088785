"""Two worlds never see each other, however hard both are used; nothing but the seed and the calls decides what comes out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.steering import AGENTS, BUY, FROZEN, KEY, Steered

ROUNDS = 60
LOOK = 4  # rounds; a list grows with each, and is long at last


class Hammer(threading.Thread):
    """A client that buys, looks, and is now and then refused by a rule, as fast as it can; and remembers what it was told."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.base_url: str = world.providers["demo"]["base_url"]
        self.bought: list[str] = []
        self.refused = 0
        self.names: set[str] = set()

    def run(self) -> None:
        """Go on for so many rounds."""
        with httpx.Client(headers={"Authorization": KEY}) as http:
            for place in range(ROUNDS):
                answer = http.post(self.base_url + BUY, json={})
                if answer.status_code == 200:
                    self.bought.append(answer.json()["number"])
                else:
                    self.refused += 1
                http.post(self.base_url + AGENTS, json={"name": f"{self.base_url} {place}"})
                if place % LOOK == 0:
                    self.names |= {each["name"] for each in http.get(self.base_url + AGENTS).json()["agents"]}


def test_two_worlds_hammered_at_once_never_see_each_other(make_world: Callable[..., World]) -> None:
    """State, inventory, rules, clock, journal: each is as if it were alone; the same inventory is sold once in each."""
    rules = [{"when": {"operation": "demo.buy_number"}, "times": 5, "then": {"error": "UNAVAILABLE"}}]
    plain = {"description": "plain", "open": True}
    worlds = [make_world(plain), make_world({**plain, "rules": rules})]
    hammers = [Hammer(world) for world in worlds for _ in range(2)]
    for hammer in hammers:
        hammer.start()
    steered = [Steered(world) for world in worlds]
    steered[0].clock(freeze=True, set="2030-01-01T00:00:00Z")
    for hammer in hammers:
        hammer.join()

    for place, each in enumerate(steered):
        mine = hammers[2 * place : 2 * place + 2]
        sold = [number for hammer in mine for number in hammer.bought]
        assert len(set(sold)) == len(sold) == 2 * ROUNDS - 5 * place
        assert sum(hammer.refused for hammer in mine) == 5 * place
        assert set(each.told("GET", "/state?limit=1000")["accounts"][0]["tables"]) >= {"agents", "numbers"}
        assert {name.rpartition(" ")[0] for hammer in mine for name in hammer.names} == {mine[0].base_url}
        journal = each.told("GET", "/requests")
        assert journal["total"] + journal["dropped"] == 2 * (2 * ROUNDS + ROUNDS // LOOK)
    assert set(hammers[0].bought + hammers[1].bought) & set(hammers[2].bought + hammers[3].bought)
    assert [each.told("GET", "/clock")["frozen"] for each in steered] == [True, False]


def _life(shop: Shop) -> list[Any]:
    """A life in one world: purchases, refusals, lists, an agent, time, luck; every byte that the provider answers."""
    heard: list[Any] = []
    send = shop.world.http.send

    def listen(request: httpx.Request, **more: Any) -> httpx.Response:
        answer = send(request, **more)
        if "/_simulator/" not in str(request.url):
            heard.append((answer.status_code, answer.headers.get("X-Luck"), answer.content))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.world.http, "send", listen)
        for _ in range(3):
            shop.buy()
            shop.ask()
            Steered(shop.world).clock(advance="7s")
        shop.buy("212")
        shop.api("GET", "/nothing")
        shop.hire()
        shop.ask(headers={"Prefer": "code=401"})
    return heard


LUCK = [{"when": {"method": "POST"}, "probability": 0.2, "then": {"amend": {"headers": {"X-Luck": "bad"}}}}]


@pytest.mark.parametrize("name", SHOPS)
def test_the_same_seed_and_calls_give_the_same_bytes(make_world: Callable[..., World], name: str) -> None:
    """Ids, numbers, times, luck and all; in another world of the same seed, and in the same one after a reset."""
    accounts = [{"chirp": {"apps": [{"id": SHOPS["chirp"].agent, "slug": "a", "name": "A"}]}}, {"cartesia": {"plan": "scale"}}]
    scenario = {"description": "x", "open": True, "clock": FROZEN, "rules": LUCK, "accounts": accounts, "seed": 3}
    one, two, other = (SHOPS[name](make_world(scenario, seed=seed)) for seed in (None, 3, 4))
    lived = _life(one)
    assert len(lived) > 8
    assert _life(two) == lived
    assert _life(other) != lived
    Steered(one.world).told("POST", "/reset")
    assert _life(one) == lived
