"""Voices, tools and knowledge bases of agents.

Sources: https://docs.truedy.ai/api-reference/voices, …/tools and …/knowledge-bases.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from simulator.provider import Call
from simulator.providers.truedy.account import State, knowledge_bases, provider, tools, voices
from simulator.providers.truedy.records import Tool, Voice

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # as in the example of the page
PLATFORM = {
    voice_id: Voice(
        id=voice_id, name=name, language=language, provider_voice_id=name, created_at=FIRST_DAY, updated_at=FIRST_DAY
    )
    for voice_id, name, language in (
        ("b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "Support voice", "en-US"),
        ("a7f2ec82-f533-4f41-a8de-0e4351bd2ec5", "Reception voice", "en-GB"),
    )
}


@provider.operation("list_voices")
def list_voices(call: Call[State]) -> list[Voice]:
    """Return the organization's voices, the newest first, and those of the platform."""
    return [*voices.list(call), *PLATFORM.values()]


@provider.operation("get_voice")
def get_voice(call: Call[State]) -> Voice:
    """Return one voice."""
    voice = voices.find(call, call.params["voice_id"]) or PLATFORM.get(call.params["voice_id"])
    return voice or voices.get(call)


provider.operation("import_voice")(voices.create_from_body)  # no request is made to the voice's provider
provider.operation("list_tools")(tools.page)
provider.operation("get_tool")(tools.get)
provider.operation("delete_tool")(tools.remove)  # agents that name it keep its id


@provider.operation("create_tool")
def create_tool(call: Call[State]) -> Tool:
    """Add a tool; without a definition it is a placeholder."""
    definition = call.body.get("definition", {})
    name = call.body.get("name") or definition["modelToolName"]
    return tools.create(call, name=name, definition=_named_for_model(name, definition))


@provider.operation("update_tool")
def update_tool(call: Call[State]) -> Tool:
    """Change name or definition; a member that is not sent, or is null, stays."""
    tool = tools.get(call)
    name, definition = call.sent.get("name") or tool.name, call.sent.get("definition")
    new_definition = tool.definition if definition is None else _named_for_model(name, definition)
    return tools.change(call, tool, name=name, definition=new_definition)


def _named_for_model(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with the name that the model sees, by default derived from the tool's own."""
    derived = re.sub("[^a-z0-9_-]+", "_", name.lower()).strip("_")[:64] or "tool"
    return {"modelToolName": derived, **definition}


provider.operation("list_knowledge_bases")(knowledge_bases.page)
provider.operation("create_knowledge_base")(knowledge_bases.create_from_body)  # it is empty, and therefore ready
provider.operation("get_knowledge_base")(knowledge_bases.get)
provider.operation("update_knowledge_base")(knowledge_bases.change_from_body)
provider.operation("delete_knowledge_base")(knowledge_bases.remove)  # agents that name it keep its id
