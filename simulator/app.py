"""The ASGI entry: which world, which provider or the control API, and the bytes in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any

from simulator import control, faults, welcome
from simulator.catalog import Catalog, nearest
from simulator.exchange import Exchange, Request
from simulator.pipeline import Answer, answer
from simulator.reading import MAX_BODY
from simulator.welcome import Visit
from simulator.worlds import BOUNDS, DEFAULT, Bounds, Worlds

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SHOW_ONLY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # the front page runs nothing and fetches nothing
PATIENCE = 16 * MAX_BODY  # so much of an oversized body is read and dropped, so that its sender can hear the refusal


class App:
    """The simulator as an ASGI application."""

    def __init__(self, catalog: Catalog, scenario: str = DEFAULT, admin_token: str = "", bounds: Bounds = BOUNDS) -> None:
        self.catalog = catalog
        self._lock = Lock()
        self.worlds = Worlds(catalog, scenario, bounds)
        self._control = control.Control(catalog, self.worlds, admin_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            raw = await _read(receive)
        except ConnectionAbortedError:
            return
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        request = Request(scope["method"], path, query, headers, raw, scope.get("scheme", "http"))
        await self.deliver(receive, send, self.respond(request))

    @staticmethod
    def bounded(raw: bytes) -> bytes | None:
        """A body, or None for one that is larger than is read."""
        return raw if len(raw) <= MAX_BODY else None

    @staticmethod
    async def deliver(receive: Receive, send: Send, answered: Answer) -> None:
        """Send an answer: after its delay, and broken off as its fault says."""
        if answered.delay:
            try:
                await asyncio.sleep(answered.delay)
            except asyncio.CancelledError:
                return  # the server ends, and has hung up on whoever waits
        if answered.fault:
            transport = faults.transport_of(send)
            if transport is not None:
                head = faults.head(answered.status, answered.headers)
                await faults.break_connection(transport, receive, answered.fault, head, answered.body)
                return
            answered = Answer(500, [("X-Simulator-Bug", "1")], b"this server gives the simulator no way to break a connection")
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered.headers]
        await send({"type": "http.response.start", "status": answered.status, "headers": headers})
        await send({"type": "http.response.body", "body": answered.body})

    def respond(self, request: Request) -> Answer:
        """Answer one request; safe to call from any thread, beside a server that runs in another."""
        with self._lock:
            return self._respond(request)

    def _respond(self, request: Request) -> Answer:
        """Find the world and the provider that a request is for."""
        if request.path.startswith("/_simulator/") or request.path == "/_simulator":
            return self._control.answer(request)
        name, path = _world_name(request)
        world = self.worlds.get(name)
        if world is None:
            hint = "PUT /_simulator/worlds/{name} makes one, GET /_simulator/worlds shows those that there are"
            return self._control.refuse(request, f"no world {name!r}; {hint}")
        bound = self.catalog.hosts.get(request.headers.get("host", "").partition(":")[0].lower())
        if bound is None:
            first, slash, rest = path[1:].partition("/")
            bound, path = self.catalog.providers.get(first), slash + rest
            if not (first or path) and request.method in ("GET", "HEAD"):
                return _front(request, Visit(self.catalog, request.origin, world.scenario, name))
            if bound is None:
                reason = f"no provider {first!r}{self._near(request)} (GET / shows where each answers)"
                return self._control.refuse(request, reason, world)
        return answer(bound, Exchange(world, request, path or "/"))

    def _near(self, request: Request) -> str:
        """What a path that leads nowhere may have meant: the same path at a provider, or a provider of a similar name."""
        path = _world_name(request)[1]
        prefix = request.path.removesuffix(path)
        meant = [f"{prefix}/{name}{path}" for name, bound in self.catalog.providers.items() if bound.spec.routes.find(path)]
        if self.catalog.control.spec.routes.find(f"/_simulator{path}"):
            meant.append(f"/_simulator{path}")
        if meant:
            return f"; did you mean {' or '.join(meant)}?"
        return nearest(path[1:].partition("/")[0], [*self.catalog.providers, "_simulator"])


def _world_name(request: Request) -> tuple[str, str]:
    """The world that the path or a header names, and the rest of the path."""
    if request.path.startswith("/w/"):
        name, _, rest = request.path[3:].partition("/")
        return name, "/" + rest
    return request.headers.get("x-simulator-world", DEFAULT), request.path


def _front(request: Request, visit: Visit) -> Answer:
    """The front page: HTML for a browser, text for everyone else."""
    browser = "text/html" in request.headers.get("accept", "")
    body = (welcome.page(visit) if browser else welcome.text(visit)).encode()
    headers = [("Content-Type", f"text/{'html' if browser else 'plain'}; charset=utf-8"), ("Content-Length", str(len(body)))]
    return Answer(200, [*headers, ("Vary", "Accept"), ("Content-Security-Policy", SHOW_ONLY)], body)


async def _read(receive: Receive) -> bytes | None:
    """The body, or None when it is larger than MAX_BODY.

    Raises:
        ConnectionAbortedError: the client went away in the middle of it: half a request is none.
    """
    chunks, size, more = [], 0, True
    while more and size <= PATIENCE:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_BODY else None


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
