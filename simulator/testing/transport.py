"""`httpx` transports that send every request to one world of a simulator, whatever its host.

A client can therefore keep the real base URL of a provider. With the application in this process there is no socket, and
connection faults become the errors that `httpx` would raise.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import h11

try:
    import anyio
    import httpx
except ModuleNotFoundError as missing:
    _INSTALL_HINT = (
        "the transports of the simulator need httpx, which is not installed: pip install 'provider-simulator[httpx]'"
    )
    raise ModuleNotFoundError(_INSTALL_HINT, name=missing.name) from None

from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.contract import MAX_BODY

if TYPE_CHECKING:
    from simulator.application import Application

WORLD = "X-Simulator-World"


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to an application in this process, for `httpx.Client` and `httpx.AsyncClient`."""

    def __init__(self, app: Application, world: str) -> None:
        self._app = app
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of a client; sleep for the delay of a scenario rule, but no longer than the read timeout."""
        response = self._handle(request, request.read())
        timeout = _read_timeout(request)
        time.sleep(min(response.delay, timeout))
        return _converted(request, response, timeout)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of an asynchronous client."""
        response = self._handle(request, await request.aread())
        timeout = _read_timeout(request)
        await anyio.sleep(min(response.delay, timeout))
        return _converted(request, response, timeout)

    def _handle(self, request: httpx.Request, raw: bytes) -> Response:
        try:  # what could not be written to a connection reaches no server
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error), request=request) from error
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {WORLD.lower(): self._world, **{name.lower(): value for name, value in request.headers.items()}}
        body = raw if len(raw) <= MAX_BODY else None
        return self._app.handle(Request(request.method, path.decode(), query.decode(), headers, body, request.url.scheme))


class ConnectionPool:
    """The connections to one server, shared by the transports of all its worlds."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        verify = httpx.create_ssl_context() if self._url.scheme == "https" else False
        self._connections = httpx.HTTPTransport(verify=verify)
        # A connection belongs to the event loop that opened it. Every test may have its own loop, so none is kept alive.
        self._async_connections = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_keepalive_connections=0))

    def transport(self, world: str) -> RemoteTransport:
        """Return a transport to a world."""
        return RemoteTransport(self, world)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the server, whatever its host."""
        return self._connections.handle_request(self._redirected(request))

    async def send_async(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        return await self._async_connections.handle_async_request(self._redirected(request))

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _redirected(self, request: httpx.Request) -> httpx.Request:
        url, stream = self._url.copy_with(raw_path=request.url.raw_path), request.stream
        return httpx.Request(request.method, url, headers=request.headers, stream=stream, extensions=request.extensions)


class RemoteTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to a running server, for `httpx.Client` and `httpx.AsyncClient`.

    Closing it does not close the connections, as they belong to the pool.
    """

    def __init__(self, pool: ConnectionPool, world: str) -> None:
        self._pool = pool
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of a client."""
        request.headers.setdefault(WORLD, self._world)
        return self._pool.send(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        request.headers.setdefault(WORLD, self._world)
        return await self._pool.send_async(request)


def _read_timeout(request: httpx.Request) -> float:
    """Return the read timeout of the client, in seconds."""
    timeout: dict[str, Any] = request.extensions.get("timeout") or {}
    read = timeout.get("read")
    return float("inf") if read is None else float(read)


def _converted(request: httpx.Request, response: Response, timeout: float) -> httpx.Response:
    if response.delay > timeout:
        raise httpx.ReadTimeout("timed out", request=request)
    if response.fault:
        raise _error(request, response)
    body = b"" if request.method == "HEAD" else response.body
    return httpx.Response(response.status, headers=response.headers, stream=httpx.ByteStream(body), request=request)


def _error(request: httpx.Request, response: Response) -> httpx.TransportError:
    """Return the error that httpx raises when a server does this to the connection."""
    if response.fault == "reset":
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    if response.fault == "garbage":
        return httpx.RemoteProtocolError("illegal status line: the scenario sends garbage", request=request)
    if response.fault == "truncate":
        half, whole = len(response.body) // 2, len(response.body)
        text = f"peer closed connection without sending complete message body (received {half} bytes, expected {whole})"
        return httpx.RemoteProtocolError(text, request=request)
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
