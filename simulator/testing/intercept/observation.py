"""The requests that go to the address of a world over sockets: its hunts hear of each, without any change to it.

Requests that an interception leads into the world, and those of its own transports, are heard of there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from simulator.testing.callers import Callers
from simulator.testing.connections import HTTPConnection
from simulator.testing.control_transport import ControlTransport
from simulator.testing.hosts import DEFAULT_PORTS
from simulator.testing.intercept.http_client import WORLD, closed_where_stopped
from simulator.testing.intercept.patches import Patches

CONTROL = "/_simulator"


class Observed(NamedTuple):
    """A world whose requests are heard of."""

    control: ControlTransport
    name: str
    is_default: bool

    @property
    def callers(self) -> Callers:
        """What hears of them."""
        return self.control.callers

    def has(self, host: str, port: int, path: str) -> bool:
        """Return whether a request goes to this world, by its address alone."""
        if not self.control.is_own(host, port):
            return False
        mine = f"/w/{self.name}/"
        return path.startswith(mine) or (self.is_default and not path.startswith(("/w/", CONTROL)))


@contextmanager
def observed(control: ControlTransport, name: str, *, is_default: bool) -> Iterator[None]:
    """Tell the callers of a world of the requests of httpx, http.client and aiohttp to its address, until the end."""
    world, patches = Observed(control, name, is_default), Patches()
    try:
        HttpClientRequests(world).observe(patches)
        if "httpx" in sys.modules:  # what the client has not imported, it need not wait for
            _observe_httpx(patches, world)
        if "aiohttp" in sys.modules:
            _observe_aiohttp(patches, world)
        yield
    finally:
        patches.undo()


class HttpClientRequests:
    """The requests of `http.client`, urllib3 and requests."""

    def __init__(self, world: Observed) -> None:
        self._world = world
        self._under_way: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()  # the headers of what goes to the world

    def observe(self, patches: Patches) -> None:
        """Patch the connections."""
        for wrap in (self.putrequest, self.putheader, self.endheaders, self.getresponse):
            patches.replace(HTTPConnection, wrap.__name__, wrap)

    def putrequest(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Note a request to the world."""

        def putrequest(connection: Any, method: str, url: str, *rest: Any, **more: Any) -> None:
            self._under_way.pop(connection, None)
            if self._world.has(connection.host, connection.port or DEFAULT_PORTS["http"], url):
                self._under_way[connection] = {}
            original(connection, method, url, *rest, **more)

        return putrequest

    def putheader(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Note a header, without its value."""

        def putheader(connection: Any, name: Any, *values: Any) -> None:
            if (headers := self._under_way.get(connection)) is not None:
                headers[(name.decode("latin-1") if isinstance(name, bytes) else str(name))] = ""
            original(connection, name, *values)

        return putheader

    def endheaders(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Tell of the request before it is sent."""

        def endheaders(connection: Any, *rest: Any, **more: Any) -> None:
            if (headers := self._under_way.get(connection)) is not None:
                self._world.callers.sending(headers)
            original(connection, *rest, **more)

        return endheaders

    def getresponse(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Tell of the response."""

        def getresponse(connection: Any) -> Any:
            response = original(connection)
            if self._under_way.pop(connection, None) is not None:
                with closed_where_stopped(response.close):
                    self._world.callers.answered(response._method, response.getheaders(), in_process=False)
            return response

        return getresponse


def _observe_httpx(patches: Patches, world: Observed) -> None:
    """Patch the transports that open connections."""
    import httpx  # noqa: PLC0415  (an extra)

    def is_to_world(request: httpx.Request) -> bool:
        url = request.url
        port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
        return WORLD not in request.headers and world.has(url.raw_host.decode("ascii"), port, url.raw_path.decode("ascii"))

    def handle_request(original: Callable[..., Any]) -> Callable[..., Any]:
        def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if not is_to_world(request):
                return original(self, request)  # type: ignore[no-any-return]
            world.callers.sending(request.headers)
            response: httpx.Response = original(self, request)
            with closed_where_stopped(response.close):
                world.callers.answered(request.method, response.headers.items(), in_process=False)
            return response

        return handle

    def handle_async_request(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            if not is_to_world(request):
                return await original(self, request)  # type: ignore[no-any-return]
            world.callers.sending(request.headers)
            response: httpx.Response = await original(self, request)
            try:
                world.callers.answered(request.method, response.headers.items(), in_process=False)
            except BaseException:
                await response.aclose()
                raise
            return response

        return handle

    patches.replace(httpx.HTTPTransport, "handle_request", handle_request)
    patches.replace(httpx.AsyncHTTPTransport, "handle_async_request", handle_async_request)


def _observe_aiohttp(patches: Patches, world: Observed) -> None:
    """Patch the requests and the responses; those that an interception leads into the world have its header."""
    import aiohttp  # noqa: PLC0415  (it need not be installed)

    def is_to_world(url: Any, headers: Any) -> bool:
        return headers.get(WORLD) == world.name or world.has(url.raw_host or "", url.port or 0, url.raw_path)

    def send(original: Callable[..., Any]) -> Callable[..., Any]:
        async def sent(self: aiohttp.ClientRequest, *rest: Any, **more: Any) -> Any:
            if is_to_world(self.url, self.headers):
                world.callers.sending(self.headers)
            return await original(self, *rest, **more)

        return sent

    def start(original: Callable[..., Any]) -> Callable[..., Any]:
        async def started(self: aiohttp.ClientResponse, *rest: Any, **more: Any) -> Any:
            response = await original(self, *rest, **more)
            if is_to_world(self.url, self.request_info.headers):
                with closed_where_stopped(self.close):
                    world.callers.answered(self.method, self.headers.items(), in_process=False)
            return response

        return started

    patches.replace(aiohttp.ClientRequest, "send", send)
    patches.replace(aiohttp.ClientResponse, "start", start)
