"""Calls and messages from outside: which account has the number, and what they change there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from simulator.engine.world import World
from simulator.provider import Account, Provider
from simulator.provider.inbound import Inbound, Unreachable
from simulator.store.records import Record


class Arrival(NamedTuple):
    """Where a call or a message arrived, and the records and webhooks that it caused."""

    provider: str
    tenant: str
    number: str  # the id of the number
    records: Sequence[Record]
    deliveries: Sequence[str]  # ids of the webhooks


class NobodysNumber(Exception):
    """No account of the world has the number; the text names those that there are."""


def receive(world: World, inbound: Inbound, provider: str | None = None) -> Arrival:
    """Let a call or a message arrive in the account that has the number, of `provider` if it is given.

    Raises:
        NobodysNumber: no account has the number.
        Unreachable: the number takes no calls or messages as it is.
    """
    with world.whole():
        world.tick()
        environment = world.store.environment
        at = environment.clock.now()
        account, number = _owner(world, inbound.to_number, provider)
        service: Provider[Any] = account.provider  # type: ignore[assignment]
        handler = service.receivers.get(inbound.kind)
        if handler is None:
            raise Unreachable(f"{service.name} takes no {inbound.kind}s on its numbers")
        before = set(environment.outbox.table.rows())
        records = handler(account, number, inbound, at)
        deliveries = [one.id for one in environment.outbox.all() if one.id not in before][::-1]
        return Arrival(service.name, account.tenant, number.id, records, deliveries)


def _owner(world: World, to_number: str, provider: str | None) -> tuple[Account[Any], Any]:
    """Return the account that has a number, and its record of it."""
    held = []
    for account, number, text in _numbers(world, provider):
        if text == to_number:
            return account, number
        held.append(f"{text} ({account.provider.name})")
    there = f"; there are {', '.join(held[:5])}" if held else "; no account has any number: buy one first"
    whose = f"no account of {provider}" if provider else "nobody in this world"
    raise NobodysNumber(f"{whose} has the number {to_number}{there}")


def _numbers(world: World, provider: str | None) -> Iterator[tuple[Account[Any], Any, str]]:
    for (name, _), account in world.store.accounts.items():
        service: Provider[Any] = account.provider  # type: ignore[assignment]
        resource = service.numbers
        if resource is None or (provider is not None and name != provider):
            continue
        for number in resource.table(account).all():
            yield account, number, getattr(number, resource.claims)
