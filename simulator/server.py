"""Running the application under uvicorn: until a signal in the command, in a thread in tests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from simulator.app import App
from simulator.carrier import NOWHERE
from simulator.catalog import shipped
from simulator.client import Client, Local, World
from simulator.protocol import Protocol
from simulator.worlds import DEFAULT

log = logging.getLogger("simulator")

GRACE = 0.4  # seconds for what is under way when the server is told to end


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


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it, and ends within a second."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the clients finish, but not for long: one may never say goodbye, or wait for an answer that a rule holds back."""
        ending = asyncio.ensure_future(self._hang_up())
        await super().shutdown(sockets)
        ending.cancel()

    async def _hang_up(self) -> None:
        await asyncio.sleep(GRACE)
        for connection in self.server_state.connections:
            connection.transport.abort()
        if sys.version_info >= (3, 13):  # it also waits for those who have connected and not begun to speak TLS
            for listening in self.servers:
                listening.abort_clients()
        await asyncio.sleep(0.05)  # until each request knows that its connection is gone
        for task in self.server_state.tasks:
            task.cancel()


def server(app: App, tls: ssl.SSLContext | None = None) -> Server:
    """A server with nothing that the simulator does not use, and the same one whatever else is installed."""
    config = uvicorn.Config(
        app,
        http=Protocol,
        proxy_headers=False,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = tls  # uvicorn's own options name files, and a key that is in no file cannot be read from one
    return Server(config)


def serve(app: App, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then end cleanly."""

    async def main() -> None:
        running = server(app, tls)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, setattr, running, "should_exit", True)
        await running.serve(sockets=[listener])

    with contextlib.closing(listener):
        asyncio.run(main())


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
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Simulator:
        self._start()
        return self

    @property
    def url(self) -> str:
        """The base URL; whoever asks for it first starts the server."""
        return self.client.url

    def world(
        self, scenario: str | dict[str, Any] | Path | None = None, *, name: str | None = None, seed: int | None = None
    ) -> World:
        """Make a private world: `with simulator.world("cartesia/plan-full") as world: …`."""
        return self.client.world(scenario, name=name, seed=seed)

    def close(self) -> None:
        """End the server, if it was started."""
        with self._starting:
            if self._server is not None and self._thread is not None:
                self._server.should_exit = True
                self._thread.join(5)
                self._server = self._thread = None

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
            if self._thread is None:
                listener = listen(self._host, self._port)
                self._origin = address(listener)
                self._server = server(self.app)
                ready = threading.Event()
                wanted = (self._server, listener, ready)
                self._thread = threading.Thread(target=_run, args=wanted, name="simulator", daemon=True)
                self._thread.start()
                ready.wait(10)
            return self._origin


def _run(running: Server, listener: socket.socket, ready: threading.Event) -> None:
    async def main() -> None:
        serving = asyncio.ensure_future(running.serve(sockets=[listener]))
        while not running.started and not serving.done():
            await asyncio.sleep(0.001)
        ready.set()
        await serving

    with contextlib.closing(listener):
        asyncio.run(main())
