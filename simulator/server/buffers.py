"""What a server keeps for clients that do not read their responses: bytes of the system, and of its own."""

from __future__ import annotations

import logging
import socket
from typing import Any

SYSTEM = 128 * 1024  # bytes that the system keeps for each direction of a connection, up to 4 MiB if it were to choose
LIMIT = 64 * 1024 * 1024  # bytes of responses that are not read, of all connections

log = logging.getLogger("simulator")


def limit_buffers(listener: socket.socket) -> None:
    """Limit what the system keeps for each connection that a socket accepts, and so what is read of it in one go."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, SYSTEM)


class Unread:
    """The connections whose clients are slow to read; where they keep too much waiting, the slowest are closed."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.bytes = 0
        self._connections: dict[Any, int] = {}  # by transport, with its bytes; the oldest first

    def add(self, transport: Any) -> None:
        """Count what a client has not read, and close other connections where that is too much."""
        self.discard(transport)
        self._connections[transport] = size = transport.get_write_buffer_size()
        self.bytes += size
        while self.bytes > self.limit and len(self._connections) > 1:
            slowest = next(iter(self._connections))
            self.discard(slowest)
            slowest.abort()
            log.warning("closed a connection: %d bytes of responses are unread, the most that are kept", self.limit)

    def discard(self, transport: Any) -> None:
        """Forget a connection, whose client has read or gone."""
        self.bytes -= self._connections.pop(transport, 0)
