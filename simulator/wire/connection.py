"""One connection: requests in the order they come, each answered before the next is looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from msgspec import structs

from simulator.http.request import Request
from simulator.wire import answers, heads
from simulator.wire.outbox import Outbox

if TYPE_CHECKING:
    from simulator.application import Application
    from simulator.http.response import Response
    from simulator.wire.conversation import Conversation


class Connection(asyncio.Protocol):
    """One connection.

    A request that has come whole is answered at once, as the application answers without waiting. While an answer is held back,
    or the client takes none, nothing more is answered and little more is read: what a client can make us hold is bounded.
    """

    def __init__(self, app: Application, connections: set[Connection], outbox: Outbox) -> None:
        """Answer by `app`, through `outbox`; be one of `connections` as long as this one is open."""
        self._app = app
        self._connections = connections
        self._outbox = outbox
        self._loop = asyncio.get_running_loop()
        self._conversation: Conversation | None = None  # a request that h11 reads
        self._parts: list[bytes] = []  # what has come and cannot be looked at yet
        self._missing = 0  # bytes without which the request in `_parts` is not whole
        self._full = False  # the client does not take what was written
        self.held: asyncio.TimerHandle | None = None  # an answer that is held back
        self.last_heard = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self.transport = cast("asyncio.Transport", transport)
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        self._connections.discard(self)
        if self.held is not None:
            self.held.cancel()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        self.last_heard = self._loop.time()
        if self._parts:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing <= 0:
                self._go_on()
        else:
            self._read(data)

    def _go_on(self) -> None:
        """Look at what was kept."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._read(data)

    def _read(self, data: bytes) -> None:
        """Answer the requests that have come whole, and keep what is left."""
        while data and not self.transport.is_closing():
            if self._full or self.held is not None:
                self._keep(data, 0)
                if len(data) > heads.MAX_HEAD:
                    self.transport.pause_reading()
                return
            data = self._next(data)
            if data:
                self._outbox.flush()  # to know whether the client takes answers before there are more of them

    def _next(self, data: bytes) -> bytes:
        """Answer the first request, if it has come whole; return what came behind it."""
        head = heads.read(data) if self._conversation is None else None
        if head is None:
            return self._converse(data)
        end = head.size + head.length
        if len(data) < end:
            self._keep(data, end - len(data))
            return b""
        body = data[head.size : end]
        request = Request(head.method, head.path, head.query, head.headers, body, self._scheme)
        self._send(self._app.handle(request), last=head.last)
        return data[end:]

    def _keep(self, data: bytes, missing: int) -> None:
        self._parts.append(data)
        self._missing = missing

    def _converse(self, data: bytes) -> bytes:
        """Let h11 read; answer when the request is whole; return what came behind it."""
        from simulator.wire.conversation import Conversation, Refused  # noqa: PLC0415  (h11 is loaded when it is needed)

        talk = self._conversation = self._conversation or Conversation(self._scheme)
        try:
            asked = talk.read(data)
        except Refused as refused:
            self._outbox.put(self.transport, answers.refusal(refused.status, str(refused)))
            self._close()
            return b""
        if asked is None:
            if talk.waits:
                self._outbox.put(self.transport, answers.CONTINUE)
            return b""
        self._conversation = None
        self._send(self._app.handle(asked.request), last=asked.last, bodiless=asked.bodiless)
        return asked.rest

    def _send(self, answered: Response, *, last: bool = False, bodiless: bool = False) -> None:
        if answered.delay:  # we go on listening, to hear whether the client hangs up
            self.held = self._loop.call_later(answered.delay, self._release, answered, last, bodiless)
        elif answered.fault:
            self._outbox.flush()  # what this client was answered before
            answers.break_off(self.transport, answered)
        else:
            self._outbox.put(self.transport, answers.encode(answered, last=last, bodiless=bodiless))
            if last:
                self._close()

    def _close(self) -> None:
        self._outbox.flush()
        self.transport.close()

    def _release(self, answered: Response, last: bool, bodiless: bool) -> None:
        """Send an answer whose time has come, and go on with what came meanwhile."""
        self.held = None
        self._send(structs.replace(answered, delay=0.0), last=last, bodiless=bodiless)
        self._resume()

    def _resume(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()
            self._go_on()

    def pause_writing(self) -> None:
        """The client takes nothing: hold what it sends until it does."""
        self._full = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has taken what was written."""
        self._full = False
        if self.held is None:
            self._resume()
