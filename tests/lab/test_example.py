"""The example of the lab does what its page says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from simulator.lab import HuntFailed
from simulator.testing.client import World
from tests.lab.shop import http
from tests.lab.wrong_clients import VANTAX

FOLDER = Path(__file__).parent.parent.parent / "examples" / "lab"


def load(name: str) -> Any:
    """Return a module of the example."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_breaks_and_is_repaired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first version buys twice, the second holds."""
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)
    example, client = load("ensure_number"), http(world, "vantax")
    with pytest.raises(HuntFailed) as failed:
        world.hunt(lambda: example.first_version(client), once=VANTAX)
    assert failed.value.schedule == f"{VANTAX}#1:lost-answer"
    report = world.hunt(lambda: example.repaired(client, "order-17"), once=VANTAX, knows=True, deepest=1)
    assert ": held; not tried: 2 faults" in report.bound
