"""Control operations that steer a world: its clock and its rules."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.clock import FIRST, LAST, millis, moment
from simulator.control.vocabulary import Errors, Operator, broken, named, provider
from simulator.documents import BrokenFile, Inline
from simulator.explain import nearest_miss
from simulator.format import MOST, duration
from simulator.provider import Call, Reply
from simulator.rules import Rule
from simulator.world import Timer, World


@provider.operation("get_clock")
def get_clock(call: Call[Operator]) -> Reply:
    """The time in a world, and what is due later."""
    return Reply(_clock(named(call), []))


@provider.operation("set_clock")
def set_clock(call: Call[Operator]) -> Reply:
    """Freeze, set or advance the clock; what comes due is done, in order, and reported."""
    world, wish = named(call), call.body
    try:
        at = moment(wish["set"]) if "set" in wish else world.clock.now()
        at += duration(wish.get("advance", "0s"))
    except (OverflowError, ValueError) as error:
        raise Errors.INVALID(f"the clock cannot go there: {error}") from None
    if not FIRST <= at < LAST:
        raise Errors.INVALID(f"the clock cannot go to {at:%Y}, expected a year from {FIRST:%Y} to {LAST:%Y}")
    if "freeze" in wish:
        world.clock.freeze(wish["freeze"])
    if "set" in wish or "advance" in wish:
        world.clock.set(at)
    return Reply(_clock(world, world.tick()))


@provider.operation("list_rules")
def list_rules(call: Call[Operator]) -> Reply:
    """The rules of a world in the order in which they are tried."""
    return Reply({"rules": [_rule(rule) for rule in named(call).rules]})


@provider.operation("explain_rule")
def explain_rule(call: Call[Operator]) -> Reply:
    """One rule, and the request that came nearest to it without being decided by it."""
    world, mask = named(call), call.state.mask
    rule = next((rule for rule in world.rules if rule.id == call.params["id"]), None)
    if rule is None:
        raise Errors.NOT_FOUND(f"no rule {call.params['id']!r} in this world")
    missed = nearest_miss(rule, world, mask)
    nearest = None
    if missed is not None:
        entry, why = missed
        nearest = {"id": entry.id, "method": entry.request.method, "path": mask.address(entry.path), "why": why}
    return Reply({**_rule(rule), "nearest": nearest})


@provider.operation("add_rule")
def add_rule(call: Call[Operator]) -> Reply:
    """Add a rule before all others, so that it decides first."""
    world = named(call)
    if len(world.rules) >= MOST:
        raise Errors.CONFLICT(f"this world has {MOST} rules; take one away first")
    try:
        definition = call.state.worlds.catalog.scenarios.read_rule(Inline("rule", call.body))
    except BrokenFile as error:
        raise broken(error) from None
    return Reply(_rule(world.rules.add(definition)))


@provider.operation("remove_rule")
def remove_rule(call: Call[Operator]) -> Reply:
    """Take a rule away."""
    if not named(call).rules.remove(call.params["id"]):
        raise Errors.NOT_FOUND(f"no rule {call.params['id']!r} in this world")
    return Reply()


@provider.operation("remove_rules")
def remove_rules(call: Call[Operator]) -> Reply:
    """Take all rules away, the scenario's too."""
    named(call).rules.clear()
    return Reply()


def _clock(world: World, fired: list[Timer]) -> dict[str, Any]:
    begun = reversed(list(world.timers.all()))  # of equal times the first one first, as they come due
    pending = sorted((timer for timer in begun if timer.due), key=lambda timer: timer.due or world.clock.now())
    return {
        "now": millis(world.clock.now()),
        "frozen": world.clock.frozen,
        "fired": [_timer(timer) for timer in fired],
        "pending": [_timer(timer) for timer in pending],
    }


def _timer(timer: Timer) -> dict[str, Any]:
    return {
        "lifecycle": f"{timer.provider}.{timer.resource}",
        "subject": timer.subject,
        "due": millis(timer.due) if timer.due else None,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "rule": msgspec.to_builtins(rule.definition),
        "fitted": rule.fitted,
        "fired": rule.fired,
    }
