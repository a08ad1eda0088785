"""Requests a second, how long each takes and what it costs, of a purchase with everything on and of the bare route."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from bench import calls
from bench.calls import PROVISION, PURCHASE, Call
from bench.effort import Effort
from bench.figures import Figure, Goal, Samples, at_least, at_most
from bench.load import Load, load
from bench.servers import ask, bare, running, simulator, without_fast_lane

WORKS: dict[str, Call] = {"Vantax purchase": PURCHASE, "Cartesia provision": PROVISION}
CONNECTIONS = (1, 32)
GOALS: dict[str, dict[tuple[str, int], Goal]] = {
    "ours": {("per_second", 1): at_least(0.6), ("per_second", 32): at_least(0.9), ("cpu_us", 32): at_most(1.2)},
    "plain": {("per_second", 1): at_least(0.4), ("per_second", 32): at_least(0.6)},
}
WAYS = {"ours": "", "plain": ", plain ASGI"}
NAMES = {"per_second": "requests/s", "cpu_us": "CPU µs a request", "p50_ms": "p50 ms", "p99_ms": "p99 ms"}


def measure(effort: Effort) -> Iterator[Figure]:
    """All servers anew in each round, loaded in turn."""
    found = Samples()
    for _ in effort.turns("throughput"):
        for work, call in WORKS.items():
            _round(found, effort, work, call)
    for work, who, (field, label), connections in product(WORKS, WAYS, NAMES.items(), CONNECTIONS):
        name = f"{work}{WAYS[who]}: {label}, {connections} connection{'s' * (connections > 1)}"
        what = f"{work} {connections} {field}"
        yield Figure(name, found.of(who, what), found.of("bare", what), "bare route", GOALS[who].get((field, connections)))


def _round(found: Samples, effort: Effort, work: str, call: Call) -> None:
    route = partial(bare, path=call.path)
    with running(simulator, PURCHASE) as ours, running(without_fast_lane, PURCHASE) as plain, running(route, call) as theirs:
        for server in (ours, plain):
            ask(server.port, calls.world("enterprise", calls.enterprise()))
        of_ours = call.in_world("enterprise") if call is PROVISION else call
        loads = {"ours": (ours, of_ours), "plain": (plain, of_ours), "bare": (theirs, call)}
        for server, work_of in loads.values():
            load(server, work_of, 32, effort.warm)
        for connections in CONNECTIONS:
            for server, world in product((ours, plain), ("default", "enterprise")):
                ask(server.port, calls.reset(world))  # nothing has been bought yet
            for who, (server, work_of) in loads.items():
                note(found, who, f"{work} {connections}", load(server, work_of, connections, effort.seconds))


def note(found: Samples, who: str, what: str, got: Load) -> None:
    """Note all of a load."""
    for field in NAMES:
        found.note(who, f"{what} {field}", getattr(got, field))
