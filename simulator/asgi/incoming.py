"""Buffers of incomplete requests: bounded over all connections, as any client could send many of them."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from simulator.asgi.encoding import refusal
from simulator.http.response import Response

LIMIT = 64 * 1024 * 1024  # bytes
SMALL = 16 * 1024  # bytes of a request that is let in although there is no room
PATIENCE = 5.0  # seconds in which a client should be able to send a request
REASON = f"{LIMIT} bytes of incomplete requests are kept already; retry later"


class _Part(NamedTuple):
    size: int
    begun: float
    drop: Callable[[], None]


class Incoming:
    """Counts the bytes of incomplete requests, separately for each object that keeps some."""

    def __init__(self, limit: int = LIMIT, clock: Callable[[], float] = monotonic) -> None:
        self.limit = limit
        self.bytes = 0
        self._clock = clock
        self._parts: dict[object, _Part] = {}  # the one that began first is the first

    def hold(self, keeper: object, size: int, drop: Callable[[], None]) -> None:
        """Count the bytes that are kept of a request; where that is too much, have some keeper drop what it keeps.

        That is the one whose request began first, if its client is too slow. If none is, it is this one, unless it is small.
        """
        known = self._parts.get(keeper)
        self._parts[keeper] = _Part(size, self._clock() if known is None else known.begun, drop)
        self.bytes += size - (0 if known is None else known.size)
        while self.bytes > self.limit:
            first = next(iter(self._parts))
            if self._clock() - self._parts[first].begun < PATIENCE:
                if size > SMALL:
                    self._drop(keeper)
                return
            self._drop(first)

    def release(self, keeper: object) -> None:
        """Forget a request that is complete, or of which nothing is kept any more."""
        part = self._parts.pop(keeper, None)
        if part is not None:
            self.bytes -= part.size

    def _drop(self, keeper: object) -> None:
        part = self._parts[keeper]
        self.release(keeper)
        part.drop()


def too_much() -> Response:
    """Return the response to a request that exceeds the bound."""
    response = refusal(503, REASON)
    response.headers.append(("Retry-After", "1"))
    return response
