"""Control operations that play the outside world: what its timeline has done, and acts at once."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.control.api import ControlCall
from simulator.control.errors import Errors
from simulator.engine.acts import NoEffect, perform
from simulator.provider import Reply, millis
from simulator.scenario.format import Act
from simulator.scenario.moments import moment
from simulator.scenario.timeline import act_faults


def list_acts(call: ControlCall) -> Reply:
    """Return the acts of the scenario's timeline, and what came of those that were due."""
    world = call.world
    played = {one.id: one for one in world.played.all()}
    listed = []
    for place, (at, act) in enumerate(world.scenario.acts):
        done = played.get(str(place))
        status = "pending" if done is None else "done" if done.had_effect else "no_effect"
        due = done.at if done is not None else moment(at, world.store.started)
        effect = call.context.mask.text(done.effect) if done is not None else None
        listed.append({"at": millis(due), "act": _shown(call, act), "status": status, "effect": effect})
    return Reply({"acts": listed})


def perform_act(call: ControlCall) -> Reply:
    """Let the outside world do something now."""
    world = call.world
    act = msgspec.convert(call.body, Act)
    problems = [problem for _, problem in act_faults(act, call.context.registry.providers)]
    if problems:
        raise Errors.INVALID("; ".join(problems))
    try:
        with world.whole():
            world.tick()
            effect = perform(world, act, world.store.environment.clock.now())
    except NoEffect as error:
        raise Errors.CONFLICT(call.context.mask.text(str(error))) from None
    return Reply({"act": _shown(call, act), "effect": effect})


def _shown(call: ControlCall, act: Act) -> dict[str, Any]:
    shown: dict[str, Any] = call.context.mask.json(msgspec.to_builtins(act))
    return shown


OPERATIONS = (list_acts, perform_act)
