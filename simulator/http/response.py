"""A response as it goes over the wire."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec
from msgspec import structs


class Response(msgspec.Struct, frozen=True):
    """A response as it goes over the wire: after `delay` seconds, and broken off as `fault` says.

    With `after` it is sent when that is done; what that returns, unless it is None, is sent in its place.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""
    after: Future[Response | None] | Future[None] | None = None


def settled(response: Response) -> Response:
    """Wait for what a response waits for, and return the one to send."""
    while response.after is not None:
        response = response.after.result() or structs.replace(response, after=None)
    return response
