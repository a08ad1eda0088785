"""Agents: the voices that answer and call. Source: https://docs.truedy.ai/api-reference/agents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Listing, Page
from simulator.providers.truedy.account import State, agents, containing, numbers, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.records import Agent, Number

REQUIRED = ("name", "voice_id", "system_prompt")  # no default to go back to
OLDER_NAME_LIMIT = 100


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> Agent:
    """Make an agent; what is not sent, or sent as null, has its default."""
    _refuse_long_name(call)
    return agents.create_from_body(call, **_reset(call))


@provider.event("agent")
def activate_agent(account: Account[State], agent_id: str, at: datetime) -> None:
    """Let the voice platform know an agent that was created."""
    agent, known_as = account.state.agents.get(agent_id), account.world.ids.uuid("voice agent")
    if agent is not None:
        account.state.agents.change(agent, status="active", voice_agent_id=known_as, updated_at=at)


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Page[Agent]:
    """Return a page of the agents, the newest first, narrowed to a status or to a part of the name."""
    return agents.page(call, containing(call, agents.list(call)))


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Agent:
    """Return one agent, with its numbers."""
    return agents.get(call)


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Agent:
    """Change what is sent; the rest stays, and null brings a default back (update-agent)."""
    agent = agents.get(call)
    _refuse_long_name(call)
    kept = {name: getattr(agent, name) for name in REQUIRED if call.sent.get(name) is None}
    return agents.change_from_body(call, agent, **_reset(call), **kept)


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Agent:
    """Remove an agent; its numbers stay, unassigned."""
    agent = agents.remove(call, agents.get(call))
    numbers.clear(call, "inbound_agent_id", agent.id)
    numbers.clear(call, "outbound_agent_id", agent.id)
    return agent


def _refuse_long_name(call: Call[State]) -> None:
    """Refuse a name that the older of two pages takes for too long, where a scenario assumes so."""
    if len(call.sent.get("name") or "") > OLDER_NAME_LIMIT and call.assumed("agent_name_limit") == 100:
        raise Errors.NAME_TOO_LONG()


def _reset(call: Call[State]) -> dict[str, Any]:
    """Return the defaults of the members that were sent as null, as far as they have any."""
    defaults = call.defaults("create_agent")
    return {name: defaults[name] for name, value in call.sent.items() if value is None and name in defaults}


@provider.member(Agent, "inbound_phone_numbers")
def inbound_phone_numbers(call: Call[State], agent: Agent) -> Listing[Number]:
    """Return the numbers that an agent answers."""
    return call.state.numbers.having("inbound_agent_id", agent.id)


@provider.member(Agent, "outbound_phone_numbers")
def outbound_phone_numbers(call: Call[State], agent: Agent) -> Listing[Number]:
    """Return the numbers from which an agent calls."""
    return call.state.numbers.having("outbound_agent_id", agent.id)


@provider.member(Agent, "max_duration")
def max_duration(call: Call[State], agent: Agent) -> str | int:
    """Return the longest duration of a call; the schema grades its form, whichever it is."""
    if call.request.switch("max_duration_in_answers") == "integer":
        return int(float(agent.max_duration.removesuffix("s")))
    return agent.max_duration
