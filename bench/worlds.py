"""Making a world, resetting it, saving it: by the Python client, in this process, as a test does it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench import calls
from bench.clock import timed
from bench.effort import Effort
from bench.figures import Figure, at_most
from simulator import Simulator

SCENARIO = "cartesia/plan-full"


def measure(effort: Effort) -> Iterator[Figure]:
    """A world of a scenario that ships, made and dropped; its reset; a snapshot of one with many numbers."""
    simulator = Simulator()
    fresh = [_fresh(simulator, effort.worlds) for _ in effort.turns("worlds")]
    one, many = simulator.world(SCENARIO), simulator.world(calls.holding(effort.saved))
    found = timed(effort, "reset and snapshot", {"reset": one.reset, "snapshot": lambda: many.snapshot("saved")})
    took = {name: [value * 1000 for value in found.of(name, "seconds")] for name in ("reset", "snapshot")}
    yield Figure(f"ms a fresh world of {SCENARIO}", fresh, goal=at_most(0.1))
    yield Figure("ms a reset of it", took["reset"], goal=at_most(0.05))
    yield Figure(f"ms a snapshot of {effort.saved:,} numbers", took["snapshot"], goal=at_most(0.5))


def _fresh(simulator: Simulator, count: int) -> float:
    """Milliseconds to make a world; dropping it is not counted."""
    took = 0.0
    for _ in range(count):
        begun = time.perf_counter()
        made = simulator.world(SCENARIO)
        took += time.perf_counter() - begun
        made.drop()
    return took / count * 1000
