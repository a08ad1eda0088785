"""One tenant of one provider in one world: its state, its keys, and what the provider still has to do for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from simulator.format import Late, duration
from simulator.tables import Record, Table

if TYPE_CHECKING:
    from simulator.provider import Provider, Reply
    from simulator.world import World

S = TypeVar("S")
R = TypeVar("R", bound=Record)


class Grant(Record, frozen=True):
    """A key that works: which tenant it opens, and for whom within the tenant it speaks (empty: the provider decides).

    A grant that the provider has withdrawn stays, `revoked`, so that the key is refused in an open world too.
    """

    key: str
    scheme: str
    tenant: str
    subject: str = ""
    revoked: bool = False


class Timer(Record, frozen=True):
    """Something that a provider does late: when it is due, or after how many more reads; by name, never a closure."""

    provider: str
    tenant: str
    resource: str
    subject: str
    due: datetime | None = None
    reads: int = 0


class Replay(msgspec.Struct, frozen=True):
    """The reply that a request with an idempotency key had, bare, and what that request was."""

    fingerprint: str
    reply: Reply
    at: datetime


class Account(Generic[S]):
    """One tenant of one provider in one world, and its state."""

    def __init__(self, world: World, provider: Provider[S], tenant: str) -> None:
        self.world = world
        self.provider = provider
        self.tenant = tenant
        self.tables: dict[str, Table[Any]] = {}
        self.replays: dict[bytes, Replay] = {}
        self.windows: dict[str, tuple[int, int]] = {}  # rate limits: by scope, the window's start and the requests in it
        self.state: S = provider.state(self, world.seed_of(provider.name, tenant))

    def table(self, name: str, record: type[R], by: tuple[str, ...] = ()) -> Table[R]:
        """A new table of this account, indexed by the attributes named in `by`."""
        table: Table[R] = Table(name, self.world.changes, by)
        self.tables[name] = table
        return table

    def keys(self) -> list[str]:
        """The keys that the scenario lists for this account; none for an account that an open world names by its key."""
        listed = self.world.scenario.listed.items()
        return [key for (provider, key), tenant in listed if (provider, tenant) == (self.provider.name, self.tenant)]

    def grant(self, key: str, scheme: str, subject: str = "") -> None:
        """Let a key open this account."""
        self.world.keys.put(
            Grant(id=f"{self.provider.name} {key}", key=key, scheme=scheme, tenant=self.tenant, subject=subject)
        )

    def revoke(self, key: str) -> None:
        """Let a key open nothing any more."""
        grant = self.world.keys.get(f"{self.provider.name} {key}")
        if grant is not None:
            self.world.keys.change(grant, revoked=True)

    def is_immediate(self, resource: str) -> bool:
        """Whether the scenario leaves a resource as it mostly is: done at once."""
        lifecycles = self.world.scenario.lifecycles
        return not lifecycles or lifecycles.get(f"{self.provider.name}.{resource}", "immediate") == "immediate"

    def begin(self, resource: str, subject: str, at: datetime) -> None:
        """Start what the provider does late, such as settling a number; the scenario's `lifecycles` say when it is done."""
        name = f"{self.provider.name}.{resource}"
        how = self.world.scenario.lifecycles.get(name, "immediate")
        if how == "immediate":
            self.provider.events[resource](self, subject, at)
        elif isinstance(how, Late):
            due = at + duration(how.after) if how.after else None
            timer = Timer(
                id=self._timer(resource, subject),
                provider=self.provider.name,
                tenant=self.tenant,
                resource=resource,
                subject=subject,
                due=due,
                reads=how.after_reads or 0,
            )
            self.world.start(timer)

    def read(self, resource: str, subjects: Iterable[str], at: datetime) -> None:
        """Count a read of each subject, so that what settles after a number of reads does.

        What comes of it stands, whatever becomes of the request: a read that is refused because nothing has settled is one.
        """
        if not len(self.world.timers):
            return
        begun = len(self.world.changes)
        for subject in subjects:
            timer = self.world.timers.get(self._timer(resource, subject))
            if timer is None or not timer.reads:
                continue
            if timer.reads > 1:
                self.world.timers.change(timer, reads=timer.reads - 1)
            else:
                self.world.timers.remove(timer.id)
                self.provider.events[resource](self, subject, at)
        del self.world.changes[begun:]

    def cancel(self, resource: str, subject: str) -> None:
        """Give up what was begun for a subject that is gone."""
        self.world.timers.remove(self._timer(resource, subject))

    def _timer(self, resource: str, subject: str) -> str:
        return f"{self.provider.name} {self.tenant} {resource} {subject}"

    def end(self) -> None:
        """Let go of its state, which refers to it."""
        del self.state

    def save(self) -> tuple[Any, ...]:
        """Everything that changes, for a snapshot."""
        return {name: table.save() for name, table in self.tables.items()}, dict(self.replays), dict(self.windows)

    def load(self, saved: tuple[Any, ...]) -> None:
        """Back to what was saved."""
        tables, replays, windows = saved
        for name, table in self.tables.items():
            table.load(tables[name])
        self.replays, self.windows = dict(replays), dict(windows)
