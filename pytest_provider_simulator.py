"""The pytest plugin: the fixtures `simulator` and `world`, the marker `simulator`, and the options for a running server.

pytest loads it automatically if the package is installed; `-p no:simulator` disables it. With `PYTEST_DISABLE_PLUGIN_AUTOLOAD`
set, `-p simulator` enables it.

The package `simulator` is imported by the first fixture that is used, not by this module: a project may have a `simulator.py`
or a folder `simulator` of its own, whose tests must go on finding it; and runs that do not use the plugin need not wait for it.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.testing.client import Client, World
    from simulator.testing.fixtures import WorldFixture
    from simulator.testing.simulator import Simulator

OURS = Path("testing", "fixtures.py")  # what no other package of this name has
FOREIGN = (
    "the fixtures of provider-simulator need its package `simulator`, but `import simulator` finds {}; "
    "rename that, or keep its folder off sys.path (pytest --import-mode=importlib, `pytest` in place of `python -m pytest`)"
)
MARKER = (
    "simulator(scenario=None, seed=None, frozen=None, unmatched='fail', unknown_fields='warn', strict=None, "
    "intercept=False, hosts=None, leaks='report', hunt=False): "
    "how the test's `world` is made and judged. `scenario` is a name, a dict, or a YAML file relative to the test; `seed` "
    "replaces the scenario's; `frozen` stops the clock, or lets it run; unmatched='ignore' lets the test call endpoints that "
    "are in no spec; "
    "unknown_fields='fail' or 'ignore' decides about request fields that the operation does not know; "
    "strict='documented' or 'inferred' fails the test if it depends on less; "
    "intercept=True leads calls to the providers' real hosts into the world, 'refuse' also refuses calls to all others; "
    "hosts={'gateway.example.com': 'cartesia'} lets another host stand for a provider; "
    "leaks='fail' fails the test if it leaves numbers rented, 'ignore' keeps them out of the summary of the session; "
    "hunt=True, or a dict with the options of world.hunt, runs the test under schedules of faults."
)
RUNNING: list[pytest.Config] = []  # pytest runs of this process, the innermost last
MAX_LINES = 5  # of tests that the summary names
RENTED, BOUNDS = "simulator_rented", "simulator_bounds"  # attributes of a report
REPLAY = "SIMULATOR_REPLAY"  # the environment variable that hunts read, also those in worlds that a test makes by hand
WORLD_FIXTURE: pytest.StashKey[WorldFixture] = pytest.StashKey()


class Summary:
    """Collects what the summary of the session says: the bounds of hunts, and the lines that bought what is still rented."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._bounds: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what a test left; with pytest-xdist the report comes from another process."""
        self._lines += getattr(report, RENTED, ())
        self._bounds += getattr(report, BOUNDS, ())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write what was hunted, how many numbers are still rented, and the lines that bought them."""
        for bound in self._bounds:
            terminalreporter.write_line(f"simulator: hunted {bound}")
        if self._lines:
            lines = list(dict.fromkeys(self._lines))
            more = f" and {len(lines) - MAX_LINES} more lines" if len(lines) > MAX_LINES else ""
            text = f"simulator: numbers still rented: {len(self._lines)}, bought at {', '.join(lines[:MAX_LINES])}{more}"
            terminalreporter.write_line(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each is also an environment variable and an ini setting, in this order of precedence."""
    group = parser.getgroup("simulator", "provider simulator")
    for name, metavar, text in (
        ("simulator_url", "URL", "use the simulator that runs there instead of one in this process"),
        ("simulator_providers", "DIR", "a folder of your own providers, for the simulator in this process"),
        ("simulator_admin_token", "TOKEN", "the admin token of that simulator, where it wants one"),
        ("simulator_admin_token_file", "FILE", "a file with that token, which then is in no list of processes"),
        ("simulator_replay", "SCHEDULE", "run hunts under this schedule of faults only, as the failure of one prints it"),
        ("simulator_strict", "GRADE", "documented or inferred: fail a test that depends on less, unless its marker differs"),
    ):
        flag = "--" + name.replace("_", "-")
        group.addoption(flag, metavar=metavar, default=None, help=f"{text} (also {name.upper()}, and in the ini file {name})")
        parser.addini(name, f"{text}, as {flag}", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what collects the lines of the summary."""
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(Summary(), "simulator-summary")
    RUNNING.append(config)
    if schedule := _setting(config, "simulator_replay"):
        before = os.environ.get(REPLAY)
        os.environ[REPLAY] = schedule
        config.add_cleanup(lambda: _put_back(before))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the run."""
    if config in RUNNING:
        RUNNING.remove(config)


def _put_back(replay: str | None) -> None:
    if replay is None:
        os.environ.pop(REPLAY, None)
    else:
        os.environ[REPLAY] = replay


def as_argument(test: str) -> str:
    """Return the id of a test as pytest takes it in the folder where it was started."""
    path, separator, name = test.partition("::")
    if not RUNNING:
        return test
    folder = RUNNING[-1].invocation_params.dir
    with contextlib.suppress(ValueError):  # on Windows, where it is on another drive
        path = Path(os.path.relpath(RUNNING[-1].rootpath / path, folder)).as_posix()
    return f"{path}{separator}{name}"


def pytest_report_header(config: pytest.Config) -> str | None:
    """Return the URL of the server that the tests use, if it is not in this process."""
    url = _setting(config, "simulator_url")
    return f"simulator: {url}" if url else None


def _setting(config: pytest.Config, name: str) -> str:
    """Return an option from the command line, the environment or the ini file, in this order of precedence."""
    for value in (config.getoption(name), os.environ.get(name.upper())):
        if value is not None:
            return str(value)
    return str(config.getini(name))


def _providers(config: pytest.Config) -> Path | None:
    """Return the folder of the user's providers; one of the ini file is relative to the root of the tests."""
    text = _setting(config, "simulator_providers")
    is_given = config.getoption("simulator_providers") is not None or "SIMULATOR_PROVIDERS" in os.environ
    return (Path(text) if is_given else config.rootpath / text) if text else None


def _fixtures() -> Any:
    """Return the module of the fixtures; fail in plain words if `simulator` is a module of the user's."""
    package = importlib.import_module("simulator")
    places = [Path(place) for place in getattr(package, "__path__", ())]
    if not any((place / OURS).is_file() for place in places):
        pytest.fail(FOREIGN.format(package.__file__ or ", ".join(map(str, places))), pytrace=False)
    return importlib.import_module("simulator.testing.fixtures")


@pytest.fixture(scope="session")
def simulator(pytestconfig: pytest.Config) -> Iterator[Simulator | Client]:
    """Return the simulator of the test run: in this process, or the one at --simulator-url.

    Its server starts when `simulator.url` or the `base_url` of a provider is first read. To use further worlds in a test:
    `with simulator.world("cartesia/plan-full") as other: …`.
    """
    fixtures = _fixtures()
    url = _setting(pytestconfig, "simulator_url")
    token, file = (_setting(pytestconfig, f"simulator_admin_token{more}") for more in ("", "_file"))
    with contextlib.closing(fixtures.open_simulator(url, token, file, _providers(pytestconfig))) as running:
        yield running


@pytest.fixture
def world(request: pytest.FixtureRequest, simulator: Simulator | Client) -> Iterator[World]:
    """Return a new world: `world.cartesia.base_url`, `.api_key` and `.transport` are what a client of Cartesia needs.

    `world.rule(…)` injects faults, `world.advance("30s")` advances the clock, `world.requests()` returns the journal and
    `world.state()` the tables; `snapshot`, `restore` and `reset` change the state. @pytest.mark.simulator sets the scenario.
    After the test the world is deleted; the test fails if it called endpoints that are not in the provider's spec.
    """
    fixtures = _fixtures()
    test = request.node
    fixture = test.stash[WORLD_FIXTURE] = fixtures.WorldFixture(test, simulator, _setting(test.config, "simulator_strict"))
    try:
        yield fixture.world
        if not fixture.failed:
            _check(fixture)
    finally:
        fixture.end()


def _check(fixture: WorldFixture) -> None:
    """Fail the test where its world is not clean; how that was found out does not concern its author."""
    try:
        fixture.check()
    except pytest.fail.Exception as failure:
        raise failure from None


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around those of anyio and pytest-asyncio, which would run the test once
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a test under schedules of faults if its marker says so, and not again afterwards."""
    fixture = pyfuncitem.stash.get(WORLD_FIXTURE, None)
    if fixture is None:
        return (yield)
    function = inspect.unwrap(pyfuncitem.obj)  # pytest-asyncio wraps coroutine functions
    if not inspect.iscoroutinefunction(function):
        function = pyfuncitem.obj
    elif hasattr(pyfuncitem.obj, "__self__"):
        function = function.__get__(pyfuncitem.obj.__self__)
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    if not fixture.hunt(lambda: function(**arguments)):
        return (yield)
    test, pyfuncitem.obj = pyfuncitem.obj, _done
    try:
        return (yield)
    finally:
        pyfuncitem.obj = test


def _done(**_: object) -> None:
    """Stand for a test that has been run."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Warn of worlds that the test did not check, and of a marker that has no effect.

    Of the test's own marker only, as one of a module or a class may be meant for other tests.
    """
    yield
    if module := sys.modules.get("simulator.testing.by_hand"):
        for text in module.by_hand.end_body():
            item.warn(_warning(text))
    if WORLD_FIXTURE not in item.stash and any(mark.name == "simulator" for mark in item.own_markers):
        _fixtures()
        text = "@pytest.mark.simulator has no effect: the test does not use the fixture `world`"
        item.warn(_warning(f"{text}. A world that is made by hand takes the same options."))


def _warning(text: str) -> Warning:
    category: type[Warning] = importlib.import_module("simulator.testing.warnings").SimulatorWarning
    return category(text)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # after plugins that shorten the report, as schemathesis does
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journals of the test's worlds to the report of a failure."""
    report = yield
    _report_worlds_by_hand(item, report)
    fixture = item.stash.get(WORLD_FIXTURE, None)
    if fixture is None:
        return report
    if report.failed:
        journal = fixture.journal()
        if journal:
            report.sections.append(("simulator", journal))
    if call.when == "teardown":
        setattr(report, RENTED, fixture.still_rented)
        setattr(report, BOUNDS, [f"{item.nodeid}: {bound}" for bound in fixture.world.bounds])
        del item.stash[WORLD_FIXTURE]
    else:
        fixture.failed = call.excinfo is not None
    return report


def _report_worlds_by_hand(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add what is known of worlds that were made by hand, unless the report has it already."""
    module = sys.modules.get("simulator.testing.by_hand")  # None: no world was made
    if module is None:
        return
    if report.failed:
        shown = report.longreprtext
        for text in module.by_hand.reports(list(getattr(item, "funcargs", {}).values())):
            if not all(line.strip() in shown for line in text.splitlines()):
                report.sections.append(("simulator", text))
    if report.when == "teardown":
        module.by_hand.end_test()
