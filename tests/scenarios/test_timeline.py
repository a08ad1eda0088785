"""The outside world acts, and faults come and go over several providers, as the timeline of a scenario says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.testing.addresses import ControlError
from simulator.testing.client import ProviderAddress, World
from tests.documentation import run_pytest
from tests.lab.shop import buy

START = {"start": "2026-03-01T00:00:00Z", "frozen": True}
TRUEDY_KEY = "truedy_Demo0000000000000000000000000000"
ACCOUNTS = [
    {"keys": ["vx_live_demo"], "vantax": {"sub_account_id": "sub_1", "agents": [{"id": "agt_3d9b21", "name": "Desk"}]}},
    {"keys": [TRUEDY_KEY, "sk_car_demo", "caldLive" + "1" * 32]},
]
ORDER = {"sub_account_id": "sub_1", "area_code": "415"}


def made(simulator: Simulator, *timeline: dict[str, Any]) -> World:
    """Return a world with a timeline, at 2026-03-01."""
    return simulator.world({"clock": START, "accounts": ACCOUNTS, "timeline": list(timeline)})


def client(address: ProviderAddress, **headers: str) -> httpx.Client:
    """Return a client of a provider."""
    headers = {"Authorization": f"Bearer {address.api_key}", **headers}
    return httpx.Client(transport=address.transport, base_url=address.base_url, headers=headers)


def bought(vantax: httpx.Client, **order: str) -> dict[str, Any]:
    """Buy a number at Vantax."""
    number: dict[str, Any] = vantax.post("/phone-numbers", json={**ORDER, **order}).raise_for_status().json()["data"]
    return number


def test_a_chain_over_several_providers(simulator: Simulator) -> None:
    """One file: a carrier, a dashboard and an outage; each is as of its time, and the world says what came of it."""
    timeline = (
        {"at": "+10m", "act": {"number_lost": {"provider": "vantax"}}},
        {"from": "+15m", "to": "+20m", "name": "outage", "when": {"provider": "truedy"}, "then": {"error": "UNAVAILABLE"}},
        {"at": "2026-03-01T00:20:00Z", "act": {"agent_deleted": {"provider": "vantax", "id": "agt_3d9b21"}}},
        {"at": "+30m", "act": {"number_lost": {"number": "+14155550199"}}},
    )
    with made(simulator, *timeline) as world, client(world.vantax) as vantax, client(world.truedy) as truedy:
        number = bought(vantax)
        vantax.post(f"/phone-numbers/{number['id']}/assign", json={"agent_id": "agt_3d9b21"}).raise_for_status()
        fired = world.advance("10m")
        assert [(one["lifecycle"], one["due"]) for one in fired] == [("timeline.number_lost", "2026-03-01T00:10:00.000Z")]
        assert vantax.get("/phone-numbers", params={"sub_account_id": "sub_1"}).json()["data"] == []
        assert vantax.delete(f"/phone-numbers/{number['id']}").status_code == 404
        assert bought(vantax)["number"] != number["number"]
        assert truedy.get("/agents").status_code == 200
        world.advance("5m")
        assert truedy.get("/agents").headers["X-Simulator-Rule"] == "outage"
        world.advance("5m")
        assert truedy.get("/agents").status_code == 200
        assert vantax.get("/agents/agt_3d9b21").status_code == 404
        world.advance("20m")
        assert [(act["status"], act["at"][11:16]) for act in world.acts()] == [
            ("done", "00:10"),
            ("done", "00:20"),
            ("no_effect", "00:30"),
        ]
        assert world.acts()[0]["effect"] == f"the carrier took back {number['number']}, vantax {number['id']}"
        assert world.acts()[2]["effect"].startswith("no account has the number +14155550199; there are +1415")


def test_a_number_that_is_lost_is_no_leak(simulator: Simulator) -> None:
    """It is rented until then, and not for sale any more."""
    with made(simulator) as world, client(world.vantax) as vantax:
        number = bought(vantax)
        assert world.act("number_lost", number=number["number"]).startswith("the carrier took back")
        assert world.ledger()[-1].kind == "release"
        assert world.ledger().rented == []
        assert all(bought(vantax)["number"] != number["number"] for _ in range(3))
        assert [line.status for line in world.requests()] == [201] * 4


def test_a_lost_number_ends_its_purchase(simulator: Simulator) -> None:
    """Where the provider has a history of purchases, such as Chirp's, the rent ends there too."""
    with simulator.world() as world:
        number_id = buy(world, "chirp")
        assert number_id in world.act("number_lost", provider="chirp")
        (purchase,) = [
            record
            for account in world.state("chirp")
            for record in account["tables"]["purchases"]["records"]
            if record["phone_number_id"] == number_id
        ]
        assert purchase["released_at"]


