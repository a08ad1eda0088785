"""What the access log costs, and what the metrics do: purchases at a server with them and at one without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.calls import PURCHASE, reset
from bench.effort import Effort
from bench.figures import Figure, Goal, Samples, at_least, at_most
from bench.load import Load, load
from bench.servers import Command, ask, running, simulator

OPTIONS = {"log": ("--access-log",), "json": ("--log-format", "json"), "metrics": ("--no-access-log", "--metrics")}
NAMES = {"log": "access log", "json": "access log in JSON", "metrics": "metrics"}
CONNECTIONS = 32
FIELDS = {"per_second": "requests/s", "cpu_us": "CPU µs a request"}
LAPS = 8  # loads of each server in a round, in turn: what slows the machine down slows down all of them
GOALS: dict[tuple[str, str], Goal] = {(who, field): goal for who in OPTIONS for field, goal in (
    ("per_second", at_least(0.95)), ("cpu_us", at_most(1.05)),
)}  # fmt: skip


def measure(effort: Effort) -> Iterator[Figure]:
    """All servers anew in each round, loaded in turn, several times and shortly: what is compared is close together."""
    found = Samples()
    for _ in effort.turns("log"):
        _round(found, effort)
    for who in OPTIONS:
        for field, label in FIELDS.items():
            name = f"{NAMES[who]}: {label}, {CONNECTIONS} connections"
            yield Figure(name, found.of(who, field), found.of("off", field), "without", GOALS.get((who, field)))


def _round(found: Samples, effort: Effort) -> None:
    """Note what all laps of a round came to together: a lap is so short that each alone says little."""
    with ExitStack() as stack:
        everyone = {"off": ("--no-access-log",), **OPTIONS}
        servers = {who: stack.enter_context(running(_serving(options), PURCHASE)) for who, options in everyone.items()}
        laps: dict[str, list[Load]] = {who: [] for who in everyone}
        for server in servers.values():
            load(server, PURCHASE, CONNECTIONS, effort.warm)
        for lap in range(LAPS):
            for who in list(everyone)[:: -1 if lap % 2 else 1]:  # there and back, so that none is always the first
                ask(servers[who].port, reset("default"))  # nothing has been bought yet
                laps[who].append(load(servers[who], PURCHASE, CONNECTIONS, effort.seconds / effort.often))
    for who, loads in laps.items():
        requests = sum(one.requests for one in loads)
        found.note(who, "per_second", requests / sum(one.requests / one.per_second for one in loads))
        found.note(who, "cpu_us", sum(one.requests * one.cpu_us for one in loads) / requests)


def _serving(options: Sequence[str]) -> Command:
    """Return how a server is started with options."""
    return lambda port: (*simulator(port), *options)
