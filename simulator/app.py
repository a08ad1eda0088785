"""The ASGI entry: which world, which provider or the control API, and the bytes in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from simulator import control
from simulator.catalog import Catalog, nearest
from simulator.pipeline import Answer, answer
from simulator.provider import Exchange, Request
from simulator.reading import MAX_BODY
from simulator.welcome import welcome
from simulator.worlds import DEFAULT, Worlds

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATIENCE = 16 * MAX_BODY  # so much of an oversized body is read and dropped, so that its sender can hear the refusal


class App:
    """The simulator as an ASGI application."""

    def __init__(self, catalog: Catalog, scenario: str = DEFAULT, admin_token: str = "") -> None:
        self.catalog = catalog
        self.worlds = Worlds(catalog, scenario)
        self._control = control.Control(self.worlds, admin_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _read(receive)
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        await _send(send, self.respond(Request(scope["method"], path, query, headers, raw, scope.get("scheme", "http"))))

    def respond(self, request: Request) -> Answer:
        """Answer one request: find the world and the provider that it is for."""
        if request.path.startswith("/_simulator/"):
            return self._control.answer(request)
        name, path = _world_name(request)
        world = self.worlds.get(name)
        if world is None:
            return self._control.refuse(request, f"no world {name!r}; PUT /_simulator/worlds/{{name}} makes one")
        bound = self.catalog.hosts.get(request.headers.get("host", "").partition(":")[0].lower())
        if bound is None:
            first, slash, rest = path[1:].partition("/")
            bound, path = self.catalog.providers.get(first), slash + rest
            if not first and request.method == "GET":
                return _page(welcome(self.catalog, request.origin))
            if bound is None:
                known = nearest(first, list(self.catalog.providers))
                return self._control.refuse(request, f"no provider {first!r}{known}; GET / shows where each answers")
        return answer(bound, Exchange(world, request, path))


def _world_name(request: Request) -> tuple[str, str]:
    """The world that the path or a header names, and the rest of the path."""
    if request.path.startswith("/w/"):
        name, _, rest = request.path[3:].partition("/")
        return name, "/" + rest
    return request.headers.get("x-simulator-world", DEFAULT), request.path


def _page(text: str) -> Answer:
    body = text.encode()
    return Answer(200, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))], body)


async def _read(receive: Receive) -> bytes | None:
    """The body, or None when it is larger than MAX_BODY."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body if len(body) <= MAX_BODY else None
    chunks, size = [body], len(body)
    while message.get("more_body") and size <= PATIENCE:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_BODY else None


async def _send(send: Send, answered: Answer) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered.headers]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": answered.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
