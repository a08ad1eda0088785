"""Collections of records: looked up by id, listed in pages, created, changed, removed.

A resource is a description beside a plain table. It holds no state: the records are those of the account of the call.
`get`, `page`, `create_from_body`, `change_from_body`, `remove` and `delete` are also operations as they stand, for those that
have no rule of their own: `provider.operation("get_agent")(agents.get)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar

import msgspec

from simulator.provider.call import Call
from simulator.provider.errors import Error
from simulator.provider.naming import as_named
from simulator.provider.new_ids import KsuidIds, NewId
from simulator.provider.pagination import Ordered, Page
from simulator.store.account import Account
from simulator.store.ids import Ids
from simulator.store.pending import PendingTable
from simulator.store.records import Listing, Record
from simulator.store.tables import Table

R = TypeVar("R", bound=Record)

Fields = Mapping[str, Any]
OnDelete = Literal["clear", "remove"]


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
        settles: The name in `lifecycles` of records that no client sees before they are settled.
        lifecycle: The name in `lifecycles` of records that are seen from the start, and changed by `Provider.step`.
        names: The attribute for a member of a body, such as `snake_case`.
        derive: By field, a function that computes it from the other fields where it is not given.
        claims: The field with a phone number, which is taken from the inventory when a scenario has such a record.
        refers: By field, the resource whose id it holds; a scenario's ids are checked.
        on_delete: By field of `refers`, what happens to a record when the one that it refers to is removed: "clear" sets the
            field to None, "remove" removes the record too. Without an entry the field keeps the id.
        unique: By field, the error of `create` for a value that another record has; a scenario's values are checked too.
        within: The field with the part of the account to which a record belongs, such as `sub_account_id`; records refer only
            to records of the same part.
        scope: Returns the part of the account that a call sees; without it a call sees the whole account.
        filters: The parameters that narrow a list to the records whose attribute of the same name has their value.
        search: By parameter, the text of a record in which the parameter's value must occur, whatever the case.
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
        on_delete: Mapping[str, OnDelete] | None = None,
        unique: Mapping[str, Error] | None = None,
        within: str = "",
        scope: Callable[[Call[Any]], str] | None = None,
        filters: Sequence[str] = (),
        search: Mapping[str, Callable[[Call[Any], R], str]] | None = None,
        created_by: str = "",
    ) -> None:
        self.name, self.record, self.param = table, record, param
        self.settles, self.lifecycle, self.claims, self.within = settles, lifecycle, claims, within
        self.refers, self.unique, self.created_by = dict(refers or {}), dict(unique or {}), created_by
        self._not_found, self._missing, self._ids, self._scope = not_found, missing, ids, scope
        self._derive, self._search, self._names = dict(derive or {}), dict(search or {}), names
        self._filters = tuple(filters)
        self._by = tuple(dict.fromkeys((*by, *self.unique, *(on_delete or {}))))
        self._dependents: list[tuple[Resource[Any], str, OnDelete]] = []
        for field, action in (on_delete or {}).items():
            if field not in self.refers:
                raise ValueError(f"on_delete of {table} names {field!r}; expected a field of refers: {', '.join(self.refers)}")
            self.refers[field]._dependents.append((self, field, action))
        self._fields = frozenset(record.__struct_fields__)
        self._fields_of = cache(self._find_fields)  # of the members that an operation describes: they are few
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

    def having(self, call: Call[Any], attribute: str, value: Any) -> Listing[R]:
        """Return the records of the call's account whose indexed attribute has a value; counts as no read."""
        return self.table(call.account).having(attribute, value)

    def find(self, call: Call[Any], record_id: str | None) -> R | None:
        """Return a record that the call may see, or None; counts as a read of it."""
        if record_id is None:
            return None
        table, pending = self.table(call.account), call.account.pending.get(self.name)
        if self.lifecycle and self._is_visible(call, table.get(record_id)):
            call.account.read(self.lifecycle, [record_id], call.now)
        record = table.get(record_id) if pending is None else pending.get(record_id, call.now)
        return record if self._is_visible(call, record) else None

    def _is_visible(self, call: Call[Any], record: R | None) -> bool:
        """Return whether there is a record and the call may see it."""
        return record is not None and (self._scope is None or getattr(record, self.within) == self._scope(call))

    def get(self, call: Call[Any], record_id: str | None = None, **facts: Any) -> R:
        """Return the record that the path parameter, or an id, names.

        Raises:
            Problem: there is none that the call may see; `facts` go into the error.
        """
        name = call.params[self.param] if record_id is None else record_id
        record = self.find(call, name)
        if record is None:
            raise self._not_found(self._missing.replace("{id}", name) or None, **facts)
        return record

    def list(self, call: Call[Any]) -> Listing[R]:
        """Return the records that the call sees and its parameters select; counts as a read of what has not settled."""
        pending = call.account.pending.get(self.name)
        if pending is not None:
            pending.read(call.now)
        listing = self._narrowed(call, call.params)
        for name, text_of in self._search.items():
            listing = _containing(call, listing, call.params.get(name), text_of)
        return listing

    def narrowed(self, call: Call[Any], **filters: Any) -> Listing[R]:
        """Return the records that the call sees whose attributes have the values of `filters`; None for any value."""
        return self._narrowed(call, filters)

    def _narrowed(self, call: Call[Any], filters: Mapping[str, Any]) -> Listing[R]:
        values = {} if self._scope is None else {self.within: self._scope(call)}
        for name in self._filters:
            value = filters.get(name)
            if value is not None:
                values[name] = value
        return self.table(call.account).narrowed(values)

    def page(self, call: Call[Any], listing: Ordered[R] | None = None) -> Page[R]:
        """Return the page that the request selects, in the provider's dialect: of a listing, or of all records."""
        page = call.pages.cut(call, self.list(call) if listing is None else listing)
        if not self.lifecycle:
            return page
        call.account.read(self.lifecycle, [record.id for record in page.items], call.now)
        table = self.table(call.account)
        return page.map(lambda record: table.get(record.id) or record)

    def unsettled(self, call: Call[Any]) -> int:
        """Return how many records that the call will see have not settled."""
        pending = call.account.pending.get(self.name)
        if pending is None or not len(pending):
            return 0
        owner = self._scope(call) if self._scope is not None else None
        return sum(1 for record in pending.all() if owner is None or getattr(record, self.within) == owner)

    def read(self, account: Account[Any], at: datetime, fields: Fields) -> R:
        """Return a record of a scenario that is not in the table yet; times may be texts.

        Raises:
            ValueError: a field is missing or invalid.
        """
        known = dict(fields)
        for name, derive in self._derive.items():
            known.setdefault(name, derive(known))
        known = {"id": self._new_id(account.world.ids, at), **dict.fromkeys(self._times, at), **known}
        return msgspec.convert(known, self.record)

    def make(self, account: Account[Any], at: datetime, fields: Fields) -> R:
        """Return a new record that is not in the table yet: id, times and derived fields are filled in."""
        known: dict[str, Any] = {**dict.fromkeys(self._times, at), **fields}
        if "id" not in known:
            table = account.tables[self.name]
            while (new := self._new_id(account.world.ids, at)) in table:
                pass  # a scenario uses this id already
            known["id"] = new
        for name, derive in self._derive.items():
            if name not in known:
                known[name] = derive(known)
        return self.record(**known)

    def _new_id(self, ids: Ids, at: datetime) -> str:
        return self._ids(ids, at) if isinstance(self._ids, KsuidIds) else self._ids(ids)

    def add(self, account: Account[Any], at: datetime, **fields: Any) -> R:
        """Add a record as `make` returns it, and return it. Its lifecycle does not begin, and it is visible at once."""
        return self.table(account).put(self.make(account, at, fields))

    def start(self, account: Account[Any], at: datetime, **fields: Any) -> R:
        """Add a record as `add` does and begin its lifecycle; return it as it is afterwards."""
        return self._begun(account, self.add(account, at, **fields), at)

    def _begun(self, account: Account[Any], record: R, at: datetime) -> R:
        account.begin(self.lifecycle, record.id, at)
        return self.table(account).get(record.id) or record

    def create(self, call: Call[Any], **fields: Any) -> R:
        """Add a record for a call and begin its lifecycle; its id, times and part of the account are filled in.

        Returns the record as it is afterwards: settled already, unless a scenario's `lifecycles` say otherwise.

        Raises:
            Problem: another record has the value of a field of `unique`.
        """
        account, now = call.account, call.now
        for field, taken in self.unique.items():
            if fields.get(field) is not None and len(self.having(call, field, fields[field])):
                raise taken()
        if self._scope is not None and self.within not in fields:
            fields[self.within] = self._scope(call)
        record = self.make(account, now, fields)
        pending = account.pending.get(self.name)
        if pending is not None:
            waiting: R = pending.put(record, now)
            return waiting
        self.table(account).put(record)
        return self._begun(account, record, now) if self.lifecycle else record

    def create_from_body(self, call: Call[Any], **fields: Any) -> R:
        """Add a record with the members of the body that the spec describes and the record has; `fields` outrank them.

        It belongs to the part of the account that the call sees, whatever the body contains.
        """
        scope = {} if self._scope is None else {self.within: self._scope(call)}
        return self.create(call, **{**self.described(call, call.body), **scope, **fields})

    def change(self, call: Call[Any], record: R, **fields: Any) -> R:
        """Replace some fields of a record, and its `updated_at`."""
        if "updated_at" in self._fields:
            fields = {"updated_at": call.now, **fields}
        return self.table(call.account).change(record, **fields)

    def change_from_body(self, call: Call[Any], record: R | None = None, **fields: Any) -> R:
        """Replace the fields that the body names, as far as the spec describes them and the record has them.

        Without a record, that of the path parameter is changed. `fields` outrank the body.
        """
        changed = self.get(call) if record is None else record
        return self.change(call, changed, **{**self.described(call, call.sent), **fields})

    def described(self, call: Call[Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of a body that the spec describes and the record has, by the names of its fields."""
        fields = self._fields_of(call.described)
        return {fields[name]: value for name, value in body.items() if name in fields}

    def _find_fields(self, members: frozenset[str]) -> dict[str, str]:
        """Return the fields that some members of a body have in the record, by the names of the members."""
        named = {name: self._names(name) for name in members}
        return {name: field for name, field in named.items() if field in self._fields and field != "id"}

    def described_by(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of a body that the record has, by the names of its fields; its id is never among them."""
        fields = self._find_fields(frozenset(body))
        return {fields[name]: value for name, value in body.items() if name in fields}

    def clear(self, call: Call[Any], field: str, value: Any) -> None:
        """Set an indexed field to None in every record that has a value there, such as the id of what is removed."""
        for record in [*self.table(call.account).having(field, value)]:
            self.change(call, record, **{field: None})

    def remove(self, call: Call[Any], record: R | None = None) -> R:
        """Remove a record, by default that of the path parameter, and return it.

        Its number is released, its lifecycle ends, and records that refer to it change as their `on_delete` says.
        """
        removed = self.get(call) if record is None else record
        for lifecycle in filter(None, (self.settles, self.lifecycle)):
            call.account.cancel(lifecycle, removed.id)
        self.table(call.account).remove(removed.id)
        if self.claims:
            call.world.inventory.release(getattr(removed, self.claims))
        for resource, field, action in self._dependents:
            if action == "clear":
                resource.clear(call, field, removed.id)
            else:
                resource.remove_all(call, resource.having(call, field, removed.id))
        return removed

    def remove_all(self, call: Call[Any], records: Iterable[R]) -> None:
        """Remove several records."""
        for record in [*records]:
            self.remove(call, record)

    def delete(self, call: Call[Any]) -> None:
        """Remove the record of the path parameter; for an operation whose answer does not show it."""
        self.remove(call)

    def settle(self, account: Account[Any], record_id: str, at: datetime) -> None:
        """Make a record visible: the event of `settles`."""
        account.pending[self.name].settle(record_id)


def _containing(call: Call[Any], listing: Listing[R], value: str | None, text_of: Callable[[Call[Any], R], str]) -> Listing[R]:
    """Return the records in whose text a value occurs, whatever the case; all of them without a value."""
    part = (value or "").casefold()
    return listing.where(lambda record: part in text_of(call, record).casefold()) if part else listing
