"""Waits that cost nothing: `time.sleep` and `asyncio.sleep` advance the clock of the world instead."""

from __future__ import annotations

import asyncio
import os
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any, SupportsIndex, TypeVar, TypeVarTuple

from simulator.lab.virtual_dates import virtual_dates

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

POLLING = ("subprocess",)  # modules that sleep until something happens outside of this process
RECEIVERS = "webhooks"  # the name of the thread in which receivers are called; the loop of its own keeps real time
SERVERS = frozenset(["simulator", "simulator-log", "long requests"])  # threads that keep real time, whenever they start
NANO = 1_000_000_000
SELF_PIPE = 1  # sockets that each event loop listens on
MAX_SKIP = 24 * 3600.0  # seconds that an idle event loop skips at once


class VirtualTime:
    """The time that a client has waited, which is added to what its clocks show."""

    def __init__(self, advance: Callable[[float], object]) -> None:
        """Call `advance` with the seconds of each wait."""
        self._advance = advance
        mine = {thread for thread in threading.enumerate() if thread.name == RECEIVERS} | {threading.current_thread()}
        self._others = frozenset(threading.enumerate()) - mine  # such as that of a server
        self._process = os.getpid()
        self.waited = 0.0
        self._real = time.time
        self._began = self._real()
        self._back = 0.0  # seconds by which `time.time` is set back, as the world is before each run

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        if seconds > 0:
            self.waited += seconds
            self._advance(seconds)

    def begin_run(self) -> None:
        """Let `time.time` show again what it showed when the hunt began, as the clock of the world does."""
        self._back = self._real() + self.waited - self._began

    def offset(self) -> float:
        """Return the seconds that `time.monotonic` is ahead for the thread that asks."""
        return 0.0 if self._is_foreign() else self.waited

    def wall_offset(self) -> float:
        """Return the seconds that `time.time` is ahead for the thread that asks; negative where it was set back."""
        return 0.0 if self._is_foreign() else self.waited - self._back

    def _is_foreign(self) -> bool:
        """Return whether the running thread is none of the client's: it was there before the hunt, or is in a fork."""
        thread = threading.current_thread()
        return thread in self._others or thread.name in SERVERS or os.getpid() != self._process

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the functions that wait, and the clocks, until the end of the block."""
        replaced = {
            (time, "sleep"): self._sleep(time.sleep),
            (time, "monotonic"): _ahead(time.monotonic, self.offset),
            (time, "monotonic_ns"): _ahead_ns(time.monotonic_ns, self.offset),
            (time, "perf_counter"): _ahead(time.perf_counter, self.offset),
            (time, "perf_counter_ns"): _ahead_ns(time.perf_counter_ns, self.offset),
            (time, "time"): _ahead(time.time, self.wall_offset),
            (time, "time_ns"): _ahead_ns(time.time_ns, self.wall_offset),
            (asyncio, "sleep"): self._sleep_in_loop(asyncio.sleep),
        }
        with ExitStack() as originals:
            originals.callback(setattr, VirtualLoop, "virtual_time", None)
            VirtualLoop.virtual_time = self
            for (module, name), function in replaced.items():
                originals.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, function)
            originals.enter_context(virtual_dates(self.wall_offset))
            yield

    def _sleep(self, real: Callable[[float], None]) -> Callable[[float | SupportsIndex], None]:
        def sleep(seconds: float | SupportsIndex) -> None:
            is_polling = sys._getframe(1).f_globals.get("__name__") in POLLING
            if is_polling or self._is_foreign():
                real(float(seconds))
            else:
                self.wait(float(seconds))

        return sleep

    def _sleep_in_loop(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep(delay: float, result: Any = None) -> Any:
            loop = asyncio.get_running_loop()
            if delay <= 0 or self._is_foreign() or (isinstance(loop, VirtualLoop) and loop.can_skip):
                return await real(delay, result)
            self.wait(delay)
            return await real(0, result)

        return sleep


def _ahead(clock: Callable[[], float], offset: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() + offset()


def _ahead_ns(clock: Callable[[], int], offset: Callable[[], float]) -> Callable[[], int]:
    return lambda: clock() + int(offset() * NANO)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that skips to its next timer when nothing else can happen: no socket is open, no thread works for it."""

    virtual_time: VirtualTime | None = None  # while it is installed

    def __init__(self) -> None:
        self._in_threads = 0
        self._sockets = _Selector(self)
        super().__init__(self._sockets)

    @property
    def can_skip(self) -> bool:
        """Whether only timers are waited for."""
        return not self._in_threads and len(self._sockets.get_map()) <= SELF_PIPE

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run a function in a thread, for whose end real time has to pass."""
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._left_thread)
        return future

    def _left_thread(self, _: object) -> None:
        self._in_threads -= 1


class _Selector(selectors.DefaultSelector):
    """Lets virtual time pass instead of waiting for a timer."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        clock = VirtualLoop.virtual_time
        if ready or timeout is None or timeout <= 0 or clock is None or not self._loop.can_skip:
            return ready or super().select(timeout)
        clock.wait(min(timeout, MAX_SKIP))
        return []
