"""How memory grows over many requests that leave nothing in the tables: numbers bought and given back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from bench.calls import BUY_AND_RELEASE, PURCHASE, Call
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.load import drive
from bench.servers import Server, ask, memory, running, simulator

MIB = 1024 * 1024
LIMIT = 16  # MiB, over a million requests
WORLDS, WORLDS_LIMIT = 1_000, 32  # worlds of one number, and the MiB that all take


def measure(effort: Effort) -> Iterator[Figure]:
    """One server for all; the second half tells what goes on growing when journal and pools are full."""
    print(f"bench: growth over {effort.requests:,} requests", file=sys.stderr)
    with running(simulator, PURCHASE) as server:
        idle = memory(server.pid)
        _send(server, effort.requests // 2, effort)
        halfway = memory(server.pid)
        late = _send(server, effort.requests // 2, effort)
        grown = memory(server.pid)
    yield Figure(f"MiB of growth over {effort.requests:,} requests", [(grown - idle) / MIB], goal=at_most(LIMIT))
    yield Figure("bytes of growth a request, in the second half of them", [(grown - halfway) / late])
    count = min(WORLDS, effort.requests)
    yield Figure(f"MiB of {count:,} worlds of one number", [_of_worlds(count) / MIB], goal=at_most(WORLDS_LIMIT))


def _of_worlds(count: int) -> int:
    """Return the bytes that a number of worlds take, with one number bought in each."""
    with running(_serving_more, PURCHASE) as server:
        before = memory(server.pid)
        for number in range(count):
            ask(server.port, Call("PUT", f"/_simulator/worlds/w{number}"))
            ask(server.port, PURCHASE._replace(path=f"/w/w{number}{PURCHASE.path}"))
        return memory(server.pid) - before


def _serving_more(port: int) -> Sequence[str]:
    return (*simulator(port), "--max-worlds", str(2 * WORLDS))


def _send(server: Server, least: int, effort: Effort) -> int:
    """Send at least so many requests; how many they were."""
    sent = 0
    while sent < least:
        sent += drive(server, BUY_AND_RELEASE, 32, effort.seconds).requests
    return sent
