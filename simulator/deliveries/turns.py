"""What is due to one receiver, and the turns in which it is sent: one request after the other."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from simulator.engine.deliveries import Outcome, Shipment, fail, next_shipment, settle
from simulator.engine.world import World
from simulator.store.outbox import Delivery

T = TypeVar("T")

log = logging.getLogger("simulator")


class Due(NamedTuple):
    """A delivery that is due, in the order in which it is sent."""

    at: datetime
    number: int
    id: str


class Sent(NamedTuple):
    """A request to a receiver, and what came of it or what the simulator failed with."""

    entry: Due
    shipment: Shipment
    outcome: Outcome | Exception = Outcome()


class Queue:
    """What is due to one receiver, each delivery once."""

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


def take_turn(world: World, queue: Queue, sent: Sent | None) -> Sent | None:
    """Note what came of the last request to a receiver, and return the next one; None if the first entry sends none now.

    Both is done at once, as it costs less than two visits to the world; a delivery that fell due again takes its place in
    the queue before the next is chosen.
    """
    if sent is not None:
        _note(world, queue, sent)
    if not queue:
        return None
    entry = queue.take()
    shipment = _or_give_up(world, entry.id, partial(next_shipment, world, entry.id))
    return None if shipment is None else Sent(entry, shipment)


def _note(world: World, queue: Queue, sent: Sent) -> None:
    entry, shipment, outcome = sent
    if isinstance(outcome, Exception):
        fail(world, entry.id, outcome)
        return
    delivery: Delivery | None = _or_give_up(world, entry.id, partial(settle, world, shipment, outcome))
    if delivery is not None and delivery.due is not None and delivery.due <= world.store.environment.clock.now():
        queue.add(Due(delivery.due, entry.number, entry.id))


def _or_give_up(world: World, delivery_id: str, function: Callable[[], T]) -> T | None:
    try:
        return function()
    except Exception as error:
        log.exception("the webhook %s cannot be sent", delivery_id)
        fail(world, delivery_id, error)
        return None
