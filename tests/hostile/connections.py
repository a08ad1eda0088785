"""Attacks by connections: slow ones, halves, too many, and those that do not listen."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.hostile.bodies import BUY, JSON, KEY
from tests.hostile.target import Target
from tests.hostile.wire import Connection, Lost, connect, head, hear, many, send, tally

HEALTH = head("GET /_simulator/health")
PAGE = f"GET /w/crowd/vantax/v1/phone-numbers?sub_account_id=sub_8a1f4c2e HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\n\r\n"
CROWD = {
    "description": "A list page of some size",
    "open": True,
    "accounts": [{"vantax": {"numbers": [{"count": 100}]}}],
}
SPARE = 200  # descriptors that this process needs for itself


async def slow_heads(target: Target) -> str:
    """Senders who send the head of a request byte by byte."""
    drops = [HEALTH[at : at + 4] for at in range(0, len(HEALTH), 4)]
    return tally(await many(target.scale.senders, lambda _: send(target.port, *drops, pause=_pause(target, drops))), "200")


async def slow_bodies(target: Target) -> str:
    """Senders who send the body of a purchase byte by byte."""
    target.make("slow")
    parts = [BUY.format("slow", f"Content-Length: {len(JSON)}").encode(), *(bytes([each]) for each in JSON)]
    return tally(await many(target.scale.senders, lambda _: send(target.port, *parts, pause=_pause(target, parts))), "201")


def _pause(target: Target, parts: list[bytes]) -> float:
    return target.scale.seconds / len(parts)


async def halves(target: Target) -> str:
    """Requests of which only a half is sent, and left open: in the line, the head, the body, a chunk."""
    length, chunked = BUY.format("default", "Content-Length: 100"), BUY.format("default", "Transfer-Encoding: chunked")
    starts = ["GET /w/", "GET / HTTP/1.1\r\nHost: x\r\nX", length + "{", chunked + "5\r\n{", chunked]
    for number in range(target.scale.senders):
        connection = await connect(target.port)
        connection.writer.write(starts[number % len(starts)].encode())
        target.left.append(connection)
    return f"{target.scale.senders} left open"


async def opened_and_left(target: Target) -> str:
    """Connections that are opened, say nothing, and are left open until the end."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = min(target.scale.connections, most - SPARE - len(target.left))
    for _ in range(0, wanted, 100):
        target.left += await asyncio.gather(*(connect(target.port) for _ in range(100)))
        tally([await send(target.port, HEALTH)], "200")
    return f"{wanted} opened, {len(target.left)} open together"


async def deaf(target: Target) -> str:
    """Clients who ask for page after page, and read none."""
    target.make("crowd", CROWD)
    asked = await asyncio.gather(*(_deaf(target) for _ in range(target.scale.senders // 10)))
    return f"{sum(asked)} pages asked for"


async def _deaf(target: Target) -> int:
    connection, asked = await connect(target.port), 0
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(target.scale.seconds / 5):
            while asked < target.scale.requests // 10:
                connection.writer.write(PAGE.encode() * 10)
                await connection.writer.drain()
                asked += 10
    connection.writer.transport.abort()
    return asked


async def gone_in_the_middle(target: Target) -> str:
    """Clients who hang up in the middle of the answer, some politely, some by a reset."""
    target.make("crowd", CROWD)

    async def attempt(number: int) -> bytes:
        connection = await connect(target.port)
        connection.writer.write(PAGE.encode() * (1 + number % 20))
        if number % 3:
            await connection.reader.read(10)
        _hang_up(connection, politely=bool(number % 2))
        return b""

    await many(target.scale.requests // 10, attempt)
    return f"{target.scale.requests // 10} hung up"


def _hang_up(connection: Connection, *, politely: bool) -> None:
    if not politely:
        wire: socket.socket = connection.writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


async def held_back(target: Target) -> str:
    """Clients who ask for an answer in an hour, and hang up at once."""
    line = f"Authorization: {KEY}", "Prefer: delay=3600s"

    async def attempt(_: int) -> bytes:
        connection = await connect(target.port)
        connection.writer.write(head("GET /vantax/v1/phone-numbers?sub_account_id=sub_8a1f4c2e", *line))
        await connection.writer.drain()
        connection.writer.close()
        return b""

    await many(target.scale.requests // 4, attempt)
    return f"{target.scale.requests // 4} hung up"


async def pipelined(target: Target) -> str:
    """Thousands of requests in one breath, on one connection: each is answered, in order."""
    count = target.scale.requests // 4
    connection = await connect(target.port)
    listening = asyncio.ensure_future(hear(connection, 60))
    connection.writer.write(b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n" * (count - 1) + HEALTH)
    answers = (await listening).count(b"HTTP/1.1 200 ")
    if answers != count:
        raise Lost(f"{answers} answers to {count} requests")
    return f"{answers} × 200"


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [
    slow_heads, slow_bodies, halves, opened_and_left, pipelined, deaf, gone_in_the_middle, held_back,
]  # fmt: skip
