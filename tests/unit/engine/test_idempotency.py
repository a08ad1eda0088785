"""Idempotency keys where a provider documents them: Truedy's agents, and every write of Vantax."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.engine import idempotency
from tests.conftest import Api
from tests.scenarios.shops import SHOPS
from tests.unit.steering import Steered

SPOKEN = {"name": "Sales", "voice_id": "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "system_prompt": "You sell."}
ORDER = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}
BUY = "/phone-numbers"


@pytest.fixture
def truedy(steered: Steered) -> Api:
    """Truedy with an idempotency key."""
    return steered.world.api("truedy", Authorization=f"Bearer {SHOPS['truedy'].key}", X_Idempotency_Key="k")


@pytest.fixture
def vantax(steered: Steered) -> Api:
    """Vantax with an idempotency key."""
    return steered.world.api("vantax", Authorization="Bearer vx_live_demo", Idempotency_Key="k")


def _held(steered: Steered, provider: str, table: str) -> int:
    return sum(account["tables"][table]["total"] for account in steered.state(provider))


def test_a_replay_is_shaped_anew(steered: Steered, truedy: Api) -> None:
    """The same data under a request id and a time of its own, and nothing is made."""
    steered.clock(freeze=True)
    first = truedy("POST", "/agents", SPOKEN)
    steered.clock(advance="6d")
    agents = _held(steered, "truedy", "agents")
    again = truedy("POST", "/agents", SPOKEN)
    assert (again.status_code, again.json()["data"]) == (201, first.json()["data"])
    for name in ("request_id", "ts"):
        assert again.json()["meta"][name] != first.json()["meta"][name]
    assert again.headers["X-Simulator-Request"] != first.headers["X-Simulator-Request"]
    assert _held(steered, "truedy", "agents") == agents
    assert steered.explain(again)["changes"] == []
    steered.clock(advance="2d")
    assert truedy("POST", "/agents", SPOKEN).json()["data"]["id"] != first.json()["data"]["id"]


def test_a_changed_body_is_a_new_request_at_truedy(truedy: Api) -> None:
    """Key and body together make the request; each of the two is replayed."""
    made = [truedy("POST", "/agents", {**SPOKEN, "name": name}).json()["data"]["id"] for name in ("a", "b", "a", "b")]
    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_truedy_ignores_the_key_elsewhere(truedy: Api) -> None:
    """Buying a number is not on the list: the second purchase of the same number is refused."""
    order = {"phone_number": "+14155551234"}
    assert [truedy("POST", "/telephony/numbers/purchase", order).status_code for _ in range(2)] == [201, 422]


def test_a_retry_buys_nothing_at_vantax(steered: Steered, vantax: Api) -> None:
    """The reply is the first one's, for a day; another key, or none, buys another number."""
    steered.clock(freeze=True)
    first = vantax("POST", BUY, ORDER)
    steered.clock(advance="23h")
    again = vantax("POST", BUY, ORDER)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert _held(steered, "vantax", "numbers") == 1
    assert vantax("POST", BUY, ORDER, headers={"Idempotency-Key": "other"}).json() != first.json()
    steered.clock(advance="2h")
    assert vantax("POST", BUY, ORDER).json() != first.json()
    assert _held(steered, "vantax", "numbers") == 3


def test_a_changed_body_is_a_conflict_at_vantax(steered: Steered, vantax: Api) -> None:
    """Nothing is bought, and the first reply is still there."""
    first = vantax("POST", BUY, ORDER)
    refused = vantax("POST", BUY, {**ORDER, "area_code": "212"})
    assert (refused.status_code, refused.json()["success"], steered.explain(refused)["error"]) == (409, False, "REUSED_KEY")
    assert vantax("POST", BUY, ORDER).json() == first.json()
    assert _held(steered, "vantax", "numbers") == 1


def test_bodies_are_compared_decoded(steered: Steered, vantax: Api) -> None:
    """Another order of members, other white space and an escape make the same request, so the first reply comes again."""
    headers = {"Content-Type": "application/json"}
    first = vantax("POST", BUY, content='{"sub_account_id":"sub_8a1f4c2e","area_code":"415"}', headers=headers)
    same = '{ "area_code" : "\\u0034\\u00315",\n  "sub_account_id" : "sub_8a1f4c2e" }'
    again = vantax("POST", BUY, content=same, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert _held(steered, "vantax", "numbers") == 1
    more = vantax("POST", BUY, {**ORDER, "country": "US"})
    assert (more.status_code, steered.explain(more)["error"]) == (409, "REUSED_KEY")


def test_the_order_of_list_items_counts(truedy: Api) -> None:
    """Lists are ordered, objects are not: only the former make another request."""
    tools = [{"tools": names} for names in (["a", "b"], ["b", "a"])]
    made = [truedy("POST", "/agents", {**SPOKEN, **more}).json()["data"]["id"] for more in (*tools, *tools)]
    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_every_write_of_vantax_has_its_own_keys(steered: Steered, vantax: Api) -> None:
    """The same key at another operation, or for another key's account, is another request."""
    bought, agent = vantax("POST", BUY, ORDER), vantax("POST", "/agents", {"name": "x"})
    assert (bought.status_code, agent.status_code) == (201, 201)
    assert vantax("POST", "/agents", {"name": "x"}).json() == agent.json()
    other = steered.world.api("vantax", Authorization="Bearer vx_live_other", Idempotency_Key="k")
    assert other("POST", "/agents", {"name": "x"}).json()["data"]["id"] != agent.json()["data"]["id"]


def test_a_refusal_is_not_replayed(steered: Steered, vantax: Api) -> None:
    """What was refused can be tried again with the same key: by a rule, or for its content."""
    steered.rule({"error": "UNAVAILABLE"}, {"operation": "vantax.purchase_phone_number"}, times=1)
    assert [vantax("POST", BUY, ORDER).status_code for _ in range(2)] == [500, 201]


def test_a_reset_forgets_and_a_snapshot_keeps(steered: Steered, vantax: Api) -> None:
    """Replays are a part of the world."""
    first = vantax("POST", BUY, ORDER).json()
    steered.told("PUT", "/snapshots/one")
    steered.told("POST", "/reset")
    assert vantax("POST", BUY, {**ORDER, "area_code": "212"}).status_code == 201
    steered.told("POST", "/snapshots/one/restore")
    assert vantax("POST", BUY, ORDER).json() == first


def test_so_many_keys_are_remembered(steered: Steered, vantax: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest key of a world is forgotten first, so that its memory is bounded."""
    monkeypatch.setattr(idempotency, "MAX_REPLAYS", 3)

    def make(key: str) -> Any:
        return vantax("POST", "/agents", {"name": key}, headers={"Idempotency-Key": key}).json()["data"]["id"]

    made = [make(str(number)) for number in range(4)]
    assert [make(str(number)) for number in (1, 2, 3)] == made[1:]
    assert make("0") != made[0]
