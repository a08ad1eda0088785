"""Whether a simulator is ready, as the health check of a container asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from simulator import Simulator, __version__
from simulator.cli.main import main
from tests.unit.cli.conftest import Ended
from tests.unit.command import free_port


class Other(BaseHTTPRequestHandler):
    """A server that is no simulator: it has no method that it knows."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[str]:
    """Where the other server answers."""
    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_simulator_is_ready(simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends well and prints what the server says."""
    assert main(["health", "--url", simulator.url]) == 0
    assert f'"version":"{__version__}"' in capsys.readouterr().out


def test_what_answers_may_be_something_else(other: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Then no simulator is ready there, whatever the answer is."""
    assert main(["health", "--url", other]) == 1
    assert capsys.readouterr().err == (
        f"Error: no simulator is ready at {other}/_simulator/health: the server returned 501; "
        "start a server with `simulator serve`, or set --url or SIMULATOR_URL\n"
    )


def test_health_asks_a_running_server(run: Callable[..., Ended], simulator: Simulator) -> None:
    """Code 0 and what the server says, wherever the address comes from."""
    port = simulator.url.rpartition(":")[2]
    for ended in (
        run("health", "--url", simulator.url),
        run("health", "--url", simulator.url + "/"),
        run("health", SIMULATOR_URL=simulator.url),
        run("health", SIMULATOR_PORT=port, HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9"),
    ):
        assert (ended.code, json.loads(ended.stdout)["status"]) == (0, "ok")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}", "nonsense", "http://127.0.0.1:http", "ftp://127.0.0.1:{}"])
def test_health_fails_where_nothing_answers(run: Callable[..., Ended], url: str) -> None:
    """Code 1 and one line, as a container's health check needs it."""
    ended = run("health", "--url", url.format(free_port()))
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(f"Error: no simulator is ready at {url.partition('{')[0]}")
