"""What both protocols share: the connection for wire faults, the choice of the lane, the end of silent connections."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from typing import Any

import msgspec
from msgspec import structs
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl

from simulator.asgi.adapter import MAX_DISCARDED, SEVERAL_HOSTS, headers_of
from simulator.asgi.encoding import refusal, wall_date
from simulator.asgi.faults import EXTENSION, Connection
from simulator.asgi.incoming import Incoming
from simulator.asgi.main import SimulatorApp
from simulator.engine.addressing import WORLD_HEADER
from simulator.http.hosts import MALFORMED_HOST, is_host
from simulator.http.request import Request
from simulator.http.response import Response
from simulator.server.buffers import Unread
from simulator.server.crowd import Crowd
from simulator.server.flow import Flow
from simulator.server.tunnel import WORLD

MAX_HEAD = 64 * 1024  # bytes of request line and headers
PATIENCE = 10.0  # seconds in which a client that sends more than a head behind a request should be answered
TOO_LONG = f"Request line and headers are larger than {MAX_HEAD} bytes"
MAX_MESSAGE = MAX_HEAD + MAX_DISCARDED  # bytes of a request as it is sent, chunk sizes and trailers included

# What only the ASGI path does: chunked bodies that may hide a second length, `Expect`, upgrades, headers of a trusted proxy.
SPECIAL = frozenset(["transfer-encoding", "expect", "upgrade", "x-forwarded-proto", "x-forwarded-for"])

LENGTHS = frozenset([b"content-length", b"transfer-encoding"])  # of which a head has one

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # in the value of a header; httptools refuses it, and h11 does not

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger("simulator.http")
log.setLevel(logging.ERROR)  # that a client sends no valid HTTP is not worth a line


class Head(msgspec.Struct, frozen=True, gc=False):
    """The head of a request that may take the fast lane."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


class Lane(asyncio.Protocol):
    """A mixin for protocols of uvicorn."""

    app: ASGIApp
    app_state: dict[str, Any]
    config: Config
    cycle: Any  # of the last request: that of httptools or that of h11
    flow: FlowControl
    loop: asyncio.AbstractEventLoop
    root_path: str
    scheme: Any
    transport: asyncio.Transport
    pipeline: deque[Any] = deque()  # of requests that wait for the response to another one: only with httptools

    def __init__(self, config: Config, *rest: Any, **more: Any) -> None:
        super().__init__(config, *rest, **more)  # type: ignore[call-arg]  # of uvicorn's protocol, which comes after this class
        self.logger, self.access_log = log, False
        application: Any = getattr(self.app, "app", self.app)  # within uvicorn's ProxyHeadersMiddleware
        enabled = getattr(config, "fast_lane", True) and isinstance(application, SimulatorApp)
        self.simulator: SimulatorApp | None = application if enabled else None
        self.answered = False  # the fast lane has answered a request of the bytes that came last: the next ones queue up
        self.last_heard = self.loop.time()
        self._world: str = self.app_state.get(WORLD, "")  # of a tunnel; a header takes precedence
        self._timer: asyncio.TimerHandle | None = None
        self._incoming: Incoming | None = application.adapter.incoming if isinstance(application, SimulatorApp) else None
        self._kept = 0  # bytes of requests that are not complete, or that come behind others
        self._much_since = 0.0  # when that became more than a head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection over to the application, and begin to watch it."""
        super().connection_made(transport)
        self.flow = Flow(self.transport)
        self.app = self.hand_over(self.app)
        self._watch()
        crowd: Crowd | None = getattr(self.config, "crowd", None)
        if crowd is not None and not crowd.make_room():
            self.transport.abort()

    def hand_over(self, app: ASGIApp) -> ASGIApp:
        """Return the application with the connection in its scope, and with the world of a tunnel as a header."""
        return HandingOver(app, self.transport, self._world)

    def connection_lost(self, error: Exception | None) -> None:
        """End the watch, and keep nothing."""
        self.end_watch()
        self.count_kept(0)
        if (unread := self._unread) is not None:
            unread.discard(self.transport)
        super().connection_lost(error)

    def end_watch(self) -> None:
        """Leave the connection to others."""
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        super().pause_writing()
        if (unread := self._unread) is not None:
            unread.add(self.transport)

    def resume_writing(self) -> None:
        """Note that the client has read."""
        super().resume_writing()
        if (unread := self._unread) is not None:
            unread.discard(self.transport)

    @property
    def _unread(self) -> Unread | None:
        return getattr(self.config, "unread", None)

    def count_kept(self, size: int) -> None:
        """Count the bytes that the connection keeps of requests that are not complete, or that come behind others."""
        before, self._kept = self._kept, size
        if not (size or before):
            return
        if size > MAX_HEAD >= before:
            self._much_since = self.loop.time()
            self.loop.call_later(PATIENCE, self._end_pause, self._much_since)
        elif 0 < size <= MAX_HEAD:
            self.flow.resume_reading()
        if self._incoming is None:
            return
        if size:
            self._incoming.hold(self, size, self.drop_kept)
        else:
            self._incoming.release(self)

    def drop_kept(self) -> None:
        """Drop the buffers of incomplete requests, and reject the requests."""
        raise NotImplementedError

    def _watch(self) -> None:
        """Close a connection that has been silent for too long, unless its client waits for a response."""
        silent = 0.0 if self.is_awaited() else self.loop.time() - self.last_heard
        if silent >= self.config.timeout_keep_alive:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(self.config.timeout_keep_alive - silent, self._watch)

    def _end_pause(self, since: float) -> None:
        """Close a connection that is not read since then, as it cannot be noticed either that its client has gone."""
        if self.flow.read_paused and self._kept > MAX_HEAD and self._much_since == since:
            self.transport.abort()

    def is_awaited(self) -> bool:
        """Return whether a response is being held back; a client that does not read what was written waits for nothing."""
        if self.flow.write_paused or self.transport.is_closing():
            return False
        return bool(self.pipeline) or (self.is_busy() and not self.cycle.more_body)

    def is_busy(self) -> bool:
        """Return whether the ASGI application has a request in hand."""
        return self.cycle is not None and not self.cycle.response_complete

    def may_answer(self) -> bool:
        """Return whether the fast lane is open for the next request."""
        return not (self.simulator is None or self.answered or self.flow.write_paused or self.is_busy())

    def answer(self, head: Head, body: bytes) -> Response | ASGIApp:
        """Return the response to a request; where that takes an ASGI cycle, the ASGI application that gives it."""
        assert self.simulator is not None  # noqa: S101  (`may_answer` has checked it)
        self.answered = True
        if self._world:
            head.headers.setdefault(WORLD_HEADER, self._world)
        request = Request(head.method, head.path, head.query, head.headers, body, self.scheme or "http", self.root_path)
        if self.simulator.console.serves(request):
            return self.app
        response = self.simulator.application.handle(request)
        if response.delay or response.fault or response.after is not None:
            return self.hand_over(partial(self.simulator.adapter.respond, response))
        return response

    def _unsupported_upgrade_warning(self) -> None:
        """Ignore the upgrade without a word, as RFC 9110, 7.8 allows."""


