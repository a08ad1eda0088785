"""Which world a request addresses, and whether it is for the control API."""

from __future__ import annotations

import msgspec

from simulator.engine.worlds import DEFAULT
from simulator.http import Request

WORLD_HEADER = "x-simulator-world"  # names the world where the path does not
ADDRESSED_HOST = "x-simulator-host"  # set by our transports: the host that the client addressed, which outranks `Host`
HOME_WORLD = "x-simulator-home-world"  # set by our transports: the world of a request that names one which does not exist


class Address(msgspec.Struct, frozen=True, gc=False):
    """What a request addresses: a path in a world, or the control API."""

    world: str  # its name; empty for the control API
    path: str  # without the name of the world
    is_control: bool = False


def host_of(request: Request) -> str:
    """Return the host that a client addresses, without a port; a trailing dot is part of a valid name."""
    host = request.headers.get(ADDRESSED_HOST) or request.headers.get("host", "")
    return host.partition(":")[0].rstrip(".").lower()


def address_of(request: Request) -> Address:
    """Return what the path, or else a header, of a request addresses."""
    path, headers = request.path, request.headers
    if ADDRESSED_HOST not in headers:
        if path.startswith("/_simulator") and path[11:12] in ("", "/"):
            return Address("", path, is_control=True)
        if path.startswith("/w/"):
            name, _, rest = path[3:].partition("/")
            return Address(name, "/" + rest)
    return Address(headers.get(WORLD_HEADER, DEFAULT), path)
