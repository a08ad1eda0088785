"""Answers on their way out, written together at the end of one turn of the event loop."""

from __future__ import annotations

import asyncio


class Outbox:
    """The answers of one turn, of all connections.

    A write wakes its reader, and a client that serves many connections by one thread would be woken for each of them, to sleep
    again after each: that takes longer than the write. Written together they wake it once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append((transport, data))

    def flush(self) -> None:
        """Write what waits, in order."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