def head_of(method: bytes, target: bytes, version: str | bytes, pairs: Collection[tuple[bytes, bytes]]) -> Head | None:
    """Return the head of a request if it may take the fast lane."""
    if version not in ("1.1", b"1.1") or not target.startswith(b"/") or b"#" in target:
        return None
    headers = headers_of(pairs)
    if not SPECIAL.isdisjoint(headers) or not is_host(headers.get("host", ",")):
        return None
    path, _, query = target.decode("ascii").partition("?")
    return Head(method.decode("ascii"), path, query, headers)


def head_refusal(target: bytes, pairs: Collection[tuple[bytes, bytes]]) -> Response | None:
    """Return the response with which the server refuses a head that a client can send; None for one that it accepts."""
    status, reason = 0, ""
    if any(_CONTROL.search(value) for _, value in pairs):
        status, reason = 400, "Invalid HTTP request received: Invalid header value char"
    elif head_size(target, pairs) > MAX_HEAD:
        status, reason = 431, TOO_LONG
    elif {name.lower() for name, _ in pairs} >= LENGTHS:
        status, reason = 400, "Invalid HTTP request received: Content-Length can't be present with Transfer-Encoding"
    elif any(name.lower() == b"host" and b"," in value for name, value in pairs):
        status, reason = 400, SEVERAL_HOSTS
    elif any(name.lower() == b"host" and not is_host(value.decode("latin-1")) for name, value in pairs):
        status, reason = 400, MALFORMED_HOST
    if not status:
        return None
    response = refusal(status, reason)
    return structs.replace(response, headers=[("Date", wall_date()), *response.headers, ("Connection", "close")])


def head_size(target: bytes, pairs: Collection[tuple[bytes, bytes]]) -> int:
    """Return the bytes of a head, roughly."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in pairs)


def head_without_upgrade(method: bytes, target: bytes, version: str, pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head of a request without its `Upgrade`: with it, httptools would take the body for another protocol.

    Java's HttpClient asks for h2c with each first request of a connection, whether that has a body or not.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    lines += [b"%b: %b" % (name, value) for name, value in pairs if name != b"upgrade"]
    return b"\r\n".join([*lines, b"", b""])


class HandingOver:
    """An application that gets the connection in its scope, and the world of a tunnel as a header.

    A closure would do, but each idle connection has one: of few objects, as a full garbage collection looks at all of them.
    """

    __slots__ = ("app", "transport", "world")

    def __init__(self, app: ASGIApp, transport: asyncio.Transport, world: str) -> None:
        self.app, self.transport, self.world = app, transport, world

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Call the application."""
        header = WORLD_HEADER.encode()
        scope.setdefault("extensions", {})[EXTENSION] = Connection(self.transport)
        if self.world and header not in dict(scope["headers"]):
            scope["headers"].append((header, self.world.encode()))
        await self.app(scope, receive, send)
