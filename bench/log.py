"""What the access log costs, and what the metrics do: purchases at a server with them and at one without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product

from bench.calls import PURCHASE, reset
from bench.effort import Effort
from bench.figures import Figure, Goal, Samples, at_least
from bench.load import load
from bench.servers import Command, ask, running, simulator

OPTIONS = {"log": ("--access-log",), "json": ("--log-format", "json"), "metrics": ("--no-access-log", "--metrics")}
NAMES = {"log": "access log", "json": "access log in JSON", "metrics": "metrics"}
CONNECTIONS = 32
FIELDS = {"per_second": "requests/s", "cpu_us": "CPU µs a request"}
GOALS: dict[tuple[str, str], Goal] = {(who, "per_second"): at_least(0.95) for who in OPTIONS}


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
    with ExitStack() as stack:
        everyone = {"off": ("--no-access-log",), **OPTIONS}
        servers = {who: stack.enter_context(running(_serving(options), PURCHASE)) for who, options in everyone.items()}
        for server in servers.values():
            load(server, PURCHASE, CONNECTIONS, effort.warm)
            ask(server.port, reset("default"))  # nothing has been bought yet
        for _, (who, server) in product(range(effort.often), servers.items()):
            got = load(server, PURCHASE, CONNECTIONS, effort.seconds / effort.often)
            for field in FIELDS:
                found.note(who, field, getattr(got, field))


def _serving(options: Sequence[str]) -> Command:
    """Return how a server is started with options."""
    return lambda port: (*simulator(port), *options)
