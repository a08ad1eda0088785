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
    most = deepest + FURTHER
    finished: set[Schedule] = set()  # nothing is left to try behind them

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
        run = base
        for _ in range(STEPS):
            options = [(*run.schedule, fault) for fault in search.extensions(run)] if len(run.schedule) < most else []
            left = [schedule for schedule in options if schedule not in finished]
            if not left:
                finished.add(run.schedule)
                run = base
                continue
            schedule = chance.choice(left)
            following = search.run(schedule)
            if following is None:
                finished.add(schedule)
            elif following.violation:
                raise _Found(following)
            run = following or base

    search.limit(further)
    try:
        walk()
    except _Found as found:
        return found.run
    except OutOfBudget:
        return None
    return None
