"""Saving a world and going back to it; a reset and a clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.steering import AGENTS, BUY, FROZEN, KEY, Steered

LIFECYCLES = {f"{name}.number": {"after_reads": 2} for name in SHOPS} | {"truedy.agent": {"after": "30s"}}
RULES = [
    {"name": "odd", "when": {"method": "POST"}, "probability": 0.3, "times": 4, "then": {"amend": {"headers": {"X-Odd": "1"}}}}
]


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest, make_world: Callable[..., World]) -> Shop:
    """Each provider in a world in which numbers take their time and a rule works now and then."""
    app = {"apps": [{"id": SHOPS["chirp"].agent, "slug": "a", "name": "A"}]}
    accounts = [{"cartesia": {"plan": "scale"}}, {"chirp": app}]
    scenario = {
        "description": "x",
        "open": True,
        "clock": FROZEN,
        "lifecycles": LIFECYCLES,
        "rules": RULES,
        "accounts": accounts,
    }
    shop = SHOPS[request.param](make_world(scenario))
    shop.ask()  # the account is opened
    return shop


def _all(steered: Steered) -> dict[str, Any]:
    """Everything that a snapshot is to bring back."""
    return {path: steered.told("GET", path) for path in ("/state", "/clock", "/rules")}


def _live(shop: Shop) -> list[Any]:
    """A piece of life: bodies of purchases, reads and a new agent, without the ids of requests, which go on."""
    answers = [shop.buy(), shop.ask(), shop.buy(), shop.ask()]
    if f"{shop.name}.agent" in LIFECYCLES:
        shop.hire()
    Steered(shop.world).clock(advance="7s")
    answers.append(shop.ask())
    odd = [answer.headers.get("X-Odd") for answer in answers]
    return [odd, *({**answer.json(), "meta": None} for answer in answers)]


def test_restore_brings_back_what_was_saved(shop: Shop) -> None:
    """State, clock, timers, rules and their luck, ids and inventory: life goes on the same way again and again."""
    steered = Steered(shop.world)
    _live(shop)
    saved = _all(steered)
    steered.told("PUT", "/snapshots/here")
    lived, after = _live(shop), _all(steered)
    assert after != saved
    for _ in range(2):
        steered.told("POST", "/snapshots/here/restore")
        assert _all(steered) == saved
        assert (_live(shop), _all(steered)) == (lived, after)


@pytest.mark.parametrize("way", ["/reset", "/clear"])
def test_restore_after_a_reset(shop: Shop, way: str) -> None:
    """A snapshot outlives it; what is refused afterwards still leaves nothing behind."""
    steered = Steered(shop.world)
    _live(shop)
    saved = _all(steered)
    steered.told("PUT", "/snapshots/here")
    lived = _live(shop)
    steered.told("POST", way)
    _live(shop)
    steered.told("POST", "/snapshots/here/restore")
    assert _all(steered) == saved
    assert _live(shop) == lived
    steered.told("POST", "/snapshots/here/restore")
    steered.rule({"fault": "empty"}, {"method": "POST"})
    with pytest.raises(Exception, match="disconnected"):
        shop.buy()
    steered.told("DELETE", "/rules")
    assert _all(steered)["/state"] == saved["/state"]


def test_accounts_opened_after_a_snapshot_are_gone(steer: Callable[..., Steered]) -> None:
    """Asked for again they begin anew, as full as the scenario says, also where the world was cleared meanwhile."""
    steered = steer("demo/one-agent")
    other = steered.world.api("demo", Authorization="demo_" + "2" * 32)
    steered.demo("GET", AGENTS)
    steered.told("PUT", "/snapshots/one")
    steered.told("POST", "/clear")
    assert other("GET", AGENTS).json()["agents"] == []
    steered.told("POST", "/snapshots/one/restore")
    assert len([each for each in steered.state("demo") if each["provider"] == "demo"]) == 1
    assert len(other("GET", AGENTS).json()["agents"]) == 1


def test_keys_made_after_a_snapshot_open_nothing(steered: Steered) -> None:
    """And one that was withdrawn opens again."""
    admin = steered.world.api("chirp", Authorization="Bearer sk_admin_demo")
    app = admin("GET", "/v1/organization/apps").json()["apps"][0]["id"]
    kept = admin("POST", "/v1/organization/app-keys", {"name": "kept", "appId": app}).json()
    steered.told("PUT", "/snapshots/one")
    made = admin("POST", "/v1/organization/admin-keys", {"name": "made"}).json()["key"]
    admin("DELETE", f"/v1/organization/app-keys/{kept['id']}")

    def works(key: str, path: str) -> bool:
        return steered.world.api("chirp", Authorization=f"Bearer {key}")("GET", path).status_code == 200

    assert (works(made, "/v1/organization/apps"), works(kept["key"], "/v1/phone-numbers")) == (True, False)
    steered.told("POST", "/snapshots/one/restore")
    assert works(kept["key"], "/v1/phone-numbers")
    assert "made" not in admin("GET", "/v1/organization/admin-keys").text


def test_the_clock_goes_on_from_where_it_was_saved(steered: Steered) -> None:
    """A frozen one stands again where it stood, a running one runs again from there."""
    steered.clock(set="2030-01-01T00:00:00Z")
    steered.told("PUT", "/snapshots/running")
    steered.clock(freeze=True, set="2040-01-01T00:00:00Z")
    steered.told("PUT", "/snapshots/frozen")
    steered.told("POST", "/snapshots/running/restore")
    clock = steered.told("GET", "/clock")
    assert (clock["frozen"], clock["now"][:17]) == (False, "2030-01-01T00:00:")
    steered.told("POST", "/snapshots/frozen/restore")
    clock = steered.told("GET", "/clock")
    assert (clock["frozen"], clock["now"]) == (True, "2040-01-01T00:00:00.000Z")


def test_the_journal_goes_on(steered: Steered) -> None:
    """A restore is no reason to forget what was asked, and ids of requests do not come twice."""
    steered.demo("GET", AGENTS)
    steered.told("PUT", "/snapshots/one")
    steered.demo("POST", BUY, {})
    steered.told("POST", "/snapshots/one/restore")
    steered.demo("GET", AGENTS)
    journal = steered.journal()
    assert [each["operation"] for each in journal] == ["demo.list_agents", "demo.buy_number", "demo.list_agents"]
    assert len({each["id"] for each in journal}) == 3


def test_snapshots_by_name(steered: Steered) -> None:
    """One is made (201) or saved over (200), listed with its world, and not found under another name."""
    assert [steered.control("PUT", "/snapshots/one").status_code for _ in range(2)] == [201, 200]
    assert steered.told("GET", "")["snapshots"] == ["one"]
    answer = steered.control("POST", "/snapshots/two/restore")
    assert (answer.status_code, answer.json()["detail"]) == (404, "unknown snapshot 'two'; expected one of one")
    assert steered.control("PUT", "/snapshots/a%2Fb").status_code == 422


def test_a_hundred_snapshots_are_kept(steered: Steered) -> None:
    """One more is refused; saving over one of them is not."""
    for number in range(100):
        assert steered.control("PUT", f"/snapshots/s{number}").status_code == 201
    refused = steered.control("PUT", "/snapshots/more")
    assert (refused.status_code, "replace one of them" in refused.json()["detail"]) == (409, True)
    assert steered.control("PUT", "/snapshots/s7").status_code == 200


def test_reset_and_clear(steer: Callable[..., Steered]) -> None:
    """A reset brings back what the scenario says, a clear leaves it out; plans, keys and rules stay; both empty the journal."""
    seed = {"plan": "pro", "agents": [{"id": "agent_1"}], "numbers": [{"label": "Line"}]}
    rules = [{"when": {"operation": "cartesia.agents_list"}, "skip": 9, "then": {"status": 418}}]
    accounts = [{"keys": ["sk_car_acme"], "cartesia": seed}]
    steered = steer({"description": "x", "accounts": accounts, "rules": rules})
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_acme", Cartesia_Version="2026-08-14")

    def provisioned() -> list[int]:
        return [cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"}).status_code for _ in range(4)]

    assert provisioned() == [201, 201, 402, 402]
    for _ in range(2):
        assert steered.told("POST", "/clear")["name"] == steered.world.name
        assert (steered.journal(), [total for total in _totals(steered) if total]) == ([], [])
        assert provisioned() == [201, 201, 201, 402]
        assert list(steered.rules()) == ["rule-1"]
    steered.told("POST", "/reset")
    assert steered.journal() == []
    assert provisioned() == [201, 201, 402, 402]
    assert cartesia("GET", "/agents/phone-numbers", headers={"Authorization": f"Bearer {KEY}"}).status_code == 401


def _totals(steered: Steered) -> list[int]:
    return [table["total"] for account in steered.state() for table in account["tables"].values()]


@pytest.mark.parametrize("name", SHOPS)
def test_a_cleared_world_works(world: World, name: str) -> None:
    """Every provider can be used again with nothing in it."""
    shop, steered = SHOPS[name](world), Steered(world)
    shop.buy()
    steered.told("POST", "/clear")
    assert shop.owned() == []
    shop.hire()
    shop.buy()
    assert not [each for each in steered.journal() if each["bug"]]


BUSY: dict[str, Any] = {"when": {"operation": "demo.create_agent"}, "then": {"status": 503}}
ODD: dict[str, Any] = {
    "name": "odd",
    "when": {"operation": "demo.create_agent"},
    "then": {"amend": {"headers": {"X-Odd": "1"}}},
}


def test_a_restore_takes_other_rules_and_forgets_the_requests(steered: Steered) -> None:
    """In one request: the rules that came since are gone and none is missed, and those before the snapshot are tried first."""
    kept = steered.rule(ODD["then"], ODD["when"], times=1)
    steered.told("PUT", "/snapshots/here")
    steered.rule(BUSY["then"], BUSY["when"])
    assert [steered.demo("POST", AGENTS, {"name": "x"}).status_code for _ in range(2)] == [200, 503]
    trial = {"rules": [{**BUSY, "times": 1}, {**BUSY, "skip": 9, "times": 1}], "forget_requests": True}
    began = steered.told("POST", "/snapshots/here/restore", trial)
    assert [*steered.rules()][:4] == [kept, *began["rules"], "rule-1"]
    assert steered.journal() == []
    assert [steered.demo("POST", AGENTS, {"name": "x"}).status_code for _ in range(3)] == [200, 503, 200]
    steered.told("POST", "/snapshots/here/restore", {"rules": []})
    assert [*steered.rules()][:2] == [kept, "rule-1"]
    assert len(steered.journal()) == 3, "the log is kept unless it is to be emptied"
    assert steered.told("GET", "/verdict")["idle_rules"] == [], "the one that never fired was removed, as by DELETE"


def _tables_and_rules(steered: Steered) -> list[Any]:
    return [steered.told("GET", path) for path in ("/state", "/rules", "/requests")]


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ([BUSY, {"then": {"statu": 503}}], "rules[1]"),
        ([BUSY, BUSY], "rules[0]"),  # which always fires first
        ([{**BUSY, "times": 1}] * 101, "100 items"),
        ([1], "rules.0"),
    ],
)
def test_a_restore_whose_rules_are_refused_changes_nothing(steered: Steered, rules: list[Any], named: str) -> None:
    """Neither the records, nor the rules, nor the log."""
    steered.told("PUT", "/snapshots/here")
    steered.rule(BUSY["then"], BUSY["when"], skip=1)
    steered.demo("POST", AGENTS, {"name": "x"})
    before = _tables_and_rules(steered)
    refused = steered.control("POST", "/snapshots/here/restore", {"rules": rules, "forget_requests": True})
    assert refused.status_code == 422
    assert named in refused.text
    assert _tables_and_rules(steered) == before


def test_a_restore_without_rules_keeps_missing_those_that_never_fired(steered: Steered) -> None:
    """As before: only what a test removes itself is not idle."""
    steered.told("PUT", "/snapshots/here")
    steered.rule(BUSY["then"], BUSY["when"])
    steered.told("POST", "/snapshots/here/restore", {"forget_requests": True})
    (idle,) = steered.told("GET", "/verdict")["idle_rules"]
    assert idle["removed"]


def test_the_log_can_come_with_the_ledger(steered: Steered) -> None:
    """Of the same moment, as a hunt reads both after each run."""
    steered.demo("POST", BUY, {"areaCode": "415"})
    read = steered.told("GET", "/requests?ledger=true")
    assert len(read["requests"]) == 1
    assert read["ledger"] == steered.told("GET", "/ledger")
    assert "ledger" not in steered.told("GET", "/requests")
