"""Bytes to and from a server, and what is made of its answers."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

WAIT = 10.0  # seconds for an answer; whoever is answered later is lost
BATCH = 200  # connections that are opened at the same time: the queue of those to be accepted has an end


class Lost(AssertionError):
    """The server did what it must not, or did not do what it must."""


class Connection(NamedTuple):
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def connect(port: int) -> Connection:
    """Open a connection."""
    try:
        return Connection(*await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), WAIT))
    except (OSError, TimeoutError) as error:
        raise Lost(f"no connection can be opened: {error!r}") from None


def head(line: str, *headers: str) -> bytes:
    """The head of a request, of which the server is to hang up when it has answered."""
    return "\r\n".join([f"{line} HTTP/1.1", "Host: hostile", "Connection: close", *headers, "", ""]).encode("latin-1")


async def send(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send a request, in parts, on a connection of its own; returns all that the server answers until it hangs up."""
    connection = await connect(port)
    with contextlib.suppress(ConnectionError):  # the server may hang up before it has heard everything
        for part in parts:
            connection.writer.write(part)
            await connection.writer.drain()
            if pause:
                await asyncio.sleep(pause)
    return await hear(connection)


async def hear(connection: Connection, wait: float = WAIT) -> bytes:
    """All that the server says until it hangs up, or for so long."""
    said = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(wait):
            while chunk := await connection.reader.read(1 << 16):
                said += chunk
    connection.writer.close()
    return said


def status(said: bytes) -> str:
    """What a server answered, in a word: a status, or that it hung up without one."""
    found = re.match(rb"HTTP/1\.[01] ([0-9]{3}) ", said)
    if said and not found:
        raise Lost(f"the server said what is no HTTP: {said[:100]!r}")
    if b"x-simulator-bug: 1" in said.lower():
        raise Lost(f"the simulator broke: {said[-500:]!r}")
    return found[1].decode() if found else "hung up"


async def many(count: int, attempt: Callable[[int], Awaitable[bytes]]) -> list[bytes]:
    """Do something so often, a batch at a time."""
    said: list[bytes] = []
    for start in range(0, count, BATCH):
        said += await asyncio.gather(*(attempt(number) for number in range(start, min(start + BATCH, count))))
    return said


REFUSED = "hung up|4.."


def tally(said: Iterable[bytes], allowed: str = REFUSED) -> str:
    """How often the server answered what; nothing but what the pattern allows."""
    found = Counter(status(each) for each in said)
    wrong = [each for each in found if not re.fullmatch(allowed, each)]
    if wrong:
        raise Lost(f"answered {', '.join(wrong)}, expected {allowed}")
    return ", ".join(f"{times} × {what}" for what, times in sorted(found.items()))
