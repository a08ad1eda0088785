"""Attacks by what a server keeps for its clients: requests that are never complete, and responses that nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.hostile.bodies import BUY, KEY, MEBIBYTE
from tests.hostile.costly import ONE, OWN, control, holding
from tests.hostile.target import Target
from tests.hostile.wire import Connection, Lost, connect, hear, tally

ANY = "hung up|[245].."


async def nearly_complete(target: Target) -> str:
    """Bodies of a mebibyte, by length and in chunks, whose last bytes never come."""
    body = b"x" * (MEBIBYTE - 100)
    length = BUY.format("default", f"Content-Length: {MEBIBYTE}").encode() + body
    chunked = BUY.format("default", "Transfer-Encoding: chunked").encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n"
    return await _left_open(target, [length, chunked], target.scale.senders * 2)


async def long_halves(target: Target) -> str:
    """Heads of 60 KB, and bodies of 16 KB, whose last bytes never come, on thousands of connections."""
    heads = b"GET /vantax HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 60_000
    small = BUY.format("default", f"Content-Length: {MEBIBYTE}").encode() + b"x" * 16_000
    return await _left_open(target, [heads, small], min(target.scale.connections // 2, target.scale.senders * 10))


async def behind_a_held_one(target: Target) -> str:
    """Requests that wait for an hour, and 300 KB of others behind each of them on its connection."""
    listing = f"GET /vantax/v1/phone-numbers?{OWN} HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}"
    held = f"{listing}\r\nPrefer: delay=3600s\r\n\r\n".encode()
    more = b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n"
    return await _left_open(target, [held + more * 5], target.scale.senders * 2)


async def _left_open(target: Target, requests: list[bytes], count: int) -> str:
    """Send incomplete requests on some connections, and leave them open for a second."""
    opened: list[Connection] = []
    try:
        for number in range(count):
            if number % 100 == 0:
                await asyncio.sleep(0.01)
            one = await connect(target.port)
            opened.append(one)
            one.writer.write(requests[number % len(requests)])
        await asyncio.sleep(target.scale.seconds / 5)
        said = await asyncio.gather(*(hear(one, 0.5) for one in opened))
    finally:
        for one in opened:
            one.writer.transport.abort()
    return tally(said, ANY)


async def unread_megabytes(target: Target) -> str:
    """Clients who ask for the state of a world with thousands of numbers, and read none of it."""
    records = min(10_000, target.scale.records // 10)
    status, told = await control(target, "PUT", "/worlds/unread", holding(records))
    if status != 201:
        raise Lost(f"the world could not be made: {told}")
    listing = f"GET /w/unread/vantax/v1/phone-numbers?{OWN} HTTP/1.1\r\nHost: x\r\n{ONE}\r\n\r\n"
    state = "GET /_simulator/worlds/unread/state?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n"
    opened = [await connect(target.port) for _ in range(target.scale.senders)]
    try:
        for one in opened:
            one.writer.write((listing + state).encode())
            await asyncio.sleep(0.01)
        await asyncio.sleep(target.scale.seconds * 2)
    finally:
        for one in opened:
            one.writer.transport.abort()
    return f"{len(opened)} states asked for"


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [
    nearly_complete, long_halves, behind_a_held_one, unread_megabytes,
]  # fmt: skip
