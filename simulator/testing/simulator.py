"""The simulator in this process, for tests: its worlds, and a server in a thread for clients that need one."""

from __future__ import annotations

import logging
import os
import socket
import threading
import weakref
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from simulator.application import Application, Settings
from simulator.engine.worlds import DEFAULT
from simulator.registry import registry_with
from simulator.server.run import BackgroundServer, address, listen
from simulator.store.receivers import Receivers
from simulator.testing.client import Client, World
from simulator.testing.control_transport import UNROUTABLE_URL, InProcess

log = logging.getLogger("simulator")


class Simulator:
    """The simulator in this process; in a `with` block, with a server on a free port.

    Without a `with` block the server starts when `url` is first read. The transports of its worlds need no server.
    """

    def __init__(
        self,
        scenario: str = DEFAULT,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        admin_token: str = "",
        webhook_hosts: Iterable[str] = (),
        providers_folder: str | Path | None = None,
    ) -> None:
        """Start with a scenario, and the providers of a folder of your own; webhooks go to this machine and to `webhook_hosts`.

        Raises:
            ValueError: one of the hosts is not the name or address of a host.
            BrokenFile: a provider of the folder cannot be served.
        """
        registry = registry_with(Path(providers_folder) if providers_folder else None)
        settings = Settings(admin_token=admin_token, receivers=Receivers(webhook_hosts), allowed_hosts=(host,))
        self.app = Application(registry, scenario, settings)
        self.client = Client(InProcess(self.app, self._address, admin_token))
        self._host, self._port = host, port
        self._starting = threading.Lock()
        self._origin = ""
        self._server: BackgroundServer | None = None
        self._listener: socket.socket | None = None

    def __repr__(self) -> str:
        return f"<simulator.Simulator with {len(self.app.worlds.all())} worlds>"

    def __enter__(self) -> Simulator:
        self._start()
        return self

    @property
    def url(self) -> str:
        """The base URL; reading it starts the server."""
        return self.client.url

    def world(
        self,
        scenario: str | dict[str, Any] | Path | None = None,
        *,
        name: str | None = None,
        seed: int | None = None,
        strict: str | None = None,
        unmatched: Literal["fail", "ignore"] = "fail",
        unknown_fields: Literal["warn", "fail", "ignore"] = "warn",
        leaks: Literal["fail", "ignore"] = "ignore",
        hosts: Mapping[str, str | None] | None = None,
        load: str | Path | None = None,
    ) -> World:
        """Create a world: `with simulator.world("cartesia/plan-full") as world: …`; it is checked at the end of the block.

        `load` is a file that `World.save` has written.
        """
        return self.client.world(
            scenario,
            name=name,
            seed=seed,
            strict=strict,
            unmatched=unmatched,
            unknown_fields=unknown_fields,
            leaks=leaks,
            hosts=hosts,
            load=load,
        )

    def close(self) -> None:
        """Stop the server, and the thread that sends webhooks, if they were started."""
        self.app.close()
        with self._starting:
            if self._server is not None:
                self._server.close()
                self._server = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _address(self) -> str:
        """Start the server and return its base URL; without sockets, return one that only the transports accept."""
        try:
            return self._start()
        except (OSError, RuntimeError, Warning) as error:  # pytest-socket warns and raises the second; warnings may be errors
            log.warning("no socket could be opened, so only the transports answer: %s", error)
            return UNROUTABLE_URL

    def _start(self) -> str:
        with self._starting:
            if self._server is None:
                listener = self._listener = listen(self._host, self._port)
                self._origin = address(listener)
                self._server = BackgroundServer(self.app, listener)
                if hasattr(os, "register_at_fork"):
                    os.register_at_fork(after_in_child=partial(_leave_server, weakref.ref(self)))
            return self._origin

    def leave_server(self) -> None:
        """Forget the server of the parent process after a fork; this process starts its own when it needs one."""
        if self._listener is not None and self._listener.fileno() >= 0:
            os.close(self._listener.detach())  # uvloop would put off a `close`
        self._listener, self._server, self._origin = None, None, ""
        self._starting = threading.Lock()
        self.app.after_fork()


def _leave_server(reference: weakref.ref[Simulator]) -> None:
    simulator = reference()
    if simulator is not None:
        simulator.leave_server()
