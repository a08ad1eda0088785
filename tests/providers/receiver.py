"""Receivers of webhooks for tests: an HTTP server in a thread, and a world whose webhooks stay in this process."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import msgspec

from simulator import Simulator
from simulator.engine.worlds import Worlds


class Received(NamedTuple):
    """One request that a receiver got."""

    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return msgspec.json.decode(self.body)


class HttpReceiver(NamedTuple):
    """A server on loopback, and the requests that it got."""

    url: str
    requests: list[Received]

    def payloads(self) -> list[Any]:
        """Return the decoded bodies, and forget them."""
        bodies = [request.json() for request in self.requests]
        self.requests.clear()
        return bodies


@contextmanager
def http_receiver(path: str = "/hooks") -> Iterator[HttpReceiver]:
    """Serve a receiver that answers everything with 204."""
    received: list[Received] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.append(Received(headers, self.rfile.read(int(headers["content-length"]))))
            self.send_response(204 if self.path == path else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield HttpReceiver(f"http://127.0.0.1:{server.server_port}{path}", received)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Listening:
    """A world in this process whose webhooks are all received by the test, which answers them with `status`."""

    def __init__(self, simulator: Simulator, world: Any, provider: str, headers: dict[str, str]) -> None:
        self.world, self.status = world, 200
        self._got: list[Received] = []
        address = getattr(world, provider)
        self.http = httpx.Client(base_url=address.base_url, transport=address.transport, headers=headers)
        simulator.app.look(self._receive_anywhere)
        simulator.app.courier.lead(world.name, self._take)

    def _receive_anywhere(self, worlds: Worlds) -> None:
        world = worlds.peek(self.world.name)
        assert world is not None
        world.receive_anywhere()

    def _take(self, request: Any) -> int:
        self._got.append(Received(dict(request.headers), request.body))
        return self.status

    def __call__(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request to the provider, which must succeed, and return the decoded body."""
        answer = self.http.request(method, path, json=json)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def requests(self) -> list[Received]:
        """Let everything that is due be sent, and return what came since the last time."""
        self.world._call("POST", "/outbox/deliver")
        got, self._got[:] = list(self._got), []
        return got

    def payloads(self) -> list[Any]:
        """Let everything that is due be sent, and return the payloads that came since the last time."""
        return [request.json() for request in self.requests()]

    def outbox(self, **filters: str) -> list[dict[str, Any]]:
        """Return the deliveries of the world, the oldest first."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        deliveries: list[dict[str, Any]] = self.world._call("GET", f"/outbox?{query}")["deliveries"]
        return deliveries

    def inbound_call(self, to_number: str, **more: Any) -> dict[str, Any]:
        """Let a call from outside come in."""
        arrival: dict[str, Any] = self.world._call("POST", "/inbound/calls", {"from": "+12125550199", "to": to_number, **more})
        return arrival

    def inbound_message(self, to_number: str, text: str = "Hello") -> dict[str, Any]:
        """Let a message from outside come in."""
        body = {"from": "+12125550199", "to": to_number, "text": text}
        arrival: dict[str, Any] = self.world._call("POST", "/inbound/messages", body)
        return arrival


@contextmanager
def listening(simulator: Simulator, scenario: Any, provider: str, seed: int = 1, **headers: str) -> Iterator[Listening]:
    """Make a world whose webhooks are received by the test; underscores in header names stand for dashes."""
    with simulator.world(scenario, seed=seed) as world:
        yield Listening(simulator, world, provider, {name.replace("_", "-"): value for name, value in headers.items()})
