"""Requests a second, how long each takes and what it costs, of a purchase with everything on and of the bare route."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench import calls
from bench.calls import PROVISION, PURCHASE, Call
from bench.effort import Effort
from bench.figures import Figure, Goal, Samples, at_least, at_most
from bench.load import Load, load
from bench.servers import ask, bare, running, simulator

WORKS: dict[str, Call] = {"Vantax purchase": PURCHASE, "Cartesia provision": PROVISION}
CONNECTIONS = (1, 32)
GOALS: dict[tuple[str, int], Goal] = {
    ("per_second", 1): at_least(1.1),
    ("per_second", 32): at_least(1.3),
    ("cpu_us", 32): at_most(0.8),
}
NAMES = {"per_second": "requests/s", "cpu_us": "CPU µs a request", "p50_ms": "p50 ms", "p99_ms": "p99 ms"}


def measure(effort: Effort) -> Iterator[Figure]:
    """Both servers anew in each round, loaded in turn."""
    found = Samples()
    for _ in effort.turns("throughput"):
        for work, call in WORKS.items():
            _round(found, effort, work, call)
    for work in WORKS:
        for field, label in NAMES.items():
            for connections in CONNECTIONS:
                name = f"{work}: {label}, {connections} connection{'s' * (connections > 1)}"
                what = f"{work} {connections} {field}"
                goal = GOALS.get((field, connections))
                yield Figure(name, found.of("ours", what), found.of("bare", what), "bare route", goal)


def _round(found: Samples, effort: Effort, work: str, call: Call) -> None:
    with running(simulator, PURCHASE) as ours, running(partial(bare, path=call.path), call) as theirs:
        ask(ours.port, calls.world("enterprise", calls.enterprise()))
        asked = call.in_world("enterprise") if call is PROVISION else call
        load(ours, asked, 32, effort.warm)
        load(theirs, call, 32, effort.warm)
        for connections in CONNECTIONS:
            for world in ("default", "enterprise"):
                ask(ours.port, calls.reset(world))  # nothing has been bought yet
            note(found, "ours", f"{work} {connections}", load(ours, asked, connections, effort.seconds))
            note(found, "bare", f"{work} {connections}", load(theirs, call, connections, effort.seconds))


def note(found: Samples, who: str, what: str, got: Load) -> None:
    """Note all of a load."""
    for field in NAMES:
        found.note(who, f"{what} {field}", getattr(got, field))
