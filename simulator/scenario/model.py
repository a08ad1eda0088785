"""The scenario as the simulator uses it, after loading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator.numbering import Plan
from simulator.scenario.format import RuleFile, Strict
from simulator.store.lifecycle import Lifecycle
from simulator.store.seed import Seed


@dataclass(frozen=True)
class Scenario:
    """The initial state of a world: accounts with their keys, inventory, clock, lifecycles, rules."""

    name: str
    description: str = ""
    seed: int = 0
    open: bool = False
    start: datetime | None = None
    frozen: bool = False
    plan: Plan | None = None
    taken: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    listed: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (provider, key) -> tenant
    seeds: Mapping[tuple[str, str], Seed] = field(default_factory=dict)  # (provider, tenant) -> seed
    template: Mapping[str, Seed] = field(default_factory=dict)  # provider -> seed of the accounts that are not listed
    defaults: Mapping[str, type[Seed]] = field(default_factory=dict)
    lifecycles: Mapping[str, Lifecycle] = field(default_factory=dict)
    rate_limits: bool = False
    assume: Mapping[str, str | int] = field(default_factory=dict)  # by provider.switch, where it is not the default
    strict: Strict | None = None
    rules: tuple[RuleFile, ...] = ()
    uploaded: bool = False  # by a test, for a world of its own

    def tenants(self) -> Iterator[tuple[str, str]]:
        """Yield provider and tenant of the listed accounts."""
        return iter(self.seeds)

    def tenant_of(self, provider: str, key: str, named: str) -> str | None:
        """Return the tenant of a key, or None; `named` is the tenant that the key itself names, which an open world accepts."""
        return self.listed.get((provider, key)) or (named if self.open else None)

    def seed_of(self, provider: str, tenant: str) -> Seed:
        """Return the seed of an account."""
        return self.seeds.get((provider, tenant)) or self.template.get(provider) or self.defaults[provider]()

    def keys(self, provider: str) -> list[str]:
        """Return the listed keys of a provider."""
        return [key for owner, key in self.listed if owner == provider]

    def keys_of(self, provider: str, tenant: str) -> list[str]:
        """Return the listed keys of an account."""
        return [key for (owner, key), listed in self.listed.items() if (owner, listed) == (provider, tenant)]
