"""`httpx` transports that send every request to one world of a simulator, so that nothing leaves the machine.

A client can keep the real base URL of a provider; a request for a host that is no provider's gets 404 and fails the test. With
the application in this process there is no socket, and connection faults become the errors that `httpx` would raise.
"""

from __future__ import annotations

import errno
import math
import os
import time
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from msgspec import structs

try:
    import anyio
    import httpx
except ModuleNotFoundError as missing:
    _INSTALL_HINT = (
        "the transports of the simulator need httpx, which is not installed: pip install 'provider-simulator[httpx]'"
    )
    raise ModuleNotFoundError(_INSTALL_HINT, name=missing.name) from None

from simulator.asgi.encoding import phrase
from simulator.asgi.futures import result_of, settled_async
from simulator.engine.addressing import ADDRESSED_HOST, HOME_WORLD, WORLD_HEADER
from simulator.http.request import Request
from simulator.http.response import Held, Response, settled
from simulator.openapi.operation import MAX_BODY
from simulator.server.tunnel import Tunnels, target_of
from simulator.testing.callers import Callers
from simulator.testing.heads import head_of
from simulator.testing.hosts import DEFAULT_PORTS, Hosts
from simulator.testing.idle_connections import IdleConnections, Origin
from simulator.testing.response_streams import Body, TruncatedStream

if TYPE_CHECKING:
    from simulator.application import Application

