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
        self._begun = False  # whether an answer was written in this turn
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write now if this is the first answer of the turn, else at its end."""
        if self._begun:
            self._waiting.append((transport, data))
        else:
            self._begun = True
            self._loop.call_soon(self._end)
            transport.write(data)

    def _end(self) -> None:
        self._begun = False
        self.flush()

    def flush(self) -> None:
        """Write what waits, in order."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
