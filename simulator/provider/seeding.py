"""Records from a scenario's section for an account: ids are unique, references name records, numbers are reserved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from simulator.documents.suggestions import suggestion
from simulator.provider.resource import Resource
from simulator.store.account import Account
from simulator.store.records import Record
from simulator.store.seed import Seed

S = TypeVar("S")
R = TypeVar("R", bound=Record)


class SeedError(ValueError):
    """A fault of a scenario's section for an account; `pointer` is its place within the section."""

    def __init__(self, problem: str, pointer: Sequence[str | int] = ()) -> None:
        super().__init__(problem)
        self.pointer = tuple(pointer)


class Seeding(Generic[S]):
    """Fills the tables of a new account."""

    def __init__(self, account: Account[S], seed: Any, default_bodies: Mapping[str, dict[str, Any]]) -> None:
        self.account = account
        self.state = account.state
        self.now = account.world.clock.now()
        self._section = seed
        self._default_bodies = default_bodies

    def fill(self, resources: Sequence[Resource[Any]]) -> None:
        """Add the records of every list of the section that has the name of a resource, in the order of the resources."""
        for resource in resources:
            self.add(resource, getattr(self._section, resource.name, ()))

    def add(self, resource: Resource[R], seeds: Sequence[Seed], **fields: Any) -> list[R]:
        """Add a record for each seed, or as many as its `count`, and return them.

        A record has the fields that it shares with its seed, except those that are None, and those of `fields`.

        Raises:
            SeedError: two records have one id, a reference names no record, a number is taken, or a field is invalid.
        """
        records = []
        for seed in seeds:
            given = self._given(resource, seed, fields)
            records += [self._add(resource, seed, {**given}) for _ in range(getattr(seed, "count", 1))]
        return records

    def restore(self, resources: Sequence[Resource[Any]], records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Add whole records by the names of their tables; what a record needs and a scenario omits is its default.

        Raises:
            SeedError: no table has the name, a field is unknown, missing or invalid, or two records have one id.
        """
        known = {resource.name: resource for resource in resources}
        for name in sorted(records, key=lambda name: [*known, name].index(name)):
            if name not in known:
                raise SeedError(f"unknown table {name!r}{suggestion(name, known)}", ("records", name))
            for index, fields in enumerate(records[name]):
                self._restore(known[name], fields, ("records", name, index))

    def _restore(self, resource: Resource[Any], fields: Mapping[str, Any], pointer: tuple[str | int, ...]) -> None:
        for field in fields:
            if field not in resource.record.__struct_fields__:
                raise SeedError(f"unknown field {field!r}{suggestion(field, resource.record.__struct_fields__)}", pointer)
        try:
            record = resource.read(self.account, self.now, fields)
            if resource.claims:
                self.account.world.inventory.reserve_seeded(getattr(record, resource.claims))
        except ValueError as error:
            raise SeedError(str(error), pointer) from None
        if record.id in resource.table(self.account):
            raise SeedError(f"the id {record.id} appears twice in {resource.name}, expected once", (*pointer, "id"))
        resource.table(self.account).put(record)

    def defaults(self, operation_id: str) -> dict[str, Any]:
        """Return the defaults of an operation's body: what a client that sends {} gets."""
        return self._default_bodies[operation_id]

    def grant(self, key: str, scheme: str, subject: str, seed: Seed) -> None:
        """Let a key open the account for a part of it, such as a sub-account.

        Raises:
            SeedError: the key opens something already.
        """
        if f"{self.account.provider.name} {key}" in self.account.world.credentials:
            raise self.fault(f"the key {key} opens an account already; expected a key that is not listed yet", seed, "keys")
        self.account.grant(key, scheme, subject=subject)

    def fault(self, problem: str, seed: Seed, field: str = "") -> SeedError:
        """Return the error to raise about a seed, with its place in the scenario."""
        pointer = next(_places(self._section, seed, ()), ())
        return SeedError(problem, (*pointer, field) if field and pointer else pointer)

    def add_one(self, resource: Resource[R], seed: Seed, **fields: Any) -> R:
        """Add one record for a seed, whatever its `count`, and return it: for fields that differ from one record to the next.

        Raises:
            SeedError: as for `add`.
        """
        return self._add(resource, seed, self._given(resource, seed, fields))

    def _given(self, resource: Resource[Any], seed: Seed, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that all records of a seed have."""
        names = [name for name in seed.__struct_fields__ if name in resource.record.__struct_fields__]
        stated = {name: getattr(seed, name) for name in names if getattr(seed, name) is not None}
        return {**resource.described_by(self.defaults(resource.created_by)), **stated, **fields}

    def _add(self, resource: Resource[R], seed: Seed, given: dict[str, Any]) -> R:
        table = resource.table(self.account)
        if given.get("id", "") in table:
            raise self.fault(f"the id {given['id']} appears twice in {resource.name}, expected once", seed, "id")
        self._check(resource, seed, given)
        if resource.claims:
            given[resource.claims] = self._claimed(seed, resource.claims, given.get(resource.claims))
        try:
            record = resource.make(self.account, self.now, given)
        except ValueError as error:
            raise self.fault(str(error), seed) from None
        return table.put(record)

    def _claimed(self, seed: Seed, field: str, number: str | None) -> str:
        try:
            return self.account.world.inventory.reserve_seeded(number)
        except ValueError as error:
            raise self.fault(str(error), seed, field) from None

    def _check(self, resource: Resource[Any], seed: Seed, given: dict[str, Any]) -> None:
        """Reject references to missing records, and values that another record already has."""
        for field, other in resource.refers.items():
            named = given.get(field)
            owner = given.get(resource.within) if field != resource.within else None
            for record_id in named if isinstance(named, list | tuple) else [] if named is None else [named]:
                record = other.table(self.account).get(record_id)
                if record is None or (owner is not None and getattr(record, resource.within) != owner):
                    whose = f"{owner}" if owner is not None else "the account"
                    problem = f"{field} names {record_id}, which is not in {other.name} of {whose}"
                    raise self.fault(problem, seed, field)
        for field in resource.unique:
            value = given.get(field)
            if value is not None and len(resource.table(self.account).having(field, value)):
                raise self.fault(f"two of {resource.name} have the {field} {value}, expected one at most", seed, field)


def _places(section: Any, seed: Seed, pointer: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of a seed in a section; it is one of the section's own objects."""
    if section is seed:
        yield pointer
    if isinstance(section, Seed):
        for name in section.__struct_fields__:
            yield from _places(getattr(section, name), seed, (*pointer, name))
    elif isinstance(section, list):
        for index, item in enumerate(section):
            yield from _places(item, seed, (*pointer, index))
