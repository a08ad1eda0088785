"""Whether a simulator is ready, as the health check of a container asks; and bounds with which none could be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from simulator import Simulator, __version__
from simulator.__main__ import main


class Other(BaseHTTPRequestHandler):
    """A server that is no simulator: it has no method that it knows."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[str]:
    """Where the other server answers."""
    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
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
    assert capsys.readouterr().err == f"simulator: no simulator is ready at {other}/_simulator/health: it answers 501\n"


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5", "٣"])
def test_a_bound_that_is_none(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that could hold no world is not started."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--max-worlds", count])
    assert ended.value.code == 2
    assert "is no number that can be held, expected 1 or more" in capsys.readouterr().err
