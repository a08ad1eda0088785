"""The ledger of a world: what its accounts bought, rented, called and sent, with prices.

Only purchases and releases are kept, in a table that is undone, saved and restored with the world; everything else is computed
from the tables and the clock when the ledger is read. Of numbers that were released long ago only the sum is kept, so that a
client may buy and release for ever.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from simulator.engine.context import RequestContext
from simulator.engine.holding import Holding
from simulator.engine.world import World
from simulator.openapi.evidence import Evidence
from simulator.provider import Price, Provider
from simulator.provider.prices import FREE, Rental, due_day, months_begun
from simulator.store.changes import Change

MAX_RELEASED = 10_000  # released numbers of a provider that are listed one by one; of older ones only the sum is kept


class LedgerEntry(NamedTuple):
    """One amount that an account owes, in USD."""

    at: datetime
    kind: str  # purchase, rent, release, call or message; earlier: the sum of numbers that were released long ago
    provider: str
    tenant: str
    subject: str  # the id of the number, the call or the message
    number: str  # empty where it is none
    amount: Decimal
    evidence: Evidence
    source: str
    request: str  # the id of the request that caused it; empty: none did


Line = tuple[datetime, int, int, LedgerEntry]  # when, the number or service that it is about, and its place there: the order


class Cause(msgspec.Struct, frozen=True):
    """What bought or released a number: a request of an account, or an act of the outside world."""

    tenant: str
    at: datetime
    request: str  # its id; empty: none


def note(provider: Provider[Any], context: RequestContext) -> None:
    """Note the numbers that a request bought and released."""
    world, account = context.world, context.account
    if account is not None:
        note_changes(world, provider, Cause(account.tenant, context.at, context.id), world.store.changes)


def note_changes(world: World, provider: Provider[Any], cause: Cause, changes: Sequence[Change]) -> None:
    """Note the numbers that some changes bought and released: the records that they added to a table, or removed from it."""
    rented = provider.rented_tables
    relevant = [change for change in changes if change.place.name in rented]
    for change in relevant if len(relevant) < 2 else _net(relevant, rented):
        row = change.after or change.before
        if row is not None and (change.before is None or change.after is None):
            _note(world, provider, cause, rented[change.place.name], row.record, is_bought=change.after is not None)


def _net(changes: Sequence[Change], rented: Mapping[str, Rental]) -> list[Change]:
    """Return what changes did in all to each record: it may be added, and settle in another table at once."""
    net: dict[tuple[str, str], Change] = {}
    for change in changes:
        place = rented[change.place.name].table, change.key
        net[place] = msgspec.structs.replace(change, before=net[place].before) if place in net else change
    return list(net.values())


def _note(world: World, provider: Provider[Any], cause: Cause, rental: Rental, record: Any, *, is_bought: bool) -> None:
    price = rental.price(record)
    if price is None:
        return
    place = f"{provider.name} {cause.tenant} {record.id}"
    held = None if is_bought else world.holdings.get(place)
    if held is None:
        held = Holding(
            id=place,
            provider=provider.name,
            tenant=cause.tenant,
            subject=record.id,
            number=getattr(record, rental.number),
            price=price if is_bought else Price(),
            table=rental.table,
            request=cause.request if is_bought else "",
            bought_at=cause.at,
            is_bought=is_bought,  # else the account began with it
        )
    if is_bought:
        world.holdings.put(held)
    else:
        world.holdings.put(held.released(cause.at, cause.request))
        _sum_up(world, provider)


def _sum_up(world: World, provider: Provider[Any]) -> None:
    """Add the oldest number that was released to the sum of those before it, where that many are kept."""
    released = world.holdings.having("released_to", provider.name)
    if len(released) <= MAX_RELEASED:
        return
    (oldest,) = released.window(len(released) - 1, 1)
    months = _months(oldest, oldest.bought_at)
    cost = (oldest.price.once if oldest.is_bought else FREE) + months * oldest.price.month
    place = f"{oldest.provider} {oldest.tenant} {oldest.table} earlier"
    before = world.holdings.get(place) or msgspec.structs.replace(oldest, id=place, subject="", number="", price=Price())
    world.holdings.remove(oldest.id)
    world.holdings.put(
        msgspec.structs.replace(
            before,
            price=Price(once=before.price.once + cost),
            released_at=oldest.released_at,
            earlier=before.earlier + 1,
        )
    )


def rented(world: World) -> list[Holding]:
    """Return the numbers that were bought and are rented still, the oldest first."""
    return [held for held in _holdings(world) if held.is_bought and held.released_at is None]


class Ledger:
    """The ledger of a world as it is read: the sum of all entries, and the newest ones.

    Rents fall due for as long as the clock goes, so they are counted, and only those that are shown are made.
    """

    def __init__(self, world: World, providers: Mapping[str, Provider[Any]], provider: str | None = None) -> None:
        """Read the ledger up to now; that of one provider, or of all."""
        now = world.store.environment.clock.now()
        self._once: list[Line] = []
        self._rented: list[Rented] = []
        held = [one for one in _holdings(world) if provider in (None, one.provider)]
        for place, one in enumerate(held):
            rental = providers[one.provider].rentals[one.table]
            months = _months(one, now)
            self._once += ((entry.at, place, position, entry) for position, entry in _once(one, rental, months, now))
            if months:
                self._rented.append(Rented(one, rental, place, months))
        services = (entry for entry in _of_services(world, providers) if provider in (None, entry.provider))
        self._once += ((entry.at, len(held), position, entry) for position, entry in enumerate(services))

    @property
    def total(self) -> int:
        """How many entries there are."""
        return len(self._once) + sum(one.months for one in self._rented)

    @property
    def spent(self) -> Decimal:
        """The sum of all amounts."""
        once = sum((entry.amount for *_, entry in self._once), FREE)
        return once + sum((one.months * one.held.price.month for one in self._rented), FREE)

    def newest(self, limit: int) -> list[LedgerEntry]:
        """Return the newest entries, the oldest of them first."""
        lines = heapq.merge(sorted(self._once, reverse=True), *(one.lines() for one in self._rented), reverse=True)
        return [entry for *_, entry in islice(lines, limit)][::-1]


class Rented(NamedTuple):
    """The rents of a number that was bought."""

    held: Holding
    rental: Rental
    place: int  # of the number among those that were ever bought
    months: int  # whose rent was due, more than none

    def lines(self) -> Iterator[Line]:
        """Yield what was due, the newest first."""
        held, first = self.held, self.held.bought_at.date()
        subject = (held.provider, held.tenant, held.subject, held.number)
        for month in range(self.months - 1, -1, -1):
            at = held.bought_at if month == 0 else datetime.combine(due_day(first, month), time(), held.bought_at.tzinfo)
            entry = LedgerEntry(at, "rent", *subject, held.price.month, self.rental.evidence, self.rental.source, "")
            yield at, self.place, 1 + month, entry


def _holdings(world: World) -> list[Holding]:
    return [*reversed([*world.holdings.all()])]


def _once(held: Holding, rental: Rental, months: int, now: datetime) -> Iterator[tuple[int, LedgerEntry]]:
    """Yield the entries of a number beside its rents, each with its place among all of them."""
    place = (held.provider, held.tenant, held.subject, held.number)
    if held.earlier:
        at = held.released_at or now
        yield 0, LedgerEntry(at, "earlier", *place, held.price.once, rental.evidence, rental.source, "")
        return
    if held.is_bought:
        yield 0, LedgerEntry(held.bought_at, "purchase", *place, held.price.once, rental.evidence, rental.source, held.request)
    if held.released_at is not None:
        at = held.released_at
        yield 1 + months, LedgerEntry(at, "release", *place, FREE, rental.evidence, rental.source, held.released_by)


def _months(held: Holding, now: datetime) -> int:
    """Return for how many months the rent of a number was due."""
    if held.earlier or not held.is_bought or not held.price.month:
        return 0
    return months_begun(held.bought_at.date(), (held.released_at or now).date())


def _of_services(world: World, providers: Mapping[str, Provider[Any]]) -> Iterator[LedgerEntry]:
    for (name, tenant), account in world.store.accounts.items():
        for service in providers[name].services:
            seeded = account.began_with(service.table)
            for record in account.tables[service.table].all():
                charge = service.charge(record) if record.id not in seeded else None
                if charge is not None:
                    place = (name, tenant, record.id, "")
                    yield LedgerEntry(charge.at, service.kind, *place, charge.amount, service.evidence, service.source, "")
