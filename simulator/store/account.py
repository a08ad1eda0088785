"""One tenant of one provider in one world: its state, its keys, and its open timers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from simulator.store.changes import NO_LOG, Log, differences
from simulator.store.credentials import Credential
from simulator.store.duration import duration
from simulator.store.environment import Environment
from simulator.store.lifecycle import Delayed
from simulator.store.pending import PendingTable
from simulator.store.records import Record, Row
from simulator.store.tables import SavedTable, Table
from simulator.store.timers import Timer

S = TypeVar("S")
R = TypeVar("R", bound=Record)


class Service(Protocol):
    """The part of a provider that its accounts need: its name, how it opens an account, and its events."""

    name: str

    def assumed(self, world: Environment, name: str) -> Any:
        """Return the value of a switch in a world."""

    @property
    def state(self) -> Any:
        """A function that returns the state of a new account, from the account and its seed."""

    @property
    def fill(self) -> Any:
        """A function that gives a new account the records of its seed, from the account and its seed."""

    @property
    def events(self) -> Mapping[str, Any]:
        """The functions to call when something is finished, by resource."""

    @property
    def step_times(self) -> Mapping[str, Any]:
        """The functions that return how long the next step takes by itself, by resource; from the account and the subject."""


class Account(Generic[S]):
    """One tenant of one provider in one world, and its state."""

    def __init__(
        self, environment: Environment, service: Service, tenant: str, keys: Sequence[str], seed: Any, *, fill: bool = True
    ) -> None:
        """Open the account with the records of `seed`, or without any; `keys` are those that the scenario lists for it."""
        self.world = environment
        self.provider = service
        self.tenant = tenant
        self.listed_keys = keys
        self.tables: dict[str, Table[Any]] = {}
        self.pending: dict[str, PendingTable[Any]] = {}  # by the name of the table: what has not settled yet
        self._log: Log = NO_LOG  # what it begins with is not undone, but dropped with it
        self.state: S = service.state(self, seed)
        if fill:
            service.fill(self, seed)
        self._log = environment.changes
        for table in self.tables.values():
            table.changes = self._log
        # What it began with, by table; most begin empty.
        self.seeded = {name: tuple(table.rows().values()) for name, table in self.tables.items() if len(table)}

    def table(self, name: str, record: type[R], by: tuple[str, ...] = ()) -> Table[R]:
        """Return a new table of this account, indexed by the attributes named in `by`."""
        table: Table[R] = Table(name, self._log, by, record=record)
        self.tables[name] = table
        return table

    def began_with(self, table: str) -> dict[str, Row[Any]]:
        """Return the rows with which a table began, by id."""
        return {row.record.id: row for row in self.seeded.get(table, ())}

    def is_elsewhere(self, table: str, record_id: str) -> bool:
        """Return whether another account of the provider in this world has a record in a table."""
        accounts = self.world.store.accounts.items()
        others = (account for (name, _), account in accounts if name == self.provider.name and account is not self)
        return any(record_id in account.tables[table] for account in others)

    def keys(self) -> list[str]:
        """Return the keys that the scenario lists for this account; none for an account that an open world names by its key."""
        return list(self.listed_keys)

    def grant(self, key: str, scheme: str, subject: str = "") -> None:
        """Let a key open this account."""
        name = f"{self.provider.name} {key}"
        self.world.credentials.put(Credential(id=name, key=key, scheme=scheme, tenant=self.tenant, subject=subject))

    def revoke(self, key: str) -> None:
        """Stop a key from opening anything."""
        credential = self.world.credentials.get(f"{self.provider.name} {key}")
        if credential is not None:
            self.world.credentials.change(credential, revoked=True)

    @property
    def has_lapsed(self) -> bool:
        """Whether the outside world has let the subscription of the account lapse."""
        lapsed = self.world.lapsed
        return len(lapsed) > 0 and any(f"{self.provider.name} {whose}" in lapsed for whose in (self.tenant, "*"))

    def is_immediate(self, resource: str) -> bool:
        """Return whether a resource is finished at once, which is the default."""
        lifecycles = self.world.lifecycles
        return not lifecycles or lifecycles.get(f"{self.provider.name}.{resource}", "immediate") == "immediate"

    def begin(self, resource: str, subject: str, at: datetime) -> None:
        """Start what the provider finishes later, such as activating a number; the scenario's `lifecycles` give the time.

        Without one it is finished at once, but what takes time by itself, such as a call, waits where the clock is frozen.
        A time that the scenario gives for this very subject outranks both.
        """
        world, service = self.world, self.provider
        lifecycle = world.lifecycles.get(f"{service.name}.{resource}") if world.lifecycles else None
        step_time = service.step_times.get(resource)
        own = step_time(self, subject) if step_time else None
        if own is not None and (own.is_given or (lifecycle is None and world.clock.frozen)):
            if own.time:
                self.schedule(resource, subject, at + own.time)
            else:
                service.events[resource](self, subject, at)
        elif lifecycle is None or lifecycle == "immediate":
            service.events[resource](self, subject, at)
        elif isinstance(lifecycle, Delayed):
            due = None
            if lifecycle.after:
                after = duration(lifecycle.after)
                due = at + (min(after, own.at_most) if own is not None and own.at_most is not None else after)
            self.schedule(resource, subject, due, lifecycle.after_reads or 0)

    def schedule(self, resource: str, subject: str, due: datetime | None, reads: int = 0) -> None:
        """Call the provider's event of a resource at a time, or after a number of reads; whatever was scheduled is replaced."""
        self.world.timers.start(
            Timer(
                id=self._timer(resource, subject),
                provider=self.provider.name,
                tenant=self.tenant,
                resource=resource,
                subject=subject,
                due=due,
                reads=reads,
            )
        )

    def read(self, resource: str, subjects: Iterable[str], at: datetime) -> None:
        """Count a read of each subject, and finish what was due after that number of reads.

        The count stays even if the request is rejected, for instance because the record is not finished yet.
        """
        timers = self.world.timers
        if not len(timers):
            return
        first = len(self.world.changes)
        for subject in subjects:
            timer = timers.get(self._timer(resource, subject))
            if timer is not None and timer.reads and timers.count_read(timer):
                self.provider.events[resource](self, subject, at)
        self.world.lasting += self.world.changes[first:]
        del self.world.changes[first:]

    def cancel(self, resource: str, subject: str) -> None:
        """Cancel the timers of a subject."""
        self.world.timers.cancel(self._timer(resource, subject))

    def due(self, resource: str, subject: str) -> datetime | None:
        """Return when the timer of a subject is due; None if it has none that is due at a time."""
        timer = self.world.timers.get(self._timer(resource, subject))
        return timer.due if timer else None

    def _timer(self, resource: str, subject: str) -> str:
        return f"{self.provider.name} {self.tenant} {resource} {subject}"

    def save(self) -> dict[str, SavedTable]:
        """Return everything that changes, for a snapshot."""
        return {name: table.save() for name, table in self.tables.items()}

    def diff(self, saved: Mapping[str, SavedTable] | None) -> Iterator[tuple[str, str, str]]:
        """Yield table, id and what happened to each record since it was saved; None: since it was opened."""
        for name, table in self.tables.items():
            for key, change in differences(self.began_with(name) if saved is None else saved[name].rows, table.rows()):
                yield name, key, change

    def diff_to_opened(self, saved: Mapping[str, SavedTable], *, empty: bool) -> Iterator[tuple[str, str, str]]:
        """Yield the differences from what was saved to the account as it is opened again, with nothing in it if `empty`."""
        for name in self.tables:
            for key, change in differences(saved[name].rows, {} if empty else self.began_with(name)):
                yield name, key, change

    def load(self, saved: Mapping[str, SavedTable]) -> None:
        """Restore what `save` returned."""
        for name, table in self.tables.items():
            table.load(saved[name])
