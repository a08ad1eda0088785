"""Agents: the voices that answer and call."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Error, Reply
from simulator.providers.cald.account import State, agents, provider
from simulator.providers.cald.campaigns import current_status
from simulator.providers.cald.errors import Errors


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> dict[str, Any]:
    """Add an agent."""
    return {"agentId": agents.create(call, settings=_settings(call.body)).id}


provider.operation("list_agents")(agents.list)
provider.operation("get_agent")(agents.get)


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> None:
    """Change the settings that are sent, also within the settings objects."""
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
    agents.remove(call, agent)
    return None


def not_deleted(call: Call[State], error: Error) -> Reply:
    """Return the answer to the deletion of an unknown id: Cald has two ways to report a failure."""
    if call.assumed("unknown_on_delete") == 404:
        raise error()
    return Reply({"status": "failed"})


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in a body; unknown members are kept as they are sent."""
    return {name: value for name, value in body.items() if name != "agentId"}


def _changed(call: Call[State], settings: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return an agent's settings after a PATCH."""
    objects = {name: value for name, value in sent.items() if isinstance(value, dict) and isinstance(settings.get(name), dict)}
    if objects and call.assumed("nested_settings") == "replace":
        objects = {}
    return {**settings, **sent, **{name: {**settings[name], **value} for name, value in objects.items()}}
