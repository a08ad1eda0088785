"""Agents: the voices that answer and call. Source: https://docs.truedy.ai/api-reference/agents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Call
from simulator.providers.truedy.account import State, agents, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.records import Agent

REQUIRED = ("name", "voice_id", "system_prompt")  # without a default that null could restore
OLDER_NAME_LIMIT = 100


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> Agent:
    """Add an agent; members that are not sent, or are null, have their defaults."""
    _check_name(call)
    return agents.create_from_body(call, **_reset(call))


@provider.step(agents)
def activate_agent(account: Account[State], agent: Agent, at: datetime) -> None:
    """Let the voice platform know an agent that was created."""
    known_as = account.world.ids.uuid("voice agent")
    account.state.agents.change(agent, status="active", voice_agent_id=known_as, updated_at=at)


provider.operation("list_agents")(agents.page)
provider.operation("get_agent")(agents.get)
provider.operation("delete_agent")(agents.remove)


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Agent:
    """Change the members that are sent; null restores a default (update-agent)."""
    agent = agents.get(call)
    _check_name(call)
    required = {name: getattr(agent, name) for name in REQUIRED if call.sent.get(name) is None}
    return agents.change_from_body(call, agent, **_reset(call), **required)


def _check_name(call: Call[State]) -> None:
    """Raise a problem for a name that is too long by the older of two pages, if a scenario assumes that limit."""
    if len(call.sent.get("name") or "") > OLDER_NAME_LIMIT and call.assumed("agent_name_limit") == 100:
        raise Errors.NAME_TOO_LONG()


def _reset(call: Call[State]) -> dict[str, Any]:
    """Return the defaults of the members that were sent as null, as far as they have any."""
    defaults = call.defaults("create_agent")
    return {name: defaults[name] for name, value in call.sent.items() if value is None and name in defaults}


@provider.member(Agent, "max_duration")
def max_duration(call: Call[State], agent: Agent) -> str | int:
    """Return the longest duration of a call; the schema grades its form, whichever it is."""
    if call.request.switch("duration_format") == "integer":
        return int(float(agent.max_duration.removesuffix("s")))
    return agent.max_duration
