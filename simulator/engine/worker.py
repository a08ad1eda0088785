"""A thread that handles long requests one at a time, taking the worlds in turn, while the server handles all others."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import NamedTuple

from simulator.engine.world import World
from simulator.http import Queued, Request, Response
from simulator.store.work import Postponed

MAX_WAITING_BYTES = 64 * 1024 * 1024  # of requests that wait for the thread
BUSY = f"requests of {MAX_WAITING_BYTES} bytes wait already that take long to handle; send this one again when they are done"
OVERHEAD = 2048  # bytes of a request that waits, beside its texts, roughly
LARGE = 16 * 1024  # bytes of a body or a query that are handled apart from others: four times as many could take 50 ms
CATCH_UP = 0.005  # seconds in which requests are handled that only waited for their turn, while all others wait
REST = 0.02  # seconds of rest after a request, at most: none is longer than the request took


def is_large(request: Request) -> bool:
    """Return whether a request is handled apart from others, whatever its operation is."""
    return len(request.raw or b"") > LARGE or len(request.query) > LARGE


class Job(NamedTuple):
    """A request that waits for the thread."""

    request: Request
    world: World | None  # which nobody else touches meanwhile; None: it touches no world
    done: Queued
    size: int
    is_short: bool  # as far as is known: it waits for its turn, behind others at its world


class Worker:
    """Its thread starts with the first job, and lives until `close`."""

    def __init__(
        self,
        handle: Callable[[Request], Response],
        handle_at_once: Callable[[Request], Response],
        alone: AbstractContextManager[object],
    ) -> None:
        """Handle requests with `handle`, or within `alone`, which keeps others from being added, with `handle_at_once`."""
        self._handle, self._handle_at_once, self._alone = handle, handle_at_once, alone
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
        is_short = world is not None and world.jobs > 0 and not is_large(request)
        job = Job(request, world, Queued(), request.size + OVERHEAD, is_short)
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
            while self._jobs:
                job = self._take(next(iter(self._jobs)))
                self._leave(job)
                job.done.cancel()
            self._changed.notify_all()

    def _run(self) -> None:
        self._alive.add(threading.current_thread())
        try:
            while self._has_work():
                begun = time.monotonic()
                if (job := self._next(is_short=False)) is not None:
                    self._do(job)
                self._catch_up()
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
        self._handled(job, self._handle)()

    def _catch_up(self) -> None:
        """Handle requests that only waited for their turn, for some milliseconds in which no further ones come.

        Each request to a world waits as long as another one does. Clients that send the next request when the last one is
        answered would otherwise keep up for ever the queue that one long request has caused.
        """
        answers: list[Callable[[], None]] = []
        long: Job | None = None
        with self._alone:
            until = time.monotonic() + CATCH_UP
            while long is None and time.monotonic() < until and (job := self._next(is_short=True)) is not None:
                try:
                    answers.append(self._handled(job, self._handle_at_once))
                except Postponed:
                    long = job
        for answer in answers:
            answer()
        if long is not None:
            self._do(long)

    def _handled(self, job: Job, handle: Callable[[Request], Response]) -> Callable[[], None]:
        """Handle a request, and let others at its world again; return what answers it.

        Raises:
            Postponed: it takes too long to be handled at once; nothing has happened yet.
        """
        try:
            answer = partial(job.done.set_result, handle(job.request))
        except Postponed:
            raise
        except BaseException as problem:  # noqa: BLE001  (raised again for the client that waits)
            answer = partial(job.done.set_exception, problem)
        with self._changed:
            self._leave(job)
        return answer

    def _leave(self, job: Job) -> None:
        """Forget a job, and let others at its world again."""
        self.waiting_bytes -= job.size
        if job.world is not None:
            job.world.jobs -= 1
            job.world.journal.notify()

    def _has_work(self) -> bool:
        """Wait for a request, and return True; False when the worker has been closed."""
        with self._changed:
            while not self._jobs and self._thread is threading.current_thread():
                self._changed.wait()
            return self._thread is threading.current_thread()

    def _next(self, *, is_short: bool) -> Job | None:
        """Return the first request of its kind that a world has next; from now on it cannot be cancelled."""
        with self._changed:
            while self._thread is threading.current_thread():
                worlds = [world for world, jobs in self._jobs.items() if jobs[0].is_short == is_short]
                if not worlds:
                    return None
                job = self._take(worlds[0])
                if job.done.set_running_or_notify_cancel():
                    return job
                self._leave(job)  # its client has gone
        return None

    def _take(self, world: World | None) -> Job:
        """Take the first job of a world; then it is the turn of the others."""
        jobs = self._jobs.pop(world)
        job = jobs.popleft()
        if jobs:
            self._jobs[world] = jobs
        return job
