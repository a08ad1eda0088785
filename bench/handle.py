"""A purchase without a server: `Application.handle` against a bare Starlette route, scope in and messages out."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from functools import partial
from typing import Any

from bench.bare import route
from bench.bytecodes import bytecodes_of
from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from simulator.asgi import create_app
from simulator.http import Request, settled

DEPTHS, FRAMES = 8, 20  # of the stack, at which it is measured in turn: the median is then no accident of one of them
TYPICAL = 50e-6  # seconds of a call, from which follows how many are timed together

HEADERS = [(b"host", b"127.0.0.1"), (b"content-length", b"%d" % len(PURCHASE.body))]
HEADERS += [(name.lower().encode(), value.encode()) for name, value in PURCHASE.headers.items()]


def measure(effort: Effort) -> Iterator[Figure]:
    """Both in this process, in turn."""
    application, bare = create_app().application, route(PURCHASE.path)

    def purchase() -> None:
        headers = {name.decode(): value.decode() for name, value in HEADERS}
        response = settled(application.handle(Request(PURCHASE.method, PURCHASE.path, "", headers, PURCHASE.body.encode())))
        assert response.status == 201, response  # noqa: S101  (only a success counts)

    def answer() -> None:
        assert _status(bare(_scope(), _receive, _discard)) == 201  # noqa: S101  (only a success counts)

    count, took = int(effort.sample / TYPICAL), Samples()
    for turn in effort.short_turns("handle"):
        for who, function in {"ours": purchase, "bare": answer}.items():
            cpu = _at_depth(turn % DEPTHS * FRAMES, partial(_cpu_seconds, function, count))
            if turn:
                took.note(who, "µs", cpu * 1e6)
    ours, theirs = took.of("ours", "µs"), took.of("bare", "µs")
    yield Figure("CPU µs of Application.handle, a purchase", ours, theirs, "bare route", at_most(0.3))
    yield Figure("bytecodes of it", [bytecodes_of(purchase)], [bytecodes_of(answer)], "bare route")


def _at_depth(frames: int, measured: Callable[[], float]) -> float:
    """Measure at a depth of `frames` more calls: where a call needs another piece of the stack, Python maps and unmaps it."""
    return _at_depth(frames - 1, measured) if frames else measured()


def _cpu_seconds(function: Callable[[], None], count: int) -> float:
    """Return the CPU time of one call, as the mean of `count` calls."""
    begun = time.process_time()
    for _ in range(count):
        function()
    return (time.process_time() - begun) / count


def _scope() -> dict[str, Any]:
    """What uvicorn gives to an application."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": PURCHASE.method,
        "scheme": "http",
        "path": PURCHASE.path,
        "raw_path": PURCHASE.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(HEADERS),
    }


async def _receive() -> MutableMapping[str, Any]:
    return {"type": "http.request", "body": PURCHASE.body.encode(), "more_body": False}


_sent: list[MutableMapping[str, Any]] = []


async def _discard(message: MutableMapping[str, Any]) -> None:
    _sent.append(message)


def _status(call: Coroutine[Any, Any, None]) -> int:
    """The status of an answer that waits for nothing, so that no event loop is needed."""
    _sent.clear()
    try:
        call.send(None)
    except StopIteration:
        return int(_sent[0]["status"])
    raise RuntimeError("the route waits for something")
