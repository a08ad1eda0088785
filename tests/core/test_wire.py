"""HTTP/1.1 as the server speaks it: requests in pieces, one behind the other, in odd but proper forms."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from simulator import Simulator
from simulator.wire import serving
from tests.conftest import World
from tests.core.steering import Steered

KEY = "caldLive" + "1" * 32
HEALTH = "GET /_simulator/health HTTP/1.1\r\nHost: here\r\n"
BUY = "POST /w/{world}/cald/client/api/v1/phonenumbers HTTP/1.1\r\nHost: here\r\n"
BUY += f"Authorization: {KEY}\r\nContent-Type: application/json\r\n"


class Wire:
    """A connection to a server, by which a test says and hears bytes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def say(self, *pieces: str | bytes) -> None:
        """Send pieces, each in a segment of its own."""
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())
            time.sleep(0.01 if len(pieces) > 1 else 0)

    def hear(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers in lower case, body."""
        while b"\r\n\r\n" not in self._heard:
            self._more()
        head, _, self._heard = self._heard.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        length = 0 if bodiless else int(headers.get("content-length", "0"))
        while len(self._heard) < length:
            self._more()
        body, self._heard = self._heard[:length], self._heard[length:]
        return int(line.split(" ")[1]), headers, body

    def ends(self) -> bool:
        """Whether the server closes without another byte."""
        return self._heard == b"" and self.socket.recv(1) == b""

    def _more(self) -> None:
        chunk = self.socket.recv(65536)
        assert chunk, f"the server closed after {self._heard!r}"
        self._heard += chunk


@pytest.fixture
def wire(simulator: Simulator) -> Iterator[Wire]:
    """A connection to the live server."""
    one = Wire(simulator.url)
    with one.socket:
        yield one


def test_a_head_and_its_body_may_come_apart(wire: Wire, world: World) -> None:
    """Most clients send them in two segments; some send bytes one by one."""
    head = BUY.replace("{world}", world.name) + "Content-Length: 2\r\n\r\n"
    wire.say(head, "{}")
    assert wire.hear()[0] == 200
    wire.say(head, "{", "}")
    assert wire.hear()[0] == 200
    wire.say(*(head[start : start + 40] for start in range(0, len(head), 40)), "{}")
    assert wire.hear()[0] == 200
    assert len(Steered(world).numbers()) == 3


def test_a_body_may_come_in_chunks(wire: Wire, world: World) -> None:
    """And the connection stays open for the next request."""
    head = BUY.replace("{world}", world.name) + "Transfer-Encoding: chunked\r\n\r\n"
    wire.say(head, "1\r\n{\r\n", "1\r\n}\r\n0\r\n\r\n" + HEALTH + "\r\n")
    assert [wire.hear()[0], wire.hear()[0]] == [200, 200]


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(wire: Wire, world: World) -> None:
    """`Expect: 100-continue`, as curl says before a large body."""
    wire.say(BUY.replace("{world}", world.name) + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert wire.hear() == (100, {}, b"")
    wire.say("{}")
    assert wire.hear()[0] == 200


def test_the_last_request_of_a_connection(wire: Wire) -> None:
    """A client that wants to close is told so, and what follows is not read."""
    wire.say(HEALTH + "Connection: close\r\n\r\n" + HEALTH + "\r\n")
    status, headers, _ = wire.hear()
    assert (status, headers["connection"]) == (200, "close")
    assert wire.ends()


def test_http_1_0(wire: Wire) -> None:
    """It knows no connections that stay."""
    wire.say("GET /_simulator/health HTTP/1.0\r\n\r\n")
    assert wire.hear()[1]["connection"] == "close"
    assert wire.ends()


def test_an_answer_to_head_has_no_body(wire: Wire) -> None:
    """Its length is that of the body which GET would have, and the next answer follows at once."""
    wire.say("HEAD / HTTP/1.1\r\nHost: here\r\n\r\n" + HEALTH + "\r\n")
    status, headers, _ = wire.hear(bodiless=True)
    assert (status, int(headers["content-length"]) > 0) == (200, True)
    assert wire.hear()[0] == 200


def test_a_whole_address_is_understood(wire: Wire) -> None:
    """A client that takes the simulator for its proxy names a provider's host in the request line."""
    wire.say(f"GET http://my.cald.ai/client/api/v1/agents HTTP/1.1\r\nHost: elsewhere\r\nAuthorization: {KEY}\r\n\r\n")
    assert wire.hear()[0] == 200


def test_an_answer_is_dated(wire: Wire) -> None:
    """With the time of the machine, as HTTP has it."""
    wire.say(HEALTH + "\r\n")
    assert re.fullmatch(r"[MTWFS][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", wire.hear()[1]["date"])


def test_what_follows_an_answer_that_is_held_back_waits(wire: Wire, world: World) -> None:
    """Answers come in the order of their requests."""
    Steered(world).rule({"delay": "200ms"}, {"operation": "cald.buy_phone_number"})
    buy = BUY.replace("{world}", world.name) + "Content-Length: 2\r\n\r\n{}"
    begun = time.monotonic()
    wire.say(buy + HEALTH + "\r\n", HEALTH + "\r\n")
    assert b"phoneNumberId" in wire.hear()[2]
    assert time.monotonic() - begun >= 0.2
    assert [b'"status":"ok"' in wire.hear()[2] for _ in range(2)] == [True, True]


def test_a_client_that_does_not_read_is_waited_for(wire: Wire) -> None:
    """What it has asked for meanwhile is answered once it reads, all of it and in order."""
    asked = b"GET /_simulator/providers HTTP/1.1\r\nHost: here\r\n\r\n" * 300
    sent = 0
    wire.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while sent < len(asked):
            sent += wire.socket.send(asked[sent:])
    wire.socket.settimeout(5)
    answers = [wire.hear() for _ in range(sent * 300 // len(asked))]
    assert len(answers) > 100
    assert {status for status, _, _ in answers} == {200}


def test_a_silent_client_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither half a request nor none holds a connection for ever."""
    monkeypatch.setattr(serving, "IDLE", 0.2)
    with Simulator() as simulator:
        silent, half = Wire(simulator.url), Wire(simulator.url)
        half.say("GET / HT")
        for each in (silent, half):
            with each.socket, contextlib.suppress(ConnectionResetError):
                assert each.ends()
