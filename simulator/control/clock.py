"""Control operations on the clock of a world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from simulator.control.api import ControlCall, Deferred
from simulator.control.errors import Errors
from simulator.engine.world import World
from simulator.provider import Reply, millis
from simulator.store.clock import EARLIEST, LATEST, parse_time
from simulator.store.duration import duration
from simulator.store.timers import Timer
from simulator.store.work import weigh

SHOWN = 6  # events that are shown in a unit of work
DUE: Callable[[Timer], Any] = attrgetter("due")


def get_clock(call: ControlCall) -> Reply:
    """Return the time in a world, and what is due later."""
    _weigh(call.world)
    return Reply(_clock(call.world, []))


def set_clock(call: ControlCall) -> Reply:
    """Freeze, set or advance the clock; what is due by then is done, in order, and returned; due webhooks are sent before."""
    world, change = call.world, call.body
    clock = world.store.environment.clock
    try:
        at = parse_time(change["set"]) if "set" in change else clock.now()
        advance = change.get("advance", 0)
        at += duration(advance) if isinstance(advance, str) else timedelta(seconds=advance)
    except (OverflowError, ValueError) as error:
        raise Errors.INVALID(f"the clock cannot be set to that time: {error}") from None
    if not EARLIEST <= at < LATEST:
        raise Errors.INVALID(f"the clock cannot go to {at:%Y}, expected a year from {EARLIEST:%Y} to {LATEST:%Y}")
    _weigh(world)
    with world.whole():
        if "freeze" in change:
            clock.freeze(change["freeze"])
        if "set" in change or "advance" in change:
            clock.set(at)
        fired = world.tick()
    after = call.context.courier.idle(world) if world.has_webhooks else None
    return Deferred(_clock(world, fired), after=after)


def _weigh(world: World) -> None:
    """Handle a request apart that shows thousands of events.

    Raises:
        Postponed: others wait, and it takes too long.
    """
    weigh(len(world.store.environment.timers) // SHOWN)


def _clock(world: World, fired: list[Timer]) -> dict[str, Any]:
    environment = world.store.environment
    now = environment.clock.now()
    waiting = [timer for timer in environment.timers.all() if timer.due is not None]
    pending = sorted(waiting, key=DUE)  # of equal times the one that was started first comes first
    return {
        "now": millis(now),
        "frozen": environment.clock.frozen,
        "fired": _shown(fired),
        "pending": _shown(pending),
    }


def _shown(timers: list[Timer]) -> list[dict[str, Any]]:
    """Return timers as answers show them, in the order of their times; one that several have is formatted once."""
    return [
        {"lifecycle": f"{timer.provider or 'timeline'}.{timer.resource}", "subject": timer.subject, "due": due}
        for due, together in ((millis(due), together) for due, together in groupby(timers, DUE))
        for timer in together
    ]


OPERATIONS = (get_clock, set_clock)
