"""`http.client` and what builds on it, such as urllib, urllib3 and requests: connections to a provider lead to the simulator.

There is no TLS: the connection is a plain one to the simulator, and headers name the host and the world. A connection that is
open already is replaced, and none outlasts the interception.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from simulator.engine.addressing import ADDRESSED_HOST
from simulator.testing.connections import HTTPConnection, HTTPSConnection, genuine
from simulator.testing.hosts import DEFAULT_PORTS
from simulator.testing.intercept.active import ActiveWorld, Destination, current
from simulator.testing.intercept.patches import Patches

WORLD = "X-Simulator-World"


class Led(NamedTuple):
    """A connection that leads to the simulator."""

    world: ActiveWorld
    addressed: str
    destination: Destination
    socket: socket.socket


_led: WeakKeyDictionary[http.client.HTTPConnection, Led] = WeakKeyDictionary()
_names: WeakKeyDictionary[http.client.HTTPConnection, list[str]] = WeakKeyDictionary()  # of the headers of a request under way


def install(patches: Patches) -> None:
    """Patch the connections; urllib3 connects in a way of its own."""
    patches.replace(HTTPConnection, "putrequest", _putrequest)
    patches.replace(HTTPConnection, "putheader", _putheader)
    patches.replace(HTTPConnection, "endheaders", _endheaders)
    patches.replace(HTTPConnection, "getresponse", _getresponse)
    patches.replace(HTTPConnection, "connect", _connect)
    patches.replace(HTTPSConnection, "connect", _connect)
    if importlib.util.find_spec("urllib3") is not None:
        import urllib3.connection  # noqa: PLC0415  (it need not be installed)

        patches.replace(genuine(urllib3.connection.HTTPConnection), "connect", _connect)
        patches.replace(genuine(urllib3.connection.HTTPSConnection), "connect", _connect)


def disconnect(world: ActiveWorld) -> None:
    """Close the connections that lead into a world; the next request on them connects anew."""
    for connection, led in list(_led.items()):
        if led.world is world:
            del _led[connection]
            if connection.sock is led.socket:
                connection.sock = None
            led.socket.close()


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any) -> None:
        if not _lead(self):
            original(self)

    return connect


def _putrequest(original: Callable[..., Any]) -> Callable[..., Any]:
    def putrequest(self: Any, method: str, url: str, *rest: Any, **more: Any) -> None:
        _check_proxied(method, url)
        if self.sock is not None:  # opened before the interception began, or redirected to another world
            _lead(self)
        _names[self] = []
        original(self, method, url, *rest, **more)

    return putrequest


def _putheader(original: Callable[..., Any]) -> Callable[..., Any]:
    def putheader(self: Any, header: Any, *values: Any) -> None:
        if (names := _names.get(self)) is not None:
            names.append(header.decode("latin-1") if isinstance(header, bytes) else str(header))
        original(self, header, *values)

    return putheader


def _endheaders(original: Callable[..., Any]) -> Callable[..., Any]:
    def endheaders(self: Any, *rest: Any, **more: Any) -> None:
        if self.sock is None:
            self.connect()
        led, names = _led.get(self), _names.pop(self, [])
        if led is not None and led.socket is self.sock:
            led.world.callers.sending(names)  # here, as the first request of a connection has none before
            self.putheader(WORLD, led.world.name)
            if led.addressed:
                self.putheader(ADDRESSED_HOST, led.addressed)
        original(self, *rest, **more)

    return endheaders


def _getresponse(original: Callable[..., Any]) -> Callable[..., Any]:
    def getresponse(self: Any) -> Any:
        response = original(self)
        led = _led.get(self)
        if led is not None:
            with closed_where_stopped(response.close):
                led.world.callers.answered(response._method, response.getheaders(), in_process=False)
        return response

    return getresponse


@contextlib.contextmanager
def closed_where_stopped(close: Callable[[], None]) -> Iterator[None]:
    """Close a response that its client never sees, as a hunt stops the client."""
    try:
        yield
    except BaseException:
        close()
        raise


def _lead(connection: Any) -> bool:
    """Connect to the simulator instead of a provider; return whether that concerns this connection.

    Raises:
        RequestStopped: no request may go to its host.
    """
    world = current()
    if world is None:
        return False
    tunnelled = getattr(connection, "_tunnel_host", None)  # through a proxy
    host, port = (tunnelled, connection._tunnel_port) if tunnelled else (connection.host, connection.port)
    request = f"connection of {type(connection).__module__.partition('.')[0]} to {host}"
    addressed = world.addressed(host, port or DEFAULT_PORTS["https"], request)
    if addressed is None:
        return False
    destination = world.destination(request)
    led = _led.get(connection)
    if led is None or led.socket is not connection.sock or led.destination[:2] != destination[:2]:
        replaced, connection.sock = connection.sock, _open(destination, connection.timeout)
        if replaced is not None:
            replaced.close()
    connection.is_verified = True  # urllib3 warns of connections that are not
    _led[connection] = Led(world, addressed, destination, connection.sock)
    return True


def _open(destination: Destination, timeout: Any) -> socket.socket:
    opened = socket.create_connection((destination.host, destination.port), timeout)
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return destination.tls.wrap_socket(opened, server_hostname=destination.host) if destination.tls else opened


def _check_proxied(method: str, url: str) -> None:
    """Stop an unencrypted request to a provider through a proxy, which has the whole address in its first line."""
    world, host = current(), urlsplit(url).hostname if "://" in url else None
    if world is not None and host and world.addressed(host, DEFAULT_PORTS["http"], f"{method} {url}") is not None:
        raise world.stopped(f"{method} {url}", "it would go to a proxy unencrypted; use https for the provider")
