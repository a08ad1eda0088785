"""The agent that answers a number and the agent that calls from it: two assignments, independent of each other."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Listing
from simulator.providers.truedy.account import State, agents, named_in_body, numbers, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.records import Number


@provider.operation("assign_number")
def assign_number(call: Call[State]) -> dict[str, Any]:
    """Assign a number to an agent in one direction, even if another agent has it (telephony-overview)."""
    number = named_in_body(call, numbers, "number_id", Errors.UNKNOWN_NUMBER)
    agent = named_in_body(call, agents, "agent_id", Errors.UNKNOWN_AGENT)
    assigned = number.inbound_agent_id if call.body["assignment_type"] == "inbound" else number.outbound_agent_id
    if assigned not in (None, agent.id) and call.assumed("reassign") == "refuse":
        raise Errors.NUMBER_ASSIGNED("Unassign the number from its agent first")
    return {**_directed(call, number, agent.id), "assigned_at": call.now}


@provider.operation("unassign_number")
def unassign_number(call: Call[State]) -> dict[str, Any]:
    """Unassign a number in one direction; it need not be assigned."""
    number = named_in_body(call, numbers, "number_id", Errors.UNKNOWN_NUMBER)
    return {**_directed(call, number, None), "unassigned_at": call.now}


@provider.operation("get_agent_numbers")
def get_agent_numbers(call: Call[State]) -> dict[str, Listing[Number]]:
    """Return the numbers that an agent answers, and those from which it calls."""
    agent = agents.get(call)
    held = {name: numbers.having(call, f"{name}_agent_id", agent.id) for name in ("inbound", "outbound")}
    call.account.read("number", {number.id for listing in held.values() for number in listing}, call.now)
    return held


@provider.operation("get_agent_webhook_url")
def get_agent_webhook_url(call: Call[State]) -> dict[str, str]:
    """Return the address to which a carrier must send the calls of an imported number; it never changes."""
    # Read from the table, as `get` counts as a read of the agent, which may activate it.
    agent = call.state.agents.get(call.params["agent_id"]) or agents.get(call)
    if agent.voice_agent_id is None:
        raise Errors.AGENT_NOT_SYNCED()
    url = f"https://api.ultravox.ai/api/agents/{agent.voice_agent_id}/telephony_xml"
    return {"webhook_url": url, "agent_id": agent.id, "ultravox_agent_id": agent.voice_agent_id}


def _directed(call: Call[State], number: Number, agent_id: str | None) -> dict[str, Any]:
    """Set the agent of a number in the direction of the request, and return the assignment."""
    direction = call.body["assignment_type"]
    numbers.change(call, number, **{f"{direction}_agent_id": agent_id})
    return {"number_id": number.id, "number": number.phone_number, "agent_id": agent_id, "assignment_type": direction}
