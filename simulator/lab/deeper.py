"""Beyond the sweep: schedules of more faults, drawn by hypothesis where it is installed."""

from __future__ import annotations

import importlib.util
from typing import Any

from simulator.lab.bench import Run
from simulator.lab.search import OutOfBudget, Search

FURTHER = 4  # faults beyond those of the sweep


class _Found(Exception):
    """A run violates an invariant."""

    def __init__(self, run: Run) -> None:
        super().__init__("found")
        self.run = run


def is_available() -> bool:
    """Return whether hypothesis is installed."""
    return importlib.util.find_spec("hypothesis") is not None


def explore(search: Search, base: Run, deepest: int, further: int) -> Run | None:
    """Make up to `further` runs of schedules of more than `deepest` faults; return one that violates an invariant."""
    if further <= 0:
        return None
    import hypothesis  # noqa: PLC0415  (an extra, which takes long to load)
    from hypothesis import strategies  # noqa: PLC0415

    quiet: Any = list(hypothesis.HealthCheck)

    @hypothesis.settings(
        max_examples=further,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=quiet,
    )
    @hypothesis.given(strategies.data())
    def walk(data: strategies.DataObject) -> None:
        run, faults = base, data.draw(strategies.integers(deepest + 1, deepest + FURTHER))
        for _ in range(faults):
            options = list(search.extensions(run))
            if not options:
                return
            following = search.run((*run.schedule, data.draw(strategies.sampled_from(options))))
            if following is None:
                return
            if following.violation:
                raise _Found(following)
            run = following

    search.limit(further)
    try:
        walk()
    except _Found as found:
        return found.run
    except OutOfBudget:
        return None
    return None
