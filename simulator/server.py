"""Running the application under uvicorn: until a signal in the command, in a thread in tests."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import uvicorn

from simulator.app import App
from simulator.catalog import shipped
from simulator.client import Client, Local, World
from simulator.worlds import DEFAULT


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


def address(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


def server(app: App) -> Server:
    """A server with nothing that the simulator does not use, and the same one whatever else is installed."""
    config = uvicorn.Config(
        app,
        http="h11",
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return Server(config)


def serve(app: App, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then end cleanly."""

    async def main() -> None:
        running = server(app)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, setattr, running, "should_exit", True)
        await running.serve(sockets=[listener])

    with contextlib.closing(listener):
        asyncio.run(main())


class Simulator:
    """A server on a free port, in this process, ready when the `with` block begins."""

    def __init__(self, scenario: str = DEFAULT, *, host: str = "127.0.0.1", port: int = 0, admin_token: str = "") -> None:
        self.app = App(shipped(), scenario, admin_token)
        self._host, self._port, self._token = host, port, admin_token
        self._server = server(self.app)
        self._thread: threading.Thread | None = None
        self.url = ""

    def __enter__(self) -> Simulator:
        listener = listen(self._host, self._port)
        self.url = address(listener)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), name="simulator", daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    @property
    def client(self) -> Client:
        """A client of the control API, in this process."""
        return Client(Local(self.app, self.url, self._token))

    def world(self, scenario: str | dict[str, Any] | None = None, *, name: str | None = None, seed: int | None = None) -> World:
        """Make a private world: `with simulator.world("cartesia/plan-full") as world: …`."""
        return self.client.world(scenario, name=name, seed=seed)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(5)

    def _run(self, listener: socket.socket, ready: threading.Event) -> None:
        async def main() -> None:
            serving = asyncio.ensure_future(self._server.serve(sockets=[listener]))
            while not self._server.started and not serving.done():
                await asyncio.sleep(0.001)
            ready.set()
            await serving

        with contextlib.closing(listener):
            asyncio.run(main())
