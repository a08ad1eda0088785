"""A response as it goes over the wire."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import msgspec
from msgspec import structs


class Held(Future["Response"]):
    """The response to a request that waits at a gate: it comes when the request is released."""

    def __init__(self, leave: Callable[[], None]) -> None:
        """Wait; `leave` takes the request from its gate."""
        super().__init__()
        self._leave = leave

    def leave(self) -> None:
        """Take the request from its gate, as its client has gone; no effect on one that was released."""
        self._leave()


class Queued(Future["Response"]):
    """The response to a request that takes long, and waits for its turn."""

    def leave(self) -> None:
        """Cancel the request, because its client has disconnected; no effect if it is being handled already."""
        self.cancel()


class Response(msgspec.Struct, frozen=True):
    """A response as it goes over the wire: after `delay` seconds, and broken off as `fault` says.

    With `after` it is sent when that is done; what that returns, unless it is None, is sent in its place.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""
    after: Future[Response | None] | Future[None] | Held | Queued | None = None


def settled(response: Response) -> Response:
    """Wait for what a response waits for, and return the one to send; one that is held at a gate stays as it is."""
    while response.after is not None and not isinstance(response.after, Held):
        response = response.after.result() or structs.replace(response, after=None)
    return response
