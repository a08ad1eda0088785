"""Test suites of users, which pytest runs inside of pytest."""

from __future__ import annotations

from textwrap import dedent

import httptools  # noqa: F401  (an extension: its exceptions are others once a run inside of this one was the first to import it)
import httpx
import pytest

from simulator import Simulator
from tests.documentation import SLOW_TO_LOAD

LEAN = " ".join(f"-p no:{name}" for name in ("cacheprovider", "hypothesispytest", *SLOW_TO_LOAD))
SETTINGS = f"""
[pytest]
addopts = --strict-markers {LEAN}
filterwarnings = error
asyncio_default_fixture_loop_scope = function
"""

SET_ELSEWHERE = (
    "SIMULATOR_URL",
    "SIMULATOR_ADMIN_TOKEN",
    "SIMULATOR_ADMIN_TOKEN_FILE",
    "SIMULATOR_STRICT",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
)

HEAD = """
import asyncio, threading
import httpx, pytest

def headers(address):
    return {"Authorization": f"Bearer {address.api_key}", "Cartesia-Version": "2026-03-01"}

def cartesia(world):
    address = world.cartesia
    return httpx.Client(transport=address.transport, base_url=address.base_url, headers=headers(address))

BUY = "cartesia.phone_numbers_provision"

def buy(world, label="x"):
    return cartesia(world).post("/agents/phone-numbers/provision", json={"label": label})
"""


@pytest.fixture
def suite(
    simulator: Simulator, http: httpx.Client, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A folder for a user's tests, on a machine where nothing is set.

    The outer server and client come first: what a run inside of this one is the first to import is forgotten after it.
    """
    assert simulator.url, "the server has started"
    for name in SET_ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    pytester.makeini(SETTINGS)
    return pytester


@pytest.fixture
def run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the tests of a text, in this process."""
    return Run(suite, monkeypatch)


class Run:
    """Runs the tests of a text."""

    def __init__(self, suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.suite = suite
        self._monkeypatch = monkeypatch

    def __call__(self, text: str, *options: str) -> pytest.RunResult:
        """The outcome in this process."""
        self.write(text)
        return self.suite.runpytest_inprocess(*options)

    def with_plugins(self, text: str, *options: str) -> pytest.RunResult:
        """The outcome in this process, with no more plugins than it needs, and those that the options name."""
        self.write(text)
        self._monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return self.suite.runpytest_inprocess("-psimulator", "-ppytest_asyncio.plugin", *options)

    def apart(self, text: str, *options: str) -> pytest.RunResult:
        """The outcome in a process of its own, which takes ten times as long, with no more plugins than it needs."""
        self.write(text)
        self._monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        plugins = [f"-p{name}" for name in ("simulator", "anyio", "pytest_asyncio.plugin", "xdist")]
        return self.suite.runpytest_subprocess(*plugins, *options, timeout=180)

    def write(self, text: str) -> None:
        """Write a file of tests, with what they need at its head."""
        self.suite.makepyfile(test_it=HEAD + dedent(text))
