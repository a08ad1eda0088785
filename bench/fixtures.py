"""What the fixture `world` adds to a test, in the process of the tests and at a server that runs elsewhere."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from bench.servers import running, said, simulator

PYTEST = "-m pytest -q --disable-plugin-autoload -p no:cacheprovider -p simulator"
FIRST = 10  # tests that are not counted: they start what all share

TIMING = f"""
import time
begun = []

def pytest_runtest_logstart(nodeid):
    begun.append(time.perf_counter())

def pytest_sessionfinish(session, exitstatus):
    rest = begun[{FIRST}:]
    print("\\nseconds a test:", (time.perf_counter() - rest[0]) / len(rest), "exit:", int(exitstatus))
"""
TEST = """
import pytest

@pytest.mark.parametrize("turn", range({tests}))
def test_nothing({fixture}turn):
    assert turn >= 0
"""


def measure(effort: Effort) -> Iterator[Figure]:
    """The same empty test many times in a run of pytest: without a world, with one, with one over HTTP."""
    found = Samples()
    for _ in effort.turns("fixtures"):
        with running(simulator, PURCHASE) as server:
            none, here = _run(effort, ""), _run(effort, "world, ")
            there = _run(effort, "world, ", "--simulator-url", f"http://127.0.0.1:{server.port}")
        found.note("in process", "ms", here - none)
        found.note("over HTTP", "ms", there - none)
        found.note("none", "ms", none)
    yield Figure("ms a test without a world takes, pytest's own work", found.of("none", "ms"))
    yield Figure("ms more with the fixture `world`, in process", found.of("in process", "ms"), goal=at_most(0.2))
    yield Figure("ms more with the fixture `world`, over HTTP", found.of("over HTTP", "ms"), goal=at_most(0.6))


def _run(effort: Effort, fixture: str, *options: str) -> float:
    """Milliseconds a test, in a run of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(TIMING, encoding="utf-8")
        Path(folder, "test_it.py").write_text(TEST.format(tests=effort.tests + FIRST, fixture=fixture), encoding="utf-8")
        command = [sys.executable, *PYTEST.split(), *options]
        return float(said(command, folder).partition("seconds a test:")[2].split()[0]) * 1000
