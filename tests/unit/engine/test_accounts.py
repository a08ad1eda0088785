"""Accounts that an open world makes for new keys: keys have an end, and unused accounts make room."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from simulator.application import Application, Settings
from simulator.engine.worlds import Bounds
from simulator.http import Request, Response, settled
from simulator.openapi.operation import MAX_KEY
from simulator.store import store
from tests.demo_provider import demo_registry
from tests.unit.steering import AGENTS, Steered


def _call(application: Application, number: int, method: str = "GET", path: str = "agents", body: bytes = b"") -> Response:
    headers = {"host": "localhost", "authorization": f"demo_{number:032x}", "content-type": "application/json"}
    return settled(application.handle(Request(method, f"/demo/v1/{path}", "", headers, body)))


def test_a_key_has_an_end(steered: Steered) -> None:
    """A longer one is the provider's 401, and the explanation says why."""
    vantax = steered.world.api("vantax")
    for length, status in ((MAX_KEY, 200), (MAX_KEY + 1, 401), (60_000, 401)):
        key = "vx_live_".ljust(length, "x")
        answer = vantax("GET", "/agents", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status
    assert any("60000 characters, expected at most 256" in line for line in steered.explain(answer)["story"])


def test_a_key_that_a_scenario_lists_has_an_end(steer: Callable[..., Steered]) -> None:
    """Also one that an account has granted: its form is checked at every request."""
    longest = "sk_live_app_".ljust(MAX_KEY, "x")
    world = steer({"accounts": [{"keys": [longest, f"{longest}x"], "chirp": {}}]}).world
    for key, status in ((longest, 200), (f"{longest}x", 401)):
        assert world.api("chirp")("GET", "/v1/phone-numbers", headers={"Authorization": f"Bearer {key}"}).status_code == status


def test_unused_accounts_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used first; what was changed stays, and what was dropped is opened again by its key."""
    monkeypatch.setattr(store, "MAX_ACCOUNTS", 20)
    application = Application(demo_registry())
    accounts = application.worlds.peek("default").store  # type: ignore[union-attr]
    assert _call(application, 1, "POST", "numbers", b"{}").status == 200
    first = _call(application, 2).body
    for number in range(3, 100):
        _call(application, 3)
        assert _call(application, number).body == first
        assert len(accounts.accounts) <= 20
    tenants = {tenant[-32:].lstrip("0") for _, tenant in accounts.accounts}
    assert {"1", "3"} <= tenants
    assert "2" not in tenants
    assert len(accounts._implied) <= 20
    assert _call(application, 2).body == first


def test_health_says_how_much_of_each_limit_is_used() -> None:
    """Over all worlds."""
    application = Application(demo_registry(), settings=Settings(bounds=Bounds(worlds=3, journal_bytes=100_000)))
    for number in range(5):
        _call(application, number)
    health = settled(application.handle(Request("GET", "/_simulator/health", "", {"host": "localhost"}, b"")))
    usage = json.loads(health.body)["usage"]
    assert (usage["worlds"], usage["accounts"]["used"]) == ({"used": 1, "limit": 3}, 5)
    assert (usage["journal_bytes"]["limit"], 5_000 < usage["journal_bytes"]["used"] < 10_000) == (300_000, True)


def test_the_request_log_counts_skipped_rules(steer: Callable[..., Steered]) -> None:
    """A request that 1,000 rules skip takes its share."""
    rule = {"when": {"operation": "demo.list_agents"}, "then": {"status": 418}, "probability": 1e-9}
    steered = steer({"description": "x", "rules": [rule] * 1000})
    for _ in range(8):
        steered.demo("GET", AGENTS)
    assert len(steered.journal()) < 8


def test_a_snapshot_holds_its_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restoring a snapshot brings back the accounts that it holds, whatever was dropped meanwhile."""
    monkeypatch.setattr(store, "MAX_ACCOUNTS", 20)
    application = Application(demo_registry())
    world = application.worlds.peek("default")
    assert world is not None
    for number in range(1, 15):
        _call(application, number)
    saved = world.snapshot()
    before = list(world.store.accounts)
    for number in range(15, 60):
        _call(application, number)
    world.restore(saved)
    assert list(world.store.accounts) == before
    assert _call(application, 1).status == 200
