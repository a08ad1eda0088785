"""How memory grows over many requests that leave nothing in the tables: numbers bought and given back."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.calls import BUY_AND_RELEASE, PURCHASE
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.load import drive
from bench.servers import Server, memory, running, simulator

MIB = 1024 * 1024
LIMIT = 32  # MiB, over a million requests


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


def _send(server: Server, least: int, effort: Effort) -> int:
    """Send at least so many requests; how many they were."""
    sent = 0
    while sent < least:
        sent += drive(server, BUY_AND_RELEASE, 32, effort.seconds).requests
    return sent
