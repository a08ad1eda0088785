"""The stream of events: `GET /_simulator/worlds/{world}/events`, read over a socket as a client in any language reads it."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from simulator import Simulator
from simulator.application import Application, Settings
from simulator.asgi import events
from simulator.control.requests import request_line
from simulator.engine.journal import Entry
from simulator.engine.masking import Mask
from simulator.engine.worlds import Bounds
from simulator.server.run import BackgroundServer, address, listen
from simulator.testing.client import World
from tests.demo_provider import PROVIDERS, demo_registry

WAIT = 20  # seconds for what takes a fraction of one
TOKEN = "sesame"  # noqa: S105


class Event(NamedTuple):
    """One event as a client receives it."""

    name: str
    id: str
    data: dict[str, Any]


class Reader:
    """A client that follows a world, in a thread."""

    def __init__(self, url: str, last: str = "", token: str = "") -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        headers = ({"Last-Event-ID": last} if last else {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.Client(timeout=httpx.Timeout(WAIT))
        self._response = self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
        self.status, self.media = self._response.status_code, self._response.headers["content-type"]
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError):
            for line in self._response.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    self.events.put(Event(fields["event"], fields.get("id", ""), json.loads(fields["data"])))
                    fields = {}

    def next(self) -> Event:
        """Return the next event."""
        return self.events.get(timeout=WAIT)

    def ids(self, count: int) -> list[str]:
        """Return the ids of the next requests, with which nothing else may come."""
        received = [self.next() for _ in range(count)]
        assert {event.name for event in received} == {"request"}
        return [event.id for event in received]

    def close(self) -> None:
        """Break the connection."""
        stream = self._response.extensions["network_stream"]
        stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(WAIT)
        self._client.close()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A server in this process."""
    with Simulator(providers_folder=PROVIDERS) as one:
        yield one


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    """A world with a journal of its own."""
    one = simulator.world(name="followed")
    yield one
    simulator.client.call("DELETE", "/worlds/followed")


@contextlib.contextmanager
def following(world: World, query: str = "", last: str = "") -> Iterator[Reader]:
    """Follow a world."""
    reader = Reader(f"{world.client.url}/_simulator/worlds/{world.name}/events{query}", last)
    try:
        yield reader
    finally:
        reader.close()


def request(world: World) -> str:
    """Send a request and return its id."""
    response = httpx.get(f"{world.demo.base_url}/agents", headers={"Authorization": world.demo.api_key})
    return response.headers["X-Simulator-Request"]


def test_requests_are_events(world: World) -> None:
    """What was there first, then what comes, each as the request log has it."""
    before = request(world)
    with following(world) as reader:
        assert (reader.status, reader.media) == (200, "text/event-stream; charset=utf-8")
        assert reader.ids(1) == [before]
        after = request(world)
        event = reader.next()
    assert event.id == after
    assert event.data == world.client.call("GET", f"/worlds/{world.name}/requests")["requests"][-1]


def test_a_reader_may_begin_with_the_newest(world: World) -> None:
    """`tail` is the number of requests that were there first."""
    ids = [request(world) for _ in range(3)]
    with following(world, "?tail=1") as reader:
        assert reader.ids(1) == ids[2:]
    with following(world, "?tail=0") as reader:
        assert [request(world)] == reader.ids(1)


def test_a_reconnect_continues_without_a_gap(world: World) -> None:
    """`Last-Event-ID` names the last request received."""
    ids = [request(world) for _ in range(5)]
    with following(world, last=ids[1]) as reader:
        assert reader.ids(3) == ids[2:]


@pytest.mark.parametrize("last", ["req-999999", "nonsense"])
def test_a_gap_is_said(world: World, last: str) -> None:
    """A request that is not in the log leaves open what came between; all that is there follows."""
    ids = [request(world)]
    with following(world, last=last) as reader:
        assert reader.next() == Event("gap", "", {"after": last, "missed": None})
        assert reader.ids(1) == ids


def test_an_emptied_log_is_said(world: World) -> None:
    """`cleared` comes before what follows."""
    request(world)
    with following(world) as reader:
        reader.ids(1)
        world.forget_requests()
        assert reader.next().name == "cleared"
        assert [request(world)] == reader.ids(1)


def test_requests_that_wait_at_gates_are_said(world: World) -> None:
    """How many, whenever it changes; a reader that comes later learns it first, and their requests follow when performed."""
    with following(world) as reader, ThreadPoolExecutor(1) as pool:
        with world.gate("demo.list_agents") as gate:
            answered = pool.submit(request, world)
            assert reader.next() == Event("gates", "", {"waiting": 1})
            with following(world) as late:
                assert late.next() == Event("gates", "", {"waiting": 1})
            gate.release()
        events = [reader.next() for _ in range(2)]
        assert {event.name: event.data for event in events}["gates"] == {"waiting": 0}
        assert [event.id for event in events if event.name == "request"] == [answered.result(WAIT)]


def test_a_world_that_is_replaced_or_deleted_is_said(simulator: Simulator) -> None:
    """A replaced one is followed further; with a deleted one the stream ends."""
    one = simulator.world(name="short-lived")
    with following(one) as reader:
        request(one)
        reader.ids(1)
        other = simulator.world(name="short-lived")
        assert reader.next() == Event("replaced", "", {"world": "short-lived"})
        assert [request(other)] == reader.ids(1)
        other.drop()
        assert reader.next() == Event("deleted", "", {"world": "short-lived"})


