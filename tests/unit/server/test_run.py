"""How the server is reached: by a path, by a descriptor, behind a proxy; and that it ends whatever its clients do."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulator.application import Application
from simulator.cli.listening import listening
from simulator.server import run
from tests.demo_provider import demo_registry
from tests.unit.server.conftest import PATHS
from tests.unit.server.connection import Wire

HEALTH = "GET /_simulator/health HTTP/1.1\r\nHost: x\r\n"
KEY = {"Authorization": "demo_" + "1" * 32}


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    """The way of a request."""
    return str(request.param)


@contextlib.contextmanager
def serving(listener: socket.socket, path: str, application: Application | None = None) -> Iterator[run.BackgroundServer]:
    """Run a server."""
    application = application or Application(demo_registry())
    with contextlib.closing(run.BackgroundServer(application, listener, **PATHS[path])) as server:
        yield server


def _wait_for_a_request(application: Application) -> None:
    """Wait until a request to a provider was handled, whose response may be held back."""
    while not application.look(lambda worlds: [world for world in worlds.all() if world.journal.newest]):
        time.sleep(0.01)


def test_a_unix_socket(tmp_path: Path, path: str) -> None:
    """`--uds` makes a socket that everybody may connect to."""
    file = tmp_path / "simulator.sock"
    with (
        listening("", 0, str(file), None) as listener,
        serving(listener, path),
        httpx.Client(transport=httpx.HTTPTransport(uds=str(file)), base_url="http://localhost") as client,
    ):
        assert run.address(listener) == "http://localhost"
        assert file.stat().st_mode & 0o777 == 0o666
        assert client.get("/demo/v1/agents", headers=KEY).status_code == 200
        assert client.request("FOO", "/demo/v1/agents", headers=KEY).status_code == 405


def test_a_descriptor(path: str) -> None:
    """`--fd` takes a socket that another program has opened."""
    with run.listen("127.0.0.1", 0) as opened, listening("", 0, None, opened.fileno()) as listener, serving(listener, path):
        assert httpx.get(f"{run.address(opened)}/_simulator/health").json()["status"] == "ok"


def test_behind_a_proxy(path: str) -> None:
    """A trusted proxy says how the client speaks to it, and addresses follow."""
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    with serving(listener, path):
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Host": "sim.example"}
        world = httpx.get(f"{url}/_simulator/worlds/default", headers=headers).json()
    assert world["providers"]["demo"]["base_url"] == "https://sim.example/demo/v1"


def test_it_ends_at_once(path: str) -> None:
    """Though one client says no goodbye, one has sent half a request, and one waits for an answer."""
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    application = Application(demo_registry())
    with serving(listener, path, application) as server:
        idle, half, waiting = Wire(url), Wire(url), Wire(url)
        with idle.socket, half.socket, waiting.socket:
            idle.say(HEALTH + "\r\n")
            assert idle.hear()[0] == 200
            half.say(HEALTH + "Content-Length: 5\r\n\r\nab")
            waiting.say(f"GET /demo/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY['Authorization']}\r\n")
            waiting.say("Prefer: delay=60s\r\n\r\n")
            _wait_for_a_request(application)
            begun = time.monotonic()
            server.close()
            assert time.monotonic() - begun < 5
            assert server.connections == 0


def test_answers_under_way_are_sent_before_it_ends(path: str) -> None:
    """As long as the grace period allows."""
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    application = Application(demo_registry())
    with serving(listener, path, application) as server:
        waiting = Wire(url)
        with waiting.socket:
            waiting.say(f"GET /demo/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY['Authorization']}\r\n")
            waiting.say("Prefer: delay=300ms\r\n\r\n")
            _wait_for_a_request(application)
            server.close()
            assert waiting.hear()[0] == 200
            assert waiting.ends()


@pytest.mark.parametrize("has_ipv6", [True, False])
def test_the_host_of_the_image_is_every_address(monkeypatch: pytest.MonkeyPatch, has_ipv6: bool) -> None:
    """Of both families where there are two; else of IPv4."""
    if not has_ipv6:
        monkeypatch.setattr(run, "_has_ipv6", lambda: False)
    with run.listen("::", 0) as listener:
        url, port = run.address(listener), listener.getsockname()[1]
        assert url == f"http://127.0.0.1:{port}"
        for host in ["127.0.0.1", *(["::1"] if listener.family == socket.AF_INET6 else [])]:
            socket.create_connection((host, port), timeout=5).close()
        assert has_ipv6 or listener.family == socket.AF_INET


RARE = {"h11", "statistics", "urllib.request", "simulator.inferred.loading", "simulator.inferred.document"}


def test_a_server_loads_no_more_than_it_needs() -> None:
    """What few servers need would make each start slower: h11, for odd requests and tunnels, and what reads foreign specs."""
    program = f"import sys, simulator.cli.serve, simulator.server.run; print(*sorted({RARE} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    assert found.stdout.split() == []
