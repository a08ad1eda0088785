"""The server waits awake for a client that comes back at once, and sleeps for all others."""

from __future__ import annotations

import contextlib
import http.client
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from simulator.wire import Selector
from tests.core.command import Serving

QUICK = 5  # exchanges after which the server is awake


@pytest.fixture
def selector() -> Iterator[Selector]:
    """A selector that waits for nobody yet."""
    with Selector() as waiting:
        yield waiting


@pytest.fixture
def client(selector: Selector) -> Iterator[socket.socket]:
    """The far end of a connection that the selector watches."""
    near, far = socket.socketpair()
    with near, far:
        selector.register(near, selectors.EVENT_READ, near)
        yield far


def _comes_back(selector: Selector, client: socket.socket) -> bytes:
    """What a client says a few times without delay, as the server hears it."""
    heard = b""
    for each in b"once more"[:QUICK]:
        client.send(bytes([each]))
        [(key, events)] = selector.select(1)
        assert events == selectors.EVENT_READ
        heard += key.data.recv(10)
    return heard


def test_hears_a_quick_client(selector: Selector, client: socket.socket) -> None:
    """Nothing is lost, asleep or awake."""
    assert _comes_back(selector, client) == b"once "


@pytest.mark.parametrize("seconds", [0, 0.0001, 0.1])
def test_waits_as_long_as_it_is_told(selector: Selector, client: socket.socket, seconds: float) -> None:
    """A timer is not late because somebody looks out for a client, nor early."""
    waited = []
    for _ in range(5):  # of which the best counts, as machines stand still at times
        _comes_back(selector, client)
        begun = time.perf_counter()
        assert selector.select(seconds) == []
        waited.append(time.perf_counter() - begun)
    assert seconds <= min(waited) < seconds + 0.05


def test_sleeps_when_nobody_comes_back(selector: Selector, client: socket.socket) -> None:
    """Looking out is given up soon: a wait of half a second takes no CPU time worth the name."""
    _comes_back(selector, client)
    used = time.thread_time()
    assert selector.select(0.5) == []
    assert time.thread_time() - used < 0.02


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_idle_server_takes_no_cpu(serve: Callable[..., Serving]) -> None:
    """After a client in a loop has gone quiet, its connection open."""
    server = serve("--port", "0")
    calling = http.client.HTTPConnection(urlsplit(server.url).netloc)
    with contextlib.closing(calling):
        for _ in range(200):
            calling.request("GET", "/_simulator/health")
            assert calling.getresponse().read()
        used = _ticks(server.process.pid)
        time.sleep(0.5)
        assert _ticks(server.process.pid) - used <= 2


def _ticks(pid: int) -> int:
    """The CPU time of a process, in the system's hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
