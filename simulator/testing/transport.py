"""`httpx` transports that send every request to one world of a simulator, so that nothing leaves the machine.

A client can keep the real base URL of a provider; a request for a host that is no provider's gets 404 and fails the test. With
the application in this process there is no socket, and connection faults become the errors that `httpx` would raise.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import h11

try:
    import anyio
    import anyio.to_thread
    import httpx
except ModuleNotFoundError as missing:
    _INSTALL_HINT = (
        "the transports of the simulator need httpx, which is not installed: pip install 'provider-simulator[httpx]'"
    )
    raise ModuleNotFoundError(_INSTALL_HINT, name=missing.name) from None

from simulator.application import ADDRESSED_HOST, HOME_WORLD
from simulator.asgi.adapter import headers_of
from simulator.asgi.encoding import phrase
from simulator.http.request import Request
from simulator.http.response import Response, settled
from simulator.openapi.contract import MAX_BODY
from simulator.server.lane import head_refusal
from simulator.testing.callers import Callers
from simulator.testing.hosts import DEFAULT_PORTS, Hosts

if TYPE_CHECKING:
    from simulator.application import Application

WORLD = "X-Simulator-World"


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to an application in this process, for `httpx.Client` and `httpx.AsyncClient`."""

    def __init__(self, app: Application, world: str, hosts: Hosts | None = None, callers: Callers | None = None) -> None:
        """Send requests to a world; without `hosts`, every host is taken for the simulator's own.

        `callers` hears of each request.
        """
        self._app = app
        self._world = world
        self._hosts = hosts
        self._callers = callers or Callers()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of a client; sleep for the delay of a scenario rule, but no longer than the read timeout."""
        response = self._answered(request, settled(self._handle(request, request.read())))
        timeout = _timeout(request, "read")
        time.sleep(min(response.delay, timeout))
        return _converted(request, response, timeout)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of an asynchronous client."""
        response = self._handle(request, await request.aread())
        if response.after is not None:
            response = await anyio.to_thread.run_sync(settled, response)
        response = self._answered(request, response)
        timeout = _timeout(request, "read")
        await anyio.sleep(min(response.delay, timeout))
        return _converted(request, response, timeout)

    def _handle(self, request: httpx.Request, raw: bytes) -> Response:
        try:  # what could not be written to a connection reaches no server
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error), request=request) from error
        length = int(request.headers.get("content-length", len(raw)))
        if length != len(raw):  # in h11's words
            problem = "much data" if length < len(raw) else "little data"
            raise h11.LocalProtocolError(f"Too {problem} for declared Content-Length")  # which httpx lets through
        for kind, timed_out in (("connect", httpx.ConnectTimeout), ("write", httpx.WriteTimeout)):
            if _timeout(request, kind) <= 0:
                raise timed_out("timed out", request=request)
        if refused := head_refusal(request.url.raw_path, request.headers.raw):
            return refused
        path, _, query = request.url.raw_path.partition(b"?")
        pairs = addressing(request, self._world, self._hosts).raw
        headers = headers_of([(name.lower(), value) for name, value in pairs if name.lower() != b"upgrade"])
        body = raw if len(raw) <= MAX_BODY else None
        sent = Request(request.method, path.decode(), query.decode(), headers, body, request.url.scheme)
        self._callers.sending(request.headers)
        return self._app.handle(sent)

    def _answered(self, request: httpx.Request, response: Response) -> Response:
        self._callers.answered(request.method, response.headers, in_process=True)
        return response


