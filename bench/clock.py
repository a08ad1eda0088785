"""Functions timed in this process, in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from bench.effort import Effort
from bench.figures import Samples


def timed(effort: Effort, what: str, functions: Mapping[str, Callable[[], object]]) -> Samples:
    """Seconds a call of each function, by its name: in every round many calls of the first, of the second, and so on."""
    found, counts = Samples(), {}
    for turn in effort.short_turns(what):
        for name, function in functions.items():
            if not turn:
                _seconds(function, 1)
                counts[name] = max(1, int(effort.sample / _seconds(function, 1)))
                continue
            gc.collect()  # so that nobody pays for another's leavings
            found.note(name, "seconds", _seconds(function, counts[name]))
    return found


def _seconds(function: Callable[[], object], count: int) -> float:
    """How long one call takes, of so many."""
    begun = time.perf_counter()
    for _ in range(count):
        function()
    return (time.perf_counter() - begun) / count
