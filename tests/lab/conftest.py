"""Worlds of a simulator in this process, as its users have them: without the HTTP of the other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import Simulator
from simulator.testing.client import World


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    """Return a world of its own for each test."""
    world = simulator.world()
    yield world
    world.drop()
