"""The request log of a world as server-sent events: `GET /_simulator/worlds/{world}/events`.

A reader holds a position in the journal and no requests, so a slow one costs no more memory than its socket: what the journal
has dropped meanwhile is reported as a gap. The journal calls its readers; when there are none, nothing is done.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import anyio
import msgspec
from msgspec import structs
from starlette.types import Receive, Scope, Send

from simulator.application import Application
from simulator.asgi.futures import settled_async
from simulator.control.errors import Errors, render
from simulator.control.requests import request_line
from simulator.engine.encoding import encode
from simulator.engine.journal import Entry
from simulator.engine.world import World
from simulator.http import Request, Response

PATH = re.compile(r"/_simulator/worlds/(?P<world>[^/]+)/events")
BATCH = 100  # requests in one message
PAUSE = 0.05  # seconds between messages: with BATCH, the most that a busy log costs
CHECK = 1.0  # seconds after which a quiet reader looks whether its world still exists
SILENCE = 15.0  # seconds after which a comment keeps proxies from closing the connection
MAX_SHARED_BYTES = 2 * 1024 * 1024  # of requests and their events that are kept for the next reader
MAX_READERS = 500  # of one server
PROMPT = 20  # readers that get messages after each PAUSE; where there are more, all of them wait longer
MAX_QUOTED = 40  # characters of a value that an error repeats
RETRY = 1000  # milliseconds after which a browser connects again

METHODS = ("GET", "HEAD", "OPTIONS")

_COUNT = re.compile("[0-9]{1,9}")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Events:
    """Streams the journals of the worlds of one application."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.mask = application.mask
        self.readers = 0
        self._shared: dict[str, tuple[Entry, bytes]] = {}
        self._shared_bytes = 0

    @property
    def pause(self) -> float:
        """Seconds between two messages to a reader: all together get no more messages than PROMPT readers do."""
        return PAUSE * max(1.0, self.readers / PROMPT)

    async def open(self, request: Request) -> EventStream | Response:
        """Return the stream, or the response to HEAD and OPTIONS; where the control API does not show the log, its refusal.

        The header `Last-Event-ID` continues after a request, `?tail=N` begins with the last N; otherwise all are sent.
        """
        is_asking = request.method == "OPTIONS"  # which methods there are
        method, query = ("OPTIONS", "") if is_asking else ("GET", "limit=1")
        log = structs.replace(request, method=method, path=request.path.removesuffix("events") + "requests", query=query)
        refusal = await settled_async(self.application.handle(log))
        if is_asking and refusal.status == 204:
            return structs.replace(refusal, headers=[("Allow", ", ".join(METHODS))])
        if refusal.status != 200:
            return refusal
        parameters = parse_qsl(request.query, keep_blank_values=True)
        if fault := _query_fault(parameters):
            return encode(render(Errors.INVALID(fault)), "none", "documented", {})
        if request.method == "HEAD":
            return Response(200, [(name.decode(), value.decode()) for name, value in _HEADERS], b"")
        if self.readers >= MAX_READERS:
            text = f"this server has {MAX_READERS} readers of events; close one of them\n".encode()
            return Response(503, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))], text)
        name, tail = request.path.split("/")[3], dict(parameters).get("tail")
        return EventStream(self, name, request.headers.get("last-event-id", ""), None if tail is None else int(tail))

    def event(self, entry: Entry) -> bytes:
        """Return the event of a request. It is made once for all readers, as they are all sent the same requests."""
        shared = self._shared.get(entry.id)
        if shared is not None and shared[0] is entry:
            return shared[1]
        event = _event("request", request_line(entry, self.mask), entry.id)
        self._forget(entry.id)
        self._shared[entry.id] = entry, event
        self._shared_bytes += entry.size + len(event)
        while self._shared_bytes > MAX_SHARED_BYTES:
            self._forget(next(iter(self._shared)))
        return event

    def _forget(self, entry_id: str) -> None:
        if shared := self._shared.pop(entry_id, None):
            self._shared_bytes -= shared[0].size + len(shared[1])

    def leave(self) -> None:
        """Note that a reader is gone; with the last one go the events that they shared."""
        self.readers -= 1
        if not self.readers:
            self._shared.clear()
            self._shared_bytes = 0

    def world(self, name: str) -> World | None:
        """Return a world; following it is no use that keeps it from being dropped."""
        return self.application.look(lambda worlds: worlds.peek(name))


