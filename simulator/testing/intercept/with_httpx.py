"""httpx: requests to a provider go through the transport of the world, in this process without a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from simulator.testing.hosts import DEFAULT_PORTS
from simulator.testing.intercept.active import RequestStopped, current
from simulator.testing.intercept.patches import Patches
from simulator.testing.transport import RemoteTransport, Transport


def install(patches: Patches) -> None:
    """Patch the transports that open connections; those of tests, such as `httpx.MockTransport`, stay as they are."""
    patches.replace(httpx.HTTPTransport, "handle_request", _handle_request)
    patches.replace(httpx.AsyncHTTPTransport, "handle_async_request", _handle_async_request)


def _handle_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> Any:
        transport = _transport(request)
        return original(self, request) if transport is None else transport.handle_request(request)

    return handle_request


def _handle_async_request(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:
        transport = _transport(request)
        return await (original(self, request) if transport is None else transport.handle_async_request(request))

    return handle_async_request


def _transport(request: httpx.Request) -> Transport | RemoteTransport | None:
    """Return the transport for a request; None if it passes untouched.

    Raises:
        httpx.ConnectError: it must not leave the machine.
    """
    world, url = current(), request.url
    if world is None:
        return None
    port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
    try:
        addressed = world.addressed(url.raw_host.decode("ascii"), port, f"{request.method} {url.copy_with(query=None)}")
    except RequestStopped as stopped:
        raise httpx.ConnectError(str(stopped), request=request) from stopped
    return None if addressed is None else world.httpx_transport()
