"""What a provider keeps many of: looked up or refused, listed in pages, created, changed, removed.

A resource is a description beside a plain table. It holds no state: the records are those of the account of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.provider.call import Call
from simulator.provider.errors import Error
from simulator.provider.naming import as_named
from simulator.provider.pagination import Ordered, Page
from simulator.store.account import Account
from simulator.store.ids import BASE62, HEX, Ids
from simulator.store.pending import PendingTable
from simulator.store.tables import Filters, Listing, Record, Table

R = TypeVar("R", bound=Record)

NewId = Callable[[Ids], str]
Fields = Mapping[str, Any]

KSUID_EPOCH, KSUID_DIGITS = 1_400_000_000, 27


def hex_ids(prefix: str, digits: int, kind: str = "") -> NewId:
    """Return a maker of ids: a prefix and hexadecimal digits, such as `pn_55ad12`."""
    return lambda ids: f"{prefix}{ids.hex(kind or prefix, digits)}"


def text_ids(prefix: str, length: int, alphabet: str = BASE62, kind: str = "") -> NewId:
    """Return a maker of ids: a prefix and 20 to 64 characters of an alphabet."""
    return lambda ids: f"{prefix}{ids.text(kind or prefix, length, alphabet)}"


def uuid_ids(kind: str) -> NewId:
    """Return a maker of ids: UUIDs of version 4."""
    return lambda ids: ids.uuid(kind)


class KsuidIds:
    """Makes ids that sort by time: a prefix and a KSUID (https://github.com/segmentio/ksuid).

    A KSUID is 160 bits in 27 base-62 digits: the second of creation, from 2014-05-13T16:53:20Z on, and 128 bits of its own.
    """

    def __init__(self, prefix: str) -> None:
        """Put a prefix before the digits, such as `app_`."""
        self.prefix = prefix

    def __call__(self, ids: Ids, at: datetime) -> str:
        """Return a new id for a record that is made at a time."""
        second = min(max(int(at.timestamp()) - KSUID_EPOCH, 0), 2**32 - 1)
        value = second << 128 | int(ids.text(self.prefix, 32, HEX), 16)
        digits = ""
        for _ in range(KSUID_DIGITS):
            value, digit = divmod(value, len(BASE62))
            digits = BASE62[digit] + digits
        return self.prefix + digits


class Resource(Generic[R]):
    """Records of one type, held in a table of each account.

    Args:
        table: The name of the table, as scenarios and the control API know it.
        record: The type of the records.
        not_found: The error for an id that names no record, or none that the key may see.
        missing: The text of that error, in which `{id}` stands for the id; the error's own, if not given.
        ids: Makes a new id.
        param: The path parameter that holds an id.
        by: The attributes that the table is indexed by.
        settles: The name in `lifecycles` of a resource that nobody sees before it is settled.
        lifecycle: The name in `lifecycles` of a resource that is seen from the start, and changed by `Provider.event`.
        names: The attribute for a member of a body, such as `snake_case`.
        derive: By field, what makes it of the other fields where it is not given.
        claims: The field with a phone number, which is taken from the inventory when a scenario has such a record.
        refers: By field, the resource that the id in it is of; a scenario's ids are checked.
        unique: Fields in which no two records of a scenario may have the same value.
        within: The field that says to which part of the account a record belongs, such as `sub_account_id`; a record
            belongs where those belong that it refers to.
        scope: The part of the account that a call sees; of the whole account, if not given.
        filters: The parameters that narrow a list, each to the records whose attribute of that name has their value.
        created_by: The operation whose body has the defaults of a scenario's records.
    """

    def __init__(
        self,
        table: str,
        record: type[R],
        *,
        not_found: Error,
        missing: str = "",
        ids: NewId | KsuidIds,
        param: str = "",
        by: Sequence[str] = (),
        settles: str = "",
        lifecycle: str = "",
        names: Callable[[str], str] = as_named,
        derive: Mapping[str, Callable[[Fields], Any]] | None = None,
        claims: str = "",
        refers: Mapping[str, Resource[Any]] | None = None,
        unique: Sequence[str] = (),
        within: str = "",
        scope: Callable[[Call[Any]], str] | None = None,
        filters: Sequence[str] = (),
        created_by: str = "",
    ) -> None:
        self.name, self.record, self.param = table, record, param
        self.settles, self.claims, self.within, self.unique = settles, claims, within, tuple(unique)
        self.refers, self.created_by = dict(refers or {}), created_by
        self._not_found, self._missing, self._ids, self._scope = not_found, missing, ids, scope
        self._derive = tuple((derive or {}).items())
        self._lifecycle, self._names = lifecycle, names
        self._filters = Filters((within,) if within else (), tuple(filters))
        self._by: tuple[str | Filters, ...] = (*by, self._filters) if filters or within else tuple(by)
        self._fields = frozenset(record.__struct_fields__)
        self._times: tuple[str, ...] = tuple(name for name in ("created_at", "updated_at") if name in self._fields)

    def open(self, account: Account[Any]) -> Table[R]:
        """Return a new table for an account, and the one for what has not settled beside it."""
        table = account.table(self.name, self.record, self._by)
        if self.settles:
            account.pending[self.name] = PendingTable(account, self.settles, table, self.record)
        return table

    def table(self, account: Account[Any]) -> Table[R]:
        """Return an account's table."""
        return account.tables[self.name]

    def find(self, call: Call[Any], record_id: str | None) -> R | None:
        """Return a record that the call may see, or None; counts as a read of it."""
        if record_id is None:
            return None
        table, pending = self.table(call.account), call.account.pending.get(self.name)
        if self._lifecycle and self._is_visible(call, table.get(record_id)):
            call.account.read(self._lifecycle, [record_id], call.now)
        record = table.get(record_id) if pending is None else pending.get(record_id, call.now)
        return record if self._is_visible(call, record) else None

    def _is_visible(self, call: Call[Any], record: R | None) -> bool:
        """Return whether there is a record and the call may see it."""
        return record is not None and (self._scope is None or getattr(record, self.within) == self._scope(call))

    def get(self, call: Call[Any], record_id: str | None = None, **facts: Any) -> R:
        """Return the record that the path parameter, or an id, names.

        Raises:
            Problem: there is none that the call may see; `facts` are what the error is to tell.
        """
        name = call.params[self.param] if record_id is None else record_id
        record = self.find(call, name)
        if record is None:
            raise self._not_found(self._missing.replace("{id}", name) or None, **facts)
        return record

    def list(self, call: Call[Any]) -> Listing[R]:
        """Return the records that the call sees, narrowed by its filters; counts as a read of what has not settled."""
        pending = call.account.pending.get(self.name)
        if pending is not None:
            pending.read(call.now)
        return self.narrowed(call, **{name: call.params.get(name) for name in self._filters.optional})

    def narrowed(self, call: Call[Any], **filters: Any) -> Listing[R]:
        """Return the records that the call sees whose attributes have the values of `filters`; None for any value."""
        table = self.table(call.account)
        if not self._filters.always and not self._filters.optional:
            return table.all()
        scope = (self._scope(call),) if self._scope is not None else ()
        return table.having(self._filters, (*scope, *(filters.get(name) for name in self._filters.optional)))

    def page(self, call: Call[Any], listing: Ordered[R] | None = None) -> Page[R]:
        """Return the page that the request asks for, in the provider's dialect: of a listing, or of all records."""
        page = call.pages.cut(call, self.list(call) if listing is None else listing)
        if not self._lifecycle:
            return page
        call.account.read(self._lifecycle, [record.id for record in page.items], call.now)
        table = self.table(call.account)
        return page.map(lambda record: table.get(record.id) or record)

    def unsettled(self, call: Call[Any]) -> int:
        """Return how many records that the call will see have not settled."""
        pending = call.account.pending.get(self.name)
        if pending is None or not len(pending):
            return 0
        owner = self._scope(call) if self._scope is not None else None
        return sum(1 for record in pending.all() if owner is None or getattr(record, self.within) == owner)

    def make(self, account: Account[Any], at: datetime, fields: Fields) -> R:
        """Return a new record that is not in the table yet: id and times are filled in, and what follows from other fields."""
        known: dict[str, Any] = {**dict.fromkeys(self._times, at), **fields}
        if "id" not in known:
            table = account.tables[self.name]
            while (new := self._new_id(account.world.ids, at)) in table:
                pass  # a scenario has chosen the next one in turn
            known["id"] = new
        for name, derive in self._derive:
            if name not in known:
                known[name] = derive(known)
        return self.record(**known)

    def _new_id(self, ids: Ids, at: datetime) -> str:
        return self._ids(ids, at) if isinstance(self._ids, KsuidIds) else self._ids(ids)

    def create(self, call: Call[Any], **fields: Any) -> R:
        """Add a record; its id and times are filled in. What the provider does late begins.

        Returns the record as it is afterwards: settled already, unless a scenario's `lifecycles` say otherwise.
        """
        if self._scope is not None and self.within not in fields:
            fields[self.within] = self._scope(call)
        record = self.make(call.account, call.now, fields)
        pending = call.account.pending.get(self.name)
        if pending is not None:
            waiting: R = pending.put(record, call.now)
            return waiting
        self.table(call.account).put(record)
        if not self._lifecycle:
            return record
        call.account.begin(self._lifecycle, record.id, call.now)
        return self.table(call.account).get(record.id) or record

    def create_from_body(self, call: Call[Any], **fields: Any) -> R:
        """Add a record with the members of the body that the spec describes and the record has; `fields` outrank them.

        It belongs where the call's scope says, whatever the body says of that.
        """
        scope = {} if self._scope is None else {self.within: self._scope(call)}
        return self.create(call, **{**self.described(call, call.body), **scope, **fields})

    def change(self, call: Call[Any], record: R, **fields: Any) -> R:
        """Replace some fields of a record, and its `updated_at`."""
        if "updated_at" in self._fields:
            fields = {"updated_at": call.now, **fields}
        return self.table(call.account).change(record, **fields)

    def change_from_body(self, call: Call[Any], record: R, **fields: Any) -> R:
        """Replace the fields that the body names, as far as the spec describes them and the record has them."""
        return self.change(call, record, **{**self.described(call, call.sent), **fields})

    def described(self, call: Call[Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of a body that the spec describes and the record has, by the names of its fields."""
        return self.described_by({name: value for name, value in body.items() if name in call.described})

    def described_by(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of a body that the record has, by the names of its fields; its id is never among them."""
        named = {self._names(name): value for name, value in body.items()}
        return {name: value for name, value in named.items() if name in self._fields and name != "id"}

    def clear(self, call: Call[Any], field: str, value: Any) -> None:
        """Set an indexed field to None in every record that has a value there, such as the id of what is removed."""
        for record in [*self.table(call.account).having(field, value)]:
            self.change(call, record, **{field: None})

    def remove(self, call: Call[Any], record: R) -> R:
        """Take a record out, give its number back, and give up what the provider would still have done for it."""
        for lifecycle in filter(None, (self.settles, self._lifecycle)):
            call.account.cancel(lifecycle, record.id)
        self.table(call.account).remove(record.id)
        if self.claims:
            call.world.inventory.release(getattr(record, self.claims))
        return record

    def settle(self, account: Account[Any], record_id: str, at: datetime) -> None:
        """Let a record be seen: what happens when the time that `lifecycles` give has passed."""
        account.pending[self.name].settle(record_id)
