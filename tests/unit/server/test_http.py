"""HTTP/1.1 as the server speaks it: requests in pieces, one behind the other, in odd but proper forms."""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any

import httpx
import pytest

from simulator.application import Application
from simulator.openapi.operation import MAX_BODY
from simulator.server import run
from tests.conftest import World
from tests.demo_provider import demo_registry
from tests.unit.server.conftest import Served
from tests.unit.server.connection import Wire
from tests.unit.steering import Steered

KEY = "demo_" + "1" * 32
HEALTH = "GET /_simulator/health HTTP/1.1\r\nHost: here\r\n"
BUY = "POST /w/{world}/demo/v1/numbers HTTP/1.1\r\nHost: here\r\n"
BUY += f"Authorization: {KEY}\r\nContent-Type: application/json\r\n"


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
    wire.say(f"GET http://api.demo.example/v1/agents HTTP/1.1\r\nHost: elsewhere\r\nAuthorization: {KEY}\r\n\r\n")
    assert wire.hear()[0] == 200


def test_an_answer_is_dated(wire: Wire) -> None:
    """With the time of the machine, as HTTP has it."""
    wire.say(HEALTH + "\r\n")
    assert re.fullmatch(r"[MTWFS][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", wire.hear()[1]["date"])


def test_what_follows_an_answer_that_is_held_back_waits(wire: Wire, world: World) -> None:
    """Answers come in the order of their requests."""
    Steered(world).rule({"delay": "200ms"}, {"operation": "demo.buy_number"})
    buy = BUY.replace("{world}", world.name) + "Content-Length: 2\r\n\r\n{}"
    begun = time.monotonic()
    wire.say(buy + HEALTH + "\r\n", HEALTH + "\r\n")
    assert b"id" in wire.hear()[2]
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
    monkeypatch.setattr(run, "KEEP_ALIVE", 0.2)
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    with contextlib.closing(run.BackgroundServer(Application(demo_registry()), listener)):
        silent, half = Wire(url), Wire(url)
        half.say("GET / HT")
        for each in (silent, half):
            with each.socket, contextlib.suppress(ConnectionResetError):
                assert each.ends()


@pytest.mark.parametrize("chunked", [False, True])
def test_the_document_of_a_world_may_be_larger_than_other_bodies(simulator: Served, chunked: bool) -> None:
    """Up to 16 MiB on every way; with a byte more it is refused, and the world is as it was."""
    url = f"{simulator.url}/_simulator/worlds/large/snapshot"
    document = b'{"format": 1, "scenario": {"name": "cartesia/plan-full"}}'
    for size, status in ((2 * MAX_BODY, 201), (16 * MAX_BODY, 200), (16 * MAX_BODY + 1, 413)):
        raw = document.ljust(size)
        content: Any = iter([raw[: size // 2], raw[size // 2 :]]) if chunked else raw
        answer = httpx.put(url, content=content, headers={"Content-Type": "application/json"}, timeout=30)
        assert answer.status_code == status, answer.text[:200]
    other = httpx.post(f"{simulator.url}/_simulator/worlds/large/rules", content=document.ljust(MAX_BODY + 1), timeout=30)
    assert (other.status_code, str(MAX_BODY) in other.json()["detail"]) == (413, True)
    assert httpx.delete(f"{simulator.url}/_simulator/worlds/large", timeout=30).status_code == 204
