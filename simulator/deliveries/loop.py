"""An event loop whose timing no test can stop."""

from __future__ import annotations

import asyncio
import time


class UnpatchedLoop(asyncio.SelectorEventLoop):
    """asyncio's event loop on a clock that freezegun and time-machine leave alone; uvloop reads such a clock itself."""

    def time(self) -> float:
        """Return seconds that always go on."""
        return seconds()


def seconds() -> float:
    """Return the time of such loops."""
    return time.clock_gettime(time.CLOCK_MONOTONIC) if hasattr(time, "clock_gettime") else time.monotonic()
