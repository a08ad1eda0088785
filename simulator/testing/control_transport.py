"""Transports of the control API: over HTTP to a server, or by a call to an application in this process."""

from __future__ import annotations

import http.client
import json
import selectors
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from simulator.engine.masking import Mask
from simulator.http import Request, settled
from simulator.registry import registry_with
from simulator.testing.callers import Callers
from simulator.testing.connections import HTTPConnection, HTTPSConnection
from simulator.testing.hosts import Address, Hosts, same_address

if TYPE_CHECKING:
    from simulator.application import Application
    from simulator.testing.transport import ConnectionPool, RemoteTransport, Transport

UNROUTABLE_URL = "http://in-process.invalid"  # the base URL of an application without a server; the name cannot be resolved

CLOSED_BY_SERVER = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
IDEMPOTENT_METHODS = ("GET", "PUT", "DELETE")

Json = dict[str, Any]
Body = Mapping[str, Any] | str | bytes | None  # JSON, the YAML of a scenario file, or JSON that is encoded already


class InvalidBaseUrl(ValueError):
    """A text that is not the base URL of a server."""


class ControlTransport(Protocol):
    """Sends requests to the control API, and makes `httpx` transports for the worlds."""

    callers: Callers  # of the requests that went through its `httpx` transports

    @property
    def mask(self) -> Mask:
        """What masks secrets in texts that this process shows."""

    @property
    def url(self) -> str:
        """The base URL."""

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Send a request to the control API; return status and body."""

    def is_own(self, host: str, port: int | None) -> bool:
        """Return whether this is the address of the simulator; None stands for any port."""

    def transport(self, world: str, hosts: Hosts) -> Transport | RemoteTransport:
        """Return an `httpx` transport that sends every request to this world; `hosts` tells which of them are a provider's."""

    def lead_webhooks(self, world: str, target: Callable[..., Any] | None) -> list[BaseException]:
        """Hand the webhooks of a world to a target in this process, or end that with None; return what it will have raised.

        Raises:
            RuntimeError: the simulator is not in this process.
        """

    def close(self) -> None:
        """Close all connections."""


class Http:
    """Sends requests to a server, over one connection that is kept open."""

    def __init__(self, url: str, token: str = "", timeout: float = 10) -> None:
        """Prepare the connection, which is opened by the first request.

        Raises:
            InvalidBaseUrl: this is not a base URL.
        """
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise InvalidBaseUrl(f"{url!r} is not a base URL, expected one like http://127.0.0.1:8080")
        connection_type = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._address = Address.of(self.url)
        self._connection = connection_type(parts.hostname, parts.port, timeout=timeout)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._lock = Lock()
        self.callers = Callers()
        self._pool: ConnectionPool | None = None

    def __repr__(self) -> str:
        return f"HTTP to {self.url}"

    @cached_property
    def mask(self) -> Mask:
        """What masks the secrets of the providers that are installed here; those of the server may be others."""
        return Mask(registry_with().providers.values())

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Send a request; an idempotent one is repeated once if the server closes the connection instead of responding.

        Raises:
            http.client.HTTPException, OSError: there was no response. The server may have processed the request.
        """
        raw, media = _encode(body)
        headers = {**self._headers, "Content-Type": media}
        with self._lock:
            if self._is_stale():
                self._connection.close()
            try:
                return self._send_once(method, path, raw, headers)
            except CLOSED_BY_SERVER:
                if method not in IDEMPOTENT_METHODS:
                    raise
                return self._send_once(method, path, raw, headers)

    def _is_stale(self) -> bool:
        """Return whether the server has closed the idle connection: then it is readable, although no response is due."""
        if self._connection.sock is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _send_once(self, method: str, path: str, raw: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, raw, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # The rest of a response could otherwise be read as the next one.
            raise

    def is_own(self, host: str, port: int | None) -> bool:
        """Return whether this is the address of the server."""
        return same_address(host, port, *self._address)

    def transport(self, world: str, hosts: Hosts) -> RemoteTransport:
        """Return an `httpx` transport over the connection pool that all worlds share."""
        from simulator.testing.transport import ConnectionPool  # noqa: PLC0415  (it needs httpx, which is an extra)

        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(self.url)
            return self._pool.transport(world, hosts, self.callers)

    def lead_webhooks(self, world: str, target: Callable[..., Any] | None) -> list[BaseException]:
        """Refuse: a server cannot call a function of another process.

        Raises:
            RuntimeError: always.
        """
        hint = (
            "register the URL of a server that the test runs, and allow its host with --webhook-hosts if it is not this machine"
        )
        raise RuntimeError(f"webhooks of {self.url} cannot be delivered in this process; {hint}")

    def close(self) -> None:
        """Close every connection."""
        self._connection.close()
        if self._pool is not None:
            self._pool.close()


class InProcess:
    """Calls an application in this process; `start` starts its server and returns the base URL, for clients that need one."""

    def __init__(self, app: Application, start: Callable[[], str], token: str = "") -> None:
        self._app = app
        self._start = start
        self._host = urlsplit(UNROUTABLE_URL).netloc
        self._addresses = {Address.of(UNROUTABLE_URL)}  # under which clients may know it
        self._token = token
        self.callers = Callers()

    @property
    def mask(self) -> Mask:
        """What masks the secrets of the application's providers."""
        return self._app.mask

    @property
    def url(self) -> str:
        """The base URL of the server; reading it starts the server."""
        url = self._start()
        self._host = urlsplit(url).netloc
        self._addresses.add(Address.of(url))
        return url

    def __repr__(self) -> str:
        return "calls in this process"

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Call the application with a request; return status and body."""
        path, _, query = path.partition("?")
        raw, media = _encode(body)
        headers = {"host": self._host, "content-type": media}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        response = settled(self._app.handle(Request(method, path, query, headers, raw or b"")))
        return response.status, response.body

    def is_own(self, host: str, port: int | None) -> bool:
        """Return whether this is an address of the application's server, or its name without one."""
        return any(same_address(host, port, *address) for address in self._addresses)

    def transport(self, world: str, hosts: Hosts) -> Transport:
        """Return an `httpx` transport that needs no socket."""
        from simulator.testing.transport import Transport  # noqa: PLC0415  (it needs httpx, which is an extra)

        return Transport(self._app, world, hosts, self.callers)

    def lead_webhooks(self, world: str, target: Callable[..., Any] | None) -> list[BaseException]:
        """Hand the webhooks of a world to a target, or end that with None; return what it will have raised."""
        return self._app.lead_webhooks(world, target)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _encode(body: Body) -> tuple[bytes | None, str]:
    """Return the bytes of a body and its media type."""
    if isinstance(body, str):
        return body.encode(), "application/yaml"
    if isinstance(body, bytes):
        return body, "application/json"
    return None if body is None else json.dumps(body).encode(), "application/json"
