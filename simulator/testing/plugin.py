"""The pytest plugin: the fixtures `simulator` and `world`, the mark `simulator`, and the options that name a running server.

Pytest loads it by itself where the package is installed, and until a test asks for a fixture that costs nothing.
`-p no:simulator` keeps it out; where `PYTEST_DISABLE_PLUGIN_AUTOLOAD` is set, `-p simulator` brings it in.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from simulator.testing.warnings import SimulatorWarning

if TYPE_CHECKING:
    from simulator.testing.client import Client, World
    from simulator.testing.fixtures import WorldFixture
    from simulator.testing.simulator import Simulator

__all__ = ["SimulatorWarning"]  # pytest finds the hooks and fixtures by their names

MARK = (
    "simulator(scenario=None, seed=None, frozen=None, unmatched='fail', strict=None): how the test's `world` is made. "
    "`scenario` is a name, a dict, or a YAML file, seen from the folder of the test; `seed` replaces the scenario's; "
    "`frozen` stops the clock, or lets it go on; with unmatched='ignore' the test may call what no spec knows; "
    "with strict='documented' or 'inferred' it fails if it leans on less."
)
TRIAL: pytest.StashKey[WorldFixture] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each of them also an environment variable and an ini setting, in this order of precedence."""
    group = parser.getgroup("simulator", "provider simulator")
    for name, metavar, text in (
        ("simulator_url", "URL", "use the simulator that runs there instead of one in this process"),
        ("simulator_admin_token", "TOKEN", "the admin token of that simulator, where it wants one"),
        ("simulator_strict", "GRADE", "documented or inferred: fail a test that leans on less, unless its mark says otherwise"),
    ):
        flag = "--" + name.replace("_", "-")
        group.addoption(flag, metavar=metavar, default=None, help=f"{text} (also {name.upper()}, and in the ini file {name})")
        parser.addini(name, f"{text}, as {flag}", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the server that the tests use, if it is not one of this process."""
    url = _setting(config, "simulator_url")
    return f"simulator: {url}" if url else None


def _setting(config: pytest.Config, name: str) -> str:
    """An option from the command line, else the environment, else the ini file."""
    given = (config.getoption(name), os.environ.get(name.upper()))
    return next((str(each) for each in given if each is not None), str(config.getini(name)))


@pytest.fixture(scope="session")
def simulator(pytestconfig: pytest.Config) -> Iterator[Simulator | Client]:
    """The simulator: one for the whole run, in this process, or the one that runs at --simulator-url.

    Its server starts when `simulator.url`, or the `base_url` of a provider, is first asked for. More worlds than the test's
    own: `with simulator.world("cartesia/plan-full") as other: …`.
    """
    from simulator.testing import fixtures  # noqa: PLC0415  (nothing of it is loaded for tests that do not use it)

    url = _setting(pytestconfig, "simulator_url")
    running = fixtures.connected(url, _setting(pytestconfig, "simulator_admin_token")) if url else fixtures.started()
    yield running
    running.close()


@pytest.fixture
def world(request: pytest.FixtureRequest, simulator: Simulator | Client) -> Iterator[World]:
    """A fresh world for the test: `world.cartesia.base_url`, `.api_key`, `.transport` are what a client of Cartesia needs.

    `world.rule(…)` lets things go wrong, `world.advance("30s")` moves the clock, `world.requests()` is the journal,
    `world.state()` the tables; `snapshot`, `restore` and `reset` go back. @pytest.mark.simulator says what the world starts
    as. At the end it is dropped, and the test fails if it called what the provider's spec does not know.
    """
    from simulator.testing.fixtures import WorldFixture  # noqa: PLC0415

    test = request.node
    trial = test.stash[TRIAL] = WorldFixture(test, simulator, _setting(test.config, "simulator_strict"))
    try:
        yield trial.world
        if not trial.failed:
            trial.judge()
    finally:
        trial.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journal of the test's world to the report of a failure."""
    report = yield
    trial = item.stash.get(TRIAL, None)
    if trial is None:
        return report
    if report.failed:
        told = trial.story()
        if told:
            report.sections.append(("simulator", told))
    if call.when == "teardown":
        del item.stash[TRIAL]
    else:
        trial.failed = call.excinfo is not None
    return report
