"""The connections that a client would keep alive over a socket: a request on one of them has no timeout for connecting."""

from __future__ import annotations

import time

KEEP_ALIVE = 5.0  # seconds: as long as httpx keeps an idle connection by default

Origin = tuple[str, bytes, int | None]  # scheme, host and port


class IdleConnections:
    """The idle connections of one transport."""

    def __init__(self) -> None:
        self._since: dict[Origin, list[float]] = {}

    def take(self, origin: Origin) -> bool:
        """Return whether there is one to an origin; it is idle no more."""
        idle = self._since.get(origin, [])
        while idle:
            if time.monotonic() - idle.pop() < KEEP_ALIVE:
                return True
        return False

    def give_back(self, origin: Origin) -> None:
        """Add one whose response has been read."""
        self._since.setdefault(origin, []).append(time.monotonic())

    def close(self) -> None:
        """Close all of them."""
        self._since.clear()