TIMED_OUT = {"connect": httpx.ConnectTimeout, "write": httpx.WriteTimeout, "read": httpx.ReadTimeout}
# What a socket that may not wait raises, by the timeout that is 0.
WOULD_BLOCK = {"connect": (httpx.ConnectError, errno.EINPROGRESS), "read": (httpx.ReadError, errno.EAGAIN)}


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to an application in this process, for `httpx.Client` and `httpx.AsyncClient`."""

    def __init__(self, app: Application, world: str, hosts: Hosts | None = None, callers: Callers | None = None) -> None:
        """Send requests to a world; without `hosts`, every host is taken for the simulator's own.

        `callers` is notified of each request.
        """
        self._app = app
        self._world = world
        self._hosts = hosts
        self._callers = callers or Callers()
        self._idle = IdleConnections()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of a client; sleep for the delay of a scenario rule, but no longer than the read timeout."""
        if refused := self._refused_tunnel(request):
            return refused
        response = settled(self._handle(request, request.read(), is_async=False))
        held = response.after
        if held is None:
            self._callers.answered(request.method, response.headers, in_process=True)
        timeout = _timeout(request, "read", is_async=False)
        if isinstance(held, Held):
            started = time.perf_counter()
            response = settled(_released(request, held, timeout))
            timeout -= time.perf_counter() - started
            self._callers.answered(request.method, response.headers, in_process=True)
        if (delay := min(response.delay, timeout)) > 0:
            time.sleep(delay)
        return self._converted(request, response, is_late=response.delay > timeout, message="timed out")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of an asynchronous client."""
        if refused := self._refused_tunnel(request):
            return refused
        response = await settled_async(self._handle(request, await request.aread(), is_async=True))
        held = response.after
        if held is None:
            self._callers.answered(request.method, response.headers, in_process=True)
        timeout = _timeout(request, "read", is_async=True)
        if isinstance(held, Held):
            started = time.perf_counter()
            response = await settled_async(await _released_async(request, held, timeout))
            timeout -= time.perf_counter() - started
            self._callers.answered(request.method, response.headers, in_process=True)
        await anyio.sleep(max(min(response.delay, timeout), 0))  # without a delay, other tasks have their turn
        return self._converted(request, response, is_late=response.delay > timeout, message="")

    def _refused_tunnel(self, request: httpx.Request) -> httpx.Response | None:
        """Return the response to CONNECT, as a server without TLS gives it; None for every other request."""
        if request.method != "CONNECT":
            return None
        refused = Tunnels(self._app.registry.hosts, None).refusal(*target_of(request.url.raw_path))
        assert refused is not None  # noqa: S101  (without TLS there is no tunnel)
        headers, body = refused.response()
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": refused.phrase.encode()}
        return httpx.Response(refused.status, headers=headers, stream=httpx.ByteStream(body), extensions=extensions)

    def close(self) -> None:
        """Close the connections that there would be."""
        self._idle.close()

    async def aclose(self) -> None:
        """Do the same."""
        self._idle.close()

    def _handle(self, request: httpx.Request, raw: bytes, *, is_async: bool) -> Response:
        head = head_of(request, len(raw))
        if not self._idle.take(_origin(request)):
            _timeout(request, "connect", is_async=is_async)
        _timeout(request, "write", is_async=is_async)
        if isinstance(head, Response):
            return head
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        address(head, request, self._world, self._hosts)
        sent = Request(request.method, path, query, head, raw, request.url.scheme)
        if len(raw) > MAX_BODY and len(raw) > self._app.body_limit(sent):
            sent = structs.replace(sent, raw=None)
        self._callers.sending(head)
        return self._app.handle(sent)

    def _converted(self, request: httpx.Request, response: Response, *, is_late: bool, message: str) -> httpx.Response:
        if is_late:
            raise httpx.ReadTimeout(message, request=request)
        body = b"" if request.method == "HEAD" else response.body
        headers = [*response.headers, ("Connection", "close")] if _is_closing(request) else response.headers
        stays = "Connection" not in dict(headers)
        stream: httpx.ByteStream | TruncatedStream = (
            Body(body, self._idle, _origin(request)) if stays else httpx.ByteStream(body)
        )
        if response.fault == "truncate" and response.body:  # the head arrives, and the error is that of reading the body
            stream = TruncatedStream(request, body)
        elif response.fault:
            raise _error(request, response)
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": phrase(response.status).encode()}
        return httpx.Response(response.status, headers=headers, stream=stream, request=request, extensions=extensions)


class ConnectionPool:
    """The connections to one server, shared by the transports of all its worlds."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        verify = httpx.create_ssl_context() if self._url.scheme == "https" else False
        self._connections = httpx.HTTPTransport(verify=verify)
        # A connection belongs to the event loop that opened it. Every test may have its own loop, so none is kept alive.
        self._async_connections = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_keepalive_connections=0))

    def transport(self, world: str, hosts: Hosts | None = None, callers: Callers | None = None) -> RemoteTransport:
        """Return a transport to a world; `callers` is notified of each request."""
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
        response = self._pool.send(request, addressing(request, self._world, self._hosts))
        try:
            self._note(request, response)
        except BaseException:  # a hunt stops the client, which would have closed it
            response.close()
            raise
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of an asynchronous client."""
        self._callers.sending(request.headers)
        response = await self._pool.send_async(request, addressing(request, self._world, self._hosts))
        try:
            self._note(request, response)
        except BaseException:
            await response.aclose()
            raise
        return response

    def _note(self, request: httpx.Request, response: httpx.Response) -> None:
        self._callers.answered(request.method, response.headers.items(), in_process=False)


def addressing(request: httpx.Request, world: str, hosts: Hosts | None) -> httpx.Headers:
    """Return the headers of a request, with those that tell the simulator the world and the host that the client addresses."""
    headers = request.headers.copy()
    address(headers, request, world, hosts)
    return headers


def address(headers: MutableMapping[str, str], request: httpx.Request, world: str, hosts: Hosts | None) -> None:
    """Add the headers that tell the simulator the world and the host that the client addresses."""
    if headers.setdefault(WORLD_HEADER, world) != world:
        headers[HOME_WORLD] = world
    if hosts is None:
        return
    url = request.url
    if host := hosts.addressed(url.raw_host.decode("ascii"), url.port or DEFAULT_PORTS.get(url.scheme, 0)):
        headers[ADDRESSED_HOST] = host


def _timeout(request: httpx.Request, kind: str, *, is_async: bool) -> float:
    """Return a timeout of the client in seconds: `connect`, `write` or `read`.

    Raises:
        httpx.TransportError, ValueError: it is over at once, as over a socket. Without a timeout a socket does not block; what
            is written to it is taken.
    """
    timeouts: dict[str, Any] = request.extensions.get("timeout") or {}
    seconds = timeouts.get(kind)
    if seconds is None:
        return math.inf
    if seconds > 0:
        return float(seconds)
    if is_async:
        raise TIMED_OUT[kind]("", request=request)
    if seconds < 0:
        raise ValueError("Timeout value out of range")  # in the words of `socket`
    if kind in WOULD_BLOCK:
        error, number = WOULD_BLOCK[kind]
        raise error(f"[Errno {number}] {os.strerror(number)}", request=request)
    return 0.0


def _origin(request: httpx.Request) -> Origin:
    url = request.url
    return url.scheme, url.raw_host, url.port


def _released(request: httpx.Request, held: Held, timeout: float) -> Response:
    """Return the response to a request that is held at a gate.

    Raises:
        httpx.ReadTimeout: the client does not wait that long, and leaves the gate.
    """
    try:
        return held.result(None if timeout == float("inf") else timeout)
    except TimeoutError:
        held.leave()
        raise httpx.ReadTimeout("timed out", request=request) from None
    except BaseException:  # such as a KeyboardInterrupt
        held.leave()
        raise


async def _released_async(request: httpx.Request, held: Held, timeout: float) -> Response:
    """Return the response to a request of an asynchronous client that is held at a gate.

    Raises:
        httpx.ReadTimeout: the client does not wait that long, and leaves the gate.
    """
    try:
        with anyio.fail_after(timeout):
            response: Response = await result_of(held)
            return response
    except TimeoutError:
        held.leave()
        raise httpx.ReadTimeout("timed out", request=request) from None
    except BaseException:  # such as the end of the task
        held.leave()
        raise


def _is_closing(request: httpx.Request) -> bool:
    """Return whether the client asks for the connection to be closed, which a server confirms."""
    values = [value for name, value in request.headers.raw if name.lower() == b"connection"]
    return any(token.strip().lower() == b"close" for value in values for token in value.split(b","))


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
