"""What a hunt says: the story, how to repeat it, the bound, and why it can say nothing."""

from __future__ import annotations

import contextlib
import itertools
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from simulator import Simulator
from simulator.lab import HuntFailed, HuntInconclusive, invariants
from simulator.testing.client import Client, World
from tests.lab.desk import Desk
from tests.lab.right_clients import looks_before_each_purchase
from tests.lab.shop import SUB, buy
from tests.lab.wrong_clients import LIST, VANTAX, WRONG, blind_retry, crash_between_buy_and_store, looks_before_giving_up

LOST = f"{VANTAX}#1:lost-answer"
BOUND = "15 schedules, up to 1 fault of 8 kinds over 2 requests: held; not tried: 2 faults; never reached: release"


def broken(world: World) -> HuntFailed:
    """Return how a client that asks again blindly breaks."""
    with pytest.raises(HuntFailed) as failed:
        world.hunt(blind_retry(world), once=VANTAX)
    return failed.value


def test_tells_the_story(world: World, request: pytest.FixtureRequest) -> None:
    """What was asked, what the fault was, what the client made of it, and the command that repeats it."""
    lines = str(broken(world)).splitlines()
    assert lines[0].startswith("at most one number for one intent: 2 numbers are rented: vantax +14155550100 (pn_")
    assert lines[2] == f"The client breaks under {LOST}:"
    lost = f"   1. POST /v1/phone-numbers  201  {VANTAX}#1: took effect, and its response was lost; bought +14155550100"
    assert lines[3] == lost
    assert lines[4] == f"   2. POST /v1/phone-numbers  201  {VANTAX}#2; bought +14155550101"
    assert lines[5].startswith("      the client returned 'pn_")
    assert f"  pytest '{request.node.nodeid}' --simulator-replay '{LOST}'" in lines


def test_leaves_the_world_as_it_was(world: World) -> None:
    """No record, no rule, no request of the hunt is left."""
    buy(world, "cald")
    before = world.snapshot()
    broken(world)
    assert (world.diff(before), len(world.requests()), int(world.spend())) == ([], 0, 10)
    assert not [rule for rule in world.rules() if rule["name"].startswith("hunt")]
    world.check()


def test_gives_a_scenario_that_repeats_it(simulator: Simulator, tmp_path: Path) -> None:
    """The file is a scenario, and the same client breaks in a world of it."""
    file = tmp_path / "found.yaml"
    with simulator.world() as world, pytest.raises(HuntFailed) as failed:
        world.hunt(blind_retry(world), once=VANTAX, save_as=file)
    assert failed.value.scenario == file.read_text()
    with simulator.world(file) as world:
        blind_retry(world)()
        assert len(world.ledger().rented) == 2


def test_says_of_a_crash_that_no_scenario_has_it(world: World) -> None:
    """The rest of the schedule is a scenario all the same."""
    with pytest.raises(HuntFailed) as failed:
        world.hunt(crash_between_buy_and_store(world), once=VANTAX, store=dict)
    assert "# The scenario default with the faults that a hunt found, as its first rules." in failed.value.scenario
    warning = f"# {VANTAX}#1:crash: no scenario can stop the client"
    assert failed.value.scenario.startswith(warning)
    assert f"\n  {warning}; stop it after this request\n  rules:\n" in str(failed.value)
    assert yaml.safe_load(failed.value.scenario)["rules"][0]["when"] == {"operation": VANTAX}
    assert "      the client was stopped, and started again with what it keeps" in str(failed.value).splitlines()


