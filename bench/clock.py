"""Functions timed in this process, in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from bench.effort import Effort
from bench.figures import Samples


def timed(effort: Effort, what: str, functions: Mapping[str, Callable[[], object]]) -> Samples:
    """Seconds a call of each function, by its name: in every round so many calls of the first, of the second, and so on."""
    found = Samples()
    for turn in effort.short_turns(what):
        for name, function in functions.items():
            gc.collect()  # so that nobody pays for another's leavings
            begun = time.perf_counter()
            for _ in range(effort.calls):
                function()
            if turn:
                found.note(name, "seconds", (time.perf_counter() - begun) / effort.calls)
    return found
