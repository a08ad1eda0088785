"""Control operations that let a call or a message arrive at a number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.control.api import ControlCall, Deferred
from simulator.control.errors import Errors
from simulator.engine.inbound import Arrival, NobodysNumber, receive
from simulator.engine.masking import shorten
from simulator.provider import Reply
from simulator.provider.inbound import Inbound, Unreachable
from simulator.store.plans import TALKING, CallPlan, Turn


def inbound_call(call: ControlCall) -> Reply:
    """Simulate an inbound call to a number, and send its webhooks."""
    body = call.body
    return _received(call, Inbound("call", body["from"], body["to"], plan=_plan(body)))


def _plan(body: dict[str, Any]) -> CallPlan:
    """Return the plan of a call; its turns call the caller `callee`, as plans know only agent and callee.

    Raises:
        Problem: the body has both turns and a text.
    """
    if "turns" in body and "text" in body:
        raise Errors.INVALID("expected turns or text, got both")
    given = [{"role": "caller", "text": body["text"]}] if "text" in body else body.get("turns")
    turns = [Turn(role="agent" if turn["role"] == "agent" else "callee", text=turn["text"]) for turn in given or ()]
    duration = timedelta(seconds=body["duration"]) if "duration" in body else TALKING
    return CallPlan(body.get("outcome", "completed"), duration, "duration" in body, None if given is None else tuple(turns))


def inbound_message(call: ControlCall) -> Reply:
    """Simulate an inbound message to a number, and send its webhooks."""
    body = call.body
    given = {"subject": body.get("subject", ""), "media": tuple(body.get("media", ()))}
    return _received(call, Inbound("message", body["from"], body["to"], body["text"], **given))


def _received(call: ControlCall, inbound: Inbound) -> Reply:
    world = call.world
    try:
        arrival = receive(world, inbound, call.provider)
    except NobodysNumber as error:
        raise Errors.NOT_FOUND(str(error)) from None
    except Unreachable as error:
        raise Errors.CONFLICT(str(error)) from None
    after = call.context.courier.idle(world) if world.has_webhooks else None
    return Deferred(_arrival(arrival), after=after)


def _arrival(arrival: Arrival) -> dict[str, Any]:
    return {
        "provider": arrival.provider,
        "account": shorten(arrival.tenant),
        "number": arrival.number,
        "records": [record.id for record in arrival.records],
        "deliveries": list(arrival.deliveries),
    }


OPERATIONS = (inbound_call, inbound_message)
