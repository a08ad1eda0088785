"""What a server must refuse, bound or survive, on every way that a request may take."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.application import Application
from simulator.server import run
from tests.conftest import World
from tests.demo_provider import demo_registry
from tests.unit.server.conftest import PATHS, Served
from tests.unit.server.connection import Wire
from tests.unit.steering import Steered

KEY = "demo_" + "1" * 32
LINE = "GET /demo/v1/agents HTTP/1.1\r\nHost: here\r\n"
LIST = f"{LINE}Authorization: {KEY}\r\n"
HEALTH = "GET /_simulator/health HTTP/1.1\r\nHost: here\r\n\r\n"
KIB = 1024


def _heads(size: int) -> dict[str, str]:
    """Return heads of a size: one long header, many headers, a long path."""
    rest = size - len(LIST) - 2
    return {
        "one header": f"{LIST}X-Long: {'y' * (rest - 10)}\r\n\r\n",
        "many headers": LIST + "X-Many: 45\r\n" * (rest // 12) + "\r\n",
        "the path": LIST.replace("/agents", "/agents?x=" + "y" * (rest - 3)) + "\r\n",
    }


@pytest.mark.parametrize("shape", _heads(KIB))
def test_a_head_within_the_limit_is_read(wire: Wire, shape: str) -> None:
    """However many segments it comes in."""
    head = _heads(62 * KIB)[shape]
    wire.say(head)
    assert wire.hear()[0] == 200
    wire.say(*(head[start : start + 9000] for start in range(0, len(head), 9000)))
    assert wire.hear()[0] == 200


@pytest.mark.parametrize("pieces", [1, 3, 17])
@pytest.mark.parametrize("shape", _heads(KIB))
def test_a_head_over_the_limit_is_refused(wire: Wire, shape: str, pieces: int) -> None:
    """At once or in pieces, with a status of its own, and nothing is done."""
    head = _heads(68 * KIB)[shape]
    step = len(head) // pieces + 1
    with contextlib.suppress(ConnectionError):
        wire.say(*(head[start : start + step] for start in range(0, len(head), step)))
    status, headers, _ = wire.hear()
    assert (status, headers["connection"]) == (431, "close")


def test_a_head_without_end(wire: Wire) -> None:
    """The server does not wait for it."""
    with contextlib.suppress(ConnectionError):
        for _ in range(1000):
            wire.socket.sendall(b"X" * KIB)
    with contextlib.suppress(ConnectionError):
        assert wire.hear()[0] in (400, 431)


LENGTHS = ("Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3")


@pytest.mark.parametrize("lengths", LENGTHS)
def test_both_lengths_at_once(wire: Wire, world: World, lengths: str) -> None:
    """One of them may hide another request: the request is refused, and what is behind it is not read."""
    path = f"/w/{world.name}/demo/v1"
    hidden = f"POST {path}/numbers HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\nContent-Length: 0\r\n\r\n"
    wire.say(f"POST {path}/agents HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}")
    assert wire.hear()[0] == 400
    assert wire.ends()
    assert Steered(world).numbers() == []


HOSTS = {"none": "", "two": "Host: api.demo.example\r\nHost: elsewhere\r\n"}


@pytest.mark.parametrize("host", HOSTS)
def test_there_is_one_host(wire: Wire, host: str) -> None:
    """RFC 9112, 3.2: a request without Host, or with several, is refused."""
    wire.say(f"GET /_simulator/health HTTP/1.1\r\n{HOSTS[host]}\r\n")
    assert wire.hear()[0] == 400


@pytest.mark.parametrize("method", ["FOO", "get", "PROPFIND", "TRACE", "M-SEARCH"])
def test_an_odd_method_is_the_providers_405(wire: Wire, method: str) -> None:
    """Also one that httptools does not know; the connection goes on."""
    wire.say(LIST.replace("GET", method, 1) + "\r\n")
    status, headers, body = wire.hear()
    assert (status, headers["allow"], body) == (405, "GET, POST", b'{"error":"Method not allowed"}')
    wire.say(LIST + "\r\n")
    assert wire.hear()[0] == 200


def test_an_odd_method_behind_a_response_that_is_held_back(wire: Wire, world: World) -> None:
    """It waits for its turn."""
    Steered(world).rule({"delay": "200ms"}, {"operation": "demo.list_agents"})
    wire.say(LIST.replace("/demo", f"/w/{world.name}/demo") + "\r\n", LIST.replace("GET", "FOO", 1) + "\r\n")
    assert [wire.hear()[0], wire.hear()[0]] == [200, 405]


def test_a_long_pipeline_is_answered_in_order_and_others_get_in(simulator: Served, wire: Wire) -> None:
    """One client pipelines without end; another is answered meanwhile, long before thousands of its requests."""
    answered, done = [0], threading.Event()

    def send() -> None:
        for start in itertools.count(0, 500):
            lines = (f"GET /nowhere-{number} HTTP/1.1\r\nHost: x\r\n\r\n" for number in range(start, start + 500))
            try:
                wire.socket.sendall("".join(lines).encode())
            except OSError:
                return

    def read() -> None:
        while not (done.is_set() and answered[0] >= 1000):
            status, _, body = wire.hear()
            assert (status, f"no provider 'nowhere-{answered[0]}'".encode() in body) == (404, True)
            answered[0] += 1

    wire.socket.settimeout(60)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(send)
        reading = pool.submit(read)
        try:
            bystander = Wire(simulator.url)
            with bystander.socket:
                before = answered[0]
                for _ in range(10):
                    bystander.say(HEALTH)
                    assert bystander.hear()[0] == 200
                assert answered[0] - before < 10 * 5000
            done.set()
            reading.result()
        finally:
            wire.socket.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("body", ["", "Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"])
def test_a_half_closed_client_gets_its_answer(wire: Wire, world: World, body: str) -> None:
    """Some close their side when they have sent all."""
    head = f"POST /w/{world.name}/demo/v1/numbers HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\n"
    wire.socket.sendall((head + "Content-Type: application/json\r\n" + (body or "Content-Length: 0\r\n\r\n")).encode())
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.hear()[0] == 200
    assert wire.ends()


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_may_be_held_back_for_longer_than_a_connection_may_be_idle(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The client waits for it, so the connection is not idle; afterwards it is."""
    monkeypatch.setattr(run, "KEEP_ALIVE", 0.2)
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    with contextlib.closing(run.BackgroundServer(Application(demo_registry()), listener, **PATHS[path])):
        one = Wire(url)
        with one.socket:
            one.say(f"{LIST}Prefer: delay=1s\r\n\r\n")
            assert one.hear()[0] == 200
            begun = time.monotonic()
            assert one.ends()
            assert time.monotonic() - begun < 2


