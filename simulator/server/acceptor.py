"""A listener for TLS that also takes CONNECT in plain HTTP; the first byte of a connection tells which.

It also listens for plain HTTP on asyncio's own event loop, which would try thousands of times where no files are left.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable
from itertools import islice
from typing import Any

from simulator.asgi.encoding import encode, refusal
from simulator.server.crowd import Crowd
from simulator.server.tunnel import SECONDS

MAX_HANDSHAKES = 200  # at the same time, of some 285 KB each; beyond that the oldest is abandoned
CONNECT = b"C"  # the first byte of a connection that asks for a tunnel
HANDSHAKE = b"\x16"  # the first byte of TLS
PLAIN = "This port speaks HTTPS; use https:// and trust the CA of the simulator, or CONNECT as through a proxy"
DRAINED = 2.0  # seconds in which a client whose plain HTTP is refused may go on sending: a reset could overtake the response
AT_ONCE = 100  # connections that are accepted before others get their turn
PAUSE = 0.1  # seconds until connections are accepted again when the system has no file descriptor left
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Acceptor:
    """Accepts connections until it is closed; takes the place of an `asyncio.Server` in uvicorn's list of servers."""

    def __init__(
        self,
        listener: socket.socket,
        factory: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None,
        patience: float,
        crowd: Crowd,
    ) -> None:
        """Begin to accept connections; with TLS, one that sends nothing is closed after `patience` seconds."""
        self._listener, self._factory, self._context, self._patience = listener, factory, context, patience
        self._crowd = crowd
        self._loop = asyncio.get_running_loop()
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}  # connections that have sent nothing yet
        self._beginning: dict[asyncio.Task[None], None] = {}  # the oldest first
        self._resumption: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        crowd.add(self)
        self._resume()

    @property
    def waiting(self) -> int:
        """How many connections have no protocol yet."""
        return len(self._silent) + len(self._beginning)

    @property
    def handshakes(self) -> int:
        """How many connections are at the TLS handshake."""
        return len(self._beginning)

    def drop_oldest(self, count: int) -> int:
        """Close at most so many connections: those that have sent nothing, then those at the handshake, the oldest first."""
        dropped = list(islice(self._silent, count))
        for connection in dropped:
            self._drop(connection)
        handshakes = self._beginning if self._context is not None else ()
        abandoned = list(islice(handshakes, count - len(dropped)))
        for task in abandoned:
            self._abandon(task)
        return len(dropped) + len(abandoned)

    def _abandon(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        self._beginning.pop(task)

    def close(self) -> None:
        """Accept no more connections, and close those of which nothing was heard."""
        if self._resumption is not None:
            self._resumption.cancel()
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener)
            self._listener.close()
        for connection in list(self._silent):
            self._forget(connection)
            connection.close()
        for task in list(self._beginning):
            task.cancel()

    async def wait_closed(self) -> None:
        """Return; `close` leaves nothing to wait for."""

    def _resume(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._crowd.tell("no more files can be opened, so connections wait")
                self.drop_oldest(AT_ONCE)
                self._loop.remove_reader(self._listener)
                self._resumption = self._loop.call_later(PAUSE, self._resume)
                return
            if not self._crowd.make_room():
                connection.close()
                continue
            connection.setblocking(False)
            if self._context is None:
                self._start(connection, self._factory, None)
                continue
            self._silent[connection] = self._loop.call_later(self._patience, self._drop, connection)
            self._loop.add_reader(connection, self._hear, connection)

    def _forget(self, connection: socket.socket) -> None:
        self._loop.remove_reader(connection)
        self._silent.pop(connection).cancel()

    def _drop(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    def _hear(self, connection: socket.socket) -> None:
        """Peek at the first byte, which stays unread."""
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        if not first:
            self._drop(connection)
            return
        self._forget(connection)
        factory = self._factory if first in (CONNECT, HANDSHAKE) else _Refusal
        if len(self._beginning) >= MAX_HANDSHAKES:  # such as of clients that send one byte of TLS and no more
            self._abandon(next(iter(self._beginning)))
        self._start(connection, factory, self._context if first == HANDSHAKE else None)

    def _start(
        self, connection: socket.socket, factory: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext | None
    ) -> None:
        task = self._loop.create_task(self._begin(connection, factory, context))
        self._beginning[task] = None
        task.add_done_callback(lambda done: self._beginning.pop(done, None))

    async def _begin(
        self, connection: socket.socket, factory: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext | None
    ) -> None:
        """Give the connection to a protocol of its own."""
        timeout = None if context is None else SECONDS
        with contextlib.suppress(OSError):  # the client speaks no valid TLS, does not trust the CA, or has gone
            await self._loop.connect_accepted_socket(factory, connection, ssl=context, ssl_handshake_timeout=timeout)


class _Refusal(asyncio.Protocol):
    """The connection of a client that speaks neither TLS nor CONNECT."""

    def connection_made(self, transport: Any) -> None:
        """Answer which protocol is expected; further data of the client is dropped."""
        transport.write(encode(refusal(400, PLAIN), close=True))
        transport.write_eof()
        asyncio.get_running_loop().call_later(DRAINED, transport.abort)
