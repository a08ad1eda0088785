"""Receivers of webhooks: one in this process, and one that listens on a port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from simulator import Simulator
from simulator.deliveries.sender import WebhookRequest
from simulator.engine.worlds import Worlds
from tests.conftest import World


@dataclass
class Receiver:
    """What was received, in order, and how it is answered."""

    answer: Callable[[WebhookRequest], int | None] = lambda request: 200
    requests: list[WebhookRequest] = field(default_factory=list)
    url: str = "http://receiver.test/hook"

    def __call__(self, request: WebhookRequest) -> int | None:
        """Take a webhook."""
        self.requests.append(request)
        return self.answer(request)

    @property
    def bodies(self) -> list[Any]:
        """The decoded bodies."""
        return [request.json() for request in self.requests]

    @property
    def events(self) -> list[str]:
        """The names of the events."""
        return [request.event for request in self.requests]

    def clear(self) -> None:
        """Forget what was received."""
        self.requests.clear()


def receive(simulator: Simulator, world: World) -> Receiver:
    """Receive the webhooks of a world in this process, whatever their URLs."""
    receiver = Receiver()

    def open_to_all(worlds: Worlds) -> None:
        found = worlds.peek(world.name)
        assert found is not None
        found.receive_anywhere()

    simulator.app.look(open_to_all)
    simulator.app.courier.lead(world.name, receiver)
    return receiver


@contextmanager
def listen() -> Iterator[Receiver]:
    """Listen for webhooks on a port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            payload = msgspec.json.decode(body)
            event = payload.get("event") or payload.get("type", "")
            status = receiver(WebhookRequest(f"http://{headers['host']}{self.path}", headers, body, event))
            self.send_response(status or 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (as the standard library calls it)
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def deliver(world: World) -> None:
    """Send what is due, and wait until that is done."""
    assert world.http.post(f"{world.control}/outbox/deliver").is_success


def outbox(world: World, **params: Any) -> list[dict[str, Any]]:
    """The deliveries of a world, the oldest first."""
    answer = world.http.get(f"{world.control}/outbox", params=params)
    assert answer.is_success, answer.text
    return list(answer.json()["deliveries"])


def call_in(world: World, to: str, **more: Any) -> Any:
    """The answer to a call from outside."""
    return world.http.post(f"{world.control}/inbound/calls", json={"from": "+12125550199", "to": to, **more})


def write_in(world: World, to: str, text: str = "Hello", **more: Any) -> Any:
    """The answer to a message from outside."""
    return world.http.post(f"{world.control}/inbound/messages", json={"from": "+12125550199", "to": to, "text": text, **more})