def test_a_client_that_never_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it could be sent is bounded, and it does not hold its connection for ever."""
    monkeypatch.setattr(run, "KEEP_ALIVE", 0.3)
    listener = run.listen("127.0.0.1", 0)
    server = run.BackgroundServer(Application(demo_registry()), listener)
    with contextlib.closing(server):
        one = Wire(run.address(listener))
        one.socket.settimeout(0.2)
        with one.socket:
            with contextlib.suppress(OSError):
                for _ in range(100):
                    one.socket.sendall(b"GET /_simulator/providers HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
            deadline = time.monotonic() + 5
            while server.connections and time.monotonic() < deadline:
                time.sleep(0.05)
            assert server.connections == 0


TARGETS = {
    "upper case": "GET HTTP://API.DEMO.EXAMPLE/v1/agents",
    "with userinfo": "GET http://user:pass@api.demo.example/v1/agents",
    "with a port": "GET https://api.demo.example:443/v1/agents?x=1",
    "with a dot": "GET http://api.demo.example./v1/agents",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_in_absolute_form(wire: Wire, target: str) -> None:
    """Its host outranks the header."""
    wire.say(f"{TARGETS[target]} HTTP/1.1\r\nHost: elsewhere\r\nAuthorization: {KEY}\r\n\r\n")
    status, _, body = wire.hear()
    assert (status, b'"agents":' in body) == (200, True)


def test_a_parameter_without_a_name(wire: Wire) -> None:
    """The header that reports it must be one that every HTTP library lets pass."""
    wire.say(LIST.replace("/agents", "/agents?=1") + "\r\n")
    status, headers, _ = wire.hear()
    assert (status, headers["x-simulator-unknown-fields"]) == (200, '"" (in the query)')


def test_an_absolute_target_behind_another_request(wire: Wire) -> None:
    """Sent in one breath it is understood too."""
    absolute = f"GET http://api.demo.example/v1/agents HTTP/1.1\r\nHost: elsewhere\r\nAuthorization: {KEY}\r\n\r\n"
    wire.say(HEALTH + absolute)
    assert [wire.hear()[0], wire.hear()[0]] == [200, 200]


def test_a_host_may_end_with_a_dot(wire: Wire) -> None:
    """As fully qualified names do."""
    wire.say(f"GET /v1/agents HTTP/1.1\r\nHost: api.demo.example.:80\r\nAuthorization: {KEY}\r\n\r\n")
    assert wire.hear()[0] == 200


@pytest.mark.parametrize("target", ["http:///x", "http://[/x", "http://", "https://a b/", "ftp://x/y"])
def test_a_malformed_target_is_refused(wire: Wire, target: str) -> None:
    """With an answer."""
    wire.say(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.hear()[0] == 400


PLAIN = {
    "OPTIONS *": (200, "provider-simulator"),
    "GET *": (400, "expected a path"),
    "GET x": (400, "expected a path"),
    "GET http:x": (400, "expected a path"),
    "CONNECT api.cartesia.ai:443": (501, "--tls"),
    "CONNECT elsewhere.example:443": (404, "NO_PROXY"),
    "GET /favicon.ico": (204, ""),
    "hello": (400, "Invalid HTTP request"),
    "\x16\x03\x01\x02\x00\x01": (400, "without TLS"),
}


@pytest.mark.parametrize("line", PLAIN)
def test_what_leads_to_no_world_is_answered_plainly(simulator: Served, wire: Wire, line: str) -> None:
    """With the date, in words and not in Python's, and with nothing in a journal."""
    before = [world.journal.position for world in simulator.application.worlds.all()]
    version = " HTTP/1.1" if line[0].isupper() else ""
    wire.say(f"{line}{version}\r\nHost: x\r\n\r\n")
    status, headers, body = wire.hear()
    expected, words = PLAIN[line]
    assert (status, words in body.decode(), "date" in headers) == (expected, True, True)
    assert "bytearray" not in body.decode()
    assert [world.journal.position for world in simulator.application.worlds.all()] == before


