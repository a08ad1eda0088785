"""Running the application on a socket: until a signal in the command, in a thread in tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

from simulator import wire
from simulator.application import Application

if TYPE_CHECKING:
    import ssl

if sys.platform != "win32":
    import resource


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


def serve(app: Application, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then end cleanly.

    The process is the server's own: what is loaded by now stays, so that the garbage collector need not walk it, and it comes
    less often, as records are none of its business.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()

    async def main() -> None:
        end = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
        await wire.serve(app, listener, tls, end, lambda: None)

    _allow_connections()
    with contextlib.closing(listener), asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(main())


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(wire.Selector())


def _allow_connections() -> None:
    """Have as many connections open as the system allows: shells mostly allow fewer, unless a program asks for more."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # some systems name a limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Background:
    """The server in a thread of its own."""

    def __init__(self, app: Application, listener: socket.socket) -> None:
        """Serve; return when connections are accepted."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(app, listener), name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self, app: Application, listener: socket.socket) -> None:
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
