"""Running the application on uvicorn: until a signal in the command, in a thread in tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import msgspec
import uvicorn

from simulator.application import Application
from simulator.asgi.console import Mode
from simulator.asgi.main import SimulatorApp
from simulator.deliveries.loop import UnpatchedLoop
from simulator.engine.worlds import DEFAULT
from simulator.quickstart import QuickstartContext, text
from simulator.registry import VERSION
from simulator.server import H11_PROTOCOL, logging, memory
from simulator.server.acceptor import EXHAUSTED, MAX_HANDSHAKES, Acceptor
from simulator.server.access_log import AccessLog
from simulator.server.buffers import Unread, limit_buffers
from simulator.server.crowd import Crowd
from simulator.server.lane import MAX_HEAD
from simulator.server.log_writer import LogWriter
from simulator.server.tunnel import Tunnels

if sys.platform != "win32":
    import resource

PROTOCOLS = {"httptools": "simulator.server.protocol:FaultInjectingHttpToolsProtocol"} if find_spec("httptools") else {}
PROTOCOLS = {**PROTOCOLS, "h11": H11_PROTOCOL}  # the first is the default; some platforms have no httptools

EVERY_ADDRESS = "::"
KEEP_ALIVE = 75  # seconds in which nothing is heard of a client before its connection is closed
TURN = 0.001  # seconds until the event loop gets the interpreter from a thread that computes, instead of Python's 0.005
GRACE = 0.4  # seconds for responses that are under way when the server ends


class ServerConfig(uvicorn.Config):
    """The configuration of uvicorn with our protocols: httptools where it is installed, else h11."""

    crowd: Crowd  # of the connections
    unread: Unread  # responses
    fast_lane = True  # False: every request takes the ASGI path

    def __init__(
        self,
        application: Application,
        *,
        tls: ssl.SSLContext | None = None,
        http: str = "",
        fast_lane: bool | None = None,
        console: Mode = "on",
        **more: Any,
    ) -> None:
        if fast_lane is not None:
            self.fast_lane = fast_lane
        app = SimulatorApp(application, console)
        self.end_delays = app.adapter.end
        super().__init__(
            app,
            http=PROTOCOLS[http or next(iter(PROTOCOLS))],
            ws="none",
            log_config=None,
            server_header=False,
            date_header=False,  # the Date of simulated traffic is that of its world
            h11_max_incomplete_event_size=MAX_HEAD,
            timeout_keep_alive=KEEP_ALIVE,
            **more,
        )
        self.load()
        self.ssl = tls
        self.gauges = application.gauges
        self.tunnels = Tunnels(application.registry.hosts, tls)

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Return the event loop of uvicorn's choice, in a form whose time no test can stop."""
        factory = super().get_loop_factory()
        return UnpatchedLoop if factory is asyncio.SelectorEventLoop else factory


