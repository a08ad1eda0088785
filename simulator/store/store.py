"""All state of the simulated providers in one world: it can be undone, saved and restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from weakref import proxy

from simulator.store.account import Account, Service
from simulator.store.blueprint import Blueprint
from simulator.store.changes import NO_LOG, Change, undo
from simulator.store.clock import Clock
from simulator.store.credentials import Credential
from simulator.store.environment import Environment
from simulator.store.ids import Ids
from simulator.store.inventory import Inventory
from simulator.store.outcomes import Outcomes
from simulator.store.receivers import Receivers
from simulator.store.tables import SavedTable
from simulator.store.timers import SavedTimers, Timer
from simulator.store.work import ACCOUNT, others_wait, weigh

MAX_ACCOUNTS = 5000  # accounts of a world, of 10 to 25 KB each, beyond which unused ones are dropped
ACCOUNT_BYTES = 16 * 1024  # of an account without records, roughly
RECORD_BYTES = 600  # of a record beside its texts, roughly
EVENT = 3  # units of work of an event that is due, such as the end of a call
LOOKED_AT = 50  # records that an act of the outside world looks at in a unit of work
SHARE = 10  # of the accounts is dropped at once, as looking for them costs more than a request may


class SavedStore(NamedTuple):
    """What a store can go back to; its parts are never changed."""

    now: datetime
    frozen: bool
    empty: bool
    accounts: dict[tuple[str, str], tuple[Account[Any], dict[str, SavedTable]]]
    credentials: SavedTable
    timers: SavedTimers
    lapsed: SavedTable
    outbox: SavedTable
    inventory: Any
    turns: SavedTable
    ids: dict[str, int]


class Store:
    """The accounts of all providers in one world, and what they share.

    Between `begin` and `finish` a request can be undone in two ways: `undo` is for one that the provider rejects, `abandon`
    for one that is interrupted, as if it had never come.
    """

    name, visible = "accounts", False  # of its changes: accounts that are opened

    def __init__(
        self,
        blueprint: Blueprint,
        services: Mapping[str, Service],
        seed: int,
        *,
        empty: bool = False,
        receivers: Receivers | None = None,
        started: datetime | None = None,
    ) -> None:
        """Open the accounts of `blueprint`; `empty` leaves out what they hold; webhooks go to `receivers` only.

        One that was `started` before opens none: `reopen` and `load` follow.
        """
        self.blueprint = blueprint
        self._services = services
        self._empty = empty
        self.bytes = self._bytes_before = 0  # of all records, roughly; what is removed is counted until it is measured
        self.changes: list[Change] = []
        self._lasting: list[Change] = []
        self._is_open = False
        self.environment = self._environment_of(blueprint, seed, receivers)
        self.environment.store = proxy(self)
        self.started = started or self.environment.clock.now()
        self._counted = self.environment.ids.save()
        self.accounts: dict[tuple[str, str], Account[Any]] = {}
        self._used: dict[tuple[str, str], int] = {}  # when an account was last used, as a counter
        self._uses = 0
        self._most_accounts = MAX_ACCOUNTS  # more where none of them is unused
        self.play: Callable[[Timer, datetime], None] = _nobody_plays  # the outside world, whose timers have no provider
        self._implied: dict[str, Credential] = {}  # keys that no account granted: the scenario lists them, or it is open
        tenants = list(blueprint.tenants()) if started is None else []
        self._weigh(tenants)
        for provider, tenant in tenants:
            if provider in services:  # an application may serve fewer providers than its scenarios name
                self.account(services[provider], tenant)
        self.environment.inventory.log_in(self.changes)  # only now: a store that cannot be made needs no undoing
        self.finish()

    def _environment_of(self, blueprint: Blueprint, seed: int, receivers: Receivers | None) -> Environment:
        """Return what the accounts share."""
        return Environment(
            Clock(blueprint.start, blueprint.frozen),
            Ids(seed),
            Inventory(NO_LOG, blueprint.plan, blueprint.taken, blueprint.always, sells_magic=False),
            blueprint.lifecycles,
            blueprint.assume,
            Outcomes(blueprint.calls, blueprint.messages, self.changes),
            self.changes,
            self._lasting,
            receivers,
        )

    def _weigh(self, tenants: Iterable[tuple[str, str]]) -> None:
        """Announce the work of opening accounts.

        Raises:
            Postponed: it takes too long for others to wait.
        """
        if self._empty:
            weigh(sum(ACCOUNT for _ in tenants))
        else:
            weigh(sum(self.blueprint.seed_of(*place).size() + ACCOUNT for place in tenants))

    def account(self, service: Service, tenant: str) -> Account[Any]:
        """Return the account of a tenant; it is opened from its scenario when it is first needed."""
        place = (service.name, tenant)
        account = self.accounts.get(place)
        self._used[place] = self._uses = self._uses + 1
        if account is None:
            if len(self.accounts) >= self._most_accounts:
                weigh(ACCOUNT * MAX_ACCOUNTS // SHARE)
                self._drop_unused()
            size = 0 if self._empty else self.blueprint.seed_of(service.name, tenant).size()
            weigh(size)
            self._lasting.append(Change(self, place, None, None))
            account = self.reopen(service, tenant, fill=True)
            self.accounts[place] = account
            self.bytes += ACCOUNT_BYTES + RECORD_BYTES * size
            self._commit()
        return account

    def reopen(self, service: Service, tenant: str, *, fill: bool = False) -> Account[Any]:
        """Return an account as its scenario describes it, by default without any record, which is not one of the store yet."""
        seed = self.blueprint.seed_of(service.name, tenant)
        keys = self.blueprint.keys_of(service.name, tenant)
        return Account(self.environment, service, tenant, keys, seed.emptied() if self._empty else seed, fill=fill)

    def uses(self) -> dict[tuple[str, str], int]:
        """Return the place of each account in the order in which they were last used."""
        ordered = sorted(self.accounts, key=lambda place: self._used.get(place, 0))
        return {place: number for number, place in enumerate(ordered)}

    def set_uses(self, uses: Mapping[tuple[str, str], int]) -> None:
        """Restore what `uses` returned."""
        self._used, self._uses = dict(uses), max([0, *uses.values()])
        self._most_accounts = max(MAX_ACCOUNTS, len(uses))

    def _drop_unused(self) -> None:
        """Drop accounts that a key opened and nobody changed, the least recently used first: the key opens them again.

        Those of the scenario stay, and those that granted keys of their own.
        """
        environment = self.environment
        keeping = {(key.id.partition(" ")[0], key.tenant) for key in environment.credentials.all()}
        keeping |= {(timer.provider, timer.tenant) for timer in environment.timers.all()}
        keeping |= set(self.blueprint.tenants())
        dropped: set[tuple[str, str]] = set()
        for place in sorted(self.accounts, key=lambda place: self._used.get(place, 0)):
            if len(dropped) == MAX_ACCOUNTS // SHARE:
                break
            if place not in keeping and not any(self.accounts[place].diff(None)):
                dropped.add(place)
        self.accounts = {place: account for place, account in self.accounts.items() if place not in dropped}
        self.bytes -= ACCOUNT_BYTES * len(dropped)
        self._most_accounts = max(MAX_ACCOUNTS, len(self.accounts) + MAX_ACCOUNTS // SHARE)
        self._used = {place: used for place, used in self._used.items() if place in self.accounts}
        self._implied = {
            name: key for name, key in self._implied.items() if (name.partition(" ")[0], key.tenant) not in dropped
        }

    def put_back(self, key: tuple[str, str], before: None) -> None:
        """Undo the opening of an account."""
        self.accounts.pop(key, None)

    def credential(self, service: Service, scheme: str, key: str, tenant: str) -> Credential | None:
        """Return what a key of the documented form opens, or None.

        A key opens what it was granted or what the scenario lists it for; in an open world, any other key opens the account of
        the tenant that it names.
        """
        credential = self.known(service.name, key)
        if credential is None:
            listed = self.blueprint.tenant_of(service.name, key, tenant)
            if listed is None:
                return None
            self.account(service, listed)  # opening it may grant the key to a part of the account
            name = f"{service.name} {key}"
            implied = Credential(id=name, key=key, scheme=scheme, tenant=listed)
            credential = self.environment.credentials.get(name) or self._implied.setdefault(name, implied)
        return None if credential.revoked else credential

    def known(self, provider: str, key: str) -> Credential | None:
        """Return the credential of a key that was granted, or has opened an account."""
        name = f"{provider} {key}"
        return self.environment.credentials.get(name) or self._implied.get(name)

    def tenant_of(self, provider: str, key: str) -> str | None:
        """Return the tenant of a key that is listed, was granted, or has opened an account."""
        credential = self.known(provider, key)
        return credential.tenant if credential is not None else self.blueprint.tenant_of(provider, key, "") or None

    def _commit(self) -> None:
        """Let the changes so far stand whatever becomes of the request."""
        self._lasting += self.changes
        self.changes.clear()

    def begin(self) -> None:
        """Begin a request; one that was interrupted before it could be abandoned is abandoned now."""
        if self._is_open:
            self.abandon()
        self._lasting.clear()
        self.changes.clear()
        self._counted, self._bytes_before = self.environment.ids.save(), self.bytes
        self._is_open = True

    def finish(self) -> None:
        """Make everything so far permanent."""
        self._is_open = False  # from here on it is, whatever is raised
        self._lasting.clear()
        self.changes.clear()

    def note(self, change: Change) -> None:
        """Log a change that stands whatever becomes of the request, unless it is interrupted."""
        self._lasting.append(change)

    def undo(self) -> None:
        """Take back what a request changed; opened accounts, counted reads, the clock and the counters of ids stand."""
        undo(self.changes)

    def abandon(self) -> bool:
        """Take back everything since `begin`; return False where it is permanent already."""
        if not self._is_open:
            return False
        undo(self.changes)
        undo(self._lasting)
        self.environment.timers.rebuild()
        self.environment.outbox.rebuild()
        self.environment.ids.load(self._counted)
        self.bytes = self._bytes_before
        self._is_open = False
        return True

    def tick(self) -> list[Timer]:
        """Fire all due timers in order, and return them.

        Raises:
            Postponed: others wait, and it takes too long; nothing has happened yet.
        """
        timers = self.environment.timers
        if timers.is_idle:
            return []
        if others_wait.get():
            self._weigh_due()
        changes, fired, done = self.changes, list[Timer](), len(self.changes)
        try:
            for timer, due in timers.pop_due(self.environment.clock.now()):
                if timer.provider:
                    account = self.accounts[timer.provider, timer.tenant]
                    account.provider.events[timer.resource](account, timer.subject, due)
                else:
                    self.play(timer, due)
                done = len(changes)
                fired.append(timer)
        finally:
            self._lasting += changes[:done]  # each event stands, whatever becomes of the next one, and of the request
            del changes[:done]
        return fired

    def _weigh_due(self) -> None:
        """Announce the work of what is due by now.

        Raises:
            Postponed: others wait, and it takes too long.
        """
        timers = self.environment.timers
        waiting = timers.due_at(self.environment.clock.now())
        weigh(EVENT * len(waiting))
        acts = sum(1 for timer in map(timers.get, waiting) if timer is not None and not timer.provider)
        if acts:
            weigh(EVENT * len(waiting) + acts * self.work_of_act())

    def work_of_act(self) -> int:
        """Return the units of work that an act of the outside world takes at most: it may look at all records."""
        return sum(len(table) for account in self.accounts.values() for table in account.tables.values()) // LOOKED_AT

    def save(self) -> SavedStore:
        """Return everything that changes; costs no more than copying the lists of records."""
        environment = self.environment
        return SavedStore(
            environment.clock.now(),
            environment.clock.frozen,
            self._empty,
            {key: (account, account.save()) for key, account in self.accounts.items()},
            environment.credentials.save(),
            environment.timers.save(),
            environment.lapsed.save(),
            environment.outbox.save(),
            environment.inventory.save(),
            environment.outcomes.turns.save(),
            environment.ids.save(),
        )

    def diff(self, saved: SavedStore) -> Iterator[tuple[str, str, str, str, str]]:
        """Yield provider, tenant, table, id and what happened to each record since the store was saved."""
        for place, account in self.accounts.items():
            _, before = saved.accounts.get(place, (account, None))
            for difference in account.diff(before):
                yield *place, *difference
        for place, (account, before) in saved.accounts.items():
            if place not in self.accounts:  # since a reset nobody has used it
                for difference in account.diff_to_opened(before, empty=self._empty):
                    yield *place, *difference

    def load(self, saved: SavedStore) -> None:
        """Go back to what was saved; it can be restored again."""
        environment = self.environment
        environment.clock.restore(saved.now, saved.frozen)
        self._empty = saved.empty
        self.accounts = {}
        for key, (account, state) in saved.accounts.items():
            account.load(state)
            self.accounts[key] = account
        environment.credentials.load(saved.credentials)
        environment.timers.load(saved.timers)
        environment.lapsed.load(saved.lapsed)
        environment.outbox.load(saved.outbox)
        environment.inventory.load(saved.inventory)
        environment.outcomes.turns.load(saved.turns)
        environment.ids.load(saved.ids)
        self.finish()


def _nobody_plays(timer: Timer, _: datetime) -> None:
    raise LookupError(f"nobody plays {timer.resource}")
