"""Sends the webhooks of all worlds, in a thread of its own, so that no request waits for a receiver."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, ref

from simulator.deliveries.loop import UnpatchedLoop, seconds
from simulator.deliveries.sender import NOT_INSTALLED, HttpSender, Sender, TargetSender
from simulator.deliveries.turns import Due, Queue, Receiver, Rounds, Sent, finish, next_request, note, take
from simulator.engine.deliveries import Outcome, Shipment
from simulator.engine.world import World
from simulator.engine.worlds import Worlds

MAX_AT_ONCE = 64  # requests that wait for receivers
FEW = 16  # receivers to which requests begin at the same time
SPACING = 0.001  # seconds between the beginnings of others
PAUSE = 0.02  # seconds until a world is looked at again that a long request is at
SOON = 0.001  # seconds that do not matter
MAX_WAIT = 30.0  # seconds that a request of the control API waits for what is due


class Busy(Enum):
    """A long request is at the world."""

    BUSY = "busy"


BUSY = Busy.BUSY
T = TypeVar("T")
Look = Callable[[Callable[[Worlds], T]], T]  # calls a function while no request is changing the worlds

log = logging.getLogger("simulator")


class Courier:
    """Sends due webhooks; its thread starts when it is first needed."""

    def __init__(self, look: Look[Any]) -> None:
        self._look = look
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at_once: asyncio.Semaphore | None = None
        self._beginning: asyncio.Lock | None = None
        self._http: Sender | None = None
        self._warned = False
        self._rounds: WeakKeyDictionary[World, Rounds] = WeakKeyDictionary()  # which the thread changes, as the following
        self._tasks: set[asyncio.Task[None]] = set()

    def send_due(self, world: World) -> Future[None] | None:
        """Start to send the due webhooks of a world; for a receiver in this process, return a future to wait for.

        Only who is at the world may call it, and likewise `idle`.
        """
        if world.webhook_target is not None:
            return self.idle(world)
        self._hand_over(world)
        return None

    def idle(self, world: World) -> Future[None] | None:
        """Send what is due in a world, and return a future that is done when it is sent, or after MAX_WAIT seconds.

        Where nothing is sent there is nothing to wait for: None. A receiver in this process that calls the simulator gets None
        too: it must not wait for itself.
        """
        self._hand_over(world)
        target: TargetSender | None = world.webhook_target
        if not world.store.environment.outbox.is_sending or (target is not None and target.calls):
            return None
        future: Future[None] = Future()
        return future if self._call(self._wait, world, future) else None

    def _hand_over(self, world: World) -> None:
        """Decide what needs no receiver, and leave the rest to the thread, which is needed for nothing else."""
        try:
            due = take(world)
            if due and not self._call(self._begin, world, due):
                world.store.environment.outbox.rebuild()
            self._watch(world)
        except BaseException:  # such as a KeyboardInterrupt: what was taken is still to be sent
            world.store.environment.outbox.rebuild()
            raise

    def rest(self) -> None:
        """Complete all futures that callers wait for."""
        if self._thread is not None:
            self._call(self._rest)

    def _rest(self) -> None:
        for rounds in list(self._rounds.values()):
            rounds.rest()

    def close(self) -> None:
        """Stop the thread; deliveries in progress are abandoned."""
        with self._starting:
            thread, loop = self._thread, self._loop
            self._thread = self._loop = None
        if thread is None or loop is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        for world in list(self._rounds):
            world.store.environment.outbox.rebuild()

    def after_fork(self) -> None:
        """Make the courier work after a fork: threads do not survive it, and one of them may have held the lock."""
        self._starting = threading.Lock()
        self._thread = self._loop = None
        self._rounds = WeakKeyDictionary()

    def _call(self, function: Callable[..., None], *arguments: Any) -> bool:
        """Call a function in the thread, which is started if need be; return False where it cannot be started."""
        with self._starting:
            if self._loop is None or self._thread is None or not self._thread.is_alive():  # a fork has no threads
                try:
                    self._loop = UnpatchedLoop()
                except (OSError, RuntimeError, Warning) as error:  # pytest-socket warns and raises the second
                    if not self._warned:
                        log.warning("webhooks cannot be sent, as no socket could be opened: %s", error)
                    self._warned = True
                    return False
                self._rounds, self._tasks, self._http = WeakKeyDictionary(), set(), None
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
            for rounds in list(self._rounds.values()):
                rounds.rest()
        finally:
            loop.close()

    def _of(self, world: World) -> Rounds:
        return self._rounds.setdefault(world, Rounds())

    def _wait(self, world: World, future: Future[None]) -> None:
        rounds = self._of(world)
        rounds.waiting.append(future)
        if rounds.queues:
            asyncio.get_running_loop().call_later(MAX_WAIT, finish, future)
        else:
            rounds.rest()

    def _watch(self, world: World) -> None:
        """Come back when the next event falls due by itself; called by who is at the world."""
        environment = world.store.environment
        if environment.clock.frozen:
            return
        times = [at for at in (environment.outbox.next_due(), environment.timers.next_due()) if at is not None]
        if not times:
            return
        wakes_at = seconds() + max((min(times) - environment.clock.now()).total_seconds(), SOON)
        rounds = self._rounds.get(world)
        if rounds is None or wakes_at < rounds.wakes_at - SOON:
            self._call(self._set_timer, ref(world), wakes_at)

    def _set_timer(self, reference: ref[World], wakes_at: float) -> None:
        """Check for due webhooks at a time, if the world still exists; the timer does not keep it in memory."""
        world = reference()
        if world is not None:
            rounds = self._of(world)
            if rounds.timer is not None:
                rounds.timer.cancel()
            rounds.wakes_at = wakes_at
            rounds.timer = asyncio.get_running_loop().call_at(wakes_at, self._wake, reference)

    def _wake(self, reference: ref[World]) -> None:
        world = reference()
        if world is None:
            return
        rounds = self._of(world)
        rounds.timer, rounds.wakes_at = None, float("inf")
        if not self._look(lambda worlds: self._is_left(worlds, world, self._hand_over)):
            self._set_timer(reference, seconds() + PAUSE)

    def _is_left(self, worlds: Worlds, world: World, function: Callable[[World], None]) -> bool:
        """Call a function on a world that is still there; return False while a long request is at it."""
        if worlds.peek(world.name) is world:
            if world.jobs:
                return False
            function(world)
        return True

    def _begin(self, world: World, due: list[Due]) -> None:
        """Send due webhooks, with one task per receiver."""
        rounds = self._of(world)
        for receiver in rounds.add(due):
            task = asyncio.get_running_loop().create_task(self._serve(world, rounds, receiver))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, world: World, rounds: Rounds, receiver: Receiver) -> None:
        """Send the due webhooks of one receiver in sequence, including retries that become due meanwhile."""
        assert self._at_once is not None  # noqa: S101  (made with the thread)
        queue = rounds.queues[receiver]
        while queue:
            if world.webhook_target is not None:
                await self._take_turns(world, queue)
                continue
            async with self._at_once:  # nothing is done for a webhook before its request can be sent
                await self._space()
                await self._take_turns(world, queue, only_one=True)
        del rounds.queues[receiver]
        if not rounds.queues:
            rounds.rest()

    async def _space(self) -> None:
        """Let requests be answered while webhooks to many receivers begin."""
        if len(self._tasks) > FEW and self._beginning is not None:
            async with self._beginning:
                await asyncio.sleep(SPACING)

    async def _take_turns(self, world: World, queue: Queue, *, only_one: bool = False) -> None:
        """Send what is in a queue, or only one of it."""
        sent: Sent | None = None
        while True:
            is_over = only_one and sent is not None
            while (turn := self._look(partial(self._turn, world, queue, sent, is_over))) is BUSY:
                await asyncio.sleep(PAUSE)
            if turn is None:
                return
            sent = Sent(turn.shipment, await self._send(world, turn.shipment))

    def _turn(self, world: World, queue: Queue, sent: Sent | None, is_over: bool, worlds: Worlds) -> Sent | Busy | None:
        """Note what came of the last request to a receiver, and return the next one; None if there is none, or it `is_over`.

        Both is done in one visit to the world, when nobody else is at it: BUSY while a long request is.
        """
        if worlds.peek(world.name) is not world:  # it was deleted
            queue.clear()
            return None
        if world.jobs:
            return BUSY
        if sent is not None:
            due = note(world, sent)
            if due:
                self._begin(world, due)
            self._watch(world)
        return None if is_over else next_request(world, queue)

    async def _send(self, world: World, shipment: Shipment) -> Outcome | Exception:
        """Return what came of a request, or what the simulator itself failed with."""
        if shipment.status is not None:
            return Outcome(shipment.status)
        target: TargetSender | None = world.webhook_target
        try:
            return await (self._over_http(world, shipment) if target is None else target.send(shipment))
        except Exception as error:  # noqa: BLE001  (it is noted and logged)
            return error

    async def _over_http(self, world: World, shipment: Shipment) -> Outcome:
        if self._http is None:
            try:
                self._http = HttpSender(world.receivers)
            except ModuleNotFoundError:
                return Outcome(error=NOT_INSTALLED)
        return await self._http.send(shipment)