@pytest.mark.parametrize("by", ["attribute", "environment", "connection"])
def test_repeats_a_schedule(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """Also against a server, and in another process."""
    client = Client.connect(simulator.url) if by == "connection" else simulator.client
    with client.world() as world:
        if by == "environment":
            monkeypatch.setenv("SIMULATOR_REPLAY", LOST)
        else:
            world.replay = LOST
        with pytest.raises(HuntFailed, match="Only this schedule was run") as failed:
            world.hunt(blind_retry(world), once=VANTAX)
    assert failed.value.schedule == LOST
    assert "      the client returned 'pn_" in str(failed.value)
    if by == "connection":
        client.close()


def test_says_that_a_repeated_schedule_holds(world: World) -> None:
    """A repaired client is told so, and that nothing else was tried."""
    world.replay = LOST
    report = world.hunt(looks_before_each_purchase(world), once=VANTAX)
    assert str(report) == f"replay of {LOST}: held; nothing else was tried"
    world.replay = f"{VANTAX}#7:refused"
    with pytest.raises(HuntInconclusive, match=r"the client never met vantax.purchase_phone_number#7:refused; it sent vantax"):
        world.hunt(looks_before_each_purchase(world), once=VANTAX)


def test_says_the_bound(world: World) -> None:
    """What was tried, what was not, and what no run came to."""
    report = world.hunt(looks_before_each_purchase(world), once=VANTAX, knows=True, deepest=1, budget=16)
    assert str(report) == BOUND
    assert world.bounds == [BOUND]


def test_goes_beyond_the_complete_search(world: World) -> None:
    """Hypothesis finds three faults where the search ends at one, and they are the smallest schedule."""
    with pytest.raises(HuntFailed) as failed:
        world.hunt(looks_before_giving_up(2)(world), once=VANTAX, faults=["refused", "lost-answer"], deepest=1, budget=400)
    assert failed.value.schedule.count(":") == 3


def test_too_small_a_budget_is_no_pass(world: World) -> None:
    """The text says how far the budget went."""
    text = r"20 runs is used up, and nothing was found: tried were all schedules of 1 fault, \d+ of the \d+ known of 2 faults"
    with pytest.raises(HuntInconclusive, match=text):
        world.hunt(looks_before_each_purchase(world), once=VANTAX, budget=20)


def test_a_client_that_is_not_deterministic_is_no_pass(world: World) -> None:
    """Neither one that differs without a fault, nor one that differs later."""
    desk, counted, refusals = Desk(world, "vantax"), itertools.count(), itertools.count()
    with pytest.raises(HuntInconclusive, match="the client is not deterministic: without any fault it sent"):
        world.hunt(lambda: [desk.look() for _ in range(next(counted))], once=VANTAX)

    def fickle() -> None:
        response = desk.buy()
        if response.status_code >= 500 and next(refusals) % 2 == 0:
            desk.look()

    with pytest.raises(HuntInconclusive, match=f"not deterministic: it sent {LIST}#1 under"):
        world.hunt(fickle, once=VANTAX, faults="refused")


def test_an_invariant_without_anything_to_judge_is_no_pass(world: World) -> None:
    """A misspelt operation must not hold for ever."""
    client = looks_before_each_purchase(world)
    text = r"nothing to judge in any of \d+ runs; the client never called vantax.purchase_phone_nummer, but vantax.purchase"
    with pytest.raises(HuntInconclusive, match=text):
        world.hunt(client, once="vantax.purchase_phone_nummer", deepest=1, budget=20)
    with pytest.raises(HuntInconclusive, match="spent at most 5 USD: there was nothing to judge"):
        world.hunt(lambda: Desk(world, "vantax").look(), spend=5, deepest=1, budget=20)


def test_requests_that_meet_no_fault_are_no_pass(world: World) -> None:
    """A client without a key gets as far as the 401, with faults and without."""
    address = world.vantax
    with httpx.Client(transport=address.transport, base_url=address.base_url) as session:
        text = "no request met a fault: all were rejected before faults apply; GET /v1/phone-numbers got 401"
        with pytest.raises(HuntInconclusive, match=text):
            world.hunt(lambda: session.get("/phone-numbers"), deepest=1, budget=20)


def test_a_client_without_requests_is_no_pass(world: World) -> None:
    """It addresses something else."""
    with pytest.raises(HuntInconclusive, match="the client sent no request to this world"):
        world.hunt(lambda: None)


def test_passes_on_what_a_client_raises_without_any_fault(world: World) -> None:
    """It is broken in a way that needs no hunt."""
    desk = Desk(world, "vantax")

    def client() -> None:
        desk.look()
        raise KeyError("number")

    with pytest.raises(KeyError, match="number"):
        world.hunt(client)


def test_judges_by_functions_of_the_test(world: World) -> None:
    """They raise, or return False or a text."""
    client = blind_retry(world)

    def one_at_most(seen: World) -> bool:
        return len(seen.ledger().rented) < 2

    def says_so(seen: World) -> str:
        return "too many" if len(seen.ledger().rented) > 1 else ""

    def asserts(seen: World) -> None:
        assert len(seen.ledger().rented) < 2, "more than one"

    for function, text in ((one_at_most, "one at most: it returned False"), (says_so, "too many"), (asserts, "more than one")):
        with pytest.raises(HuntFailed, match=text):
            world.hunt(client, invariants=[function])


def test_a_function_that_never_judged_is_no_pass(world: World) -> None:
    """It says so itself; where it has judged once, it counts."""
    client = looks_before_each_purchase(world)

    def never(seen: World) -> Any:
        return NotImplemented

    def of_what_is_rented(seen: World) -> Any:
        return len(seen.ledger().rented) < 2 if seen.ledger().rented else NotImplemented

    with pytest.raises(HuntInconclusive, match="never: there was nothing to judge in any of 4 runs"):
        world.hunt(client, invariants=[never], deepest=1, faults="refused", budget=4)
    assert ": held" in world.hunt(client, invariants=[of_what_is_rented], deepest=1, faults="refused", budget=9).bound


def test_a_client_that_never_ends_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a fault, and under one: it is stopped, and the story has what it did last."""
    monkeypatch.setattr("simulator.lab.client.MAX_REQUESTS", 50)
    desk = Desk(world, "vantax")

    def stubborn() -> None:
        while desk.look().status_code != 404:
            pass

    def client() -> None:
        if desk.look().status_code == 429:
            stubborn()

    with pytest.raises(HuntFailed, match="the client comes to an end: it sent more than 50 requests") as failed:
        world.hunt(stubborn)
    assert failed.value.schedule == "none"
    assert "The client breaks without any fault:" in str(failed.value).splitlines()
    with pytest.raises(HuntFailed, match="the client comes to an end") as failed:
        world.hunt(client, faults=["refused", "throttled"], deepest=1)
    assert failed.value.schedule == f"{LIST}#1:throttled"


def test_what_the_test_itself_spent_is_not_held_against_the_client(world: World) -> None:
    """A run may spend as much as is allowed beside it, and no more."""
    buy(world, "truedy")  # for 2 USD, as the first month is paid at once

    def client() -> None:
        with contextlib.suppress(httpx.HTTPError):
            Desk(world, "vantax").buy().raise_for_status()

    assert ": held" in world.hunt(client, spend=1, faults=["refused", "lost-answer"]).bound
    with pytest.raises(HuntFailed, match=r"spent at most 0\.5 USD: 1\.00 USD were spent"):
        world.hunt(client, spend="0.5", deepest=1)


def test_the_story_counts_the_requests_that_the_log_no_longer_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that it shows are not the first ones, so nobody knows the how manyth of their operation they are."""
    monkeypatch.setattr("simulator.lab.client.MAX_REQUESTS", 100)
    http = Desk(world, "vantax").http

    def client() -> None:
        while http.get("/phone-numbers", params={"sub_account_id": SUB}, headers={"X-Large": "x" * 15_000}).status_code != 404:
            pass

    with pytest.raises(HuntFailed) as failed:
        world.hunt(client)
    title, first, *_ = str(failed.value).partition("The client breaks without any fault:\n")[2].splitlines()
    (dropped,) = re.findall("no longer holds the first ([0-9]+) requests", title)
    assert first.split() == [f"{int(dropped) + 1}.", "GET", "/v1/phone-numbers", "200", LIST]
    (further,) = re.findall("^ +and ([0-9]+) more$", str(failed.value), re.MULTILINE)
    assert int(dropped) + 40 + int(further) == 100


def test_the_scenario_is_that_of_the_world(simulator: Simulator, tmp_path: Path) -> None:
    """With its accounts, seed and rules, so that the file is enough to repeat what was found."""
    file = tmp_path / "found.yaml"
    look: dict[str, Any] = {"when": {"operation": LIST}, "then": {"delay": "1ms"}}
    never: dict[str, Any] = {"when": {"operation": "vantax.update_agent"}, "then": {"error": "LIMITED"}}
    accounts = [{"keys": ["vx_live_demo"], "vantax": {"sub_account_id": SUB}}]
    base = {"description": "A shop", "seed": 7, "accounts": accounts, "rules": [look, never]}

    def client(world: World) -> None:
        for _ in range(2):
            with contextlib.suppress(httpx.TransportError):
                Desk(world, "vantax").look()
                Desk(world, "vantax").buy().raise_for_status()
                return

    world = simulator.world(base)  # whose second rule never fires
    with pytest.raises(HuntFailed) as failed:
        world.hunt(lambda: client(world), once=VANTAX, save_as=file)
    world.drop()
    written = yaml.safe_load(file.read_text())
    assert (written["seed"], written["accounts"], "open" in written) == (7, accounts, False)
    assert [rule["when"] for rule in written["rules"]] == [{"operation": VANTAX}, {"operation": LIST}]
    with simulator.world(file) as world:
        client(world)
        assert len(world.ledger().rented) == 2
    assert failed.value.schedule == LOST


WEAKER: dict[str, tuple[type[Any], str]] = {
    "at most one": (invariants.AtMostOne, "blind retry"),
    "known": (invariants.Knows, "release"),
    "kept": (invariants.KeepsWhatItUses, "gone"),
    "spent": (invariants.SpendsAtMost, "in advance"),
    "its own": (invariants.ItsOwnAssertions, "assertion"),
}


@pytest.mark.parametrize("weaker", WEAKER)
def test_a_weaker_invariant_lets_a_client_through(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, weaker: str) -> None:
    """So the tests of the wrong clients depend on each invariant: one of them would fail."""
    kind, name = WEAKER[weaker]
    case, judge = WRONG[name], kind.violation
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)
    monkeypatch.setattr(kind, "violation", lambda self, run: judge(self, run) and "")
    options = {**case.options, "faults": [case.schedule.rpartition(":")[2]], "deepest": 1}
    with simulator.world(case.scenario) as world:
        assert ": held" in world.hunt(case.make(world), **options).bound
    monkeypatch.setattr(kind, "violation", judge)
    with simulator.world(case.scenario) as world, pytest.raises(HuntFailed) as failed:
        world.hunt(case.make(world), **options)
    assert failed.value.schedule == case.schedule
