"""The hunt: it finds what breaks a client, with the smallest schedule, and says what it did not try."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.lab import HuntFailed, deeper
from simulator.testing.client import World
from tests.lab import wrong_with_libraries as libraries
from tests.lab.right_clients import RIGHT
from tests.lab.wrong_clients import WRONG

SLOWEST = 2.0  # seconds of the processor in which a wrong client is found


@pytest.mark.parametrize("name", WRONG)
def test_finds_what_breaks_a_client(simulator: Simulator, name: str) -> None:
    """The schedule is the smallest, it repeats what it found, and it is found within two seconds of this processor."""
    case = WRONG[name]
    with simulator.world(case.scenario) as world:
        client = case.make(world)
        began = time.process_time()
        with pytest.raises(HuntFailed) as failed:
            world.hunt(client, **case.options)
        taken = time.process_time() - began
    assert failed.value.schedule == case.schedule
    assert taken < SLOWEST


def test_there_are_enough_wrong_clients() -> None:
    """At least twenty, of which six retry by libraries of others."""
    assert len(WRONG) >= 20
    assert len([case for case in WRONG.values() if case.make.__module__ == libraries.__name__]) >= 6


@pytest.mark.parametrize("name", RIGHT)
def test_raises_no_false_alarm(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A right client holds under all schedules of its depth; beyond it nothing is tried here."""
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)
    make, options = RIGHT[name]
    report = world.hunt(make(world), **options)
    depth = "1 fault" if options.get("deepest") == 1 else "2 faults"
    assert f" schedules, up to {depth} of " in report.bound
    assert ": held; not tried: " in report.bound


def test_a_world_takes_any_number_of_hunts(world: World) -> None:
    """Each takes a snapshot, of which a world has a hundred at most."""
    for number in range(99):
        world.snapshot(f"mine-{number}")
    for _ in range(2):
        assert "held" in world.hunt(RIGHT["key"][0](world), deepest=1, faults="refused", store=dict).bound


def test_hypothesis_draws_nothing_once_all_schedules_were_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hunt of a client that meets no fault after the first one ends there, whatever is left of the budget."""
    walks, walk = [], deeper._Walks.walk

    def counted(self: Any, chance: Random) -> None:
        walks.append(chance)
        walk(self, chance)

    monkeypatch.setattr(deeper._Walks, "walk", counted)
    with httpx.Client(transport=world.vantax.transport, base_url=world.vantax.base_url) as client:
        client.headers["Authorization"] = f"Bearer {world.vantax.api_key}"
        params = {"sub_account_id": "sub_8a1f4c2e"}
        report = world.hunt(lambda: client.get("/phone-numbers", params=params).status_code, faults=["refused", "throttled"])
    assert report.bound.startswith("3 schedules, up to 2 faults of 2 kinds over 1 request: held; not tried: 3 faults")
    assert len(walks) == 2  # hypothesis repeats what ends a test