def _report(crowd: Crowd, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors of the event loop; running out of file descriptors, which it reports for each connection, only once."""
    if getattr(context.get("exception"), "errno", None) in EXHAUSTED:
        crowd.tell("no more files can be opened, so connections wait or are refused")
    else:
        loop.default_exception_handler(context)


class Server(uvicorn.Server):
    """uvicorn's server, but it stops within a second, even if clients still wait for responses."""

    config: ServerConfig
    servers: list[Any]  # of asyncio, or acceptors

    def __init__(self, config: ServerConfig) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.returns_memory = False  # that is free to the system, whose other threads may be somebody else's
        self._returning: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving; with TLS, also accept CONNECT in plain HTTP on the same port."""
        context = self.config.ssl
        crowd = self.config.crowd = Crowd(self.server_state.connections, tls=context is not None)
        unread = self.config.unread = Unread()
        self.config.gauges["connections"] = lambda: (len(crowd), crowd.most)
        self.config.gauges["unread_bytes"] = lambda: (unread.bytes, unread.limit)
        asyncio.get_running_loop().set_exception_handler(partial(_report, crowd))
        for listener in sockets or []:
            limit_buffers(listener)
        is_asyncio = isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop)  # and not uvloop's
        if sockets is None or sys.platform == "win32" or (context is None and not is_asyncio):
            await super().startup(sockets)  # Windows' event loop has no `add_reader`
        else:
            await super().startup([])
            self.servers = [Acceptor(listener, self._protocol, context, KEEP_ALIVE, crowd) for listener in sockets]
        if context is not None:
            acceptors = self.servers
            self.config.gauges["tls_handshakes"] = lambda: (sum(one.handshakes for one in acceptors), MAX_HANDSHAKES)
        if self.returns_memory:
            self._returning = asyncio.get_running_loop().create_task(memory.keep_returning())
        self.ready.set()

    def _protocol(self) -> asyncio.Protocol:
        state = self.lifespan.state
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: at once where nothing is under way, after a grace period everywhere else; delayed responses are sent now."""
        self.config.end_delays()
        # uvicorn would wait for the clients of a listener that have connected and not begun to speak TLS.
        if self._returning is not None:
            self._returning.cancel()
        listeners, self.servers = self.servers, []
        for listener in listeners:
            listener.close()
        asyncio.get_running_loop().call_later(GRACE, self._abort)
        await super().shutdown(sockets)
        for listener in listeners:
            if hasattr(listener, "abort_clients"):  # from Python 3.13
                listener.abort_clients()

    def _abort(self) -> None:
        """Close the connections that are left, so that uvicorn has no task to cancel."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How `serve` serves an application."""

    tls: ssl.SSLContext | None = None
    ca: str = ""  # the file of the CA certificate, for the banner
    log_format: str = "text"
    access_log: bool = True
    fast_lane: bool = True
    console: Mode = "on"
    proxy_headers: bool = False
    forwarded_allow_ips: str | None = None


def serve(
    application: Application, listener: socket.socket, settings: ServeSettings, at_end: Callable[[], bool] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM, then end with exit code 0.

    `at_end` is called once all responses are sent; the exit code is 1 if it returns False.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again when it has ended
        signal.signal(number, leave_quietly)
    writer = _log(application, settings.log_format, access_log=settings.access_log)
    config = ServerConfig(
        application,
        tls=settings.tls,
        fast_lane=settings.fast_lane,
        console=settings.console,
        access_log=False,  # ours is written by `_log`
        proxy_headers=settings.proxy_headers,
        forwarded_allow_ips=settings.forwarded_allow_ips,
    )
    _prepare_process()
    _announce(application, address(listener, "https" if settings.tls else "http"), settings)
    with contextlib.closing(writer), contextlib.closing(listener):
        application.resume_webhooks()
        try:
            _run(Server(config), listener)
        finally:
            _end(application, at_end)


def _log(application: Application, log_format: str, *, access_log: bool) -> LogWriter:
    """Configure logging, and return the writer of the lines."""
    writer = logging.configure(log_format, application.mask)
    if access_log:
        application.observe(partial(writer.write_later, AccessLog(application.mask, log_format).line))
    if application.metrics is not None:
        application.metrics.dropped = lambda: writer.dropped
    return writer


def _prepare_process() -> None:
    _raise_file_limit()
    sys.setswitchinterval(TURN)  # the loop waits so long before each event while a long request is handled in its thread
    memory.return_large_blocks()
    gc.freeze()  # what is loaded by now stays, so the garbage collector need not walk it


def _run(server: Server, listener: socket.socket) -> None:
    """Run a server that has the process to itself."""
    server.returns_memory = True
    with warnings.catch_warnings():
        # uvloop warns of each client that connected and never began to speak TLS, and closes it.
        warnings.simplefilter("ignore", ResourceWarning)
        server.run(sockets=[listener])


def _end(application: Application, at_end: Callable[[], bool] | None) -> None:
    """Run `at_end`, which further signals do not interrupt."""
    if at_end is None:
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    application.close()  # no webhook is under way any more
    if not at_end():
        raise SystemExit(1)


def serve_app(app: Any, listener: socket.socket) -> None:
    """Serve another ASGI application than the simulator until SIGINT or SIGTERM; requests on their way are finished first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave_quietly)
    config = uvicorn.Config(app, log_config=None, ws="none", server_header=False, date_header=False, access_log=False)
    with contextlib.closing(listener):
        uvicorn.Server(config).run(sockets=[listener])


def _announce(application: Application, url: str, settings: ServeSettings) -> None:
    """Print the banner, or in JSON logs an event of the same content."""
    first, has_console = application.worlds.first, settings.console != "off"
    context = QuickstartContext(application.registry, url, first, DEFAULT, has_console, settings.ca)
    facts = {"url": context.url, "scenario": application.scenario, "version": VERSION}
    console = f"{context.url}/_simulator/" if context.console else ""
    note = " – console at /_simulator/" if console else ""
    logging.announce(text(context, note), event="ready", **facts, **({"console": console} if console else {}))


def leave_quietly(number: int, frame: object) -> None:
    """Exit on a signal: without a handler, the first process of a container does not receive it."""
    raise SystemExit(0)


def _raise_file_limit() -> None:
    """Raise the limit of open files to the maximum that the system allows; the default of most shells is lower."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # some systems name a limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class BackgroundServer:
    """The server in a thread of its own."""

    def __init__(self, application: Application, listener: socket.socket, **more: Any) -> None:
        """Serve; return when connections are accepted."""
        self._server = Server(ServerConfig(application, **more))
        self._thread = threading.Thread(target=self._run, args=(listener,), name="simulator", daemon=True)
        self._thread.start()
        self._server.ready.wait(10)

    def _run(self, listener: socket.socket) -> None:
        with contextlib.closing(listener):
            self._server.run(sockets=[listener])

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._server.server_state.connections)

    def close(self) -> None:
        """End the server, and wait until it has ended."""
        self._server.should_exit = True
        self._thread.join(5)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one, and the host `::` means every address, of IPv4 too.

    Raises:
        OSError: the address is not available.
    """
    if host == EVERY_ADDRESS and not _has_ipv6():
        host = "0.0.0.0"  # noqa: S104  (what was asked for, as far as this machine has it)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only with the protocol
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == EVERY_ADDRESS:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # some systems have 1 as their default
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _has_ipv6() -> bool:
    """Return whether this machine can listen on IPv4 and IPv6 with one socket; in many containers it cannot."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            probe.bind((EVERY_ADDRESS, 0))
    except OSError:
        return False
    return True


def address(listener: socket.socket, scheme: str = "http") -> str:
    """Return the base URL of a listening socket; of one that listens on every address, the loopback address."""
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return f"{scheme}://localhost"  # by whatever path: clients name the socket beside the URL
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", EVERY_ADDRESS: "127.0.0.1"}.get(host, host)  # noqa: S104  (not to listen there)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
