"""The worlds into which requests are led at the moment, and what becomes of a request to a host."""

from __future__ import annotations

import socket
import ssl
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from simulator.testing.callers import Callers
from simulator.testing.control_transport import UNROUTABLE_URL, ControlTransport
from simulator.testing.hosts import DEFAULT_PORTS, Hosts, is_loopback

if TYPE_CHECKING:
    from simulator.testing.transport import RemoteTransport, Transport

NO_SERVER = (
    "only httpx can reach the simulator, as no server could be started in this process; "
    "with pytest-socket, allow this machine: --allow-hosts=127.0.0.1"
)
NOT_LED = (
    "requests of this library cannot be redirected to the world; those of httpx, requests, urllib3, http.client and aiohttp can"
)
NOT_SIMULATED = "no provider of the simulator has this host; map it to one with `hosts`"
REFUSED = 'requests to other hosts are refused because of others="refuse"'


class RequestStopped(socket.gaierror):
    """A request that must not leave the machine; of a class that clients know from names that cannot be resolved."""

    def __init__(self, text: str) -> None:
        super().__init__(socket.EAI_FAIL, text)


class Destination(NamedTuple):
    """Where the simulator listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class ActiveWorld:
    """A world into which requests are led."""

    def __init__(self, control: ControlTransport, world: str, hosts: Hosts, blocked: list[str], *, refuse_others: bool) -> None:
        """Note what is stopped in `blocked`."""
        self.name = world
        self.is_active = False
        self.outer: ActiveWorld | None = None  # that was active when this one was begun
        self._control = control
        self._hosts = hosts
        self._blocked = blocked
        self._refuse_others = refuse_others
        self._httpx_transport: Transport | RemoteTransport | None = None

    @property
    def callers(self) -> Callers:
        """What observes the requests that are redirected to it."""
        return self._control.callers

    def begin(self) -> None:
        """Lead requests into this world; those of other threads too, if they began none of their own."""
        self.outer = current()
        _active.append(self)
        self.is_active = True
        _of_this_context.set(self)

    def end(self) -> bool:
        """Stop it, and return whether no other world is active."""
        self.is_active = False
        if self in _active:
            _active.remove(self)
        if _of_this_context.get() is self:
            _of_this_context.set(self.outer)
        return not _active

    def addressed(self, host: str, port: int, request: str) -> str | None:
        """Return the host of a provider for which the host of a request stands; None if the request passes untouched.

        It is empty for a host whose paths begin with the name of a provider. `request` describes the request in errors.

        Raises:
            RequestStopped: the request must not leave the machine.
        """
        if self._hosts.own(host, port):
            return None
        stand_in = self._hosts.stand_in(host)
        if stand_in is None:
            self._check_other(host, request)
        return stand_in

    def check_lookup(self, host: str) -> None:
        """Check the lookup of a host: a request to a provider that needs one was not redirected to the world.

        Raises:
            RequestStopped: no request may go there.
        """
        request = f"lookup of {host}"
        if self._hosts.own(host, None):
            return
        if self._hosts.stand_in(host) is not None:
            raise self.stopped(request, NOT_LED)
        self._check_other(host, request)

    def _check_other(self, host: str, request: str) -> None:
        if self._hosts.is_near(host):
            raise self.stopped(request, NOT_SIMULATED)
        if self._refuse_others and not is_loopback(host):
            raise self.stopped(request, REFUSED)

    def stopped(self, request: str, why: str) -> RequestStopped:
        """Return the error for a request that is stopped, which also fails the test."""
        self._blocked.append(f"{request}: {why}")
        return RequestStopped(f"{request} was stopped by world.intercept(): {why}")

    def destination(self, request: str) -> Destination:
        """Return where the simulator listens; a server in this process is started if need be.

        Raises:
            RequestStopped: no server listens.
        """
        url = self._control.url
        if url == UNROUTABLE_URL:
            raise self.stopped(request, NO_SERVER)
        parts = urlsplit(url)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return Destination(parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme], tls)

    def httpx_transport(self) -> Transport | RemoteTransport:
        """Return the transport to the world."""
        if self._httpx_transport is None:
            self._httpx_transport = self._control.transport(self.name, self._hosts)
        return self._httpx_transport


_active: list[ActiveWorld] = []
_of_this_context: ContextVar[ActiveWorld | None] = ContextVar("active_world", default=None)


def current() -> ActiveWorld | None:
    """Return the world that this thread or task began last, or else the one that was begun last; None if none is active."""
    world = _of_this_context.get() if _active else None
    while world is not None and not world.is_active:
        world = world.outer
    return world or next(reversed(_active), None)
