"""What the control transport does when a server closes its connection."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from simulator.testing.client import Http

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class ClosingServer:
    """A server that reads one request of every connection and closes it, with a response or without."""

    def __init__(self) -> None:
        self.responses: list[bytes] = []  # for the next connections; the last one is repeated
        self.requests: list[str] = []  # method and path, as received
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}".format(*self._listener.getsockname())
        self.closed = threading.Event()  # set when a connection was closed
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._serve(connection)
            self.closed.set()

    def _serve(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(" ".join(head.decode().split()[:2]))
        connection.sendall(self.responses.pop(0) if len(self.responses) > 1 else self.responses[0])

    def close(self) -> None:
        """Accept no further connection."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[ClosingServer]:
    """A server that is closed after the test."""
    server = ClosingServer()
    yield server
    server.close()


@pytest.fixture
def transport(server: ClosingServer) -> Iterator[Http]:
    """A transport to the server."""
    transport = Http(server.url)
    yield transport
    transport.close()


def test_a_post_is_not_repeated(server: ClosingServer, transport: Http) -> None:
    """The server may have processed it: an `advance` that is sent twice would advance the clock twice."""
    server.responses = [b"", RESPONSE]
    with pytest.raises(http.client.RemoteDisconnected):
        transport.send("POST", "/clock", {"advance": "30s"})
    assert server.requests == ["POST /clock"]
    assert transport.send("POST", "/clock", {"advance": "30s"}) == (200, b"{}")
    assert server.requests == ["POST /clock"] * 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_idempotent_request_is_repeated_once(server: ClosingServer, transport: Http, method: str) -> None:
    """A second failure is reported."""
    server.responses = [b"", RESPONSE, b""]
    assert transport.send(method, "/worlds/a", None) == (200, b"{}")
    assert server.requests == [f"{method} /worlds/a"] * 2
    transport.close()
    with pytest.raises(http.client.RemoteDisconnected):
        transport.send(method, "/worlds/a", None)
    assert server.requests == [f"{method} /worlds/a"] * 4


def test_a_post_after_an_idle_connection_was_closed(server: ClosingServer, transport: Http) -> None:
    """It is sent once, on a new connection, as the old one can be seen to be closed."""
    server.responses = [RESPONSE]
    for count in (1, 2, 3):
        assert transport.send("POST", "/reset", None) == (200, b"{}")
        assert server.requests == ["POST /reset"] * count
        assert server.closed.wait(5)
        server.closed.clear()
