"""The connections of a server: when there are too many, those go that have been idle for longest."""

from __future__ import annotations

import asyncio
import heapq
import logging
import sys
from collections.abc import Collection
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

if sys.platform != "win32":
    import resource

MOST = 16_384  # connections, of some 15 KB each
MOST_TLS = 896  # connections with TLS, of some 285 KB each: 256 MiB
FILES = 512  # open files where the system sets no limit
DROPPED = 20  # a twentieth of the connections goes at once, as looking for them takes long
QUIET = 10.0  # seconds before the log tells again that connections are dropped

log = logging.getLogger("simulator")


class Connection(Protocol):
    """A connection of the server."""

    transport: asyncio.Transport
    last_heard: float

    def is_awaited(self) -> bool:
        """Return whether its client waits for a response."""


class Entrance(Protocol):
    """Where connections are before they have a protocol."""

    @property
    def waiting(self) -> int:
        """How many there are."""

    def drop_oldest(self, count: int) -> int:
        """Close at most so many of them, the oldest first; return how many."""


class Crowd:
    """Lets connections in, and closes idle ones where there are too many."""

    def __init__(self, connections: Collection[Any], *, tls: bool) -> None:
        self._connections: Collection[Connection] = connections
        self._entrances: list[Entrance] = []
        self._cap = MOST_TLS if tls else MOST
        self.most = min(self._cap, available_files())
        self._told_at = float("-inf")

    def __len__(self) -> int:
        return len(self._connections) + sum(entrance.waiting for entrance in self._entrances)

    def add(self, entrance: Entrance) -> None:
        """Count the connections of an entrance too."""
        self._entrances.append(entrance)

    def make_room(self) -> bool:
        """Close idle connections where there are too many; return False where none is idle."""
        excess = len(self) - self.most
        if excess < 0:
            return True
        count = excess + 1 + self.most // DROPPED
        dropped = sum(entrance.drop_oldest(count) for entrance in self._entrances)
        idle = [one for one in self._connections if not one.is_awaited()]
        for one in heapq.nsmallest(count - dropped, idle, key=lambda one: one.last_heard):
            one.transport.abort()
            dropped += 1
        self.tell(f"{self.most} connections are open, the most that are allowed: closed the {dropped} that were idle longest")
        return dropped > 0

    def tell(self, problem: str) -> None:
        """Log a problem and its remedy; not again within some seconds."""
        if monotonic() - self._told_at > QUIET:
            self._told_at = monotonic()
            remedy = (
                f"; for more, up to {self._cap}, raise the limit of open files (ulimit -n)" if self.most < self._cap else ""
            )
            log.warning("%s%s", problem, remedy)


def available_files() -> int:
    """Return how many connections may be open: as the limit of open files says, less a reserve for everything else."""
    if sys.platform == "win32":
        return FILES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(8, soft - _open_files() - min(256, max(16, soft // 8)))


def _open_files() -> int:
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:
        return 64
