"""Control operations on events outside the API: those of the scenario's timeline, and acts that are performed at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from simulator.control.api import ControlCall
from simulator.control.errors import Errors
from simulator.engine.acts import NOW, NoEffect, perform_now
from simulator.engine.played import Played
from simulator.provider import Reply, millis
from simulator.scenario.format import Act
from simulator.scenario.moments import moment
from simulator.scenario.timeline import act_faults
from simulator.store.work import weigh


def list_acts(call: ControlCall) -> Reply:
    """Return the acts of the scenario's timeline, with the effect of those that were due, and then those performed at once."""
    world = call.world
    played = {one.id: one for one in world.played.all()}
    listed = []
    for place, (at, act) in enumerate(world.scenario.acts):
        done = played.get(str(place))
        due = done.at if done is not None else moment(at, world.store.started)
        listed.append(_listed(call, act, due, done))
    at_once = [one for one in played.values() if one.act is not None]
    return Reply({"acts": [*listed, *(_listed(call, one.act, one.at, one) for one in sorted(at_once, key=_number))]})


def _number(played: Played) -> int:
    return int(played.id.removeprefix(NOW))


def _listed(call: ControlCall, act: Act | None, at: datetime, played: Played | None) -> dict[str, Any]:
    status = "pending" if played is None else "done" if played.had_effect else "no_effect"
    effect = call.context.mask.text(played.effect) if played is not None else None
    return {"at": millis(at), "act": _shown(call, act), "status": status, "effect": effect}


def perform_act(call: ControlCall) -> Reply:
    """Perform an act now."""
    world = call.world
    act = msgspec.convert(call.body, Act)
    problems = [problem for _, problem in act_faults(act, call.context.registry.providers)]
    if problems:
        raise Errors.INVALID("; ".join(problems))
    weigh(world.store.work_of_act())
    try:
        with world.whole():
            world.tick()
            effect = perform_now(world, act)
    except NoEffect as error:
        raise Errors.CONFLICT(call.context.mask.text(str(error))) from None
    return Reply({"act": _shown(call, act), "effect": effect})


def _shown(call: ControlCall, act: Act | None) -> dict[str, Any]:
    shown: dict[str, Any] = call.context.mask.json(msgspec.to_builtins(act))
    return shown


OPERATIONS = (list_acts, perform_act)
