"""A response as it goes over the wire."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec


class Response(msgspec.Struct, frozen=True):
    """A response as it goes over the wire: after `delay` seconds, and broken off as `fault` says.

    With `after` it is sent when that is done.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""
    after: Future[None] | None = None
