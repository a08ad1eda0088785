"""Control operations on the gates of a world: list and release held requests."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from simulator.control.api import ControlCall
from simulator.control.errors import Errors
from simulator.engine.gates import Gate, HeldRequest
from simulator.engine.masking import Mask, shorten_key
from simulator.provider import Reply, millis
from simulator.scenario.format import Hold


def list_gates(call: ControlCall) -> Reply:
    """Return the gates of a world, each with the requests that it holds."""
    return Reply({"gates": [_gate(gate, call.context.mask) for gate in _gates(call)]})


def release_gate(call: ControlCall) -> Reply:
    """Release requests from a gate in the order of the body, or all of them; with `open`, all that come later pass too."""
    gate = next((gate for gate in _gates(call) if gate.rule.id == call.params["id"]), None)
    if gate is None:
        raise Errors.NOT_FOUND(f"no rule {call.params['id']!r} of this world holds requests; GET …/gates lists those that do")
    requests = call.body.get("requests", list(gate.waiting))
    for request in requests:
        if request not in gate.waiting:
            raise Errors.CONFLICT(_not_waiting(gate, request))
    released = gate.release(requests)
    if call.body.get("open"):
        released += gate.open()
    answered = [{"id": request, "status": response.status} for request, response in released]
    return Reply({"released": answered, "gate": _gate(gate, call.context.mask)})


def _gates(call: ControlCall) -> list[Gate]:
    world = call.world
    return [world.gates.at(rule) for rule in world.rules if rule.definition.then.hold is not UNSET]


def _not_waiting(gate: Gate, request: str) -> str:
    """Return why a request cannot be released."""
    why = next((left.why for left in gate.left if left.id == request), "")
    waiting = f"those that wait are {', '.join(gate.waiting)}" if gate.waiting else "none waits"
    return f"{request} has left the gate: {why}" if why else f"{request} does not wait at this gate; {waiting}"


def _gate(gate: Gate, mask: Mask) -> dict[str, Any]:
    hold = gate.rule.definition.then.hold
    return {
        "id": gate.rule.id,
        "name": mask.text(gate.rule.name),
        "until": hold.until if isinstance(hold, Hold) else None,
        "open": gate.rule.is_open,
        "waiting": [_held(held, mask) for held in gate.waiting.values()],
        "left": [left._asdict() for left in gate.left],
        "released": gate.released,
    }


def _held(held: HeldRequest, mask: Mask) -> dict[str, Any]:
    given = held.given
    return {
        "id": held.id,
        "at": millis(held.at),
        "provider": given.provider,
        "operation": given.operation or None,
        "method": given.method,
        "path": mask.address(given.path),
        "query": mask.json(dict(given.query)),
        "key": shorten_key(given.key) if given.key else "",
        "headers": mask.headers(dict(given.headers)),
        "body": mask.json(given.body),
    }


OPERATIONS = (list_gates, release_gate)
