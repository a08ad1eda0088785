"""The work of the plugin's fixtures: get a simulator, create a world for a test, and check the world after the test."""

from __future__ import annotations

import contextlib
import os
import re
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from simulator.testing import report
from simulator.testing.client import Client, ControlError, World
from simulator.testing.simulator import Simulator
from simulator.testing.warnings import SimulatorWarning


def open_simulator(url: str, token: str) -> Simulator | Client:
    """Return a client of the simulator at a URL; without a URL, a simulator in this process.

    Raises:
        pytest.fail.Exception: the simulator at the URL does not respond, or does not accept the token.
    """
    return _connect(url, token) if url else Simulator()


def _connect(url: str, token: str) -> Client:
    with contextlib.ExitStack() as on_failure:
        try:
            client = Client.connect(url, token)
            on_failure.callback(client.close)
            client.call("GET", "/worlds/default/clock")  # Unlike the health check this needs the token.
        except (ControlError, HTTPException, OSError, ValueError) as error:
            hint = "; see --simulator-admin-token" if getattr(error, "status", 0) == 401 else ""
            raise _failure(f"no simulator can be used at {url} (--simulator-url): {error}{hint}") from None
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
        self.failed = False  # The test raised an exception, so the world is not checked.
        self._dropped = False
        self._report_text = ""  # the report, once the check has failed

    def check(self) -> None:
        """Fail a test that has passed if its world is not clean; a clean world is deleted.

        Raises:
            pytest.fail.Exception: the test must not pass.
        """
        try:
            self.world.drop(only_if_clean=True, unknown_fields="fail")
            self._dropped = True
        except ControlError as error:
            if error.status != 404:  # 404: the test has deleted the world itself.
                self._judge(error)

    def _judge(self, error: ControlError) -> None:
        """Fail or warn the test, as its world is not clean."""
        if "findings" not in error.problem:  # some other trouble of the server
            raise _failure(f"the world {self.world.name} cannot be checked: {error}")
        reason, warnings = report.judge(error.problem, self._options.unmatched, self._options.unknown_fields)
        if reason:
            self._report_text = self.world.report()
            raise _failure(reason)
        for text in warnings:
            self._test.warn(SimulatorWarning(text))

    def end(self) -> None:
        """Delete the world, if it still exists."""
        if not self._dropped:
            self._dropped = True
            with contextlib.suppress(ControlError, OSError):  # The test has deleted it, or the server has stopped.
                self.world.drop()

    def journal(self) -> str:
        """Return the journal of the world for the report of a failed test; empty if the world was deleted."""
        if self._dropped or self._report_text:
            return self._report_text
        try:
            return self.world.report()
        except (ControlError, HTTPException, OSError) as error:
            return f"the world {self.world.name} does not answer: {error}"


class MarkerOptions(NamedTuple):
    """The options of `@pytest.mark.simulator`."""

    scenario: str | dict[str, Any] | Path | None = None
    seed: int | None = None
    frozen: bool | None = None
    unmatched: Literal["fail", "ignore"] = "fail"
    unknown_fields: Literal["warn", "fail", "ignore"] = "warn"
    strict: Literal["documented", "inferred"] | None = None


def _marker_options(test: pytest.Item, strict: str) -> MarkerOptions:
    """Return the options of all markers; for each option the marker that is nearest to the test takes precedence."""
    given: dict[str, Any] = {}
    for mark in test.iter_markers("simulator"):
        unknown = [*map(repr, mark.args), *(name for name in mark.kwargs if name not in MarkerOptions._fields)]
        if unknown:
            raise _failure(f"@pytest.mark.simulator takes {', '.join(MarkerOptions._fields)}, and not {', '.join(unknown)}")
        given = {**mark.kwargs, **given}
    options = MarkerOptions(**{"strict": strict or None, **given})
    for name, values in (("unmatched", ("fail", "ignore")), ("unknown_fields", ("warn", "fail", "ignore"))):
        value = getattr(options, name)
        if value not in values:
            raise _failure(f"@pytest.mark.simulator: {name} is {value!r}, expected {' or '.join(map(repr, values))}")
    if isinstance(options.scenario, Path) or str(options.scenario).endswith((".yaml", ".yml")):
        options = options._replace(scenario=test.path.parent / str(options.scenario))
    return options


def _create_world(test: pytest.Item, simulator: Simulator | Client, options: MarkerOptions) -> World:
    name = re.sub(r"[^A-Za-z0-9]+", "-", test.name)[:50].strip("-") or "test"
    try:
        world = simulator.world(
            options.scenario, name=f"{name}-{os.urandom(6).hex()}", seed=options.seed, strict=options.strict
        )
    except (ControlError, OSError, ValueError) as error:
        raise _failure(f"no world can be made for this test: {error}") from None
    if options.frozen is not None:
        world.freeze() if options.frozen else world.unfreeze()
    return world


def _failure(text: str) -> BaseException:
    """Return a test failure without a traceback."""
    return pytest.fail.Exception(text, pytrace=False)
