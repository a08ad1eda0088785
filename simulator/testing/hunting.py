"""`world.hunt`: the lab's hunt in the world of a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.engine.masking import Mask
from simulator.lab import Hunt, HuntReport, Place
from simulator.lab.words import quoted
from simulator.testing.callers import Callers
from simulator.testing.control_transport import Json

TEST = "PYTEST_CURRENT_TEST"  # of the environment: the running test, and whether it is set up, called or torn down
PLUGIN = "pytest_provider_simulator"


class HuntCounter:
    """Numbers the hunts of the test that runs in this process, so that a failed one can be repeated alone."""

    def __init__(self) -> None:
        self._test, self._count = "", 0

    def next(self) -> int:
        """Return which hunt of its test this is, counted from 1; without pytest, which hunt of the process."""
        test = os.environ.get(TEST, "")
        self._test, self._count = test, self._count + 1 if test == self._test else 1
        return self._count


HUNTS = HuntCounter()  # of the process: a test may hunt in the worlds of several simulators


def _test_command() -> str:
    """Return the command that runs the test alone that hunts; empty without pytest."""
    test, plugin = os.environ.get(TEST, "").rpartition(" ")[0], sys.modules.get(PLUGIN)
    return test and f"pytest {quoted(plugin.as_argument(test) if plugin else test)}"


class Hunting:
    """Hunts clients in one world; what sends its requests is left to the class that inherits it."""

    scenario: str
    replay = ""  # the schedule of --simulator-replay
    bounds: list[str]
    was_hunted = False  # so that its requests are no longer there

    @property
    def _callers(self) -> Callers:
        """What hears of the requests of clients in this process."""
        raise NotImplementedError

    @property
    def _mask(self) -> Mask:
        """What masks secrets in texts."""
        raise NotImplementedError

    def _shown(self, text: str) -> str:
        """Return a text of the client without secrets; what masks them is loaded only here."""
        return self._mask.text(text)

    def _lead_webhooks(self, target: Callable[..., Any] | None) -> list[BaseException]:
        """Hand the webhooks of the world to a target, or end that with None; return what it will have raised."""
        raise NotImplementedError

    def _observed(self) -> AbstractContextManager[None]:
        """Hear of the requests that clients send to the world over sockets, until the end of the block."""
        raise NotImplementedError

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request to the control API; `path` is below the world."""
        raise NotImplementedError

    def hunt(
        self,
        client: Callable[..., Any],
        *,
        once: str | Sequence[str] | None = None,
        deepest: int = 2,
        budget: int | None = None,
        faults: str | Iterable[str] | None = None,
        knows: Callable[..., Any] | bool = False,
        spend: Decimal | float | str | None = None,
        invariants: Sequence[Callable[..., Any]] = (),
        store: Callable[[], Any] | None = None,
        save_as: Path | str | None = None,
        receiver: Callable[..., Any] | str | None = None,
        settles: Callable[..., Any] | None = None,
    ) -> HuntReport:
        """Run a client under all schedules of up to `deepest` faults, each time in this world as it is now.

        Args:
            client: A callable, synchronous or not; it is called for each schedule, and again after a crash.
            once: The operation, or operations, that buy: at most one number may be rented by them.
            deepest: How many faults a schedule has at most in the complete search.
            budget: How many runs the hunt may take; hypothesis, if it is installed, uses what the complete search leaves of it.
                Without one the search may take 1000, and hypothesis 100.
            faults: The kinds of faults, all by default: refused, throttled, lost-request, lost-answer, error-after-commit,
                delayed, duplicated, slow-then-recovered, crash.
            knows: Returns the numbers (or their ids) that the client knows of, from its store; with True they are those that
                it returned or keeps. Other rented numbers are leaks, and none of these may be released.
            spend: How much may be spent at most, in USD.
            invariants: Functions of the world, or of the world and the store, that raise an AssertionError, or return False or
                a text, where they do not hold, and NotImplemented where they have nothing to judge.
            store: Makes what the client keeps over a crash, such as `dict`; the client is called with it.
            save_as: The file for the scenario of a schedule that breaks the client.
            receiver: The receiver of webhooks that is hunted: an ASGI application or a function, as `world.webhooks.to` takes
                it, or the URL of one that runs elsewhere; with `store`, what makes it from the store of a run. The faults are
                then those of webhooks: twice, twice-late, out-of-order, late, lost, stale. The client does what makes the
                provider send them.
            settles: Returns what the receiver has made of its webhooks, from the store if there is one. It must be the same
                however they come, unless some never arrive.

        Raises:
            HuntFailed: a schedule breaks the client; the text has its story and how to repeat it.
            HuntInconclusive: the budget is too small, the client is not deterministic, or an invariant had nothing to judge.
            ValueError: an option is invalid.
            Exception: what the client raises without any fault.
        """
        __tracebackhide__ = True  # pytest shows the line of the test alone
        replay = self.replay or os.environ.get("SIMULATOR_REPLAY", "")
        place = Place(_test_command() or self._mask.command(sys.orig_argv), HUNTS.next(), self.scenario)
        options = Hunt(
            once=once,
            deepest=deepest,
            budget=budget,
            faults=faults if faults is None or isinstance(faults, str) else list(faults),
            knows=knows,
            spend=spend,
            invariants=invariants,
            store=store,
            save_as=save_as,
            receiver=receiver,
            settles=settles,
            replay=replay,
            place=place,
            shown=self._shown,
        )
        self.was_hunted = True
        with self._observed():
            report = options.run(client, self, self._call, self._callers.signals, self._lead_webhooks)
        self.bounds.append(str(report))
        return report