class ConnectionPool:
    """The connections to one server, shared by the transports of all its worlds."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        verify = httpx.create_ssl_context() if self._url.scheme == "https" else False
        self._connections = httpx.HTTPTransport(verify=verify)
        # A connection belongs to the event loop that opened it. Every test may have its own loop, so none is kept alive.
        self._async_connections = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_keepalive_connections=0))

    def transport(self, world: str, hosts: Hosts | None = None, callers: Callers | None = None) -> RemoteTransport:
        """Return a transport to a world; `callers` hears of each request."""
        return RemoteTransport(self, world, hosts, callers)

    def send(self, request: httpx.Request, headers: httpx.Headers) -> httpx.Response:
        """Send a request to the server, whatever its host, with other headers."""
        return self._connections.handle_request(self._redirected(request, headers))

    async def send_async(self, request: httpx.Request, headers: httpx.Headers) -> httpx.Response:
        """Send a request of an asynchronous client."""
        return await self._async_connections.handle_async_request(self._redirected(request, headers))

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _redirected(self, request: httpx.Request, headers: httpx.Headers) -> httpx.Request:
        url, stream = self._url.copy_with(raw_path=request.url.raw_path), request.stream
        return httpx.Request(request.method, url, headers=headers, stream=stream, extensions=request.extensions)


class RemoteTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to a running server, for `httpx.Client` and `httpx.AsyncClient`.

    Closing it does not close the connections, as they belong to the pool.
    """

    def __init__(self, pool: ConnectionPool, world: str, hosts: Hosts | None = None, callers: Callers | None = None) -> None:
        self._pool = pool
        self._world = world
        self._hosts = hosts
        self._callers = callers or Callers()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of a client."""
        self._callers.sending(request.headers)
        return self._noted(request, self._pool.send(request, addressing(request, self._world, self._hosts)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        self._callers.sending(request.headers)
        return self._noted(request, await self._pool.send_async(request, addressing(request, self._world, self._hosts)))

    def _noted(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        self._callers.answered(request.method, response.headers.items(), in_process=False)
        return response


def addressing(request: httpx.Request, world: str, hosts: Hosts | None) -> httpx.Headers:
    """Return the headers of a request, with those that tell the simulator the world and the host that the client addresses."""
    headers = request.headers.copy()
    if headers.setdefault(WORLD, world) != world:
        headers[HOME_WORLD] = world
    url = request.url
    port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
    if hosts is not None and (host := hosts.addressed(url.raw_host.decode("ascii"), port)):
        headers[ADDRESSED_HOST] = host
    return headers


def _timeout(request: httpx.Request, kind: str) -> float:
    """Return a timeout of the client in seconds: `connect`, `write` or `read`."""
    timeouts: dict[str, Any] = request.extensions.get("timeout") or {}
    seconds = timeouts.get(kind)
    return float("inf") if seconds is None else float(seconds)


def _converted(request: httpx.Request, response: Response, timeout: float) -> httpx.Response:
    if response.delay > timeout or timeout <= 0:
        raise httpx.ReadTimeout("timed out", request=request)
    body = b"" if request.method == "HEAD" else response.body
    stream: TruncatedStream | httpx.ByteStream = httpx.ByteStream(body)
    if response.fault == "truncate" and response.body:  # the head arrives, and the error is that of reading the body
        stream = TruncatedStream(request, body)
    elif response.fault:
        raise _error(request, response)
    headers = [*response.headers, *([("Connection", "close")] if _is_closing(request) else [])]
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": phrase(response.status).encode()}
    return httpx.Response(response.status, headers=headers, stream=stream, request=request, extensions=extensions)


def _is_closing(request: httpx.Request) -> bool:
    """Return whether the client asks for the connection to be closed, which a server confirms."""
    return "close" in [token.strip().lower() for token in request.headers.get("connection", "").split(",")]


class TruncatedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The first half of a body, and then the error that httpx raises where a connection ends too early."""

    def __init__(self, request: httpx.Request, body: bytes) -> None:
        self._request = request
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        half, whole = len(self._body) // 2, len(self._body)
        if half:
            yield self._body[:half]
        if whole:
            text = f"peer closed connection without sending complete message body (received {half} bytes, expected {whole})"
            raise httpx.RemoteProtocolError(text, request=self._request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def _error(request: httpx.Request, response: Response) -> httpx.TransportError:
    """Return the error that httpx raises when a server does this to the connection."""
    if response.fault == "reset":
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    if response.fault == "garbage":
        return httpx.RemoteProtocolError("illegal status line: the scenario sends garbage", request=request)
    if response.fault == "truncate":
        text = "peer unexpectedly closed connection: the scenario sends half of the head"
        return httpx.RemoteProtocolError(text, request=request)
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