def test_no_such_world(simulator: Simulator) -> None:
    """The control API's own 404."""
    response = httpx.get(f"{simulator.url}/_simulator/worlds/nowhere/events")
    assert response.status_code == 404
    assert "no world 'nowhere'" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("?x=1", "query x: is unknown; expected only tail"),
        ("?tail=1&taill=2", "query taill: is unknown"),
        ("?tail=1&tail=2", "query tail: is given several times, expected once"),
        ("?tail=", "query tail: '' is not a number of requests; expected one such as 20"),
        ("?tail=-1", "query tail: '-1' is not a number of requests"),
    ],
)
def test_a_query_that_has_no_effect_is_refused(simulator: Simulator, query: str, hint: str) -> None:
    """As everywhere in the control API."""
    response = httpx.get(f"{simulator.url}/_simulator/worlds/default/events{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (422, "application/problem+json")
    assert response.json()["detail"].startswith(hint)


def test_events_have_the_guards_of_the_control_api() -> None:
    """The token, and no foreign page."""
    with Simulator(admin_token=TOKEN, providers_folder=PROVIDERS) as guarded:
        url = f"{guarded.url}/_simulator/worlds/default/events"
        assert httpx.get(url).status_code == 401
        own = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.get(url, headers={**own, "Origin": "https://evil.example"}).status_code == 403
        reader = Reader(url, token=TOKEN)
        assert reader.status == 200
        reader.close()


def test_head_and_options() -> None:
    """As on every route of the control API: the head of the stream, and the methods; the guards are those of the stream."""
    with Simulator(admin_token=TOKEN, providers_folder=PROVIDERS) as guarded:
        url, own = f"{guarded.url}/_simulator/worlds/default/events", {"Authorization": f"Bearer {TOKEN}"}
        head = httpx.head(url, headers=own)
        assert (head.status_code, head.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
        assert httpx.head(url).status_code == 401
        assert httpx.head(url.replace("default", "nowhere"), headers=own).status_code == 404
        options = httpx.options(url)
        assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
        assert httpx.options(url, headers={"Origin": "https://evil.example"}).status_code == 403


def test_readers_that_do_not_read_cost_bounded_memory() -> None:
    """100 of them: dropped requests are not queued, and a late reader gets their number."""
    total, journal_bytes = 600, 128 * 1024
    listener = listen("127.0.0.1", 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # which the connections inherit
    url = address(listener)
    with contextlib.ExitStack() as stack:
        application = Application(demo_registry(), settings=Settings(bounds=Bounds(journal_bytes=journal_bytes)))
        stack.callback(BackgroundServer(application, listener).close)
        target = (urlsplit(url).hostname, urlsplit(url).port)
        readers = [stack.enter_context(socket.socket()) for _ in range(100)]
        for reader in readers:
            reader.settimeout(WAIT)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else Linux may keep hundreds of requests for each
            reader.connect(target)
            reader.sendall(b"GET /_simulator/worlds/default/events HTTP/1.1\r\nHost: x\r\n\r\n")
        client = stack.enter_context(httpx.Client())
        for _ in range(total):
            last = client.get(f"{url}/demo/{'x' * 2000}").headers["X-Simulator-Request"]
        received = b""
        while f"id: {last}\n".encode() not in received:
            received += readers[0].recv(65536)
    missed = sum(map(int, re.findall(rb'"missed":([0-9]+)', received)))
    shown = received.count(b"event: request")
    assert missed + shown == total
    assert shown < total / 2


def test_an_event_is_made_once_for_all_readers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many follow a world, and wherever they begin; what they are sent is the same, byte for byte."""
    made: list[str] = []

    def counted(entry: Entry, mask: Mask) -> dict[str, Any]:
        made.append(entry.id)
        return request_line(entry, mask)

    monkeypatch.setattr(events, "request_line", counted)
    ids = [request(world) for _ in range(3)]
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(following(world, f"?tail={tail}")) for tail in (3, 3, 2)]
        received = [[reader.next() for _ in range(count)] for reader, count in zip(readers, (3, 3, 2), strict=True)]
        assert received[0] == received[1] == [*received[1][:1], *received[2]]
        ids.append(request(world))
        assert len({str(reader.next()) for reader in readers}) == 1
    assert made == ids


def test_events_that_are_kept_for_other_readers_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever does not fit is made again."""
    monkeypatch.setattr(events, "MAX_SHARED_BYTES", 1)
    ids = [request(world) for _ in range(3)]
    with following(world) as first, following(world) as second:
        assert first.ids(3) == second.ids(3) == ids


def test_listeners_are_taken_away(simulator: Simulator, world: World) -> None:
    """A journal without readers calls nobody, however many there were."""
    with following(world) as reader:
        request(world)
        reader.ids(1)
        followed = simulator.app.worlds.get(world.name)
        assert followed is not None
        assert followed.journal.listeners == 1
    for _ in range(200):
        if not followed.journal.listeners:
            break
        time.sleep(0.05)
    assert followed.journal.listeners == 0


def test_there_are_not_more_readers_than_that(simulator: Simulator, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more gets 503, and the reason."""
    monkeypatch.setattr(events, "MAX_READERS", 0)
    response = httpx.get(f"{simulator.url}/_simulator/worlds/{world.name}/events")
    assert response.status_code == 503
    assert "close one of them" in response.text
