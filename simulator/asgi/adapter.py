"""Between ASGI and the application: a scope becomes a `Request`, a response becomes messages."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import quote

import anyio
from msgspec import structs

from simulator.application import Application
from simulator.asgi import faults
from simulator.asgi.encoding import plain, refusal, wall_date
from simulator.asgi.futures import result_of, settled_async
from simulator.asgi.incoming import Incoming, too_much
from simulator.http.hosts import MALFORMED_HOST, is_host
from simulator.http.request import FAULTS_UNSUPPORTED, Request
from simulator.http.response import Held, Queued, Response
from simulator.openapi.operation import LARGEST_BODY, MAX_BODY
from simulator.registry import VERSION

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SAFE = ("GET", "HEAD")  # methods of requests that change nothing: of clients that have gone, they need not be handled
MAX_DISCARDED = LARGEST_BODY  # bytes of an oversized body that are read and dropped, so that its sender gets the 413

# The absolute form of RFC 9112, 3.2.2: userinfo is dropped, what follows the authority is the path.
_ABSOLUTE = re.compile(
    r"https?://(?:[^/@]*@)?(?P<host>(?:\[[0-9A-F:.]+\]|[^][@:/?#\s]+)(?::[0-9]*)?)(?P<path>/[^#]*|)(?:#.*)?", re.IGNORECASE
)

ASTERISK = "*"  # the target of an OPTIONS request that asks about the server itself
EXPECTED_TARGET = "expected a path, or a URL with scheme http or https and a host"
SEVERAL_HOSTS = "more than one Host header"

DESCRIPTION = f"provider-simulator {VERSION} speaks HTTP/1.1; GET / lists the base URLs"

log = logging.getLogger("simulator")


class Malformed(Exception):
    """A request that a server must reject according to RFC 9112; the text is the reason."""


class Disconnected(Exception):
    """The client closed the connection before its request was complete."""


class TooMuch(Exception):
    """Too much is kept of requests that are not complete; this one has to go."""


class Adapter:
    """Serves an `Application` over ASGI."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._warned = False
        self.incoming = Incoming()
        application.gauges["incoming_bytes"] = lambda: (self.incoming.bytes, self.incoming.limit)
        self._delays: set[anyio.CancelScope] = set()  # of the responses that are held back
        self._is_ending = False

    async def simulate(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whose body is still to be received, as the simulator."""
        try:
            limit = MAX_BODY if _is_short(request) else self.application.body_limit(request)
            raw, complete = await read_body(request, receive, limit, self.incoming)
        except Disconnected:
            return
        except TooMuch:
            await self.respond(_closing(too_much()), scope, receive, send)
            return
        response = self.application.handle(structs.replace(request, raw=raw))
        await self.respond(response if complete else _closing(response), scope, receive, send)

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `OPTIONS *`, which asks about the server and not about a path of it (RFC 9110, 9.3.7)."""
        await self.respond(plain(200, DESCRIPTION), scope, receive, send)

    async def refuse(self, error: Malformed, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a malformed request and close the connection."""
        await self.respond(_closing(refusal(400, str(error))), scope, receive, send)

    async def respond(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a response after its delay, or break the connection as its fault demands."""
        if response.after is not None:
            awaited = await _awaited(response, receive, is_safe=scope["method"] in SAFE)
            if awaited is None:
                return
            response = awaited
        if response.delay and not self._is_ending and await self._held_back(response.delay, receive):
            return
        connection = faults.connection_of(scope)
        if response.fault:
            if connection is not None:
                connection.fail(response)
                await _disconnected(receive)  # a server would complain about a missing response
                return
            response = self._unsupported(response)
        if scope.get("http_version") == "1.0":
            response = _closing(response)  # some versions of uvicorn close without a word
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
        if connection is None:  # other servers add a Date of their own
            headers = [header for header in headers if header[0] != b"date"]
        elif b"date" not in dict(headers):
            headers.insert(0, (b"date", wall_date().encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    async def _held_back(self, seconds: float, receive: Receive) -> bool:
        """Wait for the delay of a response, and return whether the client has gone meanwhile."""
        with anyio.move_on_after(seconds) as scope:
            self._delays.add(scope)
            try:
                await _disconnected(receive)
                return True
            finally:
                self._delays.discard(scope)
        return False

    def end(self) -> None:
        """Send all delayed responses now, as the server is shutting down; call it from the event loop of the server."""
        self._is_ending = True
        self.application.courier.rest()
        for scope in list(self._delays):
            scope.cancel()

    def _unsupported(self, response: Response) -> Response:
        if not self._warned:
            self._warned = True
            log.warning("a rule requires the fault %r: %s", response.fault, FAULTS_UNSUPPORTED)
        return faults.unsupported(response)


def dated(scope: Scope, send: Send) -> Send:
    """Return a function that sends responses of others with a Date, where the server leaves that to the application."""
    if faults.connection_of(scope) is None:
        return send

    async def with_date(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [(b"date", wall_date().encode()), *message.get("headers", ())]}
        await send(message)

    return with_date


def headers_of(pairs: Collection[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name, which is in lower case; repeated ones are joined as RFC 9110, 5.3 and RFC 6265, 5.4 have it."""
    headers = {name.decode("latin-1"): value.strip().decode("latin-1") for name, value in pairs}
    if len(headers) < len(pairs):
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name.decode("latin-1"), []).append(value.strip().decode("latin-1"))
        headers = {name: ("; " if name == "cookie" else ", ").join(repeated) for name, repeated in values.items()}
    return headers


def request_of(scope: Scope) -> Request:
    """Return the request of a scope, without its body.

    Raises:
        Malformed: the request is not valid HTTP.
    """
    headers = headers_of(list(scope["headers"]))  # which ASGI lets be any iterable
    if scope.get("http_version") not in ("1.0", "1.1", "2", "3"):
        raise Malformed(f"HTTP/{scope['http_version']} is not supported on this connection; this server speaks HTTP/1.1")
    if "transfer-encoding" in headers and "content-length" in headers:
        raise Malformed("both Content-Length and Transfer-Encoding")
    path = _path(scope)
    if not path.startswith("/"):
        path = _absolute(path, headers)
        if not path.startswith("/") and (scope["method"], path) != ("OPTIONS", ASTERISK):
            raise Malformed(f"malformed request target; {EXPECTED_TARGET}")
    host = headers.get("host")
    if host is None and scope["http_version"] == "1.1":
        raise Malformed("missing Host header")
    if host and "," in host:
        raise Malformed(SEVERAL_HOSTS)
    if host and not is_host(host):
        raise Malformed(MALFORMED_HOST)
    query = scope.get("query_string", b"").decode("latin-1")
    supported = faults.connection_of(scope) is not None
    scheme, root_path = scope.get("scheme", "http"), _root_path(scope)
    return Request(scope["method"], path, query, headers, b"", scheme, root_path=root_path, faults_supported=supported)


def _root_path(scope: Scope) -> str:
    """Return the percent-encoded path under which the application is mounted."""
    root_path = scope.get("root_path")
    return quote(root_path) if root_path else ""


def _path(scope: Scope) -> str:
    """Return the path as the client sent it, percent-encoded and without the path under which the application is mounted."""
    raw = scope.get("raw_path")
    path = quote(scope["path"], safe="/:@!$&'()*+,;=~") if raw is None else raw.partition(b"?")[0].decode("latin-1")
    if scope.get("root_path"):
        for root_path in (scope["root_path"], _root_path(scope)):
            rest: str = path.removeprefix(root_path)
            if path.startswith(root_path) and rest[:1] in ("", "/"):
                return rest or "/"
    return str(path)


def _absolute(target: str, headers: dict[str, str]) -> str:
    """Return the path of a request target in absolute form, which also replaces the Host header (RFC 9112, 3.2.2)."""
    match = _ABSOLUTE.fullmatch(target)
    if match:
        headers["host"] = match["host"]
        return match["path"] or "/"
    return target


def _is_short(request: Request) -> bool:
    """Return whether a request promises a body that any operation takes; one of unknown length may be longer."""
    length = request.headers.get("content-length")
    return request.method in SAFE if length is None else len(length) < 7


async def read_body(
    request: Request, receive: Receive, limit: int, incoming: Incoming | None = None
) -> tuple[bytes | None, bool]:
    """Return the body, None if it is over the limit, and whether it was read to its end.

    Raises:
        Disconnected: the client has gone.
        TooMuch: there is no room for it among the `incoming` requests.
    """
    if "expect" in request.headers:
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > limit:
            return None, False  # a client that waits for 100 Continue need not send what is refused anyway
    if incoming is None:
        return await _collect(receive, limit, _let_grow)
    head = request.size
    with anyio.CancelScope() as scope:
        try:
            return await _collect(receive, limit, lambda size: incoming.hold(scope, head + size, scope.cancel))
        finally:
            incoming.release(scope)
    raise TooMuch


def _let_grow(size: int) -> None:
    """Let a body grow as it likes."""


async def _collect(receive: Receive, limit: int, hold: Callable[[int], None]) -> tuple[bytes | None, bool]:
    chunks: list[bytes] = []
    size = 0
    hold(0)
    while size <= MAX_DISCARDED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not message.get("more_body"):
            return b"".join(chunks) if size <= limit else None, True
        hold(size if size <= limit else 0)
    return None, False


async def _disconnected(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _awaited(response: Response, receive: Receive, *, is_safe: bool) -> Response | None:
    """Wait for what a response waits for, and return the one to send; None if the client has gone."""
    if isinstance(response.after, Queued) and is_safe:
        handled = await _unless_left(response.after, receive)
        if handled is None:
            return None
        response = handled
    response = await settled_async(response)
    if isinstance(response.after, Held):
        released = await _unless_left(response.after, receive)
        return None if released is None else await settled_async(released)
    return response


async def _unless_left(awaited: Held | Queued, receive: Receive) -> Response | None:
    """Return the response to a request that waits, without a thread that waits for it; None if the client has gone."""
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_leave_when_disconnected, awaited, receive, group.cancel_scope)
            response: Response = await result_of(awaited)
            group.cancel_scope.cancel()
            return response
    except BaseException:  # the server ends the task
        awaited.leave()
        raise
    return None


async def _leave_when_disconnected(awaited: Held | Queued, receive: Receive, scope: anyio.CancelScope) -> None:
    await _disconnected(receive)
    awaited.leave()
    scope.cancel()


def _closing(response: Response) -> Response:
    return structs.replace(response, headers=[*response.headers, ("Connection", "close")])
