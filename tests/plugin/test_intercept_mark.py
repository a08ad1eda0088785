"""`@pytest.mark.simulator(intercept=…)`: the calls of a test to the providers' real hosts end in its world."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.plugin.conftest import Run

SUITE = """
import requests
URL = "https://api.cartesia.ai/agents/phone-numbers"

@pytest.mark.simulator(intercept=True)
def test_led(world):
    assert requests.get(URL, headers=headers(world.cartesia)).status_code == 200
    assert httpx.get(URL, headers=headers(world.cartesia)).status_code == 200
    assert len(world.requests()) == 2

@pytest.mark.simulator(intercept=True, unmatched="ignore")
def test_stopped(world):
    with pytest.raises(OSError):
        requests.get("https://play.cartesia.ai")

@pytest.mark.simulator(intercept="refuse")
def test_refused(world):
    with pytest.raises(httpx.ConnectError):
        httpx.get("https://example.com")

@pytest.mark.simulator(intercept=True, hosts={"gateway.example": "cartesia"})
def test_gateway(world):
    assert requests.get("https://gateway.example/agents/phone-numbers", headers=headers(world.cartesia)).status_code == 200

@pytest.mark.simulator(intercept=True)
def test_fails(world):
    assert requests.get(URL, headers=headers(world.cartesia)).status_code == 500

def test_restored():
    import socket
    assert socket.getaddrinfo.__code__.co_filename.endswith("socket.py")
    assert httpx.HTTPTransport.handle_request.__code__.co_filename.endswith("default.py")
"""


@pytest.mark.parametrize("where", ["in process", "remote"])
def test_the_marker(run: Run, simulator: Simulator, where: str) -> None:
    """It lasts from the fixture to the end of the test; what was stopped fails it, without a traceback of ours."""
    result = run.with_plugins(SUITE, *([f"--simulator-url={simulator.url}"] if where == "remote" else []))
    result.assert_outcomes(passed=5, failed=1, errors=2)
    result.stdout.fnmatch_lines([
        "Requests were blocked, as they could not be redirected to the world:",
        "  connection of urllib3 to play.cartesia.ai: no provider of the simulator has this host; *",
        "Requests were blocked, as they could not be redirected to the world:",
        "  GET https://example.com: requests to other hosts are refused because of others=\"refuse\"",
    ])  # fmt: skip
    assert "intercept/" not in result.stdout.str()
