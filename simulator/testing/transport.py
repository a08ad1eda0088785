"""`httpx` transports whose every request ends in one world of a simulator, whatever host it names: none leaves for elsewhere.

A client can so keep a provider's real address. Where the application is in this process there is no socket, and wire faults
become the errors that `httpx` would raise.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

try:
    import anyio
    import httpx
except ModuleNotFoundError as missing:
    _HOW = "the transports of the simulator need httpx, which is not installed: pip install 'provider-simulator[httpx]'"
    raise ModuleNotFoundError(_HOW, name=missing.name) from None

from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.contract import MAX_BODY

if TYPE_CHECKING:
    from simulator.application import Application

WORLD = "X-Simulator-World"


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)` alike; answers in this process."""

    def __init__(self, app: Application, world: str) -> None:
        self._app = app
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a client; a delay that a rule asks for is slept, as long as the client has patience."""
        answered = self._answer(request, request.read())
        patience = _patience(request)
        time.sleep(min(answered.delay, patience))
        return _response(request, answered, patience)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an asynchronous client."""
        answered = self._answer(request, await request.aread())
        patience = _patience(request)
        await anyio.sleep(min(answered.delay, patience))
        return _response(request, answered, patience)

    def _answer(self, request: httpx.Request, raw: bytes) -> Response:
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {WORLD.lower(): self._world, **{name.lower(): value for name, value in request.headers.items()}}
        body = raw if len(raw) <= MAX_BODY else None
        wanted = Request(request.method, path.decode(), query.decode(), headers, body, request.url.scheme)
        return self._app.handle(wanted)


class ConnectionPool:
    """The connections to one server that the transports of all its worlds share, as making them is costly."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        verify = httpx.create_ssl_context() if self._url.scheme == "https" else False
        self._connections = httpx.HTTPTransport(verify=verify)
        # An open connection belongs to the event loop that made it, and each test may have a loop of its own: none is kept.
        self._fleeting = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_keepalive_connections=0))

    def relay(self, world: str) -> RemoteTransport:
        """A transport into a world."""
        return RemoteTransport(self, world)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the server, whatever host it names."""
        return self._connections.handle_request(self._aimed(request))

    async def send_async(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        return await self._fleeting.handle_async_request(self._aimed(request))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._connections.close()

    def _aimed(self, request: httpx.Request) -> httpx.Request:
        url, stream = self._url.copy_with(raw_path=request.url.raw_path), request.stream
        return httpx.Request(request.method, url, headers=request.headers, stream=stream, extensions=request.extensions)


class RemoteTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)` alike; a running server answers.

    Closing it closes nothing, as its connections are not its own.
    """

    def __init__(self, sockets: ConnectionPool, world: str) -> None:
        self._sockets = sockets
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of a client."""
        request.headers.setdefault(WORLD, self._world)
        return self._sockets.send(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        request.headers.setdefault(WORLD, self._world)
        return await self._sockets.send_async(request)


def _patience(request: httpx.Request) -> float:
    """How long the client waits for an answer."""
    timeout: dict[str, Any] = request.extensions.get("timeout") or {}
    read = timeout.get("read")
    return float("inf") if read is None else float(read)


def _response(request: httpx.Request, answered: Response, patience: float) -> httpx.Response:
    if answered.delay > patience:
        raise httpx.ReadTimeout("timed out", request=request)
    if answered.fault:
        raise _error(request, answered)
    return httpx.Response(answered.status, headers=answered.headers, content=answered.body, request=request)


def _error(request: httpx.Request, answered: Response) -> httpx.TransportError:
    """What httpx raises when a server does this to its connection."""
    if answered.fault == "reset":
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    if answered.fault == "garbage":
        return httpx.RemoteProtocolError("illegal status line: the scenario sends garbage", request=request)
    if answered.fault == "truncate":
        half, whole = len(answered.body) // 2, len(answered.body)
        text = f"peer closed connection without sending complete message body (received {half} bytes, expected {whole})"
        return httpx.RemoteProtocolError(text, request=request)
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
