"""The bodies of responses that come without a socket, as `httpx` reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx

from simulator.testing.idle_connections import IdleConnections, Origin


class Body(httpx.ByteStream):
    """A body whose connection can be used again once it is closed."""

    def __init__(self, body: bytes, idle: IdleConnections, origin: Origin) -> None:
        super().__init__(body)
        self._idle = idle
        self._origin = origin

    def close(self) -> None:
        """Give the connection back."""
        self._idle.give_back(self._origin)

    async def aclose(self) -> None:
        """Do the same."""
        self._idle.give_back(self._origin)


class TruncatedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The first half of a body, and then the error that httpx raises where a connection ends too early."""

    def __init__(self, request: httpx.Request, body: bytes) -> None:
        self._request = request
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        half, whole = len(self._body) // 2, len(self._body)
        if half:
            yield self._body[:half]
        if whole:
            text = f"peer closed connection without sending complete message body (received {half} bytes, expected {whole})"
            raise httpx.RemoteProtocolError(text, request=self._request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part
