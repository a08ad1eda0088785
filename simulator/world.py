"""Everything that can change: a world has its own accounts, keys, inventory, clock and ids, and shares none of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simulator.clock import Clock
from simulator.ids import Ids
from simulator.numbers import Inventory
from simulator.tables import Change, Record, Table, undo

if TYPE_CHECKING:
    from simulator.provider import Provider, Reply
    from simulator.scenario import Scenario

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


@dataclass(frozen=True, slots=True)
class Replay:
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
        self.replays: dict[tuple[str, ...], Replay] = {}
        self.state: S = provider.state(self, world.scenario.seed_of(provider.name, tenant))

    def table(self, name: str, record: type[R], by: tuple[str, ...] = ()) -> Table[R]:
        """A new table of this account, indexed by the attributes named in `by`."""
        table: Table[R] = Table(name, self.world.changes, by)
        self.tables[name] = table
        return table

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


class World:
    """A private universe, made from a scenario."""

    def __init__(self, name: str, scenario: Scenario, providers: dict[str, Provider[Any]], seed: int | None = None) -> None:
        self.name = name
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self._providers = providers
        self.reset()

    def reset(self) -> None:
        """Back to what the scenario says, as if nothing had been asked yet."""
        self.clock = Clock(self.scenario.start, self.scenario.frozen)
        self.ids = Ids(self.seed)
        self.changes: list[Change] = []
        self.inventory = Inventory(self.changes, self.scenario.plan, self.scenario.taken)
        self.keys: Table[Grant] = Table("keys", self.changes)
        self.accounts: dict[tuple[str, str], Account[Any]] = {}
        self._requests = 0
        for provider, tenant in self.scenario.tenants():
            self.account(self._providers[provider], tenant)

    def next_request_id(self) -> str:
        """The id of the next request."""
        self._requests += 1
        return f"req-{self._requests}"

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
        known = self.keys.get(f"{provider.name} {key}")
        if known is None:
            listed = self.scenario.tenant_of(provider.name, key, tenant)
            if listed is None:
                return None
            self.account(provider, listed)  # opening it may say for whom the key speaks
            grant = Grant(id=f"{provider.name} {key}", key=key, scheme=scheme, tenant=listed)
            known = self.keys.get(grant.id) or grant
        return None if known.revoked else known

    def commit(self) -> None:
        """Let the changes made so far stand."""
        self.changes.clear()

    def undo(self) -> None:
        """Take back every change since the last commit; counters and the clock go on."""
        undo(self.changes)
