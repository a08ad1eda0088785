"""In process is what a socket is: every operation and every fault, found from the specs, sent both ways and compared.

Three simulators with the same world answer the same requests: one over HTTP, one through the transport of `httpx.Client`, and
one through that of `httpx.AsyncClient`. What a client can see must be the same, byte by byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import httpx
import pytest

from simulator import Simulator
from simulator.registry import built_in_registry
from simulator.scenario.format import Fault
from simulator.testing.client import World
from simulator.testing.warnings import SimulatorWarning
from tests.asking import Ask, example

FAULTS = (*get_args(Fault),)
LAST = 400  # requests that a journal surely holds
IMPATIENT = httpx.Timeout(30, read=0.02)  # to connect may take longer on a busy machine
SCENARIO = {
    "description": "Faults and delays for requests that ask for them",
    "open": True,
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "rules": [
        *(
            {"when": {"headers": {"X-Fault": f"{fault} {stage}"}}, "then": {"fault": fault, "stage": stage}}
            for fault in FAULTS
            for stage in ("before", "after_commit")
        ),
        {"when": {"headers": {"X-Fault": "no body"}}, "then": {"status": 204, "fault": "truncate"}},
        {"when": {"headers": {"X-Fault": "late"}}, "then": {"delay": "1h"}},
    ],
}
OPERATIONS = [
    example(bound, operation)
    for bound in built_in_registry().providers.values()
    for operation in bound.spec.operations.values()
]
ODD: list[tuple[str, str, dict[str, str], list[tuple[str, str | bytes]]]] = [
    ("GET", "/agents", {"X-Twice": "one"}, [("X-Twice", "two"), ("Cookie", "a=b"), ("Cookie", "c=d")]),
    ("GET", "/agents", {}, [("X-Umlaut", b"\xe4"), ("X-Spaces", "  a  b  ")]),
    ("GET", "/agents?a=1&a=2&b=%20+ü", {}, []),
    ("GET", "/agents/%2F/é", {}, []),
    ("GET", "//agents", {}, []),
    ("OPTIONS", "/agents", {}, []),
    ("GET", "/agents", {"X-Control": "a\x01b"}, []),
    ("GET", "/agents", {"X-Control": "a\x7fb"}, []),
    ("GET", "/agents", {"X-Long": "y" * 70_000}, []),
    ("GET", "/agents", {"X-Long": "y" * 65_000}, []),
    ("GET", f"/agents/{'y' * 65_000}", {"X-Long": "y" * 1000}, []),
    ("GET", "/agents", {"Connection": "Close"}, []),
    ("GET", "/agents", {"Connection": "upgrade", "Upgrade": "h2c"}, []),
    ("GET", "/agents", {"Host": "a.example,b.example"}, []),
    ("FOO", "/agents", {}, []),
    ("CONNECT", "/agents", {}, []),
    ("CONNECT", "/my.cald.ai:443", {}, []),
]
INVALID: list[tuple[str, dict[str, str]]] = [
    ("GET", {"X-Bad": "a\nb"}),
    ("GET", {"X-Bad": "a\r\nX-Other: b"}),
    ("GET", {"X Bad": "a"}),
    ("GET", {"": "a"}),
    ("GET", {"X-Bad": "a\0"}),
    ("GET", {"X-Bad:": "a"}),
    ("G ET", {}),
]


class Sent(NamedTuple):
    """One request, as httpx takes it, below the address of a provider."""

    provider: str
    method: str
    path: str
    headers: list[tuple[str, str | bytes]]
    body: Any = None
    timeout: float | httpx.Timeout = 30
    streamed: bool = False


class Seen(NamedTuple):
    """All that a client can see of a response, or of an error."""

    status: int
    reason: str
    version: str
    headers: list[tuple[str, str]]
    parts: tuple[Any, ...]
    states: tuple[tuple[bool, bool, int], ...]  # of the stream: closed, consumed, bytes so far; before it is read, and after
    error: str = ""


def sent(ask: Ask, **headers: str) -> Sent:
    """Return the request of an example."""
    path = f"{ask.path}?{ask.query}" if ask.query else ask.path
    return Sent(
        ask.provider,
        ask.method,
        path,
        [*ask.headers, *((name.replace("_", "-"), text) for name, text in headers.items())],
        ask.body,
    )


def requests() -> Iterator[Sent]:
    """Yield the requests to every operation: as it is, as HEAD, and with one of the faults, in turns streamed or not."""
    for number, ask in enumerate(OPERATIONS):
        plain = sent(ask)
        yield plain._replace(streamed=number % 2 == 0)
        yield plain._replace(method="HEAD", body=None)
        yield sent(ask, X_Fault=f"{FAULTS[number % len(FAULTS)]} before")
        yield sent(ask, X_Fault="truncate after_commit")._replace(streamed=number % 2 == 1)
    for name in built_in_registry().providers:
        first = next(ask for ask in OPERATIONS if ask.provider == name)
        for fault in FAULTS:
            yield sent(first, X_Fault=f"{fault} before")
            yield sent(first, X_Fault=f"{fault} after_commit")
        yield sent(first, X_Fault="no body")
        yield sent(first, X_Fault="late")._replace(timeout=IMPATIENT)
        yield from (
            sent(first)._replace(method=method, path=path, headers=[*headers.items(), *more])
            for method, path, headers, more in ODD
        )
        yield from (Sent(name, method, "/agents", [*headers.items()]) for method, headers in INVALID)
        yield Sent(name, "POST", "/nothing", [("Content-Type", "application/json")], b'{"x": "' + b"y" * 1_100_000 + b'"}')


def arguments(request: Sent) -> dict[str, Any]:
    """Return the arguments of httpx."""
    body = (
        {"content": request.body} if isinstance(request.body, bytes) else {} if request.body is None else {"json": request.body}
    )
    return {"headers": request.headers, "timeout": request.timeout, **body}


def state(response: httpx.Response) -> tuple[bool, bool, int]:
    """Return how far a stream is read."""
    return response.is_closed, response.is_stream_consumed, response.num_bytes_downloaded


def seen(response: httpx.Response, parts: tuple[Any, ...], states: tuple[Any, ...], error: str = "") -> Seen:
    """Return what a client sees; the order and the case of header names are no part of it."""
    headers = sorted((name.lower(), value) for name, value in response.headers.multi_items())
    if "x-simulator-request" not in response.headers:  # a refusal of the server, which no world answers: it has the real time
        headers = [(name, "" if name == "date" else value) for name, value in headers]
    return Seen(response.status_code, response.reason_phrase, response.http_version, headers, parts, states, error)


def failed(error: Exception) -> Seen:
    """Return what a client sees of an error before there is a response."""
    assert isinstance(error, httpx.RequestError), error
    return Seen(0, "", "", [], (), (), type(error).__name__)


def ask_sync(client: httpx.Client, base: str, request: Sent) -> Seen:
    """Send a request, and look at what comes."""
    try:
        if not request.streamed:
            response = client.request(request.method, base + request.path, **arguments(request))
            assert response.elapsed.total_seconds() >= 0
            return seen(response, (response.content,), (state(response),))
        with client.stream(request.method, base + request.path, **arguments(request)) as response:
            unread, parts, error = state(response), b"", ""
            with pytest.raises(httpx.ResponseNotRead):
                assert response.content
            with pytest.raises(RuntimeError, match="elapsed"):
                assert response.elapsed
            try:
                for part in response.iter_raw():
                    parts += part
            except httpx.TransportError as broken:
                error = type(broken).__name__
            return seen(response, (parts,), (unread, state(response)), error)
    except httpx.TransportError as error:
        return failed(error)


async def ask_async(client: httpx.AsyncClient, base: str, request: Sent) -> Seen:
    """Do the same as `ask_sync`."""
    try:
        if not request.streamed:
            response = await client.request(request.method, base + request.path, **arguments(request))
            return seen(response, (response.content,), (state(response),))
        async with client.stream(request.method, base + request.path, **arguments(request)) as response:
            unread, parts, error = state(response), b"", ""
            with pytest.raises(httpx.ResponseNotRead):
                assert response.content
            try:
                async for part in response.aiter_raw():
                    parts += part
            except httpx.TransportError as broken:
                error = type(broken).__name__
            return seen(response, (parts,), (unread, state(response)), error)
    except httpx.TransportError as error:
        return failed(error)


def new_world(simulator: Simulator) -> World:
    """Return the world, which is the same in every simulator."""
    return simulator.world(SCENARIO, name="both-ways", seed=7, unmatched="ignore")


def recorded(world: World) -> list[tuple[Any, ...]]:
    """Return what a world has recorded last, but for the headers that each way needs for itself."""
    own = ("host", "connection")
    with pytest.warns(SimulatorWarning, match="older requests are gone"):
        entries = world.requests()[-LAST:]
    return [
        (
            entry.id,
            entry.method,
            entry.path,
            entry.query,
            entry.body,
            entry.status,
            entry.fault,
            entry.unknown_fields,
            sorted((name, value) for name, value in entry.headers.items() if name not in own),
        )
        for entry in entries
    ]


def test_every_operation_and_fault_both_ways() -> None:
    """The client sees the same, and the world has recorded the same."""
    todo = list(requests())
    assert len(OPERATIONS) > 200
    over_http, by_call, by_async_call = Simulator(), Simulator(), Simulator()
    with over_http:
        reference = new_world(over_http)
        with httpx.Client() as client:
            bases = {name: f"{over_http.url}/w/both-ways/{name}" for name in reference.providers}
            expected = [ask_sync(client, bases[request.provider], request) for request in todo]
        world = new_world(by_call)
        with httpx.Client(transport=world.cald.transport) as client:
            bases = {name: f"http://in-process.invalid/w/both-ways/{name}" for name in world.providers}
            got = [ask_sync(client, bases[request.provider], request) for request in todo]

        last = new_world(by_async_call)

        async def later() -> list[Seen]:
            async with httpx.AsyncClient(transport=last.cald.transport) as http:
                return [await ask_async(http, bases[request.provider], request) for request in todo]

        got_later = asyncio.run(later())
        for request, *answers in zip(todo, expected, got, got_later, strict=True):
            assert answers[0] == answers[1] == answers[2], request
        entries = recorded(reference)
        assert len(entries) == LAST
        assert entries == recorded(world)
        for made in (reference, world, last):
            made.drop()
        assert {one.error for one in expected} == {"", "ReadError", "RemoteProtocolError", "LocalProtocolError", "ReadTimeout"}
        assert len({one.status for one in expected}) > 10
