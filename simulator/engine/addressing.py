"""Which world a request addresses, and whether it is for the control API."""

from __future__ import annotations

from simulator.engine.worlds import DEFAULT
from simulator.http import Request

WORLD_HEADER = "x-simulator-world"  # names the world where the path does not
ADDRESSED_HOST = "x-simulator-host"  # set by our transports: the host that the client addressed, which outranks `Host`
HOME_WORLD = "x-simulator-home-world"  # set by our transports: the world of a request that names one which does not exist


def is_control(request: Request) -> bool:
    """Return whether a request is for the control API."""
    path = request.path
    return path.startswith("/_simulator") and path[11:12] in ("", "/") and ADDRESSED_HOST not in request.headers


def world_name(request: Request) -> tuple[str, str]:
    """Return the world that the path or a header names, and the rest of the path."""
    if request.path.startswith("/w/") and ADDRESSED_HOST not in request.headers:
        name, _, rest = request.path[3:].partition("/")
        return name, "/" + rest
    return request.headers.get(WORLD_HEADER, DEFAULT), request.path
