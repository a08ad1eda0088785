"""The scenario as the simulator uses it, after loading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from simulator.http.cors import Origins
from simulator.numbering import Plan
from simulator.scenario.format import RuleFile, Strict
from simulator.scenario.timeline import TimedAct
from simulator.store.lifecycle import Lifecycle
from simulator.store.outcomes import CallOutcomes, MessageOutcomes
from simulator.store.seed import Seed


class Section:
    """What a scenario says of one account at one provider; converted when the account is opened."""

    __slots__ = ("_content", "_kind", "_seed")

    def __init__(self, kind: type[Seed], content: Any) -> None:
        self._kind, self._content = kind, content
        self._seed: Seed | None = None

    @property
    def seed(self) -> Seed:
        """The seed of the account.

        Raises:
            msgspec.ValidationError: the content does not fit the provider's type.
        """
        if self._seed is None:
            self._seed = msgspec.convert(self._content, self._kind)
        return self._seed


class Scenario(msgspec.Struct, frozen=True):
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
    listed: Mapping[tuple[str, str], str] = {}  # (provider, key) -> tenant
    seeds: Mapping[tuple[str, str], Section] = {}  # by provider and tenant
    template: Mapping[str, Section] = {}  # of the accounts that are not listed, by provider
    defaults: Mapping[str, type[Seed]] = {}
    lifecycles: Mapping[str, Lifecycle] = {}
    calls: CallOutcomes = CallOutcomes()
    messages: MessageOutcomes = MessageOutcomes()
    rate_limits: bool = False
    cors: Origins | None = None  # None: as the server has it
    assume: Mapping[str, str | int] = {}  # by provider.switch, where it is not the default
    strict: Strict | None = None
    rules: tuple[RuleFile, ...] = ()
    acts: tuple[TimedAct, ...] = ()
    uploaded: bool = False  # by a test, for a world of its own
    content: bytes = b""  # of its file, as JSON

    def tenants(self) -> Iterator[tuple[str, str]]:
        """Yield provider and tenant of the listed accounts."""
        return iter(self.seeds)

    def tenant_of(self, provider: str, key: str, named: str) -> str | None:
        """Return the tenant of a key, or None; `named` is the tenant that the key itself names, which an open world accepts."""
        return self.listed.get((provider, key)) or (named if self.open else None)

    def seed_of(self, provider: str, tenant: str) -> Seed:
        """Return the seed of an account."""
        section = self.seeds.get((provider, tenant)) or self.template.get(provider)
        return section.seed if section else self.defaults[provider]()

    def keys(self, provider: str) -> list[str]:
        """Return the listed keys of a provider."""
        return [key for owner, key in self.listed if owner == provider]

    def keys_of(self, provider: str, tenant: str) -> list[str]:
        """Return the listed keys of an account."""
        return [key for (owner, key), listed in self.listed.items() if (owner, listed) == (provider, tenant)]