@pytest.mark.parametrize("sent", ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /demo/x HTTP/2.0\r\nHost: x\r\n\r\n"])
def test_http_2_is_refused_clearly(simulator: Served, wire: Wire, sent: str) -> None:
    """With the version that is spoken here, and nothing in any journal."""
    before = [world.journal.find() for world in simulator.application.worlds.all()]
    wire.say(sent)
    status, headers, body = wire.hear()
    assert (status, headers["connection"], b"HTTP/1.1" in body) == (400, "close", True)
    assert wire.ends()
    assert [world.journal.find() for world in simulator.application.worlds.all()] == before


def test_an_upgrade_is_ignored(wire: Wire) -> None:
    """As curl asks for HTTP/2 in plain text; the connection goes on."""
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    wire.say(LIST + upgrade + HEALTH)
    assert [wire.hear()[0], wire.hear()[0]] == [200, 200]


def test_an_upgrade_on_the_last_request_of_a_connection_is_ignored(wire: Wire) -> None:
    """The request is answered, and the connection closed, as that asks for too."""
    wire.say(LIST + "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQC\r\n\r\n")
    assert wire.hear()[0] == 200
    assert wire.ends()


def test_a_large_body_that_is_announced_is_not_asked_for(wire: Wire, world: World) -> None:
    """Who waits for 100 Continue gets the refusal instead."""
    head = f"POST /w/{world.name}/demo/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\n"
    wire.say(head + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
    assert wire.hear()[0] == 413
    assert wire.ends()


def test_a_head_has_no_body(wire: Wire) -> None:
    """Also where a provider refuses the method."""
    wire.say(LIST.replace("GET", "HEAD", 1) + "\r\n" + HEALTH)
    status, headers, _ = wire.hear(bodiless=True)
    assert (status, headers["content-length"]) == (405, "30")
    assert wire.hear()[0] == 200


def test_an_upgrade_with_a_body_is_ignored(wire: Wire, world: World) -> None:
    """Java's HttpClient asks for h2c with each first request: the body is read, and is not taken for the next request."""
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    body = '{"scenario": "cartesia/plan-full"}'
    head = f"PUT /_simulator/worlds/{world.name} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n{upgrade}"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    for pieces in (
        [f"{head}Content-Length: {len(body)}\r\n\r\n{body}"],
        [f"{head}Content-Length: {len(body)}\r\n\r\n", body],
        [chunked],
    ):
        wire.say(*pieces)
        status, _, answer = wire.hear()
        assert (status, json.loads(answer)["scenario"]) == (200, "cartesia/plan-full")
    wire.say(HEALTH)
    assert wire.hear()[0] == 200
