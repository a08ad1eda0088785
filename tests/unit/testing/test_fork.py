"""A process that was forked has a copy of the worlds, and a server of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from simulator import Simulator

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


def test_a_fork_does_not_keep_the_socket_of_its_parent() -> None:
    """Else clients of a parent that has ended would wait for the fork to answer."""
    reader, writer = os.pipe()
    simulator = Simulator()
    port = urlsplit(simulator.url).port or 0
    process = os.fork()
    if process == 0:
        os.close(writer)
        os.read(reader, 1)  # until the parent is done
        os._exit(0)
    simulator.close()
    try:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    finally:
        os.close(writer)
        os.waitpid(process, 0)
        os.close(reader)
