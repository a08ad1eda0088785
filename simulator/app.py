"""The entry of every request, from a socket or from this process: which world, which provider, or the control API."""

from __future__ import annotations

from threading import Lock

from simulator import control, welcome
from simulator.catalog import Catalog, nearest
from simulator.exchange import Exchange, Request
from simulator.pipeline import Answer, answer
from simulator.welcome import Visit
from simulator.worlds import BOUNDS, DEFAULT, Bounds, Worlds

SHOW_ONLY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # the front page runs nothing and fetches nothing


class App:
    """The simulator as an application: a request in, an answer out; it never waits, and knows nothing of sockets."""

    def __init__(self, catalog: Catalog, scenario: str = DEFAULT, admin_token: str = "", bounds: Bounds = BOUNDS) -> None:
        self.catalog = catalog
        self._lock = Lock()
        self.worlds = Worlds(catalog, scenario, bounds)
        self._control = control.Control(catalog, self.worlds, admin_token)

    def respond(self, request: Request) -> Answer:
        """Answer one request; safe to call from any thread, beside a server that runs in another."""
        with self._lock:
            return self._respond(request)

    def _respond(self, request: Request) -> Answer:
        """Find the world and the provider that a request is for."""
        if request.path.startswith("/_simulator") and request.path[11:12] in ("", "/"):
            return self._control.answer(request)
        name, path = _world_name(request)
        world = self.worlds.get(name)
        if world is None:
            hint = "PUT /_simulator/worlds/{name} makes one, GET /_simulator/worlds shows those that there are"
            return self._control.refuse(request, f"no world {name!r}; {hint}")
        bound = self.catalog.hosts.get(request.headers.get("host", "").partition(":")[0].lower())
        if bound is None:
            first, slash, rest = path[1:].partition("/")
            bound, path = self.catalog.providers.get(first), slash + rest
            if not (first or path) and request.method in ("GET", "HEAD"):
                return _front(request, Visit(self.catalog, request.origin, world.scenario, name))
            if bound is None:
                reason = f"no provider {first!r}{self._near(request)} (GET / shows where each answers)"
                return self._control.refuse(request, reason, world)
        return answer(bound, Exchange(world, request, path or "/"))

    def _near(self, request: Request) -> str:
        """What a path that leads nowhere may have meant: the same path at a provider, or a provider of a similar name."""
        path = _world_name(request)[1]
        prefix = request.path.removesuffix(path)
        meant = [f"{prefix}/{name}{path}" for name, bound in self.catalog.providers.items() if bound.spec.routes.find(path)]
        if self.catalog.control.spec.routes.find(f"/_simulator{path}"):
            meant.append(f"/_simulator{path}")
        if meant:
            return f"; did you mean {' or '.join(meant)}?"
        return nearest(path[1:].partition("/")[0], [*self.catalog.providers, "_simulator"])


def _world_name(request: Request) -> tuple[str, str]:
    """The world that the path or a header names, and the rest of the path."""
    if request.path.startswith("/w/"):
        name, _, rest = request.path[3:].partition("/")
        return name, "/" + rest
    return request.headers.get("x-simulator-world", DEFAULT), request.path


def _front(request: Request, visit: Visit) -> Answer:
    """The front page: HTML for a browser, text for everyone else."""
    browser = "text/html" in request.headers.get("accept", "")
    body = (welcome.page(visit) if browser else welcome.text(visit)).encode()
    headers = [("Content-Type", f"text/{'html' if browser else 'plain'}; charset=utf-8"), ("Content-Length", str(len(body)))]
    return Answer(200, [*headers, ("Vary", "Accept"), ("Content-Security-Policy", SHOW_ONLY)], body)
