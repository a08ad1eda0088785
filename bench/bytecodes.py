"""How many bytecodes requests execute: a measure that no other work on the machine disturbs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

from uvicorn.server import ServerState

from bench.calls import LIST, PROVISION, PURCHASE, Call, enterprise, posted, world
from bench.effort import Effort
from bench.figures import Figure
from simulator.application import Application
from simulator.asgi import create_app
from simulator.http import Request, settled
from simulator.server.run import ServerConfig

OTHER, OWN = "+12125550199", "+14155550142"
APP = {"Authorization": "Bearer sk_test_app_demo"}
INBOUND = posted("/chirp/v1/playground/sms/inbound", {"from": OTHER, "to": OWN, "text": "Hi"}, APP)  # makes the number
MESSAGE = posted("/chirp/v1/sms", {"from": OWN, "to": [OTHER], "text": "Hi"}, APP)
WORLD = "enterprise"
WORKS = {
    "a purchase at Vantax": PURCHASE,
    "a page of numbers at Vantax": LIST,
    "a number provisioned at Cartesia": PROVISION.in_world(WORLD),
    "a message at Chirp": MESSAGE,
}
WARM = 100  # requests before the one that is counted: by then everything is compiled, and there are records

TraceFunction = Callable[[FrameType, str, Any], Any]


class Connection(asyncio.Transport):
    """A connection that keeps what was written to it last."""

    written = b""

    def write(self, data: Any) -> None:
        """Keep some bytes."""
        self.written = data

    def is_closing(self) -> bool:
        """Return that it is open."""
        return False


def measure(_: Effort) -> Iterator[Figure]:
    """Requests with the access log, in process and through the fast lane, from bytes to bytes."""
    application = create_app().application
    application.observe(lambda access: None)
    for call in (world(WORLD, enterprise()), INBOUND):
        _send(application, call)
    receive, connection = _connected(application)
    for name, call in WORKS.items():
        raw = call.raw().replace(b"Connection: close\r\n", b"")
        ways = {"Application.handle": partial(_send, application, call), "from bytes to bytes": partial(receive, raw)}
        for way, function in ways.items():
            yield Figure(f"bytecodes of {name}, {way}", [bytecodes_of(_warmed(function))])
        assert connection.written[9:10] == b"2", connection.written  # noqa: S101  (only a success counts)


def bytecodes_of(function: Callable[[], object]) -> int:
    """Return how many bytecodes a call executes."""
    count = 0

    def look(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return look

    sys.settrace(look)
    try:
        function()
    finally:
        sys.settrace(None)
    return count


def _warmed(function: Callable[[], None]) -> Callable[[], None]:
    for _ in range(WARM):
        function()
    return function


def _send(application: Application, call: Call) -> None:
    headers = {"host": "127.0.0.1", **{name.lower(): value for name, value in call.headers.items()}}
    path, _, query = call.path.partition("?")
    response = settled(application.handle(Request(call.method, path, query, headers, call.body.encode())))
    assert response.status < 300, response  # noqa: S101  (only a success counts)


def _connected(application: Application) -> tuple[Callable[[bytes], None], Connection]:
    """Return what receives the bytes of a connection to the fast lane, and the connection."""
    config, connection = ServerConfig(application), Connection()
    make: Any = config.http_protocol_class
    protocol = make(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.new_event_loop())
    protocol.connection_made(connection)
    return protocol.data_received, connection
