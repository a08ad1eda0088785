"""A response as it goes over the wire."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import msgspec


class Held(Future["Response"]):
    """The response to a request that waits at a gate: it comes when the request is released."""

    def __init__(self, leave: Callable[[], None]) -> None:
        """Wait; `leave` takes the request from its gate."""
        super().__init__()
        self._leave = leave

    def leave(self) -> None:
        """Take the request from its gate, as its client has gone; one that was released stays as it is."""
        self._leave()


class Response(msgspec.Struct, frozen=True):
    """A response as it goes over the wire: after `delay` seconds, and broken off as `fault` says.

    With `after` it is sent when that is done; of a request that is held, what comes then is sent in its place.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""
    after: Future[None] | Held | None = None
