"""The last line: the names of hosts to which no request may go are not looked up."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from simulator.testing.intercept.active import current
from simulator.testing.intercept.patches import Patches


def install(patches: Patches) -> None:
    """Patch the functions on which Python's HTTP libraries and event loops build."""
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patches.replace(socket, name, _checked)
    for name in ("connect", "connect_ex", "sendto"):  # which look up the name in the address by themselves
        patches.replace(socket.socket, name, _checked_address)


def _checked_address(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(sock: socket.socket, *arguments: Any) -> Any:
        world = current()
        address = arguments[-1] if arguments else None
        if world is not None and isinstance(address, tuple) and address and sock.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0].decode("ascii", "replace") if isinstance(address[0], bytes) else str(address[0])
            if host and not _is_address(host):
                world.check_lookup(host)
        return original(sock, *arguments)

    return call


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        world = current()
        if world is not None and host:
            world.check_lookup(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
        return original(host, *rest, **more)

    return look_up
