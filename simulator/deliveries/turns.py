"""Queues of due webhooks, one per receiver of a world: each receiver gets one request at a time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import NamedTuple

from simulator.engine.deliveries import Outcome, Shipment, fail, next_shipment, settle, take_due
from simulator.engine.world import World
from simulator.store.outbox import Delivery

Receiver = tuple[str, str, str]  # provider, tenant and id


class Due(NamedTuple):
    """A delivery that is due, in the order in which it is sent."""

    at: datetime
    number: int
    id: str
    receiver: Receiver


class Sent(NamedTuple):
    """A request to a receiver, and what came of it or what the simulator failed with."""

    shipment: Shipment
    outcome: Outcome | Exception = Outcome()


class Queue:
    """The due deliveries of one receiver, without duplicates."""

    __slots__ = ("_entries", "_heap")

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._entries: set[Due] = set()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, entry: Due) -> None:
        """Add an entry, unless it is there."""
        if entry not in self._entries:
            self._entries.add(entry)
            heapq.heappush(self._heap, entry)

    def take(self) -> Due:
        """Remove and return the first entry."""
        entry = heapq.heappop(self._heap)
        self._entries.discard(entry)
        return entry

    def clear(self) -> None:
        """Remove all entries."""
        self._heap.clear()
        self._entries.clear()


class Rounds:
    """The deliveries in progress in one world: at most one request at a time per receiver."""

    def __init__(self) -> None:
        self.queues: dict[Receiver, Queue] = {}
        self.waiting: list[Future[None]] = []
        self.timer: asyncio.TimerHandle | None = None
        self.wakes_at = float("inf")  # when the timer is due, on the clock of the loop

    def add(self, due: Iterable[Due]) -> list[Receiver]:
        """Add due deliveries to the queues of their receivers, and return the receivers whose queue was empty."""
        new = []
        for entry in due:
            queue = self.queues.get(entry.receiver)
            if queue is None:
                queue = self.queues[entry.receiver] = Queue()
                new.append(entry.receiver)
            queue.add(entry)
        return new

    def rest(self) -> None:
        """Complete the futures of callers that wait: nothing is due any more."""
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            finish(future)


def finish(future: Future[None]) -> None:
    """Complete a future, unless it is done."""
    if not future.done():
        future.set_result(None)


def take(world: World) -> list[Due]:
    """Take the due deliveries of a world, and return those to send to receivers."""
    return _entries(world, take_due(world))


def note(world: World, sent: Sent) -> list[Due]:
    """Note what came of a request, and return what falls due by that."""
    shipment, outcome = sent
    if not isinstance(outcome, Exception):
        try:
            return _entries(world, settle(world, shipment, outcome))
        except Exception as error:  # noqa: BLE001  (of a provider's own functions; it is logged)
            outcome = error
    fail(world, shipment.delivery.id, outcome)
    return []


def _entries(world: World, due: Iterable[Delivery]) -> list[Due]:
    sequence = world.store.environment.outbox.table.sequence
    return [Due(one.due or one.made_at, sequence(one.id), one.id, (one.provider, one.tenant, one.receiver)) for one in due]


def next_request(world: World, queue: Queue) -> Sent | None:
    """Return the request of the first entry of a queue that sends one now; None if none does."""
    while queue:
        entry = queue.take()
        try:
            shipment = next_shipment(world, entry.id)
        except Exception as error:  # noqa: BLE001  (likewise)
            fail(world, entry.id, error)
            continue
        if shipment is not None:
            return Sent(shipment)
    return None
