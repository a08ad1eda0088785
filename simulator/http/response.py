"""A response as it goes over the wire."""

from __future__ import annotations

import msgspec


class Response(msgspec.Struct, frozen=True):
    """A response as it goes over the wire: after `delay` seconds, and broken off as `fault` says."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""
