"""A thread that handles long requests, one after the other and each world in turn, while the server goes on with all others."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from simulator.engine.world import World
from simulator.http import Queued, Request, Response

MAX_WAITING_BYTES = 64 * 1024 * 1024  # of requests that wait for the thread
BUSY = f"requests of {MAX_WAITING_BYTES} bytes wait already that take long to handle; send this one again when they are done"
OVERHEAD = 2048  # bytes of a request that waits, beside its texts, roughly
LARGE = 16 * 1024  # bytes of a body or a query that are handled apart from others: four times as many could take 50 ms
REST = 0.02  # seconds of rest after a request, at most: none is longer than the request took


def is_large(request: Request) -> bool:
    """Return whether a request is handled apart from others, whatever it asks for."""
    return len(request.raw or b"") > LARGE or len(request.query) > LARGE


class Job(NamedTuple):
    """A request that waits for the thread."""

    request: Request
    world: World | None  # which nobody else touches meanwhile; None: it touches no world
    done: Queued
    size: int


class Worker:
    """Its thread starts with the first job, and lives until `close`."""

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        self._handle = handle
        self._jobs: dict[World | None, deque[Job]] = {}  # by world; the one whose turn it is comes first
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._alive: set[threading.Thread] = set()  # one that was closed may still be at its last job
        self.waiting_bytes = 0

    def is_current(self) -> bool:
        """Return whether this is a thread of the worker."""
        return threading.current_thread() in self._alive

    def add(self, request: Request, world: World | None) -> Queued | None:
        """Handle a request apart from others, and keep others from its world until then; None where too much waits already."""
        job = Job(request, world, Queued(), request.size + OVERHEAD)
        with self._changed:
            if self.waiting_bytes + job.size > MAX_WAITING_BYTES:
                return None
            self._jobs.setdefault(world, deque()).append(job)
            self.waiting_bytes += job.size
            if world is not None:
                world.jobs += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="long requests", daemon=True)
                self._thread.start()
            self._changed.notify()
        return job.done

    def close(self) -> None:
        """Cancel the requests that wait; the thread ends after the one that it handles now."""
        with self._changed:
            self._thread = None
            while (job := self._pop()) is not None:
                self._leave(job)
                job.done.cancel()
            self._changed.notify_all()

    def _run(self) -> None:
        self._alive.add(threading.current_thread())
        try:
            while (job := self._next()) is not None:
                begun = time.monotonic()
                self._do(job)
                self._rest(time.monotonic() - begun)
        finally:
            self._alive.discard(threading.current_thread())

    def _rest(self, seconds: float) -> None:
        """Let the server catch up before the next request.

        While this thread computes, the server gets the interpreter for one event at a time, and waits for it before each. A
        queue of requests here would have it wait for all of them; now it waits for one, and then has all its events to itself.
        """
        time.sleep(min(seconds, REST))

    def _do(self, job: Job) -> None:
        if not job.done.set_running_or_notify_cancel():  # from now on it cannot be cancelled
            with self._changed:
                self._leave(job)
            return
        try:
            response = self._handle(job.request)
        except BaseException as error:  # noqa: BLE001  (whoever waits must hear of it, whatever it is)
            with self._changed:
                self._leave(job)
            job.done.set_exception(error)
        else:
            with self._changed:
                self._leave(job)
            job.done.set_result(response)

    def _leave(self, job: Job) -> None:
        """Forget a job, and let others at its world again."""
        self.waiting_bytes -= job.size
        if job.world is not None:
            job.world.jobs -= 1
            job.world.journal.notify()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._jobs and self._thread is threading.current_thread():
                self._changed.wait()
            return self._pop() if self._thread is threading.current_thread() else None

    def _pop(self) -> Job | None:
        """Take the first job of the world whose turn it is; then it is the turn of the others."""
        for world in self._jobs:
            jobs = self._jobs.pop(world)
            job = jobs.popleft()
            if jobs:
                self._jobs[world] = jobs
            return job
        return None
