"""The work of the plugin's fixtures: get a simulator, create a world for a test, and check the world after the test."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from http.client import HTTPException
from inspect import signature
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import pytest

from simulator.documents import BrokenFile, nearest_names, reason
from simulator.engine.worlds import DEFAULT
from simulator.lab import HuntFailed, HuntInconclusive
from simulator.store.tokens import token_in
from simulator.testing import report
from simulator.testing.by_hand import by_hand
from simulator.testing.client import Client, ControlError, Json, World
from simulator.testing.intercept import Interception
from simulator.testing.ledger import rented_numbers
from simulator.testing.simulator import Simulator
from simulator.testing.warnings import SimulatorWarning


def open_simulator(url: str, token: str, file: str = "", providers: Path | None = None) -> Simulator | Client:
    """Return a client of the simulator at a URL; without a URL, a simulator in this process, with `providers` of a folder.

    Raises:
        pytest.fail.Exception: the simulator at the URL does not respond, does not accept the token, or the file has none; the
            folder is none, or a provider in it has faults.
    """
    if not url:
        if providers is not None and not providers.is_dir():
            raise _failure(f"--simulator-providers: {providers} is not a folder")
        try:
            return Simulator(providers_folder=providers)
        except BrokenFile as broken:
            raise _failure(f"--simulator-providers:\n{broken}") from None
    if token and file:
        raise _failure("--simulator-admin-token and --simulator-admin-token-file are mutually exclusive")
    try:
        token = token_in(file) if file else token
    except ValueError as error:
        raise _failure(f"--simulator-admin-token-file: {error}") from None
    return _connect(url, token)


def _connect(url: str, token: str) -> Client:
    with contextlib.ExitStack() as on_failure:
        try:
            client = Client.connect(url, token)
            on_failure.callback(client.close)
            client.call("GET", "/worlds/default/clock")  # Unlike the health check this needs the token.
        except (ControlError, HTTPException, OSError, RuntimeError, ValueError, Warning) as error:
            hint = "; see --simulator-admin-token-file and SIMULATOR_ADMIN_TOKEN" if getattr(error, "status", 0) == 401 else ""
            if isinstance(error, (RuntimeError, Warning)):  # pytest-socket warns and raises; warnings may be errors
                hint = f"; with pytest-socket: --allow-hosts={urlsplit(url).hostname}"
            text = reason(error) if isinstance(error, OSError) else error
            raise _failure(f"no simulator can be used at {url} (--simulator-url): {text}{hint}") from None
        on_failure.pop_all()
    return client


class WorldFixture:
    """The world of one test: created from the markers of the test, and checked after it."""

    def __init__(self, test: pytest.Item, simulator: Simulator | Client, strict: str) -> None:
        """Create the world; `strict` is the default for tests without that marker option.

        Raises:
            pytest.fail.Exception: a marker option is invalid, or the world cannot be created.
        """
        self._test = test
        self._options = _marker_options(test, strict)
        self.world = _create_world(test, simulator, self._options)
        self._default = _DefaultWorld(simulator) if isinstance(simulator, Simulator) else None  # at a server others use it too
        self.failed = False  # The test raised an exception, so the world is not checked.
        self.still_rented: list[str] = []  # for each number that is, the line that bought it; unless the marker says otherwise
        self._report_text = ""  # the report, once the check has failed
        self._interception = contextlib.ExitStack()
        if self._options.intercept:
            self._interception.enter_context(_interception(self.world, self._options.intercept))

    def hunt(self, body: Callable[[], Any]) -> bool:
        """Run the body of the test under schedules of faults if its marker says so; return False if it does not.

        Raises:
            pytest.fail.Exception: a schedule breaks it, or the hunt is inconclusive.
        """
        options = self._options.hunt
        if options is False:
            return False
        try:
            self.world.hunt(body, **({} if options is True else options))
        except (HuntFailed, HuntInconclusive) as error:
            raise _failure(str(error)) from None
        return True

    def check(self) -> None:
        """Fail a test that has passed if its world is not clean; a clean world is deleted.

        Raises:
            pytest.fail.Exception: the test must not pass.
        """
        self._interception.close()
        stopped = self.world.stopped()
        verdict = self._end_if_clean(keep=bool(stopped))
        reason, warnings = report.judge(verdict, self._options.policy)
        if reasons := list(filter(None, [stopped, self._leaked(verdict), reason])):
            self._report_text = "" if self.world.dropped else self.world.report()
            raise _failure("\n".join(reasons))
        stray = self._default.warning() if self._default else ""
        for text in [*warnings, *filter(None, [stray])]:
            self._test.warn(SimulatorWarning(text))

    def _leaked(self, verdict: Json) -> str:
        """Note the numbers that are still rented, and return why they fail the test; empty if they do not."""
        rented = self.world.with_places(rented_numbers(verdict.get("rented", ())))
        if self._options.leaks == "fail":
            return report.leaked(rented)
        self.still_rented = [where.removeprefix("at ") if where[:3] == "at " else self._place() for _, where in rented]
        return ""

    def _place(self) -> str:
        """Return the line of the test function."""
        path, line, _ = self._test.location
        return f"{path}:{(line or 0) + 1}"

    def _end_if_clean(self, *, keep: bool) -> Json:
        """Return what a test may fail for; delete a clean world, unless it is to be kept."""
        if keep:
            return NOTHING
        if self.world.dropped:
            return self.world.verdict()
        try:
            leaks = "ignore" if self._options.leaks == "ignore" else "fail"
            self.world.drop(only_if_clean=True, unknown_fields="fail", leaks=leaks)
            return NOTHING
        except ControlError as error:
            if error.status == 404:
                raise _failure(report.gone(self.world.name)) from None
            if "findings" not in error.problem:  # some other trouble of the server
                raise _failure(f"the world {self.world.name} cannot be checked: {error}") from None
            return error.problem
        except (HTTPException, OSError) as error:
            raise _failure(
                f"the world {self.world.name} cannot be checked, as the simulator does not respond: {reason(error)}"
            ) from None

    def end(self) -> None:
        """End the interception and delete the world, if it still exists."""
        self._interception.close()
        if not self.world.dropped:
            with contextlib.suppress(ControlError, HTTPException, OSError):  # It is gone, or the server has stopped.
                self.world.drop()

    def journal(self) -> str:
        """Return the journal of the world for the report of a failed test; empty if the world was deleted."""
        if self.world.dropped or self._report_text:
            return self._report_text
        try:
            return self.world.report()
        except (ControlError, HTTPException, OSError) as error:
            return f"the world {self.world.name} does not answer: {reason(error)}"


class _DefaultWorld:
    """The world `default` of a simulator in this process, where the requests end that address no world."""

    def __init__(self, simulator: Simulator) -> None:
        self._worlds = simulator.app.worlds
        self._before = self._position()

    def _position(self) -> int:
        world = self._worlds.peek(DEFAULT)
        return world.journal.position if world else 0

    def warning(self) -> str:
        """Return that requests of the test ended there; empty if none did."""
        world, count = self._worlds.peek(DEFAULT), self._position() - self._before
        if world is None or count <= 0 or (last := world.journal.newest) is None:
            return ""
        return report.astray(count, f"{last.request.method} {last.request.path}")


class MarkerOptions(NamedTuple):
    """The options of `@pytest.mark.simulator`."""

    scenario: str | dict[str, Any] | Path | None = None
    seed: int | None = None
    frozen: bool | None = None
    unmatched: Literal["fail", "ignore"] = "fail"
    unknown_fields: Literal["warn", "fail", "ignore"] = "warn"
    strict: Literal["documented", "inferred"] | None = None
    intercept: bool | Literal["refuse"] = False
    hosts: Mapping[str, str | None] | None = None
    leaks: Literal["report", "fail", "ignore"] = "report"
    hunt: bool | Mapping[str, Any] = False

    @property
    def policy(self) -> report.FailurePolicy:
        """What fails the test; the fixture itself handles `leaks`, which may also be reported."""
        return report.FailurePolicy(self.unmatched, self.unknown_fields)


NOTHING: Json = {"findings": [], "idle_rules": []}  # of what a test may fail for

CHOICES = {
    **report.CHOICES,
    "intercept": (True, False, "refuse"),
    "frozen": (True, False, None),
    "leaks": ("report", "fail", "ignore"),
}


def _interception(world: World, intercept: bool | Literal["refuse"]) -> Interception:
    return world.intercept(others="refuse" if intercept == "refuse" else "pass")


def _marker_options(test: pytest.Item, strict: str) -> MarkerOptions:
    """Return the options of all markers; for each option the marker that is nearest to the test takes precedence."""
    given: dict[str, Any] = {}
    for mark in test.iter_markers("simulator"):
        _check_names(mark)
        given = {**mark.kwargs, **given}
    options = MarkerOptions(**{"strict": strict or None, **given})
    for name, values in CHOICES.items():
        value = getattr(options, name)
        if value not in values:
            raise _failure(f"@pytest.mark.simulator: {name} is {value!r}, expected {' or '.join(map(repr, values))}")
    _check_hunt(options.hunt)
    if isinstance(options.scenario, Path) or str(options.scenario).endswith((".yaml", ".yml")):
        options = options._replace(scenario=test.path.parent / str(options.scenario))
    return options


def _check_names(mark: pytest.Mark) -> None:
    """Check that the marker has named arguments only, and those that it takes."""
    known = MarkerOptions._fields
    if mark.args:
        given = ", ".join(map(repr, mark.args))
        raise _failure(f"@pytest.mark.simulator takes named arguments only ({', '.join(known)}), got {given}")
    for name in mark.kwargs:
        if name not in known:
            near = nearest_names(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise _failure(f"@pytest.mark.simulator takes {', '.join(known)}, and not {name}{hint}")


def _check_hunt(options: Any) -> None:
    """Check the option `hunt`: False, True, or the options of `world.hunt`."""
    if isinstance(options, bool):
        return
    known = [name for name in signature(World.hunt).parameters if name not in ("self", "client", "store")]
    if not isinstance(options, Mapping):
        raise _failure(f"@pytest.mark.simulator: hunt is {options!r}, expected True or the options of world.hunt as a dict")
    if unknown := [repr(name) for name in options if name not in known]:
        raise _failure(f"@pytest.mark.simulator: hunt takes {', '.join(known)}, and not {', '.join(unknown)}")


def _create_world(test: pytest.Item, simulator: Simulator | Client, options: MarkerOptions) -> World:
    name = re.sub(r"[^A-Za-z0-9]+", "-", test.name)[:50].strip("-") or "test"
    try:
        world = simulator.world(
            options.scenario,
            name=f"{name}-{os.urandom(6).hex()}",
            seed=options.seed,
            strict=options.strict,
            hosts=options.hosts,
        )
    except (ControlError, OSError, ValueError) as error:
        raise _failure(f"cannot create a world for this test: {error}") from None
    by_hand.remove(world)
    if options.frozen is not None:
        world.freeze() if options.frozen else world.unfreeze()
    return world


def _failure(text: str) -> BaseException:
    """Return a test failure without a traceback."""
    return pytest.fail.Exception(text, pytrace=False)
