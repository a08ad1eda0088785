"""The webhooks of the simulated providers in one world: the due deliveries, and every attempt."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from simulator.store.changes import Change
from simulator.store.records import Listing, Record
from simulator.store.tables import SavedTable, Table

MAX_DELIVERIES = 10_000  # of a world; the oldest that are over are dropped first
FULL = (
    "%s webhooks of a world wait to be sent, the most that it keeps; further events are sent to nobody until some have been "
    "sent: let the receivers answer, or register fewer of them"
)

Status = Literal["pending", "delivered", "failed", "blocked", "dropped"]
"""`blocked`: nothing may be sent to this address. `dropped`: a rule of the scenario kept it from being sent."""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One request that was sent, and its answer; `error` says why there is none."""

    at: datetime  # on the world's clock
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int | None = None
    error: str = ""
    answer: str = ""  # the beginning of the body


class Delivery(Record, frozen=True, kw_only=True):
    """One event on its way to one receiver."""

    provider: str
    tenant: str
    event: str
    receiver: str  # the id of the webhook, or of what else names the address
    url: str
    secret: str
    headers: tuple[tuple[str, str], ...]  # that the receiver's settings ask for
    body: bytes
    made_at: datetime
    due: datetime | None
    status: Status = "pending"
    attempts: tuple[Attempt, ...] = ()
    failures: int = 0  # attempts since the last redelivery that count for the retries
    rule: str = ""  # the id of the rule that changes how it is sent
    manner: str = ""  # how, in the words of scenarios
    pause: float = 0.0  # seconds, of a manner that takes time
    other_secret: str = ""  # of a manner that signs with another secret
    is_decided: bool = False  # whether the rules have been asked

    @property
    def waits_for(self) -> str | None:
        """The receiver for which another delivery has to overtake it."""
        return self.receiver if self.status == "pending" and self.due is None else None

    @property
    def is_over(self) -> bool | None:
        """Whether no attempt is due; None, which no index lists, as long as one is."""
        return True if self.due is None else None


class Outbox:
    """The deliveries of one world, in the order in which they are due."""

    def __init__(self, changes: list[Change]) -> None:
        self.table: Table[Delivery] = Table("outbox", changes, ("waits_for", "is_over"), record=Delivery)
        self._due: list[tuple[datetime, int, str]] = []  # what is due together goes out in the order in which it was made
        self._taken: set[str] = set()  # the ids of deliveries that are being sent: they stay due until an attempt is recorded

    @property
    def is_idle(self) -> bool:
        """Whether nothing is due at any time, nor being sent."""
        return not self._due and not self._taken

    @property
    def is_sending(self) -> bool:
        """Whether deliveries were taken of which no attempt is recorded yet."""
        return bool(self._taken)

    @property
    def has_room(self) -> bool:
        """Whether a further delivery pushes out none that waits to be sent."""
        return len(self.table) < MAX_DELIVERIES or len(self.table.having("is_over", True)) > 0

    def put(self, delivery: Delivery) -> Delivery:
        """Insert a delivery, or replace the one with its id."""
        if len(self.table) >= MAX_DELIVERIES and delivery.id not in self.table:
            self._make_room()
        before = self.table.get(delivery.id)
        self.table.put(delivery)
        if before is None or before.due != delivery.due or delivery.id in self._taken:
            self._list(delivery)
        return delivery

    def _list(self, delivery: Delivery) -> None:
        self._taken.discard(delivery.id)
        if delivery.due is not None:
            heapq.heappush(self._due, (delivery.due, self.table.sequence(delivery.id), delivery.id))

    def change(self, delivery: Delivery, **fields: Any) -> Delivery:
        """Replace fields of a delivery and return the new one."""
        return self.put(msgspec.structs.replace(delivery, **fields))

    def _make_room(self) -> None:
        """Drop the oldest delivery that is over, or the oldest."""
        finished = self.table.having("is_over", True)
        oldest = finished if len(finished) else self.table.all()
        over = oldest.window(len(oldest) - 1, 1)[0]
        self.table.remove(over.id)
        self._taken.discard(over.id)

    def take_due(self, now: datetime) -> Iterator[Delivery]:
        """Yield the deliveries that are due by `now`, in order. The caller has to send them: none is yielded twice.

        Those that are put off or released meanwhile, and are due too, take their turn.
        """
        while self.is_due(now):
            due, _, name = heapq.heappop(self._due)
            delivery = self.table.get(name)
            if delivery is not None and delivery.due == due and name not in self._taken:
                self._taken.add(name)
                yield delivery

    def give_back(self, delivery: Delivery) -> None:
        """List a delivery again that was taken and is not sent, as it is due later: the clock was set back."""
        if delivery.id in self._taken:
            self._list(delivery)

    def is_due(self, now: datetime) -> bool:
        """Return whether a delivery may be due by `now` that nobody has taken."""
        return bool(self._due) and self._due[0][0] <= now

    def next_due(self) -> datetime | None:
        """Return when the next delivery is due that nobody has taken; None if none is."""
        self._tidy()
        return self._due[0][0] if self._due else None

    def held(self, receiver: str) -> list[Delivery]:
        """Return the deliveries to a receiver that wait for another one to overtake them, the oldest first."""
        waiting = self.table.having("waits_for", receiver)
        return list(waiting)[::-1] if len(waiting) else []

    def _tidy(self) -> None:
        """Remove entries of deliveries that were sent, undone or put off since."""
        while self._due:
            due, _, name = self._due[0]
            delivery = self.table.get(name)
            if delivery is not None and delivery.due == due:
                return
            heapq.heappop(self._due)

    def all(self) -> Listing[Delivery]:
        """Return every delivery, the newest first."""
        return self.table.all()

    def save(self) -> SavedTable:
        """Return everything that changes, for a snapshot."""
        return self.table.save()

    def load(self, saved: SavedTable) -> None:
        """Restore what `save` returned."""
        self.table.load(saved)
        self.rebuild()

    def rebuild(self) -> None:
        """Rebuild the queue from the table; deliveries that were taken can be taken again."""
        self._due = [(one.due, self.table.sequence(one.id), one.id) for one in self.table.all() if one.due is not None]
        heapq.heapify(self._due)
        self._taken = set()
