"""What all accounts of a world share: clock, ids, numbers for sale, API keys, timers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.store.changes import Change
from simulator.store.clock import Clock
from simulator.store.credentials import Credential
from simulator.store.ids import Ids
from simulator.store.inventory import Inventory
from simulator.store.lifecycle import Lifecycle
from simulator.store.outbox import Outbox
from simulator.store.outcomes import Outcomes
from simulator.store.receivers import Receivers
from simulator.store.records import Record
from simulator.store.tables import Table
from simulator.store.timers import Timers


class Environment:
    """What the accounts of one world share.

    `lifecycles` has the times at which providers finish what they do later, by `provider.resource`; `assume` has the switches
    that differ from their defaults, by `provider.switch`; `outcomes` decides how calls and messages end.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        inventory: Inventory,
        lifecycles: Mapping[str, Lifecycle],
        assume: Mapping[str, str | int],
        outcomes: Outcomes,
        changes: list[Change],
        lasting: list[Change],
        receivers: Receivers | None = None,
    ) -> None:
        self.clock = clock
        self.ids = ids
        self.inventory = inventory
        self.lifecycles = lifecycles
        self.assume = assume
        self.outcomes = outcomes
        self.changes = changes
        self.lasting = lasting  # changes that stay even if the request is rejected, unless it is interrupted
        self.credentials: Table[Credential] = Table("keys", changes, record=Credential)
        self.timers = Timers(changes)
        self.lapsed: Table[Record] = Table("lapsed", changes, visible=False)  # subscriptions, by provider and tenant or *
        self.outbox = Outbox(changes)
        self.receivers = receivers or Receivers()
        self.store: Any = None  # to which it belongs, by a weak reference: with a cycle, a deleted world would stay in memory
