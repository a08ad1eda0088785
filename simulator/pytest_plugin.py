"""The pytest plugin: the fixtures `simulator` and `world`, the mark `simulator`, and the options that name a running server.

Pytest loads it by itself where the package is installed, and until a test asks for a fixture that costs nothing.
`-p no:simulator` keeps it out; where `PYTEST_DISABLE_PLUGIN_AUTOLOAD` is set, `-p simulator` brings it in.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

if TYPE_CHECKING:
    from simulator.client import Client, World
    from simulator.inprocess import Simulator

MARK = (
    "simulator(scenario=None, seed=None, frozen=None, unmatched='fail', strict=None): how the test's `world` is made. "
    "`scenario` is a name, a dict, or a YAML file, seen from the folder of the test; `seed` replaces the scenario's; "
    "`frozen` stops the clock, or lets it go on; with unmatched='ignore' the test may call what no spec knows; "
    "with strict='documented' or 'inferred' it fails if it leans on less."
)
WORLD = pytest.StashKey["World"]()
FAILED = pytest.StashKey[bool]()  # whether the test was ended by an exception: then it is not judged once more
TOLD = pytest.StashKey[str]()  # what the world had to tell before it was dropped


class SimulatorWarning(pytest.PytestWarning):
    """A rule that a test added never fired: the test does not test what it seems to."""


class Wish(NamedTuple):
    """What the marks of a test say of its world."""

    scenario: str | dict[str, Any] | Path | None = None
    seed: int | None = None
    frozen: bool | None = None
    unmatched: Literal["fail", "ignore"] = "fail"
    strict: Literal["documented", "inferred"] | None = None


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
    url = _setting(pytestconfig, "simulator_url")
    running = _connected(url, _setting(pytestconfig, "simulator_admin_token")) if url else _started()
    yield running
    running.close()


def _started() -> Simulator:
    from simulator.inprocess import Simulator  # noqa: PLC0415  (nothing of it is loaded for tests that do not use it)

    return Simulator()


def _connected(url: str, token: str) -> Client:
    from http.client import HTTPException  # noqa: PLC0415

    from simulator.client import Client, ControlError  # noqa: PLC0415

    with contextlib.ExitStack() as failing:
        try:
            client = Client.connect(url, token)
            failing.callback(client.close)
            client.call("GET", "/worlds/default/clock")  # unlike the health check it needs the token
        except (ControlError, HTTPException, OSError, ValueError) as error:
            hint = "; see --simulator-admin-token" if getattr(error, "status", 0) == 401 else ""
            raise _failure(f"no simulator can be used at {url} (--simulator-url): {error}{hint}") from None
        failing.pop_all()
    return client


def _failure(text: str) -> BaseException:
    """A failure of a test that is told by its text alone."""
    return pytest.fail.Exception(text, pytrace=False)


@pytest.fixture
def world(request: pytest.FixtureRequest, simulator: Simulator | Client) -> Iterator[World]:
    """A fresh world for the test: `world.cartesia.base_url`, `.api_key`, `.transport` are what a client of Cartesia needs.

    `world.rule(…)` lets things go wrong, `world.advance("30s")` moves the clock, `world.requests()` is the journal,
    `world.state()` the tables; `snapshot`, `restore` and `reset` go back. @pytest.mark.simulator says what the world starts
    as. At the end it is dropped, and the test fails if it called what the provider's spec does not know.
    """
    test = request.node
    wish = _wish(test)
    made = test.stash[WORLD] = _made(test, simulator, wish)
    try:
        yield made
        if not test.stash[FAILED]:
            _judge(test, made, wish)
    finally:
        del test.stash[WORLD]
        _drop(made)


def _wish(test: pytest.Item) -> Wish:
    """What the marks say, the nearest to the test first; of each argument the first that is found counts."""
    said: dict[str, Any] = {}
    for mark in test.iter_markers("simulator"):
        unknown = [repr(each) for each in mark.args] + [each for each in mark.kwargs if each not in Wish._fields]
        if unknown:
            raise _failure(f"@pytest.mark.simulator takes {', '.join(Wish._fields)}, and not {', '.join(unknown)}")
        said = {**mark.kwargs, **said}
    wish = Wish(**{"strict": _setting(test.config, "simulator_strict") or None, **said})
    if wish.unmatched not in ("fail", "ignore"):
        raise _failure(f"@pytest.mark.simulator: unmatched is {wish.unmatched!r}, expected 'fail' or 'ignore'")
    if isinstance(wish.scenario, Path) or str(wish.scenario).endswith((".yaml", ".yml")):
        wish = wish._replace(scenario=test.path.parent / str(wish.scenario))
    return wish


def _made(test: pytest.Item, simulator: Simulator | Client, wish: Wish) -> World:
    from simulator.client import ControlError  # noqa: PLC0415

    name = re.sub(r"[^A-Za-z0-9]+", "-", test.name)[:50].strip("-") or "test"
    try:
        made = simulator.world(wish.scenario, name=f"{name}-{os.urandom(6).hex()}", seed=wish.seed, strict=wish.strict)
    except (ControlError, OSError, ValueError) as error:
        raise _failure(f"no world can be made for this test: {error}") from None
    if wish.frozen is not None:
        made.freeze() if wish.frozen else made.unfreeze()
    return made


def _judge(test: pytest.Item, world: World, wish: Wish) -> None:
    """Fail a test that has passed, if its world knows better; one that does not is dropped by the same request."""
    from simulator.client import ControlError  # noqa: PLC0415

    try:
        world.drop(only_if_clean=True)
    except ControlError as error:
        if error.status != 404:
            _complain(test, world, wish)


def _complain(test: pytest.Item, world: World, wish: Wish) -> None:
    from simulator import findings  # noqa: PLC0415

    requests = world.requests()
    complaint = findings.complaint(world, requests, unmatched_fails=wish.unmatched == "fail")
    if complaint:
        test.stash[TOLD] = findings.journal(world, requests)
        raise _failure(complaint)
    if world.added_rules:
        for idle in findings.idle_rules(world):
            test.warn(SimulatorWarning(idle))


def _drop(world: World) -> None:
    from simulator.client import ControlError  # noqa: PLC0415

    with contextlib.suppress(ControlError, OSError):  # the test has dropped it, or the server is gone and it with it
        world.drop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journal of the test's world to the report of a failure."""
    report = yield
    if call.when != "teardown":
        item.stash[FAILED] = call.excinfo is not None
        item.stash[TOLD] = ""
    if report.failed:
        told = item.stash[TOLD] or _told(item)
        if told:
            report.sections.append(("simulator", told))
    return report


def _told(test: pytest.Item) -> str:
    """What the world of a test tells; nothing when it has none, or one that answers no more."""
    from http.client import HTTPException  # noqa: PLC0415

    world = test.stash.get(WORLD, None)
    if world is None:
        return ""
    from simulator import findings  # noqa: PLC0415
    from simulator.client import ControlError  # noqa: PLC0415

    try:
        return findings.journal(world, world.requests())
    except (ControlError, HTTPException, OSError) as error:
        return f"the world {world.name} does not answer: {error}"
