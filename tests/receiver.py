"""Receivers of webhooks: one in this process, and one that listens on a port; and what comes in from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from simulator import Simulator
from simulator.deliveries.sender import WebhookRequest
from simulator.testing.webhooks import WebhookTarget
from tests.conftest import World

CALLER = "+12125550199"


class Receiver:
    """Keeps what it gets, and answers with the next of `statuses`, or with `status`; or as `answer` says."""

    def __init__(self, url: str = "http://receiver.test/hook") -> None:
        self.url = url
        self.received: list[WebhookRequest] = []
        self.status = 200
        self.statuses: list[int] = []
        self.answer: Callable[[WebhookRequest], int] | None = None
        self.location = ""  # of a redirect
        self.release = threading.Event()
        self.release.set()

    def __call__(self, request: WebhookRequest) -> int:
        """Keep a webhook, and return the status of the answer, after `release`."""
        self.received.append(request)
        self.release.wait(10)
        if self.answer is not None:
            return self.answer(request)
        return self.statuses.pop(0) if self.statuses else self.status

    def payloads(self) -> list[Any]:
        """Return the decoded bodies of the webhooks that came since the last time, and forget these."""
        received, self.received = self.received, []
        return [one.json() for one in received]

    @property
    def bodies(self) -> list[Any]:
        """The decoded bodies."""
        return [request.json() for request in self.received]

    @property
    def events(self) -> list[str]:
        """The names of the events."""
        return [request.event for request in self.received]


def receive(simulator: Simulator, world: World) -> Receiver:
    """Receive the webhooks of a world in this process, whatever their URLs."""
    receiver = Receiver()
    WebhookTarget(simulator.client.control_transport, world.name).to(receiver)
    return receiver


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen for webhooks on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): ", ".join(self.headers.get_all(name) or ()) for name in self.headers}
            payload = msgspec.json.decode(body)
            event = payload.get("event") or payload.get("type", "")
            status = receiver(WebhookRequest(f"http://{headers['host']}{self.path}", headers, body, event))
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.release.set()
            server.shutdown()
            thread.join(5)


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
    return world.http.post(f"{world.control}/inbound/calls", json={"from": CALLER, "to": to, **more})


def write_in(world: World, to: str, text: str = "Hello", **more: Any) -> Any:
    """The answer to a message from outside."""
    return world.http.post(f"{world.control}/inbound/messages", json={"from": CALLER, "to": to, "text": text, **more})
