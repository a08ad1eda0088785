"""What a server keeps for its clients is bounded: requests that are not complete, and responses that nobody reads."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from simulator.asgi.incoming import PATIENCE, SMALL, Incoming
from simulator.server import lane
from simulator.server.buffers import Unread
from tests.unit.server.conftest import Served
from tests.unit.server.connection import Wire

MEBIBYTE = 1 << 20
HEAD = "POST /vantax/v1/phone-numbers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WAIT = 30  # seconds for what takes a fraction of one on a quiet machine


def used(simulator: Served, name: str) -> int:
    """Return how much of a limit is used."""
    usage: dict[str, dict[str, int]] = httpx.get(f"{simulator.url}/_simulator/health", timeout=WAIT).json()["usage"]
    return usage[name]["used"]


def refusal(connection: socket.socket) -> bytes:
    """Return the first line of a response; empty if it was lost, as the server closed the connection while we were sending."""
    with contextlib.suppress(ConnectionError):
        return connection.recv(1000).partition(b"\r\n")[0]
    return b""


def becomes(simulator: Served, name: str, expected: Callable[[int], bool]) -> None:
    """Wait until the use of a limit is as expected."""
    until = time.monotonic() + WAIT
    while not expected(used(simulator, name)):
        assert time.monotonic() < until, used(simulator, name)
        time.sleep(0.01)


@contextlib.contextmanager
def opened(simulator: Served, count: int) -> Iterator[list[socket.socket]]:
    """Open connections, and close them in the end."""
    place = urlsplit(simulator.url)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection((place.hostname, place.port), WAIT)) for _ in range(count)]


@pytest.mark.parametrize(
    "framing", [f"Content-Length: {MEBIBYTE}\r\n\r\n", f"Transfer-Encoding: chunked\r\n\r\n{MEBIBYTE:x}\r\n"]
)
def test_bodies_that_are_not_complete(simulator: Served, wire: Wire, framing: str) -> None:
    """They count until their clients have disconnected; above the limit, requests get a 503."""
    part = (HEAD + framing).encode() + b" " * (MEBIBYTE - 1000)
    with opened(simulator, 70) as connections:
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                connection.sendall(part)
        becomes(simulator, "incoming_bytes", lambda size: 60 * MEBIBYTE < size <= 64 * MEBIBYTE)
        wire.say("GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.hear()[0] == 200
        refused = select.select(connections, [], [], WAIT)[0]
        assert refused
        assert {refusal(connection) for connection in refused} <= {b"HTTP/1.1 503 Service Unavailable", b""}
    becomes(simulator, "incoming_bytes", lambda size: size == 0)


def test_a_request_that_comes_in_pieces_is_answered(simulator: Served, wire: Wire) -> None:
    """And is counted no more."""
    body = b'{"sub_account_id": "' + b"x" * 100_000 + b'"}'
    raw = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body
    wire.say(raw[:50], raw[50:1000], raw[1000:90_000], raw[90_000:])
    assert wire.hear()[0] == 401
    assert used(simulator, "incoming_bytes") == 0


def test_the_one_that_began_first_goes() -> None:
    """If its client had time enough to complete it; else the one for which there is no room, unless it is small."""
    now, dropped = 0.0, list[str]()
    incoming = Incoming(limit=10 * SMALL, clock=lambda: now)

    def hold(name: str, size: int) -> None:
        incoming.hold(name, size, lambda: dropped.append(name))

    hold("first", 6 * SMALL)
    hold("second", 4 * SMALL)
    hold("small", SMALL)
    assert dropped == []
    hold("large", 2 * SMALL)
    assert dropped == ["large"]
    now = PATIENCE
    hold("late", 2 * SMALL)
    assert dropped == ["large", "first"]
    incoming.release("first")
    incoming.release("second")
    assert incoming.bytes == 3 * SMALL


def test_responses_that_nobody_reads_are_counted(simulator: Served) -> None:
    """Until they are read."""
    with opened(simulator, 1) as (connection,):
        connection.sendall(b"GET /_simulator/specs/chirp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := connection.recv(1 << 20):
            answer += chunk
    with opened(simulator, 1) as (connection,):
        one = b"GET /_simulator/specs/chirp HTTP/1.1\r\nHost: x\r\n\r\n"
        for _ in range(8 * MEBIBYTE // len(answer)):
            connection.sendall(one)
        becomes(simulator, "unread_bytes", bool)
    becomes(simulator, "unread_bytes", lambda size: size == 0)


@pytest.mark.parametrize("count", [1, 50])
def test_a_client_that_leaves_while_others_wait_behind_a_request(
    simulator: Served, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """The first one is answered in an hour; it is noticed that the client has gone, however much it has sent."""
    monkeypatch.setattr(lane, "PATIENCE", 1.0)
    before = used(simulator, "connections")
    listing = "GET /vantax/v1/phone-numbers?sub_account_id=sub_8a1f4c2e HTTP/1.1\r\nHost: x\r\nPrefer: delay=3600s\r\n"
    more = b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n"
    with opened(simulator, 3) as connections:
        for connection in connections:
            connection.settimeout(0.5)
            with contextlib.suppress(TimeoutError, ConnectionError):
                connection.sendall(f"{listing}Authorization: Bearer vx_live_demo\r\n\r\n".encode() + more * count)
        if count == 1:
            becomes(simulator, "incoming_bytes", lambda size: size > 3 * 30_000)
            assert used(simulator, "connections") >= 3
    becomes(simulator, "incoming_bytes", lambda size: size == 0)
    becomes(simulator, "connections", lambda now: now <= before + 1)


class Slow:
    """A transport whose client reads nothing."""

    def __init__(self, size: int) -> None:
        self.size, self.is_aborted = size, False

    def get_write_buffer_size(self) -> int:
        """Return the bytes that wait."""
        return self.size

    def abort(self) -> None:
        """Close the connection."""
        self.is_aborted = True


def test_the_slowest_reader_goes() -> None:
    """The one that has been slow for longest; never the only one."""
    unread = Unread(limit=100)
    first, second, third = Slow(60), Slow(30), Slow(1000)
    unread.add(first)
    unread.add(second)
    assert not first.is_aborted
    unread.add(third)
    assert [one.is_aborted for one in (first, second, third)] == [True, True, False]
    unread.discard(third)
    unread.discard(third)
    assert unread.bytes == 0
