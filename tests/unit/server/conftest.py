"""One server for each way of a request: two parsers, with and without the fast lane. Every test here passes on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from simulator.application import Application
from simulator.server.run import BackgroundServer, address, listen
from simulator.testing.client import Client, InProcess
from tests.demo_provider import demo_registry
from tests.unit.server.connection import Wire


class Served(NamedTuple):
    """A running server."""

    url: str
    application: Application
    client: Client


PATHS = {
    "httptools, fast lane": {"http": "httptools", "fast_lane": True},
    "httptools, ASGI": {"http": "httptools", "fast_lane": False},
    "h11, fast lane": {"http": "h11", "fast_lane": True},
    "h11, ASGI": {"http": "h11", "fast_lane": False},
}


@pytest.fixture(scope="session", params=PATHS)
def simulator(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A server of one kind; worlds of these tests are made on it."""
    application = Application(demo_registry())
    listener = listen("127.0.0.1", 0)
    url = address(listener)
    server = BackgroundServer(application, listener, **PATHS[request.param])
    yield Served(url, application, Client(InProcess(application, lambda: url)))
    server.close()


@pytest.fixture
def wire(simulator: Served) -> Iterator[Wire]:
    """A connection to the server."""
    one = Wire(simulator.url)
    with one.socket:
        yield one
