"""Tools: what agents can do in a call. Source: https://docs.truedy.ai/api-reference/tools."""

from __future__ import annotations

import re
from typing import Any

from simulator.provider import Call, Page
from simulator.providers.truedy.account import State, containing, provider, tools
from simulator.providers.truedy.records import Tool


@provider.operation("list_tools")
def list_tools(call: Call[State]) -> Page[Tool]:
    """Return a page of the tools, the newest first, narrowed to a part of the name."""
    return tools.page(call, containing(call, tools.list(call)))


@provider.operation("create_tool")
def create_tool(call: Call[State]) -> Tool:
    """Make a tool; without a definition it is a placeholder."""
    definition = call.body.get("definition", {})
    name = call.body.get("name") or definition["modelToolName"]
    return tools.create(call, name=name, definition=_named_for_model(name, definition))


@provider.operation("get_tool")
def get_tool(call: Call[State]) -> Tool:
    """Return one tool."""
    return tools.get(call)


@provider.operation("update_tool")
def update_tool(call: Call[State]) -> Tool:
    """Change name or definition; what is not sent, or sent as null, stays."""
    tool = tools.get(call)
    name, definition = call.sent.get("name") or tool.name, call.sent.get("definition")
    kept = tool.definition if definition is None else _named_for_model(name, definition)
    return tools.change(call, tool, name=name, definition=kept)


@provider.operation("delete_tool")
def delete_tool(call: Call[State]) -> Tool:
    """Remove a tool; agents that name it keep its id."""
    return tools.remove(call, tools.get(call))


def _named_for_model(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with the name that the model sees, made of the tool's own where there is none."""
    derived = re.sub("[^a-z0-9_-]+", "_", name.lower()).strip("_")[:64] or "tool"
    return {"modelToolName": derived, **definition}
