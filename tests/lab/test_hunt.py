"""The hunt: it finds what breaks a client, with the smallest schedule, and says what it did not try."""

from __future__ import annotations

import time

import pytest

from simulator import Simulator
from simulator.lab import HuntFailed
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
