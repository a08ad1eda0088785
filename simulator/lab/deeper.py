"""Beyond the sweep: schedules of more faults, drawn by hypothesis where it is installed."""

from __future__ import annotations

import importlib.util
from random import Random
from typing import Any

from simulator.lab.bench import Run
from simulator.lab.schedule import Schedule
from simulator.lab.search import OutOfBudget, Search

FURTHER = 4  # faults beyond those of the sweep
STEPS = 64  # of an example


class _Found(Exception):
    """A run violates an invariant."""

    def __init__(self, run: Run) -> None:
        super().__init__("found")
        self.run = run


class _Walker:
    """Walks from the run without faults: at each step one more fault, and from the start again where none is left to try."""

    def __init__(self, search: Search, base: Run, most: int) -> None:
        self._search, self._base, self._most = search, base, most
        self._finished: set[Schedule] = set()  # nothing is left to try behind them

    def walk(self, chance: Random) -> None:
        """Make the runs of one walk.

        Raises:
            _Found: one violates an invariant.
            OutOfBudget: no run is left.
        """
        run = self._base
        for _ in range(STEPS):
            left = self._untried(run)
            if not left:
                self._finished.add(run.schedule)
                run = self._base
                continue
            schedule = chance.choice(left)
            following = self._search.run(schedule)
            if following is None:
                self._finished.add(schedule)
            elif following.violation:
                raise _Found(following)
            run = following or self._base

    def _untried(self, run: Run) -> list[Schedule]:
        """Return the schedules with one more fault that are not finished."""
        if len(run.schedule) >= self._most:
            return []
        schedules = [(*run.schedule, fault) for fault in self._search.extensions(run)]
        return [schedule for schedule in schedules if schedule not in self._finished]


def is_available() -> bool:
    """Return whether hypothesis is installed."""
    return importlib.util.find_spec("hypothesis") is not None


def explore(search: Search, base: Run, deepest: int, further: int) -> Run | None:
    """Make up to `further` runs of schedules of more than `deepest` faults; return one that violates an invariant.

    Each example of hypothesis is some walks from the run without faults: at each step one more fault, so that schedules of
    all lengths are run. What it draws is the source of its chance: a draw for each step would cost as much as the client.
    """
    if further <= 0:
        return None
    import hypothesis  # noqa: PLC0415  (an extra, which takes long to load)
    from hypothesis import strategies  # noqa: PLC0415

    quiet: Any = list(hypothesis.HealthCheck)
    walker = _Walker(search, base, deepest + FURTHER)

    @hypothesis.settings(
        max_examples=further,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=quiet,
    )
    @hypothesis.given(strategies.randoms(use_true_random=True))
    def walk(chance: Random) -> None:
        walker.walk(chance)

    search.limit(further)
    try:
        walk()
    except _Found as found:
        return found.run
    except OutOfBudget:
        return None
    return None
