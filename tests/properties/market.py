"""A world with few numbers for sale, and customers of every provider who want them."""

from __future__ import annotations

import httpx

from simulator import Simulator
from simulator.testing.client import Json
from simulator.testing.transport import Transport
from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS

LOCAL = [
    f"+1{area}55501{line}"
    for area, lines in (("415", "00 01 02 03"), ("212", "07 99"), ("907", "42"))
    for line in lines.split()
]
ABROAD = ["+442079460018", "+447700900001"]
TOLL_FREE = ["+18885550123"]
FOR_SALE = [*LOCAL, *TOLL_FREE, *ABROAD]
ELSEWHERE = ["+14152000000", "+4930231250"]  # owned by somebody else in the real world: to be imported, never to be bought

SCENARIO: Json = {
    "description": "Ten numbers, and accounts that may have as many",
    "open": True,
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "inventory": {"only": FOR_SALE},
    "accounts": [
        {
            "cald": {"agents": [{"id": SHOPS["cald"].agent}]},
            "cartesia": {"plan": "enterprise", "slots": 1000, "agents": [{"id": SHOPS["cartesia"].agent}]},
            "chirp": {"apps": [{"id": SHOPS["chirp"].agent, "slug": "front", "name": "Front"}]},
            "truedy": {"agents": [{"id": SHOPS["truedy"].agent}]},
            "vantax": {"sub_account_id": "sub_8a1f4c2e", "agents": [{"id": SHOPS["vantax"].agent, "name": "Front"}]},
        }
    ],
}


def made(simulator: Simulator, scenario: Json, seed: int = 0) -> World:
    """A world that is asked without a socket."""
    name = simulator.world(scenario, name="market", seed=seed).name
    http = httpx.Client(transport=Transport(simulator.app, name), trust_env=False)
    here = "http://in-process"
    providers = {each: {"base_url": f"{here}/{each}{simulator.app.registry.providers[each].spec.base_path}"} for each in SHOPS}
    return World(name, here, f"{here}/_simulator/worlds/{name}", http, providers, simulator.client)


def customers(world: World, *providers: str) -> list[Shop]:
    """Two of each provider, or of the given ones."""
    kinds = [SHOPS[name] for name in providers or SHOPS]
    return [kind(world, key) for kind in kinds for key in (kind.key, kind.key[:-1] + "7")]
