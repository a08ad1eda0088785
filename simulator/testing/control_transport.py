"""How requests of the client get to a simulator: over HTTP, or by a call where the application is in this process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from simulator.application import Application
    from simulator.testing.transport import ConnectionPool, RemoteTransport, Transport

UNROUTABLE_URL = "http://in-process.invalid"  # the base URL of an application without a server: a name that cannot be resolved

CLOSED = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)

Body = Mapping[str, Any] | str | None  # JSON, or the YAML of a scenario file


class Carrier(Protocol):
    """How a request gets to the control API, and a client's to its world."""

    @property
    def url(self) -> str:
        """The base URL."""

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Send a request to the control API and return status and body."""

    def transport(self, world: str) -> Transport | RemoteTransport:
        """An `httpx` transport whose every request ends in this world."""

    def close(self) -> None:
        """Let go of what is held open."""


class Remote:
    """A server that is reached over HTTP, on one connection that is kept open."""

    def __init__(self, url: str, token: str = "", timeout: float = 10) -> None:
        """Connect when the first request is sent.

        Raises:
            ValueError: this is no base URL.
        """
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise ValueError(f"{url!r} is no base URL, expected one like http://127.0.0.1:8080")
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=timeout)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._lock = Lock()

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Send a request; once more on a new connection when the server has closed the old one."""
        raw, media = _encoded(body)
        headers = {**self._headers, "Content-Type": media}
        with self._lock:
            try:
                return self._exchange(method, path, raw, headers)
            except CLOSED:
                return self._exchange(method, path, raw, headers)

    def _exchange(self, method: str, path: str, raw: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, raw, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # nobody knows what would come over it next
            raise

    def transport(self, world: str) -> RemoteTransport:
        """A transport over the connections that all worlds of this carrier share."""
        return self._sockets.relay(world)

    @cached_property
    def _sockets(self) -> ConnectionPool:
        """Connections for clients, made when the first one is."""
        from simulator.testing.transport import ConnectionPool  # noqa: PLC0415  (it needs httpx, which is an extra)

        return ConnectionPool(self.url)

    def close(self) -> None:
        """Close every connection."""
        self._connection.close()
        if "_sockets" in self.__dict__:
            self._sockets.close()


class Local:
    """An application in this process; `start` gives the address of its server, for clients that need one."""

    def __init__(self, app: Application, start: Callable[[], str], token: str = "") -> None:
        self._app = app
        self._start = start
        self._host = urlsplit(UNROUTABLE_URL).netloc
        self._token = token

    @property
    def url(self) -> str:
        """The base URL of the server, which is started by this."""
        url = self._start()
        self._host = urlsplit(url).netloc
        return url

    def send(self, method: str, path: str, body: Body) -> tuple[int, bytes]:
        """Hand a request to the application."""
        from simulator.http.request import Request  # noqa: PLC0415  (whoever has an application has loaded it)

        path, _, query = path.partition("?")
        raw, media = _encoded(body)
        headers = {"host": self._host, "content-type": media}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        answered = self._app.handle(Request(method, path, query, headers, raw or b""))
        return answered.status, answered.body

    def transport(self, world: str) -> Transport:
        """A transport without a socket."""
        from simulator.testing.transport import Transport  # noqa: PLC0415  (it needs httpx, which is an extra)

        return Transport(self._app, world)

    def close(self) -> None:
        """Nothing is held open."""


def _encoded(body: Body) -> tuple[bytes | None, str]:
    if isinstance(body, str):
        return body.encode(), "application/yaml"
    return None if body is None else json.dumps(body).encode(), "application/json"
