"""Records that become visible when they settle: at once, unless a lifecycle of the scenario delays it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from weakref import proxy

from simulator.store.records import Listing, Record
from simulator.store.tables import Table

R = TypeVar("R", bound=Record)


def unsettled(table: str) -> str:
    """Return the name of the table for the records of another one that have not settled."""
    return f"unsettled_{table}"


class Owner(Protocol):
    """The account that a pending table belongs to."""

    def table(self, name: str, record: type[R]) -> Table[R]:
        """Return a new table of the account."""

    def is_immediate(self, resource: str) -> bool:
        """Return whether a resource is finished at once."""

    def begin(self, resource: str, subject: str, at: datetime) -> None:
        """Start a change that completes later."""

    def read(self, resource: str, subjects: Iterable[str], at: datetime) -> None:
        """Count a read of each subject."""


class PendingTable(Generic[R]):
    """A table whose new records stay hidden until they settle."""

    def __init__(self, account: Owner, resource: str, table: Table[R], record: type[R]) -> None:
        """Put settled records into `table`; scenarios name the lifecycle `{provider}.{resource}`."""
        self._account = proxy(account)  # which holds this table: with a cycle, a deleted world would stay in memory for long
        self._resource = resource
        self._settled = table
        self._pending = account.table(unsettled(table.name), record)

    def __len__(self) -> int:
        return len(self._pending)

    def __bool__(self) -> bool:
        """Return True: that nothing waits does not mean that there is no lifecycle."""
        return True

    def all(self) -> Listing[R]:
        """Return the records that have not settled."""
        return self._pending.all()

    def put(self, record: R, at: datetime) -> R:
        """Insert a new record, which becomes visible when it settles."""
        if self._account.is_immediate(self._resource):
            return self._settled.put(record)
        self._pending.put(record)
        self._account.begin(self._resource, record.id, at)
        return record

    def settle(self, record_id: str) -> None:
        """Make a record visible; called by the provider's event for this resource."""
        record = self._pending.get(record_id)
        if record is not None:
            self._pending.remove(record_id)
            self._settled.put(record)

    def get(self, record_id: str, at: datetime) -> R | None:
        """Return a settled record, or None; for a pending record this counts as a read."""
        if len(self._pending):
            self._account.read(self._resource, [record_id], at)
        return self._settled.get(record_id)

    def read(self, at: datetime) -> None:
        """Count a read of every pending record, as a list operation does."""
        if len(self._pending):
            self._account.read(self._resource, [record.id for record in self._pending.all()], at)
