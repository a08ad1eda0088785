"""Outbound calls as older clients dial them (line/integrations/telephony/outbound-dialing): without naming a number."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call
from simulator.providers.cartesia.account import State, agents, numbers, provider
from simulator.providers.cartesia.dialling import free_lines, place, require_outbound, unusable
from simulator.providers.cartesia.errors import Errors


@provider.operation("legacy_calls_create", type="call", direction="outbound", status="success")
def dial_legacy(call: Call[State]) -> dict[str, Any]:
    """Dial every number from a number of the agent; one that cannot be dialled is a problem of the whole request."""
    agent, targets = agents.get(call, call.body["agent_id"]), call.body["target_numbers"]
    number = next(iter(numbers.having(call, "agent_id", agent.id)), None)
    if number is None:
        raise Errors.NO_CALLER()
    require_outbound(call, number)
    for index, target in enumerate(targets):
        error = unusable(number, {"to_number": target})
        if error is not None:
            raise error(f"target_numbers[{index}]: {error.detail}")
    lines = free_lines(call.state)
    if lines is not None and len(targets) > lines:
        raise Errors.LIMITED()
    sent = {"metadata": call.body.get("metadata")}
    made = [place(call.account, agent, number, call.now, None, to_number=target, **sent) for target in targets]
    for phone_call in made:
        call.account.begin("call", phone_call.id, phone_call.started_at)
    shown = [{"number": one.to_number, "call_sid": one.call_sid, "agent_call_id": one.id} for one in made]
    return {"agent_id": agent.id, "calls": shown}
