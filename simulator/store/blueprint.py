"""What a store starts with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from simulator.numbering import Plan
from simulator.store.lifecycle import Lifecycle
from simulator.store.outcomes import CallOutcomes, MessageOutcomes
from simulator.store.seed import Seed


class Blueprint(Protocol):
    """What a store starts with; a scenario is one."""

    @property
    def start(self) -> datetime | None:
        """The time at which the world begins; None for now."""

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""

    @property
    def plan(self) -> Plan | None:
        """The numbers for sale; None for all."""

    @property
    def taken(self) -> Sequence[str]:
        """Numbers that are not for sale although no account holds them."""

    @property
    def always(self) -> Sequence[str]:
        """Numbers that are for sale however often they are bought."""

    @property
    def lifecycles(self) -> Mapping[str, Lifecycle]:
        """When providers finish what they do later, by `provider.resource`."""

    @property
    def calls(self) -> CallOutcomes:
        """How calls end."""

    @property
    def messages(self) -> MessageOutcomes:
        """How messages end."""

    @property
    def assume(self) -> Mapping[str, str | int]:
        """The switches that differ from their defaults, by `provider.switch`."""

    def tenants(self) -> Iterator[tuple[str, str]]:
        """Yield provider and tenant of the accounts that exist from the start."""

    def tenant_of(self, provider: str, key: str, named: str) -> str | None:
        """Return the tenant that a key opens, None for none; `named` is the tenant that the key itself names."""

    def keys_of(self, provider: str, tenant: str) -> list[str]:
        """Return the keys that are listed for an account."""

    def seed_of(self, provider: str, tenant: str) -> Seed:
        """Return what an account starts with."""
