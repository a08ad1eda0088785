"""A receiver of webhooks over HTTP, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec


class Received(NamedTuple):
    """One webhook as it arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return msgspec.json.decode(self.body)


class Receiver:
    """A server on this machine that keeps what it gets, and answers with `status`, or the next of `statuses`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.status = 200
        self.statuses: list[int] = []
        self.location = ""  # of a redirect
        self.release = threading.Event()
        self.release.set()

    def payloads(self) -> list[Any]:
        """Return the decoded bodies of the webhooks that came since the last time, and forget these."""
        received, self.received = self.received, []
        return [one.json() for one in received]

    def take(self, received: Received) -> int:
        """Keep a webhook, and return the status of the answer, after `release`."""
        self.received.append(received)
        self.release.wait(10)
        return self.statuses.pop(0) if self.statuses else self.status


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Received(self.path, headers, body))
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
