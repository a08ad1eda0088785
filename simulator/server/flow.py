"""Flow control of a connection."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """That of uvicorn, with an event only while the client does not read: each connection has one of these."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Control a connection, without calling uvicorn's, which makes the event."""
        self._transport = transport
        self.read_paused = self.write_paused = False
        self._is_writable: asyncio.Event | None = None

    async def drain(self) -> None:
        """Wait until the client has read."""
        if self._is_writable is not None:
            await self._is_writable.wait()

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        self.write_paused = True
        if self._is_writable is None:
            self._is_writable = asyncio.Event()

    def resume_writing(self) -> None:
        """Note that the client has read."""
        self.write_paused = False
        if self._is_writable is not None:
            self._is_writable.set()
            self._is_writable = None
