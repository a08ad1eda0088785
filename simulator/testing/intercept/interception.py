"""`world.intercept()`: patches the HTTP libraries while a world is active."""

from __future__ import annotations

import importlib
import importlib.util
from threading import RLock
from typing import Literal

from simulator.testing.control_transport import ControlTransport
from simulator.testing.hosts import Hosts
from simulator.testing.intercept import http_client, name_lookups
from simulator.testing.intercept.active import ActiveWorld
from simulator.testing.intercept.patches import Patches

OPTIONAL = {"httpx": "simulator.testing.intercept.with_httpx", "aiohttp": "simulator.testing.intercept.with_aiohttp"}


class Interception:
    """Leads requests to the providers' real hosts into one world; a context manager.

    It concerns the whole process. Of several that are active, the one that the running thread or task began last decides; a
    thread or a task that began none follows the one that was begun last.
    """

    def __init__(
        self, control: ControlTransport, world: str, hosts: Hosts, others: Literal["pass", "refuse"], blocked: list[str]
    ) -> None:
        """Prepare it; what is stopped is noted in `blocked`.

        Raises:
            ValueError: `others` is neither "pass" nor "refuse".
        """
        if others not in ("pass", "refuse"):
            raise ValueError(f"others is {others!r}, expected 'pass' or 'refuse'")
        self.was_begun = False
        self._world = ActiveWorld(control, world, hosts, blocked, refuse_others=others == "refuse")

    def __repr__(self) -> str:
        return f"<interception for the world {self._world.name!r}{'' if self._world.is_active else ', not active'}>"

    def __enter__(self) -> Interception:
        """Begin.

        Raises:
            RuntimeError: it was entered already.
        """
        with _lock:
            if self._world.is_active:
                raise RuntimeError(f"{self!r} was entered already; each `with` needs its own world.intercept()")
            try:
                _install()
                self._world.begin()
                self.was_begun = True
            except BaseException:
                self._end()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        with _lock:
            self._end()

    def _end(self) -> None:
        last = self._world.end()
        http_client.disconnect(self._world)
        if last:
            _patches.undo()


_lock = RLock()
_patches = Patches()


def _install() -> None:
    """Patch the libraries that are installed, unless that was done for a world that is active."""
    if _patches:
        return
    name_lookups.install(_patches)
    http_client.install(_patches)
    for library, module in OPTIONAL.items():
        if importlib.util.find_spec(library) is not None:
            importlib.import_module(module).install(_patches)
