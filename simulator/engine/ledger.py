"""The ledger of a world: what its accounts bought, rented, called and sent, with prices.

Only purchases and releases are kept, in a table that is undone, saved and restored with the world; everything else is computed
from the tables and the clock when the ledger is read. Of numbers that were released long ago only the sum is kept, so that a
client may buy and release for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
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
    cost = sum((entry.amount for entry in _of_number(oldest, provider, oldest.bought_at)), FREE)
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


def entries(world: World, providers: Mapping[str, Provider[Any]], provider: str | None = None) -> list[LedgerEntry]:
    """Return the entries of a world up to now, the oldest first."""
    now = world.store.environment.clock.now()
    all_entries = [entry for held in _holdings(world) for entry in _of_number(held, providers[held.provider], now)]
    all_entries += _of_services(world, providers)
    chosen = [entry for entry in all_entries if provider in (None, entry.provider)]
    return sorted(chosen, key=lambda entry: entry.at)


def _holdings(world: World) -> list[Holding]:
    return [*reversed([*world.holdings.all()])]


def _of_number(held: Holding, provider: Provider[Any], now: datetime) -> Iterator[LedgerEntry]:
    rental = provider.rentals[held.table]
    place = (held.provider, held.tenant, held.subject, held.number)
    if held.earlier:
        yield LedgerEntry(held.released_at or now, "earlier", *place, held.price.once, rental.evidence, rental.source, "")
        return
    if held.is_bought:
        yield LedgerEntry(held.bought_at, "purchase", *place, held.price.once, rental.evidence, rental.source, held.request)
        yield from _rents(held, rental, now)
    if held.released_at is not None:
        yield LedgerEntry(held.released_at, "release", *place, FREE, rental.evidence, rental.source, held.released_by)


def _rents(held: Holding, rental: Rental, now: datetime) -> Iterator[LedgerEntry]:
    if not held.price.month:
        return
    first, until = held.bought_at.date(), (held.released_at or now).date()
    for month in range(months_begun(first, until)):
        at = held.bought_at if month == 0 else datetime.combine(due_day(first, month), time(), held.bought_at.tzinfo)
        place = (held.provider, held.tenant, held.subject, held.number)
        yield LedgerEntry(at, "rent", *place, held.price.month, rental.evidence, rental.source, "")


def _of_services(world: World, providers: Mapping[str, Provider[Any]]) -> Iterator[LedgerEntry]:
    for (name, tenant), account in world.store.accounts.items():
        for service in providers[name].services:
            seeded = account.began_with(service.table)
            for record in account.tables[service.table].all():
                charge = service.charge(record) if record.id not in seeded else None
                if charge is not None:
                    place = (name, tenant, record.id, "")
                    yield LedgerEntry(charge.at, service.kind, *place, charge.amount, service.evidence, service.source, "")
