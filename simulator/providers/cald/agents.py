"""Agents: the voices that answer and call."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Error, Reply
from simulator.providers.cald.account import State, agents, numbers, provider
from simulator.providers.cald.campaigns import current_status
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import Agent


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> dict[str, Any]:
    """Add an agent."""
    return {"agentId": agents.create(call, settings=_settings(call.body)).id}


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> list[Agent]:
    """Return all agents."""
    return [*agents.list(call)]


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Agent:
    """Return one agent."""
    return agents.get(call)


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> None:
    """Change the settings that the body has, also within the settings objects."""
    agent = agents.get(call)
    agents.change(call, agent, settings=_changed(call, agent.settings, _settings(call.sent)))


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Reply | None:
    """Remove an agent that no campaign uses; its numbers stay, without an agent."""
    agent = agents.find(call, call.params["agentId"])
    if agent is None:
        return not_deleted(call, Errors.AGENT_NOT_FOUND)
    statuses = {current_status(call, campaign) for campaign in call.state.campaigns.having("agent_id", agent.id)}
    if statuses and (statuses - {"finished", "cancelled"} or call.assumed("agent_in_campaign") == "any"):
        raise Errors.AGENT_IN_USE()
    numbers.clear(call, "agent_id", agents.remove(call, agent).id)
    return None


def not_deleted(call: Call[State], error: Error) -> Reply:
    """Answer a request to delete what does not exist: Cald has two ways to report a failure."""
    if call.assumed("unknown_on_delete") == 404:
        raise error()
    return Reply({"status": "failed"})


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in a body; members that Cald does not know are kept as they are sent."""
    return {name: value for name, value in body.items() if name != "agentId"}


def _changed(call: Call[State], settings: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return an agent's settings after a PATCH."""
    objects = {name: value for name, value in sent.items() if isinstance(value, dict) and isinstance(settings.get(name), dict)}
    if objects and call.assumed("nested_settings") == "replace":
        objects = {}
    return {**settings, **sent, **{name: {**settings[name], **value} for name, value in objects.items()}}
