"""Sends the webhooks of all worlds, in a thread of its own, so that no request waits for a receiver."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar, cast

from simulator.deliveries.loop import UnpatchedLoop
from simulator.deliveries.sender import NOT_INSTALLED, HttpSender, Sender, TargetSender
from simulator.deliveries.turns import Due, Queue, take_turn
from simulator.engine.deliveries import Outcome, Shipment
from simulator.engine.world import World
from simulator.engine.worlds import Worlds

MAX_AT_ONCE = 256  # requests that wait for receivers
FEW = 16  # receivers to which requests begin at the same time
SPACING = 0.001  # seconds between the beginnings of others
PAUSE = 0.02  # seconds until a world is looked at again that a long request is at
MAX_WAIT = 30.0  # seconds that a request of the control API waits for what is due

T = TypeVar("T")
Look = Callable[[Callable[[Worlds], T]], T]  # calls a function while no request is changing the worlds

log = logging.getLogger("simulator")


class Rounds:
    """What is under way for one world: at most one request at a time to each receiver."""

    def __init__(self) -> None:
        self.queues: dict[tuple[str, str, str], Queue] = {}  # by provider, tenant and receiver
        self.waiting: list[Future[None]] = []
        self.timer: asyncio.TimerHandle | None = None

    def rest(self) -> None:
        """Tell those who wait that nothing is due any more."""
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            _finish(future)


class Courier:
    """Sends what is due; its thread starts when that is first needed."""

    def __init__(self, look: Look[Any]) -> None:
        self._look = look
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at_once: asyncio.Semaphore | None = None
        self._beginning: asyncio.Lock | None = None
        self._http: Sender | None = None
        self._warned = False
        self._rounds: dict[str, Rounds] = {}  # the following belong to the thread
        self._tasks: set[asyncio.Task[None]] = set()

    def send_due(self, world: World) -> Future[None] | None:
        """Send what is due in a world, and return at once; for a receiver in this process, with a future to wait for."""
        if world.webhook_target is not None:
            return self.idle(world)
        self._call(self._scan, world.name)
        return None

    def idle(self, world: World) -> Future[None] | None:
        """Send what is due in a world, and return a future that is done when it is sent, or after MAX_WAIT seconds.

        A receiver in this process that calls the simulator gets None: it must not wait for itself.
        """
        target: TargetSender | None = world.webhook_target
        if target is not None and target.calls:
            self._call(self._scan, world.name)
            return None
        future: Future[None] = Future()
        return future if self._call(self._wait, world.name, future) else None

    def rest(self) -> None:
        """Let nobody wait any more for what is being sent."""
        if self._thread is not None:
            self._call(self._rest)

    def _rest(self) -> None:
        for rounds in self._rounds.values():
            rounds.rest()

    def close(self) -> None:
        """End the thread; what is under way is abandoned."""
        with self._starting:
            thread, loop = self._thread, self._loop
            self._thread = self._loop = None
        if thread is None or loop is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)

    def after_fork(self) -> None:
        """Continue in a fork, which has none of the threads, one of which may have held the lock."""
        self._starting = threading.Lock()
        self._thread = self._loop = None

    def _call(self, function: Callable[..., None], *arguments: Any) -> bool:
        """Call a function in the thread, which is started if need be; return False where it cannot be started."""
        with self._starting:
            if self._loop is None or self._thread is None or not self._thread.is_alive():  # a fork has no threads
                try:
                    self._loop = UnpatchedLoop()
                except (OSError, RuntimeError, Warning) as error:  # pytest-socket warns and raises the second
                    if not self._warned:
                        log.warning("webhooks cannot be sent, as no socket can be had: %s", error)
                    self._warned = True
                    return False
                self._rounds, self._tasks, self._http = {}, set(), None
                self._at_once, self._beginning = asyncio.Semaphore(MAX_AT_ONCE), asyncio.Lock()
                self._thread = threading.Thread(target=self._run, args=(self._loop,), name="webhooks", daemon=True)
                self._thread.start()
            self._loop.call_soon_threadsafe(function, *arguments)
            return True

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            for task in self._tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
            if self._http is not None:
                loop.run_until_complete(self._http.close())
            for rounds in self._rounds.values():
                rounds.rest()
        finally:
            loop.close()

    def _wait(self, name: str, future: Future[None]) -> None:
        self._rounds.setdefault(name, Rounds()).waiting.append(future)
        asyncio.get_running_loop().call_later(MAX_WAIT, _finish, future)
        self._scan(name)

    def _scan(self, name: str) -> None:
        """Begin to send what is due in a world, and come back when the next delivery is due."""
        rounds = self._rounds.setdefault(name, Rounds())
        if rounds.timer is not None:
            rounds.timer.cancel()
            rounds.timer = None
        world, due, pause = self._look(lambda worlds: _due(worlds.peek(name)))
        if world is None:
            if not rounds.queues:
                self._rounds.pop(name, None)
                rounds.rest()
            return
        for key, entry in due or ():
            self._enqueue(world, rounds, key, entry)
        if not rounds.queues and due is not None:
            rounds.rest()
        if pause is not None:
            rounds.timer = asyncio.get_running_loop().call_later(pause, self._scan, name)

    def _enqueue(self, world: World, rounds: Rounds, key: tuple[str, str, str], entry: Due) -> None:
        queue = rounds.queues.get(key)
        if queue is None:
            queue = rounds.queues[key] = Queue()
            task = asyncio.get_running_loop().create_task(self._serve(world, rounds, key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        queue.add(entry)

    async def _serve(self, world: World, rounds: Rounds, key: tuple[str, str, str]) -> None:
        """Send what is due to one receiver, one after the other, with the retries that fall due meanwhile."""
        if world.webhook_target is None and len(self._tasks) > FEW and self._beginning is not None:
            async with self._beginning:
                await asyncio.sleep(SPACING)  # requests are answered while webhooks to many receivers begin
        queue, sent = rounds.queues[key], None
        while queue or sent is not None:
            sent = await self._alone(world, partial(take_turn, world, queue, sent))
            if sent is not None:
                sent = sent._replace(outcome=await self._deliver(world, sent.shipment))
        del rounds.queues[key]
        self._scan(world.name)

    async def _alone(self, world: World, function: Callable[[], T]) -> T:
        """Return what a function returns that is called while nobody else is at the world."""
        while (done := self._look(lambda _: None if world.jobs else (function(),))) is None:
            await asyncio.sleep(PAUSE)
        (result,) = done
        return cast("T", result)

    async def _deliver(self, world: World, shipment: Shipment) -> Outcome | Exception:
        """Return what came of a request, or what the simulator itself failed with."""
        try:
            return await self._send(world, shipment)
        except Exception as error:
            log.exception("the webhook %s cannot be sent", shipment.delivery.id)
            return error

    async def _send(self, world: World, shipment: Shipment) -> Outcome:
        if shipment.status is not None:
            return Outcome(shipment.status)
        target: TargetSender | None = world.webhook_target
        if target is not None:
            return await target.send(shipment)
        if self._http is None:
            try:
                self._http = HttpSender(world.receivers)
            except ModuleNotFoundError:
                return Outcome(error=NOT_INSTALLED)
        assert self._at_once is not None  # noqa: S101  (made with the thread)
        async with self._at_once:
            return await self._http.send(shipment)


def _finish(future: Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _due(world: World | None) -> tuple[World | None, list[tuple[tuple[str, str, str], Due]] | None, float | None]:
    """Return a world, what is due in it, and the seconds until the next event; None where its clock stands still.

    What is due is None where a long request is at the world.
    """
    if world is None:
        return None, [], None
    if world.jobs:
        return world, None, PAUSE
    environment = world.store.environment
    now = environment.clock.now()
    if (timer := environment.timers.next_due()) is not None and timer <= now:
        with world.whole():
            world.tick()
    outbox = environment.outbox
    due = []
    for one in outbox.due_by(now):
        entry = Due(one.due or now, outbox.table.sequence(one.id), one.id)
        due.append(((one.provider, one.tenant, one.receiver), entry))
    if environment.clock.frozen:
        return world, due, None
    coming = [at for at in (outbox.next_due(), environment.timers.next_due()) if at is not None and at > now]
    return world, due, max((min(coming) - now).total_seconds(), 0.001) if coming else None
