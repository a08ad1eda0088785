"""Everything that can change: a world has its own accounts, keys, inventory, clock, ids, rules and journal, and shares none."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from simulator.account import Account, Grant, Replay, Timer
from simulator.clock import Clock
from simulator.ids import Ids
from simulator.journal import Journal
from simulator.numbers import Inventory
from simulator.rules import Rules
from simulator.tables import Change, Table, undo

if TYPE_CHECKING:
    from simulator.provider import Provider, Seed
    from simulator.scenario import Scenario

__all__ = ["Account", "Grant", "Replay", "Timer", "World"]

JOURNAL_BYTES = 1024 * 1024

S = TypeVar("S")


class Snapshot(NamedTuple):
    """All that a world can go back to; its parts are never changed."""

    now: datetime
    frozen: bool
    empty: bool
    accounts: dict[tuple[str, str], tuple[Account[Any], Any]]
    keys: Any
    timers: Any
    inventory: Any
    ids: dict[str, int]
    rules: Any


class World:
    """A private universe, made from a scenario."""

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        providers: Mapping[str, Provider[Any]],
        seed: int | None = None,
        journal_bytes: int = JOURNAL_BYTES,
    ) -> None:
        self.name = name
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.snapshots: dict[str, Snapshot] = {}
        self.accounts: dict[tuple[str, str], Account[Any]] = {}
        self.journal = Journal(journal_bytes)
        self._providers = providers
        self.changes: list[Change] = []  # one list for good: what a snapshot holds goes on noting its changes there
        self.reset()

    def reset(self, *, empty: bool = False) -> None:
        """Back to what the scenario says, as if nothing had been asked yet; `empty` leaves out what its accounts hold."""
        self._empty = empty
        self.clock = Clock(self.scenario.start, self.scenario.frozen)
        self.ids = Ids(self.seed)
        self.changes.clear()
        self.inventory = Inventory(self.changes, self.scenario.plan, self.scenario.taken, self.scenario.always)
        self.keys: Table[Grant] = Table("keys", self.changes)
        self.timers: Table[Timer] = Table("timers", self.changes)
        self._implied: dict[str, Grant] = {}  # what keys open that nobody granted: the scenario says so, or it is open
        self._due: list[tuple[datetime, int, str]] = []  # of equal times the one that was begun first comes first
        self.rules = Rules(self.scenario.rules, self.seed)
        self._let_go()
        self.journal.clear()
        self._requests = 0
        for provider, tenant in self.scenario.tenants():
            self.account(self._providers[provider], tenant)

    def end(self) -> None:
        """Let go of all that it holds: its parts refer to it, so that only a collection of garbage would find them."""
        self.snapshots.clear()
        self._let_go()
        self.journal.clear()

    def _let_go(self) -> None:
        """Leave no account to the collection of garbage, unless a snapshot may want it again."""
        for account in () if self.snapshots else self.accounts.values():
            account.end()
        self.accounts = {}

    def next_request_id(self) -> str:
        """The id of the next request."""
        self._requests += 1
        return f"req-{self._requests}"

    def seed_of(self, provider: str, tenant: str) -> Seed:
        """What an account starts with."""
        seed = self.scenario.seed_of(provider, tenant)
        return seed.emptied() if self._empty else seed

    def account(self, provider: Provider[S], tenant: str) -> Account[S]:
        """The account of a tenant, opened as the scenario says when it is first asked for."""
        account = self.accounts.get((provider.name, tenant))
        if account is None:
            account = self.accounts[provider.name, tenant] = Account(self, provider, tenant)
            self.commit()
        return account

    def grant(self, provider: Provider[Any], scheme: str, key: str, tenant: str) -> Grant | None:
        """What a key of the documented form opens, or None.

        It opens what it was granted or what the scenario lists it for; in an open world, else, the tenant that it names.
        """
        name = f"{provider.name} {key}"
        known = self.keys.get(name) or self._implied.get(name)
        if known is None:
            listed = self.scenario.tenant_of(provider.name, key, tenant)
            if listed is None:
                return None
            self.account(provider, listed)  # opening it may say for whom the key speaks
            implied = Grant(id=name, key=key, scheme=scheme, tenant=listed)
            known = self.keys.get(name) or self._implied.setdefault(name, implied)
        return None if known.revoked else known

    def commit(self) -> None:
        """Let the changes made so far stand."""
        self.changes.clear()

    def undo(self) -> None:
        """Take back every change since the last commit; counters and the clock go on."""
        undo(self.changes)

    def start(self, timer: Timer) -> None:
        """Keep a timer until it is due."""
        self.timers.put(timer)
        if timer.due is not None:
            heapq.heappush(self._due, (timer.due, self._began(timer), timer.id))

    def _began(self, timer: Timer) -> int:
        """When a timer was begun, as its place among all that were."""
        row = self.timers.row(timer.id)
        return row.came if row else 0

    def tick(self) -> list[Timer]:
        """Do what is due by now, in order; returns what that was."""
        if not self._due:
            return []
        fired, now = [], self.clock.now()
        while self._due and self._due[0][0] <= now:
            due, _, timer_id = heapq.heappop(self._due)
            timer = self.timers.get(timer_id)
            if timer is None or timer.due != due:
                continue  # it was given up, undone or started anew
            self.timers.remove(timer_id)
            account = self.accounts[timer.provider, timer.tenant]
            account.provider.events[timer.resource](account, timer.subject, due)
            self.commit()
            fired.append(timer)
        return fired

    def snapshot(self) -> Snapshot:
        """All that can change, but for the journal; costs no more than copying the lists of records."""
        accounts = {key: (account, account.save()) for key, account in self.accounts.items()}
        return Snapshot(
            self.clock.now(),
            self.clock.frozen,
            self._empty,
            accounts,
            self.keys.save(),
            self.timers.save(),
            self.inventory.save(),
            self.ids.save(),
            self.rules.save(),
        )

    def restore(self, saved: Snapshot) -> None:
        """Go back to a snapshot; it can be gone back to again."""
        self.clock = Clock(saved.now, saved.frozen)
        self._empty = saved.empty
        self.accounts = {}
        for key, (account, state) in saved.accounts.items():
            account.load(state)
            self.accounts[key] = account
        self.keys.load(saved.keys)
        self.timers.load(saved.timers)
        self._due = [(timer.due, self._began(timer), timer.id) for timer in self.timers.all() if timer.due is not None]
        heapq.heapify(self._due)
        self.inventory.load(saved.inventory)
        self.ids.load(saved.ids)
        self.rules.load(saved.rules)
        self.commit()
