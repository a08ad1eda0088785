"""What comes over the wire without being HTTP: the server drops it and goes on."""

from __future__ import annotations

import contextlib
import time

import pytest

from tests.conftest import World
from tests.unit.server.connection import Wire

KEY = "demo_" + "1" * 32
BUY = "POST {path}/demo/v1/numbers HTTP/1.1\r\nHost: here\r\nAuthorization: " + KEY + "\r\n"
LIST = "GET {path}/demo/v1/agents HTTP/1.1\r\nHost: here\r\nAuthorization: " + KEY + "\r\n\r\n"


def _answer(wire: Wire, sent: bytes, patience: float = 0.3) -> bytes:
    """Whatever the server says until it closes or falls silent; it may take `patience` seconds to begin."""
    said = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        wire.socket.sendall(sent)
        wire.socket.settimeout(patience)
        while chunk := wire.socket.recv(65536):
            said += chunk
            wire.socket.settimeout(0.3)
    return said


def _bought(world: World) -> str:
    """The next number to be sold; the first one as long as none was."""
    number: str = world.api("demo", Authorization=KEY)("POST", "/numbers", {}).json()["number"]
    return number


HALVES = {
    "half a request line": "POST /w/",
    "half the headers": BUY,
    "headers, and no body": BUY + "Content-Length: 2\r\n\r\n",
    "headers, and half a body": BUY + 'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"prefix":',
    "a whole document, but not the whole body": BUY + "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n{}",
    "chunks without an end": BUY + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_request_does_nothing(wire: Wire, world: World, half: str) -> None:
    """A client that goes away in the middle of its request has asked for nothing."""
    with wire.socket:
        wire.socket.sendall(HALVES[half].replace("{path}", f"/w/{world.name}").encode())
        time.sleep(0.05)  # the server begins to read before the client is gone
    time.sleep(0.05)
    assert _bought(world) == "+14155550100"


GARBAGE = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "zeros": bytes(4096),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost here\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is none": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a broken chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "headers without end": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000,
    "a path without end": b"GET /" + b"x" * 200_000,
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_refused_and_the_server_goes_on(wire: Wire, world: World, garbage: str) -> None:
    """What is not HTTP gets a refusal or no answer at all, and the next client is served."""
    said = _answer(wire, GARBAGE[garbage])
    assert said == b"" or said.startswith(b"HTTP/1.1 4")
    assert world.api("demo", Authorization=KEY)("GET", "/agents").status_code == 200


ODD = {
    "a method in lower case": (b"get /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
    "a whole address": (b"GET http://elsewhere.example/x HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    "an authority": (b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    "HTTP/1.0": (b"GET /_simulator/health HTTP/1.0\r\n\r\n", b"200"),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_but_proper_http_is_answered(wire: Wire, odd: str) -> None:
    """Forms of a request that no client of a provider sends are still requests."""
    sent, status = ODD[odd]
    assert _answer(wire, sent, patience=10).split(b" ", 2)[1] == status


def test_requests_may_follow_each_other_on_one_connection(wire: Wire, world: World) -> None:
    """Sent at once, they are answered in order, a refusal among them too."""
    path = f"/w/{world.name}"
    listed = LIST.format(path=path)
    bad = BUY.format(path=path) + "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{"
    wire.say(listed + bad + listed)
    assert [wire.hear()[0] for _ in range(3)] == [200, 400, 200]


def test_an_oversized_body_is_refused_before_it_has_all_come(wire: Wire, world: World) -> None:
    """A client that waits for `100 Continue`, or sends far too much, hears the refusal and not a reset."""
    head = BUY.format(path=f"/w/{world.name}") + "Content-Type: application/json\r\nContent-Length: 8388608\r\n\r\n"
    said = _answer(wire, head.encode() + b" " * 8_388_608, patience=10)
    assert said.split(b" ", 2)[1] == b"413"
    assert _bought(world) == "+14155550100"
