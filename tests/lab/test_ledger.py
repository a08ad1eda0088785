"""The ledger: what was bought, rented, called and sent, at which price."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import ControlError, World
from tests.lab.shop import PROVIDERS, buy, http, release

LIST = "/phone-numbers?sub_account_id=sub_8a1f4c2e"
START = "2026-01-15T12:00:00Z"


@pytest.fixture
def january(simulator: Simulator) -> Iterator[World]:
    """Return a world whose clock stands still in the middle of January."""
    world = simulator.world()
    world.freeze(START)
    yield world
    world.drop()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_has_an_entry_for_a_purchase_each_rent_and_the_release(january: World, provider: str) -> None:
    """A month that has begun is paid whole, and none after the release."""
    shop, number_id = PROVIDERS[provider], buy(january, provider)
    (rented,) = january.ledger().rented
    january.advance("62d")  # to the 18th of March
    release(january, provider, number_id)
    january.advance("62d")
    ledger = january.ledger()
    rents = ["rent"] * 3 if Decimal(shop.month) else []
    assert (rented.provider, rented.subject, rented.month) == (provider, number_id, Decimal(shop.month))
    assert [entry.kind for entry in ledger] == ["purchase", *rents, "release"]
    assert [f"{entry.at:%m-%d}" for entry in ledger if entry.kind == "rent"] == ["01-15", "02-15", "03-15"][: len(rents)]
    assert january.spend() == ledger.spent == Decimal(shop.once) + 3 * Decimal(shop.month)
    assert ledger.rented == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_names_the_request_and_the_evidence_of_the_price(january: World, provider: str) -> None:
    """An assumed price never looks like a published one."""
    number_id = buy(january, provider)
    entry = january.ledger(provider)[0]
    bought = january.requests(provider)[-1]
    assert (entry.subject, entry.request, entry.number) == (number_id, bought.id, january.ledger().rented[0].number)
    assert (entry.evidence == "assumed") is (provider in ("chirp", "truedy", "vantax"))
    assert entry.source


def test_goes_back_with_the_world(january: World) -> None:
    """A restored snapshot and a reset take the entries along."""
    buy(january, "vantax")
    saved = january.snapshot()
    buy(january, "cald")
    assert january.spend() == Decimal(11)
    january.restore(saved)
    assert (january.spend(), len(january.ledger().rented)) == (Decimal(1), 1)
    january.reset()
    assert (january.spend(), len(january.ledger())) == (Decimal(0), 0)


@pytest.mark.parametrize(
    ("then", "bought"),
    [
        ({"error": "NONE_FOR_SALE"}, 0),
        ({"fault": "reset", "stage": "before"}, 0),
        ({"fault": "empty", "stage": "after_commit"}, 1),
        ({"amend": {"status": 500}}, 1),
    ],
)
def test_counts_what_took_effect_whatever_the_client_heard(january: World, then: dict[str, object], bought: int) -> None:
    """A lost response does not undo a purchase, a refusal leaves none."""
    january.rule(when={"operation": "vantax.purchase_phone_number"}, then=then)
    with contextlib.suppress(AssertionError, httpx.TransportError):
        buy(january, "vantax")
    assert len(january.ledger().rented) == bought


def test_leaves_out_what_an_account_began_with(simulator: Simulator) -> None:
    """Numbers of the scenario were paid before."""
    scenario = {"open": True, "accounts": [{"vantax": {"sub_account_id": "sub_8a1f4c2e", "numbers": [{"id": "pn_55ad12"}]}}]}
    with simulator.world(scenario) as world:
        assert http(world, "vantax").get(LIST).is_success
        assert (world.spend(), world.ledger().rented) == (Decimal(0), [])
        release(world, "vantax", "pn_55ad12")
        (entry,) = world.ledger()
        assert (entry.kind, entry.amount) == ("release", Decimal(0))


def test_waits_for_no_lifecycle(simulator: Simulator) -> None:
    """A number that has not settled is rented, and settling buys it no second time."""
    with simulator.world({"open": True, "lifecycles": {"vantax.number": {"after": "30s"}}}) as world:
        buy(world, "vantax")
        assert len(world.ledger().rented) == 1
        world.advance("1m")
        assert len(http(world, "vantax").get(LIST).json()["data"]) == 1
        assert [entry.kind for entry in world.ledger()] == ["purchase", "rent"]


def test_charges_calls_and_messages(simulator: Simulator) -> None:
    """A call costs once it is over, by minutes begun since the answer."""
    with simulator.world({"open": True, "lifecycles": {"cald.call": {"after": "61s"}}}) as world:
        agent = http(world, "cald").post("/agents", json={"name": "Front desk"}).json()["agentId"]
        http(world, "cald").post(f"/agents/{agent}/call", json={"phoneNumber": "+14155550199"})
        assert world.spend() == 0
        world.advance("5m")
        (call,) = world.ledger()
        assert (call.kind, call.amount, call.evidence) == ("call", Decimal("0.20"), "assumed")


def test_names_the_nearest_provider(world: World) -> None:
    """A typo is no provider without entries."""
    with pytest.raises(ControlError, match="did you mean vantax"):
        world.ledger("vantex")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_sums_up_numbers_that_were_released_long_ago(january: World, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may buy and release for ever: the ledger does not grow, and its sum stays right."""
    monkeypatch.setattr("simulator.engine.ledger.MAX_RELEASED", 2)
    shop = PROVIDERS[provider]
    cost = Decimal(shop.once) + Decimal(shop.month)
    bought = [buy(january, provider)]
    for _ in range(4):
        release(january, provider, bought[-1])
        bought.append(buy(january, provider))
    saved = january.snapshot()
    ledger = january.ledger()
    assert [entry.subject for entry in ledger if entry.kind == "release"] == bought[2:4]
    assert [entry.amount for entry in ledger if entry.kind == "earlier"] == [2 * cost]
    assert [held.subject for held in ledger.rented] == [bought[-1]]
    assert ledger.spent == january.spend() == 5 * cost
    release(january, provider, bought[-1])
    assert [entry.amount for entry in january.ledger() if entry.kind == "earlier"] == [3 * cost]
    january.restore(saved)
    assert [*january.ledger()] == [*ledger]
