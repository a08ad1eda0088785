"""A process that was forked has a copy of the worlds, and a server of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from simulator import Simulator
from tests.unit.deliveries.conftest import CALL, EVENTS, client, scenario

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def _in_a_fork(check: Callable[[], str]) -> str:
    """Return what a function returns, or the error that it raises, in a fork."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(writer, check().encode())
        except BaseException as error:  # noqa: BLE001  (whatever it is, the test must not go on in the fork)
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(process, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def test_a_fork_has_a_server_of_its_own() -> None:
    """It answers for worlds that the fork makes, and the server of the parent goes on without them."""

    def check() -> str:
        world = simulator.world(name="of-the-fork")
        answer = httpx.get(f"{world.cald.base_url}/agents", headers={"Authorization": world.cald.api_key}, timeout=5)
        return f"{answer.status_code} {simulator.url}"

    with Simulator() as simulator:
        status, _, url = _in_a_fork(check).partition(" ")
        assert (status, url.startswith("http://127.0.0.1:"), url == simulator.url) == ("200", True, False)
        assert httpx.get(f"{simulator.url}/_simulator/worlds/of-the-fork").status_code == 404


def test_a_fork_sends_webhooks_whatever_its_parent_was_at() -> None:
    """Also where another thread of the parent was about to start the one that sends them."""

    def check() -> str:
        received: list[Any] = []
        world = simulator.world(scenario("https://app.example.com/hooks"))
        world.webhooks.to(received.append)
        client(world).post("/calls", json=CALL).raise_for_status()
        return " ".join(one.event for one in received)

    with Simulator() as simulator:
        with simulator.app.courier._starting:
            events = _in_a_fork(check)
        assert events.split() == EVENTS


def test_a_fork_does_not_keep_the_socket_of_its_parent() -> None:
    """Else clients of a parent that has ended would wait for the fork to answer."""
    reader, writer = os.pipe()
    begun, begin = os.pipe()
    simulator = Simulator()
    port = urlsplit(simulator.url).port or 0
    process = os.fork()
    if process == 0:
        os.close(writer)
        os.write(begin, b".")
        os.read(reader, 1)  # until the parent is done
        os._exit(0)
    os.read(begun, 1)  # until then the fork has its copy of the socket, as the system made it
    simulator.close()
    try:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    finally:
        os.close(writer)
        os.waitpid(process, 0)
        for end in (reader, begun, begin):
            os.close(end)
