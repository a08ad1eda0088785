"""The hunt: it finds what breaks a client, with the smallest schedule, and says what it did not try."""

from __future__ import annotations

import pytest

from simulator import Simulator
from simulator.lab import HuntFailed
from simulator.testing.client import World
from tests.lab.right_clients import RIGHT
from tests.lab.wrong_clients import WRONG


@pytest.mark.parametrize("name", WRONG)
def test_finds_what_breaks_a_client(simulator: Simulator, name: str) -> None:
    """The schedule is the smallest, and repeats it."""
    case = WRONG[name]
    with simulator.world(case.scenario) as world:
        client = case.make(world)
        with pytest.raises(HuntFailed) as failed:
            world.hunt(client, **case.options)
    assert failed.value.schedule == case.schedule


@pytest.mark.parametrize("name", RIGHT)
def test_raises_no_false_alarm(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A right client holds under all schedules of its depth; beyond it nothing is tried here."""
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)
    make, options = RIGHT[name]
    report = world.hunt(make(world), **options)
    depth = "1 fault" if options.get("deepest") == 1 else "2 faults"
    assert f" schedules, up to {depth} of " in report.bound
    assert ": held; not tried: " in report.bound
