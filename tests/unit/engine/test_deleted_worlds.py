"""What a deleted world held is free at once: nothing of it waits for the garbage collector."""

from __future__ import annotations

import gc
import json
import weakref

import pytest

from simulator.application import Application
from simulator.http import Request
from simulator.provider import Account
from simulator.registry import built_in_registry

LISTS = {
    "cartesia": ("/cartesia/agents/phone-numbers", "Bearer sk_car_demo"),
    "cald": ("/cald/client/api/v1/agents", f"caldLive{'0' * 32}"),
    "truedy": ("/truedy/api/public/v1/agents", f"Bearer truedy_{'A' * 32}"),
    "chirp": ("/chirp/v1/phone-numbers", "Bearer sk_live_app_demo"),
    "vantax": ("/vantax/v1/phone-numbers", "Bearer vx_live_demo"),
}


@pytest.mark.parametrize("provider", LISTS)
def test_a_deleted_world_leaves_no_cycles(provider: str) -> None:
    """The accounts of each provider, which hold the records, are gone when the world is."""
    app = Application(built_in_registry())
    path, key = LISTS[provider]
    headers = {"host": "x", "authorization": key, "x-api-key": key, "cartesia-version": "2026-03-01"}
    app.handle(Request("PUT", "/_simulator/worlds/brief", "", {"host": "x"}, b""))
    app.handle(Request("GET", f"/w/brief{path}", "", headers, b""))
    world = app.worlds.peek("brief")
    assert world is not None
    accounts = [weakref.ref(account) for account in world.store.accounts.values()]
    assert accounts
    del world
    gc.collect()
    gc.disable()
    try:
        assert app.handle(Request("DELETE", "/_simulator/worlds/brief", "", {"host": "x"}, b"")).status == 204
        assert [account() for account in accounts if account() is not None] == []
    finally:
        gc.enable()


def _accounts() -> int:
    """How many accounts there are in this process, of whatever worlds."""
    gc.collect()
    return sum(isinstance(one, Account) for one in gc.get_objects())


def test_a_scenario_that_was_uploaded_leaves_nothing_behind() -> None:
    """Its accounts are opened once to check it: these are gone too, as a server would otherwise grow with every world."""
    app = Application(built_in_registry())
    scenario = {"accounts": [{"cartesia": {"numbers": [{"label": "Line"}]}}], "open": True}
    headers = {"host": "x", "content-type": "application/json"}
    before = _accounts()
    for _ in range(3):
        body = json.dumps({"scenario": scenario}).encode()
        assert app.handle(Request("PUT", "/_simulator/worlds/brief", "", headers, body)).status == 201
        assert app.handle(Request("DELETE", "/_simulator/worlds/brief", "", {"host": "x"}, b"")).status == 204
    assert _accounts() <= before
