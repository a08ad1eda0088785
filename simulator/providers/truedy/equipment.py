"""What agents are equipped with: voices, tools and knowledge bases.

Sources: https://docs.truedy.ai/api-reference/voices, …/tools and …/knowledge-bases.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from simulator.provider import Call, Page
from simulator.providers.truedy.account import State, containing, knowledge_bases, provider, tools, voices
from simulator.providers.truedy.records import KnowledgeBase, Tool, Voice

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


@provider.operation("import_voice")
def import_voice(call: Call[State]) -> Voice:
    """Take a voice over from its provider; nothing is asked of the provider."""
    return voices.create_from_body(call)


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


@provider.operation("list_knowledge_bases")
def list_knowledge_bases(call: Call[State]) -> Page[KnowledgeBase]:
    """Return a page of the knowledge bases, the newest first, narrowed to a part of the name."""
    return knowledge_bases.page(call, containing(call, knowledge_bases.list(call)))


@provider.operation("create_knowledge_base")
def create_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Make a knowledge base; it is empty, and therefore ready."""
    return knowledge_bases.create_from_body(call)


@provider.operation("get_knowledge_base")
def get_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Return one knowledge base."""
    return knowledge_bases.get(call)


@provider.operation("update_knowledge_base")
def update_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Change name or description; what is not sent stays."""
    return knowledge_bases.change_from_body(call, knowledge_bases.get(call))


@provider.operation("delete_knowledge_base")
def delete_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Remove a knowledge base; agents that name it keep its id."""
    return knowledge_bases.remove(call, knowledge_bases.get(call))