class EventStream:
    """One connection that follows a world: an ASGI application."""

    def __init__(self, events: Events, world: str, last: str, tail: int | None) -> None:
        self._events, self._name, self._last, self._tail = events, world, last, tail
        self._position, self._first = 0, b""
        self._cleared_at: datetime | None = None
        self._held = 0  # changes at the gates of the world that were reported
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._woken = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send messages until the client or the world has gone."""
        world = self._events.world(self._name)
        while world is not None and not self._events.application.look(lambda _: self._begin(world)):
            await asyncio.sleep(self._events.pause)  # a long request is at the world
        # The position is fixed before the head is sent, so every later request is in the stream.
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _write(send, f"retry: {RETRY}\n\n".encode() + self._first)
        self._events.readers += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_wait_for_disconnect, receive, group.cancel_scope)
                await self._run(world, send)
                group.cancel_scope.cancel()
        finally:
            self._events.leave()

    async def _run(self, world: World | None, send: Send) -> None:
        while world is not None:
            await self._follow(world, send)
            world = self._events.world(self._name)
            self._position, self._cleared_at, self._held = 0, None, 0
            await _write(send, _event("replaced" if world else "deleted", {"world": self._name}))
        await send({"type": "http.response.body", "body": b""})

    async def _follow(self, world: World, send: Send) -> None:
        """Send messages as long as the world of the name is this one."""
        quiet = 0.0
        with world.journal.listening(self._wake):
            while self._events.world(self._name) is world:
                self._changed.clear()
                self._woken = False
                message = self._events.application.look(lambda _: b"" if world.jobs else self._read(world))
                if message:
                    quiet = 0.0
                    await _write(send, message)
                    await asyncio.sleep(self._events.pause)
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), CHECK)
                quiet += CHECK
                if quiet >= SILENCE:
                    quiet = 0.0
                    await _write(send, b": nothing new\n\n")

    def _wake(self) -> None:
        """Wake the stream, once for any number of changes; requests are answered in any thread."""
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # The loop of the stream is closed.
                self._loop.call_soon_threadsafe(self._changed.set)

    def _begin(self, world: World) -> bool:
        """Find the position where the client stopped, or begin with a gap; return False where that cannot be read now."""
        if world.jobs:
            return False
        journal = world.journal
        self._cleared_at = journal.cleared_at
        continued = journal.position_after(self._last) if self._last else None
        if continued is None:
            shown = journal.held if self._tail is None or self._last else min(self._tail, journal.held)
            self._first = _event("gap", {"after": self._last, "missed": None}) if self._last else b""
        self._position = journal.position - shown if continued is None else continued
        return True

    def _read(self, world: World) -> bytes:
        """Return what happened since the last message; empty if nothing did."""
        journal, message = world.journal, []
        if journal.cleared_at is not self._cleared_at:
            self._cleared_at = journal.cleared_at
            self._position = max(self._position, journal.cleared)
            message.append(_event("cleared", {}))
        excerpt = journal.after(self._position, BATCH)
        self._position = excerpt.position
        if excerpt.missed:
            message.append(_event("gap", {"after": None, "missed": excerpt.missed}))
        message += map(self._events.event, excerpt.entries)
        if world.gates.changes != self._held:
            self._held = world.gates.changes
            message.append(_event("gates", {"waiting": world.gates.waiting}))
        return b"".join(message)


def _query_fault(parameters: list[tuple[str, str]]) -> str:
    """Return what is wrong with the parameters of a query; empty if nothing is."""
    for place, (name, value) in enumerate(parameters):
        if name != "tail":
            return f"query {name}: is unknown; expected only tail"
        if place:
            return "query tail: is given several times, expected once"
        if not _COUNT.fullmatch(value):
            return f"query tail: {value[:MAX_QUOTED]!r} is not a number of requests; expected one such as 20"
    return ""


def _event(name: str, data: dict[str, Any], identity: str = "") -> bytes:
    head = f"id: {identity}\nevent: {name}\ndata: " if identity else f"event: {name}\ndata: "
    return head.encode() + msgspec.json.encode(data) + b"\n\n"


async def _write(send: Send, message: bytes) -> None:
    if message:
        await send({"type": "http.response.body", "body": message, "more_body": True})


async def _wait_for_disconnect(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
