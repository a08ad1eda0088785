"""Tools that agents share: webhooks that Cartesia calls, and functions of the client's own (`/v1/agents/tools`)."""

from __future__ import annotations

from typing import Any

from simulator.provider import UNSET, Call, Page
from simulator.providers.cartesia.account import State, provider, tools
from simulator.providers.cartesia.errors import Errors, invalid
from simulator.providers.cartesia.records import Agent, Tool

OF_TYPE = {"webhook": ("api_schema", "assignments"), "client": ("expects_response", "parameters")}


@provider.operation("agents_tools_create")
def create_tool(call: Call[State]) -> Tool:
    """Add a tool; members that only the other type has are ignored."""
    fields: dict[str, Any] = dict.fromkeys(OF_TYPE["client" if call.body["type"] == "webhook" else "webhook"])
    if call.body["type"] == "webhook":
        fields["api_schema"] = _without_secrets(call.body["api_schema"])
        fields["assignments"] = call.body.get("assignments", [])
    return tools.create_from_body(call, **fields)


@provider.operation("agents_tools_list")
def list_tools(call: Call[State]) -> Page[Tool]:
    """Return a page of tools, the newest first, narrowed by type and by the agent that uses them."""
    listing = tools.list(call)
    agent_id = call.params["agent_id"]
    if agent_id is not None:
        agent = call.state.agents.get(agent_id)
        used = _used_by(agent) if agent else set()
        listing = listing.where(lambda tool: tool.id in used)
    return tools.page(call, listing)


provider.operation("agents_tools_get")(tools.get)


@provider.operation("agents_tools_update")
def update_tool(call: Call[State]) -> Tool:
    """Change the members that are sent; the type stays."""
    tool, sent = tools.get(call), dict(call.sent)
    other = OF_TYPE["client" if tool.type == "webhook" else "webhook"]
    for name in [name for name in other if name in sent]:
        raise invalid(f"A {tool.type} tool has none", name)
    if "api_schema" in sent:
        api_schema = {**(tool.api_schema or {}), **sent["api_schema"]}
        sent["api_schema"] = _without_secrets({name: value for name, value in api_schema.items() if value is not None})
    if "assignments" in sent:
        sent["assignments"] = sent["assignments"] or []
    return tools.change(call, tool, **sent)


@provider.operation("agents_tools_delete")
def delete_tool(call: Call[State]) -> None:
    """Remove a tool that no agent uses."""
    tool = tools.get(call)
    if _users(call, tool):
        raise Errors.TOOL_IN_USE()
    tools.remove(call, tool)


@provider.member(Tool, "agents")
def users(call: Call[State], tool: Tool) -> Any:
    """Return the agents that use a tool, if the request expands them."""
    return _users(call, tool) if call.params.get("expand[]") == "agents" else UNSET


def _users(call: Call[State], tool: Tool) -> list[Agent]:
    return [agent for agent in call.state.agents.all() if tool.id in _used_by(agent)]


def _used_by(agent: Agent) -> set[str]:
    return {tool["id"] for tool in agent.config["tools"]}


def _without_secrets(value: Any) -> Any:
    """Return a part of an `api_schema` as it is kept: without the values of secrets."""
    if isinstance(value, dict):
        return {name: _without_secrets(member) for name, member in value.items() if name != "secret_value"}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
