"""What the fixtures of the pytest plugin do: find a simulator, make a world for a test, and judge the test by it."""

from __future__ import annotations

import contextlib
import os
import re
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

from simulator.testing import report as findings
from simulator.testing.client import Client, ControlError, World
from simulator.testing.warnings import SimulatorWarning

if TYPE_CHECKING:
    from simulator.testing.simulator import Simulator


def started() -> Simulator:
    """A simulator in this process."""
    from simulator.testing.simulator import Simulator  # noqa: PLC0415  (nothing of it is loaded for tests that use another one)

    return Simulator()


def connected(url: str, token: str) -> Client:
    """A client of a simulator that runs elsewhere.

    Raises:
        pytest.fail.Exception: none answers there, or not to this token.
    """
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


class WorldFixture:
    """A test that uses a world: the world is made as the marks of the test wish, and may fail the test at its end."""

    def __init__(self, test: pytest.Item, simulator: Simulator | Client, strict: str) -> None:
        """Make the world; `strict` is for tests whose marks do not say it.

        Raises:
            pytest.fail.Exception: the marks make no sense, or the world cannot be made.
        """
        self._test = test
        self._wish = _wish(test, strict)
        self.world = _made(test, simulator, self._wish)
        self.failed = False  # the test was ended by an exception: then it is not judged once more
        self._dropped = False
        self._told = ""  # what the world had to tell before it was dropped

    def judge(self) -> None:
        """Fail a test that has passed, if its world knows better; one that does not is dropped by the same request.

        Raises:
            pytest.fail.Exception: the test must not pass.
        """
        try:
            self.world.drop(only_if_clean=True)
            self._dropped = True
        except ControlError as error:
            if error.status != 404:  # the test has dropped it itself
                self._complain()

    def _complain(self) -> None:
        requests = self.world.requests()
        complaint = findings.complaint(self.world, requests, unmatched_fails=self._wish.unmatched == "fail")
        if complaint:
            self._told = findings.journal(self.world, requests)
            raise _failure(complaint)
        if self.world.added_rules:
            for idle in findings.idle_rules(self.world):
                self._test.warn(SimulatorWarning(idle))

    def end(self) -> None:
        """Drop the world, if it is still there."""
        if not self._dropped:
            self._dropped = True
            with contextlib.suppress(ControlError, OSError):  # the test has dropped it, or the server is gone and it with it
                self.world.drop()

    def story(self) -> str:
        """What the world tells of the test; nothing when there is no more to tell."""
        if self._dropped or self._told:
            return self._told
        try:
            return findings.journal(self.world, self.world.requests())
        except (ControlError, HTTPException, OSError) as error:
            return f"the world {self.world.name} does not answer: {error}"


class MarkerOptions(NamedTuple):
    """What the marks of a test say of its world."""

    scenario: str | dict[str, Any] | Path | None = None
    seed: int | None = None
    frozen: bool | None = None
    unmatched: Literal["fail", "ignore"] = "fail"
    strict: Literal["documented", "inferred"] | None = None


def _wish(test: pytest.Item, strict: str) -> MarkerOptions:
    """What the marks say, the nearest to the test first; of each argument the first that is found counts."""
    said: dict[str, Any] = {}
    for mark in test.iter_markers("simulator"):
        unknown = [repr(each) for each in mark.args] + [each for each in mark.kwargs if each not in MarkerOptions._fields]
        if unknown:
            raise _failure(f"@pytest.mark.simulator takes {', '.join(MarkerOptions._fields)}, and not {', '.join(unknown)}")
        said = {**mark.kwargs, **said}
    wish = MarkerOptions(**{"strict": strict or None, **said})
    if wish.unmatched not in ("fail", "ignore"):
        raise _failure(f"@pytest.mark.simulator: unmatched is {wish.unmatched!r}, expected 'fail' or 'ignore'")
    if isinstance(wish.scenario, Path) or str(wish.scenario).endswith((".yaml", ".yml")):
        wish = wish._replace(scenario=test.path.parent / str(wish.scenario))
    return wish


def _made(test: pytest.Item, simulator: Simulator | Client, wish: MarkerOptions) -> World:
    name = re.sub(r"[^A-Za-z0-9]+", "-", test.name)[:50].strip("-") or "test"
    try:
        made = simulator.world(wish.scenario, name=f"{name}-{os.urandom(6).hex()}", seed=wish.seed, strict=wish.strict)
    except (ControlError, OSError, ValueError) as error:
        raise _failure(f"no world can be made for this test: {error}") from None
    if wish.frozen is not None:
        made.freeze() if wish.frozen else made.unfreeze()
    return made


def _failure(text: str) -> BaseException:
    """A failure of a test that is told by its text alone."""
    return pytest.fail.Exception(text, pytrace=False)
