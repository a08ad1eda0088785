"""Waiting for clients, without falling asleep between the requests of one that is quick."""

from __future__ import annotations

import os
import selectors
import time

BRISK = 0.0002  # seconds: a client that takes longer for its next request is not waited for awake
Events = list[tuple[selectors.SelectorKey, int]]


class Selector(selectors.DefaultSelector):
    """A selector that stays awake for a client which is alone and comes back at once.

    A process that sleeps is woken with cold caches, which costs as much as the request itself. Whether it is worth while to
    look again and again instead is told by the wait before: it was short, and ended by the same client as the one before that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._spare = _cpus() > 1  # with only one the client cannot come back while we look
        self._alone = -1  # the file descriptor of which alone was heard after the last wait
        self._awake = False

    def select(self, timeout: float | None = None) -> Events:
        """What is ready, within so many seconds."""
        if timeout == 0:
            return super().select(0)
        begun = time.perf_counter()
        ready = self._look(begun, timeout) or super().select(timeout)
        before, self._alone = self._alone, ready[0][0].fd if len(ready) == 1 else -1
        self._awake = self._spare and self._alone == before != -1 and time.perf_counter() - begun < BRISK
        return ready

    def _look(self, begun: float, timeout: float | None) -> Events:
        while self._awake and time.perf_counter() - begun < min(BRISK, timeout or BRISK):
            ready = super().select(0)
            if ready:
                return ready
        return []


def _cpus() -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
