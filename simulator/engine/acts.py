"""Events outside the API: carriers take back numbers, agents are deleted in a dashboard, subscriptions lapse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from simulator.engine.ledger import Cause, note_changes
from simulator.engine.played import Played
from simulator.engine.world import World
from simulator.provider import Account, Call, Provider, Resource
from simulator.scenario.format import Act, AgentDeleted, NumberLost, Subscription
from simulator.scenario.timeline import parts_of
from simulator.store.records import Record
from simulator.store.timers import Timer

NOW = "now-"  # how the ids of acts that were performed at once begin
MAX_NAMED = 20  # numbers or agents that the text of an act without effect names
MAX_NOTED = 1000  # acts that were performed at once


class NoEffect(Exception):
    """The act has no number, agent or account to work on; the text lists those that exist."""


def play(world: World, timer: Timer, due: datetime) -> None:
    """Perform a timed act of the scenario, and keep its effect."""
    act = world.scenario.acts[int(timer.subject)].act
    try:
        played = Played(id=timer.subject, at=due, effect=perform(world, act, due))
    except NoEffect as error:
        played = Played(id=timer.subject, at=due, effect=str(error), had_effect=False)
    world.played.put(played)


def perform_now(world: World, act: Act) -> str:
    """Perform an act at once, and return its effect in words, which is kept; the oldest are dropped.

    Raises:
        NoEffect: there is no such number, agent or account.
    """
    at = world.store.environment.clock.now()
    effect = perform(world, act, at)
    noted = sorted(int(one.id.removeprefix(NOW)) for one in world.played.all() if one.act is not None)
    if len(noted) == MAX_NOTED:
        world.played.remove(f"{NOW}{noted[0]}")
    world.played.put(
        Played(id=f"{NOW}{noted[-1] + 1 if noted else 1}", at=at, effect=effect, act=act, position=world.journal.position)
    )
    return effect


def perform(world: World, act: Act, at: datetime) -> str:
    """Perform an act, and return its effect in words.

    Raises:
        NoEffect: there is no such number, agent or account.
    """
    ((name, part),) = parts_of(act).items()
    return _PERFORM[name](world, part, at)


def _lose_number(world: World, part: NumberLost, at: datetime) -> str:
    accounts = list(_resources(world, part.provider, lambda provider: provider.numbers))
    is_any = part.number is msgspec.UNSET  # then of each account the newest, which it bought last
    held = [
        (account, resource, record)
        for account, resource in accounts
        for record in (resource.table(account).all().window(0, 1) if is_any else resource.table(account).all())
        if is_any or getattr(record, resource.claims) == part.number
    ]
    if not held:
        there = f"no account has the number {part.number}; there are {_some_numbers(accounts) or 'none'}"
        raise NoEffect("no account has a number" if is_any else there)
    account, resource, record = max(held, key=lambda one: world.number_bought_at(one[0], one[2].id))
    number: str = getattr(record, resource.claims)
    _remove(world, account, resource, record, at)
    world.store.environment.inventory.reserve(number)  # the carrier has it
    return f"the carrier took back {number}, {account.provider.name} {record.id}"


def _some_numbers(accounts: Iterable[tuple[Account[Any], Resource[Any]]]) -> str:
    """Return the newest numbers of accounts, in words."""
    numbers = (
        f"{getattr(record, resource.claims)} ({account.provider.name})"
        for account, resource in accounts
        for record in resource.table(account).all().window(0, MAX_NAMED)
    )
    return ", ".join(islice(numbers, MAX_NAMED))


def _delete_agent(world: World, part: AgentDeleted, at: datetime) -> str:
    agents = [
        (account, resource, record)
        for account, resource in _resources(world, part.provider, lambda provider: provider.resource("agents"))
        for record in resource.table(account).all()
    ]
    matching = [one for one in agents if part.id in (msgspec.UNSET, one[2].id)]
    if not matching:
        if part.id is msgspec.UNSET:
            raise NoEffect(f"{part.provider} has no agent")
        there = ", ".join(record.id for _, _, record in agents[:MAX_NAMED])
        raise NoEffect(f"{part.provider} has no agent {part.id}; there are {there or 'none'}")
    account, resource, record = matching[0]
    _remove(world, account, resource, record, at)
    return f"the agent {record.id} of {part.provider} was deleted"


def _lapse(world: World, part: Subscription, at: datetime) -> str:
    whose = _whose(world, part)
    world.store.environment.lapsed.put(Record(id=f"{part.provider} {whose}"))
    return f"the subscription of {part.provider} lapsed"


def _renew(world: World, part: Subscription, at: datetime) -> str:
    lapsed, whose = world.store.environment.lapsed, _whose(world, part)
    names = [one.id for one in lapsed.all() if one.id in (f"{part.provider} {whose}", f"{part.provider} *")]
    if whose == "*":
        names = [one.id for one in lapsed.all() if one.id.startswith(f"{part.provider} ")]
    if not names:
        raise NoEffect(f"the subscription of {part.provider} has not lapsed")
    for name in names:
        lapsed.remove(name)
    return f"the subscription of {part.provider} was renewed"


def _whose(world: World, part: Subscription) -> str:
    """Return the tenant whose subscription it is; `*` for all.

    Raises:
        NoEffect: the key opens no account.
    """
    if not part.key:
        return "*"
    tenant = world.store.tenant_of(part.provider, part.key)
    if tenant is None:
        raise NoEffect(f"no account of {part.provider} has this key, or it has not been used yet")
    return tenant


_PERFORM: dict[str, Callable[[World, Any, datetime], str]] = {
    "number_lost": _lose_number,
    "agent_deleted": _delete_agent,
    "subscription_lapsed": _lapse,
    "subscription_renewed": _renew,
}


def _resources(
    world: World, provider: str, choose: Callable[[Provider[Any]], Resource[Any] | None]
) -> Iterator[tuple[Account[Any], Resource[Any]]]:
    """Yield the accounts of a provider, or of all, each with one of its resources."""
    for (name, _), account in world.store.accounts.items():
        service: Provider[Any] = account.provider  # type: ignore[assignment]
        resource = choose(service)
        if resource is not None and provider in ("", name):
            yield account, resource


def _remove(world: World, account: Account[Any], resource: Resource[Any], record: Record, at: datetime) -> None:
    """Remove a record as its provider does, which decides what becomes of those that refer to it."""
    service: Provider[Any] = account.provider  # type: ignore[assignment]
    changes = world.store.changes
    first = len(changes)
    call = Call.without_request(account, at)
    resource.remove(call, record)
    if resource is service.numbers and service.ends is not None:
        service.ends(call, record)
    note_changes(world, service, Cause(account.tenant, at, ""), changes[first:])
