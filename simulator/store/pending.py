"""Records that nobody sees before the provider has settled them: at once, unless a scenario's lifecycles say otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.store.account import Account
from simulator.store.tables import Record, Table

R = TypeVar("R", bound=Record)


class PendingTable(Generic[R]):
    """The way into a table, and the way to look a record up, for what a provider may take its time with."""

    def __init__(self, account: Account[Any], resource: str, table: Table[R], record: type[R]) -> None:
        """`resource` is the name by which lifecycles know it: `{provider}.{resource}`."""
        self._account = account
        self._resource = resource
        self._settled = table
        self._waiting = account.table(f"unsettled_{table.name}", record)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, record: R, at: datetime) -> R:
        """Insert a new record; it is there once it has settled."""
        if self._account.is_immediate(self._resource):
            return self._settled.put(record)
        self._waiting.put(record)
        self._account.begin(self._resource, record.id, at)
        return record

    def settle(self, record_id: str) -> None:
        """Let a record be seen; what the provider's event of this resource does."""
        record = self._waiting.get(record_id)
        if record is not None:
            self._waiting.remove(record_id)
            self._settled.put(record)

    def get(self, record_id: str, at: datetime) -> R | None:
        """A record that has settled; asking for one that has not counts as a read of it."""
        if len(self._waiting):
            self._account.read(self._resource, [record_id], at)
        return self._settled.get(record_id)

    def read(self, at: datetime) -> None:
        """Count a read of everything that has not settled, as a list does."""
        if len(self._waiting):
            self._account.read(self._resource, [record.id for record in self._waiting.all()], at)
