"""Running the application on a socket: until a signal in the command, in a thread in tests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from simulator import wire
from simulator.app import App
from simulator.carrier import NOWHERE
from simulator.catalog import shipped
from simulator.client import Client, Local, World
from simulator.worlds import DEFAULT

if sys.platform != "win32":
    import resource

log = logging.getLogger("simulator")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only where it is named
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def address(listener: socket.socket, scheme: str = "http") -> str:
    """The base URL of a listening socket; where it listens on every address, the one that this machine has for itself."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (not to listen there)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(app: App, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then end cleanly."""

    async def main() -> None:
        end = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
        await wire.serve(app, listener, tls, end, lambda: None)

    _allow_connections()
    with contextlib.closing(listener):
        asyncio.run(main())


def _allow_connections() -> None:
    """Have as many connections open as the system allows: shells mostly allow fewer, unless a program asks for more."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # some systems name a limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Background:
    """The server in a thread of its own."""

    def __init__(self, app: App, listener: socket.socket) -> None:
        """Serve; return when connections are accepted."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(app, listener), name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self, app: App, listener: socket.socket) -> None:
        async def main() -> None:
            self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
            await wire.serve(app, listener, None, self._end, self._ready.set)

        with contextlib.closing(listener):
            asyncio.run(main())

    def close(self) -> None:
        """End it, and wait until it has."""
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5)


class Simulator:
    """The simulator in this process, with a server on a free port that is ready when a `with` block begins.

    Without a `with` block the server starts when `url` is first asked for. The transports of its worlds need no server.
    """

    def __init__(self, scenario: str = DEFAULT, *, host: str = "127.0.0.1", port: int = 0, admin_token: str = "") -> None:
        self.app = App(shipped(), scenario, admin_token)
        self.client = Client(Local(self.app, self._address, admin_token))
        self._host, self._port = host, port
        self._starting = threading.Lock()
        self._origin = ""
        self._server: Background | None = None

    def __enter__(self) -> Simulator:
        self._start()
        return self

    @property
    def url(self) -> str:
        """The base URL; whoever asks for it first starts the server."""
        return self.client.url

    def world(
        self,
        scenario: str | dict[str, Any] | Path | None = None,
        *,
        name: str | None = None,
        seed: int | None = None,
        strict: str | None = None,
    ) -> World:
        """Make a private world: `with simulator.world("cartesia/plan-full") as world: …`."""
        return self.client.world(scenario, name=name, seed=seed, strict=strict)

    def close(self) -> None:
        """End the server, if it was started."""
        with self._starting:
            if self._server is not None:
                self._server.close()
                self._server = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _address(self) -> str:
        """Where the server answers; where no socket can be had, an address that only transports understand."""
        try:
            return self._start()
        except (OSError, RuntimeError) as error:  # what keeps tests off the network, such as pytest-socket, raises the latter
            log.warning("no socket can be had, so only the transports answer: %s", error)
            return NOWHERE

    def _start(self) -> str:
        with self._starting:
            if self._server is None:
                listener = listen(self._host, self._port)
                self._origin = address(listener)
                self._server = Background(self.app, listener)
            return self._origin
