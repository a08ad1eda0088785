"""Beyond the sweep: schedules of more faults, drawn by hypothesis where it is installed."""

from __future__ import annotations

import importlib.util
from random import Random
from typing import Any

from simulator.lab.bench import Run
from simulator.lab.schedule import Fault, Schedule
from simulator.lab.search import OutOfBudget, Search

FURTHER = 4  # faults beyond those of the sweep
STEPS = 64  # of an example
BITS = 64  # of the seed of its chance


class _Found(Exception):
    """A run violates an invariant."""

    def __init__(self, run: Run) -> None:
        super().__init__("found")
        self.run = run


class _Exhausted(Exception):
    """Every schedule was tried that has no more faults than allowed."""


class _Walks:
    """Walks from schedule to schedule, at each step with one more fault, up to `most`."""

    def __init__(self, search: Search, base: Run, most: int) -> None:
        self._search, self._base, self._most = search, base, most
        self._left: dict[Schedule, list[Fault]] = {}  # what can follow a schedule, but for that behind which all was tried

    def walk(self, chance: Random) -> None:
        """Run schedules by chance; where nothing is left to try, begin again with the run without faults.

        Raises:
            _Found: a run violates an invariant.
            _Exhausted: nothing is left to try at all.
            OutOfBudget: the budget allows no further run.
        """
        run = self._base
        for _ in range(STEPS):
            faults = self._faults_behind(run)
            if faults:
                schedule = (*run.schedule, chance.choice(faults))
                following = self._search.run(schedule)
                if following is None:
                    self._leave_out(schedule)
                elif following.violation:
                    raise _Found(following)
                run = following or self._base
            elif run.schedule:
                self._leave_out(run.schedule)
                run = self._base
            else:
                raise _Exhausted

    def _faults_behind(self, run: Run) -> list[Fault]:
        if run.schedule not in self._left:
            self._left[run.schedule] = list(self._search.extensions(run)) if len(run.schedule) < self._most else []
        return self._left[run.schedule]

    def _leave_out(self, schedule: Schedule) -> None:
        self._left[schedule[:-1]].remove(schedule[-1])


def is_available() -> bool:
    """Return whether hypothesis is installed."""
    return importlib.util.find_spec("hypothesis") is not None


def explore(search: Search, base: Run, deepest: int, further: int) -> Run | None:
    """Make up to `further` runs of schedules of more than `deepest` faults; return one that violates an invariant.

    Each example of hypothesis is some walks from the run without faults: at each step one more fault, so that schedules of
    all lengths are run. What it draws is the seed of their chance: a draw for each step would cost as much as the client. It is
    drawn bit by bit, as before its first integer hypothesis parses all modules of the process for numbers to try.
    """
    if further <= 0:
        return None
    import hypothesis  # noqa: PLC0415  (an extra, which takes long to load)
    from hypothesis import strategies  # noqa: PLC0415

    quiet: Any = list(hypothesis.HealthCheck)
    walks = _Walks(search, base, deepest + FURTHER)

    @hypothesis.settings(
        max_examples=further,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=quiet,
    )
    @hypothesis.given(strategies.tuples(*[strategies.booleans()] * BITS))
    def walk(bits: tuple[bool, ...]) -> None:
        walks.walk(Random(sum(bit << place for place, bit in enumerate(bits))))  # noqa: S311  (it is no secret)

    search.limit(further)
    try:
        walk()
    except _Found as found:
        return found.run
    except (_Exhausted, OutOfBudget):
        return None
    return None
