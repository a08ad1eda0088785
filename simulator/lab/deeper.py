"""Beyond the sweep: schedules of more faults, drawn by hypothesis where it is installed."""

from __future__ import annotations

import importlib.util
from typing import Any

from simulator.lab.bench import Run
from simulator.lab.schedule import Schedule
from simulator.lab.search import OutOfBudget, Search

FURTHER = 4  # faults beyond those of the sweep
CHOICES = 256  # values of a byte


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

    Each example of hypothesis is a walk from the run without faults: at each step one more fault, so that schedules of all
    lengths are run. What an example draws is one text of bytes, as the choices among what is left are made with it.
    """
    if further <= 0:
        return None
    import hypothesis  # noqa: PLC0415  (an extra, which takes long to load)
    from hypothesis import strategies  # noqa: PLC0415

    quiet: Any = list(hypothesis.HealthCheck)
    faults = deepest + FURTHER
    finished: set[Schedule] = set()  # nothing is left to try behind them

    @hypothesis.settings(
        max_examples=further,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=quiet,
    )
    @hypothesis.given(strategies.binary(min_size=faults, max_size=faults))
    def walk(choices: bytes) -> None:
        run = base
        for choice in choices:
            options = [(*run.schedule, fault) for fault in search.extensions(run)]
            left = [schedule for schedule in options if schedule not in finished]
            if not left:
                break
            schedule = left[choice * len(left) // CHOICES]
            following = search.run(schedule)
            if following is None:
                finished.add(schedule)
                return
            if following.violation:
                raise _Found(following)
            run = following
        finished.add(run.schedule)

    search.limit(further)
    try:
        walk()
    except _Found as found:
        return found.run
    except OutOfBudget:
        return None
    return None
