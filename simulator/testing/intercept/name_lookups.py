"""The last line: the names of hosts to which no request may go are not looked up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from simulator.testing.intercept.active import current
from simulator.testing.intercept.patches import Patches


def install(patches: Patches) -> None:
    """Patch the functions on which Python's HTTP libraries and event loops build."""
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patches.replace(socket, name, _checked)


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        world = current()
        if world is not None and host:
            world.check_lookup(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
        return original(host, *rest, **more)

    return look_up