def test_without_a_number_the_last_one_is_lost(simulator: Simulator) -> None:
    """Whatever its provider."""
    with made(simulator) as world, client(world.vantax) as vantax:
        bought(vantax)
        world.advance("1s")
        last = bought(vantax)
        assert last["number"] in world.act("number_lost")


def test_a_subscription_lapses_and_is_renewed(simulator: Simulator) -> None:
    """Each provider refuses in its own words, its account keeps what it has."""
    orders = {
        "vantax": ("/phone-numbers", ORDER, {}),
        "cartesia": ("/agents/phone-numbers/provision", {"label": "A"}, {"Cartesia-Version": "2026-03-01"}),
        "truedy": ("/telephony/numbers/purchase", {"phone_number": "+14155550142"}, {}),
    }
    with made(simulator) as world:
        for name, (path, order, headers) in orders.items():
            with client(world.providers[name], **headers) as one:
                world.act("subscription_lapsed", provider=name)
                refused = one.post(path, json=order)
                assert (refused.status_code, world.requests()[-1].error) == (402, "SUBSCRIPTION_REQUIRED"), refused.text
                world.act("subscription_renewed", provider=name)
                assert one.post(path, json=order).status_code == 201


def test_a_subscription_of_one_account(simulator: Simulator) -> None:
    """The others go on."""
    accounts = [{"keys": [key], "vantax": {"sub_account_id": "sub_1"}} for key in ("vx_live_a", "vx_live_b")]
    with simulator.world({"accounts": accounts}) as world:
        world.act("subscription_lapsed", provider="vantax", key="vx_live_b")
        statuses = []
        for key in ("vx_live_a", "vx_live_b"):
            with client(world.vantax) as vantax:
                response = vantax.post("/phone-numbers", json=ORDER, headers={"Authorization": f"Bearer {key}"})
                statuses.append(response.status_code)
        assert statuses == [201, 402]


def test_goes_back_with_the_world(simulator: Simulator) -> None:
    """A snapshot and a reset know which acts are still to come."""
    with made(simulator, {"at": "+10m", "act": {"subscription_lapsed": {"provider": "vantax"}}}) as world:
        before = world.snapshot()
        ways: list[Callable[[], None]] = [partial(world.restore, before), world.reset]
        for back in ways:
            world.advance("10m")
            assert [act["status"] for act in world.acts()] == ["done"]
            with client(world.vantax) as vantax:
                assert vantax.post("/phone-numbers", json=ORDER).status_code == 402
                back()
                assert [act["status"] for act in world.acts()] == ["pending"]
                bought(vantax)


def test_acts_at_once_are_listed_too(simulator: Simulator, tmp_path: Path) -> None:
    """After those of the timeline, with their time on the world's clock; one without effect is refused, and not listed."""
    with made(simulator, {"at": "+10m", "act": {"subscription_lapsed": {"provider": "vantax"}}}) as world:
        world.advance("1m")
        world.act("agent_deleted", provider="vantax", id="agt_3d9b21")
        with pytest.raises(ControlError):
            world.act("agent_deleted", provider="vantax", id="agt_3d9b21")
        world.act("subscription_lapsed", provider="truedy")
        planned, deleted, lapsed = listed = world.acts()
        assert (planned["status"], planned["effect"]) == ("pending", None)
        assert deleted == {
            "at": "2026-03-01T00:01:00.000Z",
            "act": {"agent_deleted": {"provider": "vantax", "id": "agt_3d9b21"}},
            "status": "done",
            "effect": "the agent agt_3d9b21 of vantax was deleted",
        }
        assert lapsed["act"] == {"subscription_lapsed": {"provider": "truedy"}}
        saved = world.snapshot()
        world.save(tmp_path / "world.json")
        world.reset()
        assert world.acts() == [planned]
        world.restore(saved)
        assert world.acts() == listed
        with simulator.world(load=tmp_path / "world.json") as copy:
            assert copy.acts() == listed


