"""What can happen to an answer on its way: it comes late, or the connection breaks under it."""

from __future__ import annotations

import asyncio
import math
import random
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from msgspec import UNSET, UnsetType

from simulator.format import LONGEST, Spread, duration

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

GARBAGE = b"\x16\x03\x01\x02\x00this is not HTTP\r\n\r\n"  # the start of a TLS handshake, then text
_HALT = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST and drops what is unsent
_KNOWN = frozenset(HTTPStatus)


def seconds(delay: str | Spread | UnsetType, chance: random.Random) -> float:
    """How long an answer is held back; what is drawn is never longer than the longest that can be asked for."""
    if isinstance(delay, UnsetType):
        return 0.0
    if isinstance(delay, str):
        return duration(delay).total_seconds()
    drawn = 0.0
    if delay.uniform is not UNSET:
        low, high = (duration(bound).total_seconds() for bound in delay.uniform)
        drawn = chance.uniform(low, high)
    if delay.lognormal is not UNSET:
        drawn = chance.lognormvariate(math.log(duration(delay.lognormal.median).total_seconds()), delay.lognormal.sigma)
    return min(drawn, LONGEST)


async def break_connection(transport: asyncio.Transport, receive: Receive, fault: str, head: bytes, body: bytes) -> None:
    """Do to a connection what the fault says, and wait until it is gone, so that the server adds nothing of its own.

    `truncate` sends a true head and the first half of the body; where there is no body, the first half of the head.
    """
    if fault == "reset":
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HALT)
        transport.abort()
    elif fault == "garbage":
        transport.write(GARBAGE)
    elif fault == "truncate":
        transport.write(head + body[: len(body) // 2] if body else head[: len(head) // 2])
    if fault != "reset":
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def head(status: int, headers: list[tuple[str, str]]) -> bytes:
    """The head of an HTTP/1.1 answer."""
    reason = HTTPStatus(status).phrase if status in _KNOWN else ""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def transport_of(send: Any) -> asyncio.Transport | None:
    """The connection behind an ASGI `send` of uvicorn, whose request cycle holds it; None under another server."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if isinstance(transport, asyncio.Transport) else None
