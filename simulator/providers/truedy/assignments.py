"""Which agent answers a number and which one calls from it: two assignments, each made and ended apart."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, seconds
from simulator.providers.truedy.agents import agent_of
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.numbers import owned
from simulator.providers.truedy.provider import provider
from simulator.providers.truedy.records import Number
from simulator.providers.truedy.state import State


@provider.operation("assign_number")
def assign_number(call: Call[State]) -> Reply:
    """Give a number to an agent in one direction, whoever had it before (telephony-overview: reassignable at any time)."""
    number, agent_id = _named_number(call), _named_agent(call)
    assigned = number.inbound_agent_id if call.body["assignment_type"] == "inbound" else number.outbound_agent_id
    if assigned not in (None, agent_id) and call.assumed("reassign") == "refuse":
        raise Errors.NUMBER_ASSIGNED("Unassign the number from its agent first")
    return Reply({**_directed(call, number, agent_id), "assigned_at": seconds(call.now)})


@provider.operation("unassign_number")
def unassign_number(call: Call[State]) -> Reply:
    """Take a number off its agent in one direction; there need not be one."""
    number = _named_number(call)
    return Reply({**_directed(call, number, None), "unassigned_at": seconds(call.now)})


@provider.operation("get_agent_numbers")
def get_agent_numbers(call: Call[State]) -> Reply:
    """The numbers that an agent answers, and those from which it calls."""
    agent, numbers = agent_of(call.state, call.params["agent_id"]), call.state.numbers
    inbound, outbound = numbers.having("inbound_agent_id", agent.id), numbers.having("outbound_agent_id", agent.id)
    call.account.read("number", {number.id for number in (*inbound, *outbound)}, call.now)
    return Reply({"inbound": [_brief(number) for number in inbound], "outbound": [_brief(number) for number in outbound]})


@provider.operation("get_agent_webhook_url")
def get_agent_webhook_url(call: Call[State]) -> Reply:
    """The address to which a carrier must send the calls of an imported number; it never changes."""
    agent = agent_of(call.state, call.params["agent_id"])
    if agent.voice_agent_id is None:
        raise Errors.AGENT_NOT_SYNCED()
    url = f"https://api.ultravox.ai/api/agents/{agent.voice_agent_id}/telephony_xml"
    return Reply({"webhook_url": url, "agent_id": agent.id, "ultravox_agent_id": agent.voice_agent_id})


def _named_number(call: Call[State]) -> Number:
    """The number that a body names."""
    number_id = call.body["number_id"]
    if number_id not in call.state.numbers and call.assumed("unknown_id_in_body") == 422:
        raise Errors.UNKNOWN_NUMBER(f"phone number not found: {number_id}")
    return owned(call.state, number_id)


def _named_agent(call: Call[State]) -> str:
    """The id of the agent that a body names."""
    agent_id = call.body["agent_id"]
    if agent_id not in call.state.agents and call.assumed("unknown_id_in_body") == 422:
        raise Errors.UNKNOWN_AGENT(f"agent not found: {agent_id}")
    return agent_of(call.state, agent_id).id


def _directed(call: Call[State], number: Number, agent_id: str | None) -> dict[str, Any]:
    """Set the agent of a number in the direction that the request names, and say so."""
    direction = call.body["assignment_type"]
    call.state.numbers.change(number, updated_at=seconds(call.now), **{f"{direction}_agent_id": agent_id})
    return {"number_id": number.id, "number": number.phone_number, "agent_id": agent_id, "assignment_type": direction}


def _brief(number: Number) -> dict[str, Any]:
    return {
        "id": number.id,
        "phone_number": number.phone_number,
        "status": number.status,
        "is_truedy_managed": number.is_truedy_managed,
    }
