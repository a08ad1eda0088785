"""Agents: the voices that answer and call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Reply, seconds
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.provider import listed, provider
from simulator.providers.truedy.records import Agent
from simulator.providers.truedy.state import AGENT_DEFAULTS, State

SETTINGS = ("name", "voice_id", "system_prompt", *AGENT_DEFAULTS)


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> Reply:
    """Make an agent; what is not sent has its default."""
    now = seconds(call.now)
    agent = Agent(
        id=call.world.ids.uuid("agent"),
        settings=_merged(AGENT_DEFAULTS, call.body),
        status="creating",
        voice_agent_id=None,
        created_at=now,
        updated_at=now,
    )
    call.state.agents.put(agent)
    call.account.begin("agent", agent.id, call.now)
    return Reply(_shown(call.state, agent_of(call.state, agent.id)))


@provider.event("agent")
def activate_agent(account: Account[State], agent_id: str, at: datetime) -> None:
    """The voice platform knows an agent that was created."""
    agent, known_as = agent_of(account.state, agent_id), account.world.ids.uuid("voice agent")
    account.state.agents.change(agent, status="active", voice_agent_id=known_as, updated_at=seconds(at))


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Reply:
    """A page of the agents, the newest first, narrowed to a status or to a part of the name."""
    status, name = call.params["status"], call.params["name"]
    agents = call.state.agents.having("status", status) if status else call.state.agents.all()
    if name:
        agents = agents.where(lambda agent: name.casefold() in agent.settings["name"].casefold())
    return listed(call, "agent", call.state.agents, agents, _shown)


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Reply:
    """One agent, with its numbers."""
    call.account.read("agent", [call.params["agent_id"]], call.now)
    return Reply(_shown(call.state, agent_of(call.state, call.params["agent_id"])))


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent; the rest stays (update-agent)."""
    agent = agent_of(call.state, call.params["agent_id"])
    changed = call.state.agents.change(agent, settings=_merged(agent.settings, call.body), updated_at=seconds(call.now))
    return Reply(_shown(call.state, changed))


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Reply:
    """Remove an agent; its numbers stay, unassigned."""
    agent = agent_of(call.state, call.params["agent_id"])
    for column in ("inbound_agent_id", "outbound_agent_id"):
        for number in list(call.state.numbers.having(column, agent.id)):
            call.state.numbers.change(number, updated_at=seconds(call.now), **{column: None})
    call.account.cancel("agent", agent.id)
    call.state.agents.remove(agent.id)
    return Reply({"id": agent.id, "deleted": True})


def agent_of(state: State, agent_id: str) -> Agent:
    """The organization's agent with this id.

    Raises:
        Problem: AGENT_NOT_FOUND, also for an agent of another organization.
    """
    agent = state.agents.get(agent_id)
    if agent is None:
        raise Errors.AGENT_NOT_FOUND(f"agent not found: {agent_id}")
    return agent


def _merged(settings: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Settings with what was sent; null brings the default back, and leaves alone what has none."""
    known = {key: sent[key] for key in SETTINGS if key in sent}
    values = {key: AGENT_DEFAULTS.get(key, settings.get(key)) if value is None else value for key, value in known.items()}
    return {**settings, **values}


def _shown(state: State, agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        **{key: agent.settings[key] for key in SETTINGS},
        "status": agent.status,
        "inbound_phone_numbers": _numbers(state, "inbound_agent_id", agent),
        "outbound_phone_numbers": _numbers(state, "outbound_agent_id", agent),
        "created_at": agent.created_at,
        "updated_at": agent.updated_at,
    }


def _numbers(state: State, column: str, agent: Agent) -> list[dict[str, str]]:
    return [{"id": number.id, "phone_number": number.phone_number} for number in state.numbers.having(column, agent.id)]