def test_a_copied_test_repeats_acts(simulator: Simulator, tmp_path: Path) -> None:
    """In their order between the requests, at the times that they had; with them it passes, and without them it fails."""
    demo = {"sub_account_id": "sub_8a1f4c2e"}
    with simulator.world("default") as world, client(world.vantax) as vantax:
        world.freeze()
        number = bought(vantax, **demo)
        world.advance("1m")
        world.act("number_lost", provider="vantax", number=number["number"])
        kept = bought(vantax, **demo)
        world.act("subscription_lapsed", provider="vantax", key=world.vantax.api_key)
        assert vantax.post("/phone-numbers", json={**ORDER, **demo}).status_code == 402
        world.act("number_lost", number=kept["number"])  # after the request, so it is no part of the test
        last = world.requests()[-1]
        source = world.client.call("GET", f"/worlds/{world.name}/requests/{last.id}/test")["test"]
    acts = [line.strip() for line in source.splitlines() if "world.act(" in line]
    assert acts == [
        f"world.act('number_lost', number='{number['number']}', provider='vantax')",
        "world.act('subscription_lapsed', provider='vantax', key=world.vantax.api_key)",
    ]
    assert source.index("world.advance(60.0)") < source.index("world.act(")
    without = "\n".join(line for line in source.splitlines() if "world.act(" not in line)
    (tmp_path / "test_with.py").write_text(source, encoding="utf-8")
    (tmp_path / "test_without.py").write_text(without, encoding="utf-8")
    printed = run_pytest(tmp_path, "-rA")[0]
    assert "PASSED test_with.py::" in printed, printed + source
    assert "FAILED test_without.py::" in printed, printed + without


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        ({"at": "+1m"}, "expected either at and act, or then with from, to or both"),
        ({"from": "+1m", "act": {"number_lost": {}}}, "expected either at and act"),
        ({"at": "+1m", "act": {}}, "expected exactly one of number_lost, agent_deleted"),
        ({"at": "soon", "act": {"number_lost": {}}}, "a time in RFC 3339"),
        ({"at": "2026-03-41T00:00:00Z", "act": {"number_lost": {}}}, "invalid time '2026-03-41T00:00:00Z'"),
        ({"at": "+1m", "act": {"number_lost": {"provider": "vantex"}}}, "unknown provider 'vantex'"),
        ({"at": "+1m", "act": {"agent_deleted": {"provider": "chirp"}}}, "chirp has no agents"),
        ({"at": "+1m", "act": {"subscription_lapsed": {"provider": "cald"}}}, "cald has no subscription"),
        ({"at": "+1m", "act": {"number_lost": {}}, "when": {"provider": "vantax"}}, "expected either at and act"),
        ({"from": "+2m", "to": "+1m", "then": {"error": "UNAVAILABLE"}}, "it ends at +1m, which is not after +2m"),
        ({"then": {"error": "UNAVAILABLE"}}, "expected from, to or both"),
        ({"from": "+1m", "when": {"provider": "vantax"}, "then": {"error": "GONE"}}, "vantax has no error 'GONE'"),
        (
            {"from": "+1m", "when": {"clock": {"from": "+1m"}}, "then": {"error": "UNAVAILABLE"}},
            "expected from and to of the stage",
        ),
    ],
)
def test_refuses_what_can_never_happen(simulator: Simulator, stage: dict[str, Any], problem: str) -> None:
    """With the place in the file."""
    with pytest.raises(ControlError) as refused:
        made(simulator, stage)
    assert problem in str(refused.value), str(refused.value)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("name", "details", "status", "problem"),
    [
        ("number_lost", {"number": "+14155550142"}, 409, "no account has the number +14155550142; there are none"),
        ("agent_deleted", {"provider": "vantax", "id": "agt_1"}, 409, "vantax has no agent agt_1; there are agt_3d9b21"),
        ("subscription_renewed", {"provider": "vantax"}, 409, "the subscription of vantax has not lapsed"),
        ("subscription_lapsed", {"provider": "vantax", "key": "vx_live_none"}, 409, "no account of vantax has this key"),
        ("subscription_lapsed", {"provider": "cald"}, 422, "cald has no subscription"),
        ("number_found", {}, 422, "number_found"),
    ],
)
def test_says_why_nothing_happened(simulator: Simulator, name: str, details: dict[str, str], status: int, problem: str) -> None:
    """And what there is."""
    with made(simulator) as world:
        with pytest.raises(ControlError) as refused:
            world.act(name, **details)
        assert (refused.value.status, problem in str(refused.value)) == (status, True), str(refused.value)
