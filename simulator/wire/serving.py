"""Accepting connections until told to end, and ending within a second."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.wire.connection import Connection
from simulator.wire.outbox import Outbox

if TYPE_CHECKING:
    import ssl

    from simulator.application import Application

IDLE = 75.0  # seconds in which nothing is heard of a client before its connection is closed
GRACE = 0.4  # seconds for what is under way when the server is told to end
BACKLOG = 2048


async def serve(
    app: Application, listener: socket.socket, tls: ssl.SSLContext | None, end: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve until `end` is set; call `ready` once connections are accepted."""
    loop = asyncio.get_running_loop()
    connections: set[Connection] = set()
    outbox = Outbox()
    server = await loop.create_server(lambda: Connection(app, connections, outbox), sock=listener, ssl=tls, backlog=BACKLOG)
    sweeping = asyncio.ensure_future(_sweep(connections))
    ready()
    await end.wait()
    sweeping.cancel()
    server.close()
    outbox.flush()
    await _hang_up(connections)
    if sys.version_info >= (3, 13):  # there may be some that have connected and not begun to speak TLS
        server.abort_clients()
        await asyncio.sleep(0)


async def _sweep(connections: set[Connection]) -> None:
    """Close what is idle; looked at from time to time, so that a request costs no timer."""
    while True:
        await asyncio.sleep(IDLE / 10)
        limit = asyncio.get_running_loop().time() - IDLE
        for each in [each for each in connections if each.held is None and each.last_heard < limit]:
            each.transport.abort()


async def _hang_up(connections: set[Connection]) -> None:
    """Let clients that wait for an answer have it, but not for long; one may never say goodbye."""
    for each in list(connections):
        if each.held is None:
            each.transport.close()
    deadline = asyncio.get_running_loop().time() + GRACE
    while connections and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
    for each in list(connections):
        each.transport.abort()
    await asyncio.sleep(0)
