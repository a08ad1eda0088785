"""Agents of a sub-account, their voices and knowledge bases.

Source: https://docs.vantaxai.com/docs/agents and https://docs.vantaxai.com/docs/knowledge-base.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.provider import Call, Reply
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Agent, Voice
from simulator.providers.vantax.resources import agents, knowledge_bases

# Only voice_aria is on a page; the validity of a preview is on none.
VOICES = (Voice(id="voice_aria", name="Aria", language="en-US"), Voice(id="voice_leo", name="Leo", language="en-US"))
PREVIEW = timedelta(hours=1)


provider.operation("list_agents")(agents.page)
provider.operation("create_agent", message="Agent created successfully")(agents.create_from_body)
provider.operation("get_agent")(agents.get)
provider.operation("delete_agent", message="Agent deleted successfully")(agents.delete)  # its number stays, without an agent
provider.operation("list_knowledge_bases")(knowledge_bases.page)
provider.operation("create_knowledge_base", message="Knowledge base created successfully")(knowledge_bases.create_from_body)
provider.operation("update_knowledge_base", message="Knowledge base updated successfully")(knowledge_bases.change_from_body)


@provider.operation("update_agent", message="Agent updated successfully")
def update_agent(call: Call[State]) -> Reply:
    """Change the members that are sent; the answer shows these, not the whole agent (update-agent)."""
    return Reply(agents.change_from_body(call), only=call.sent)


@provider.operation("attach_knowledge_base", message="Knowledge base assigned")
def attach_knowledge_base(call: Call[State]) -> Agent:
    """Set the knowledge base of an agent."""
    agent = agents.get(call)
    return agents.change(call, agent, knowledgebase_id=knowledge_bases.get(call, call.body["knowledgebase_id"]).id)


@provider.operation("detach_knowledge_base", message="Knowledge base removed from Agent")
def detach_knowledge_base(call: Call[State]) -> Agent:
    """Remove the knowledge base that an agent has."""
    agent = agents.get(call)
    if agent.knowledgebase_id != call.params["knowledgebase_id"]:
        raise Errors.KNOWLEDGE_BASE_NOT_FOUND()
    return agents.change(call, agent, knowledgebase_id=None)


@provider.operation("list_voices")
def list_voices(call: Call[State]) -> list[Voice]:
    """Return every voice."""
    return list(VOICES)


@provider.operation("preview_voice")
def preview_voice(call: Call[State]) -> dict[str, Any]:
    """Return the URL of a preview, which is valid for an hour."""
    voice_id = call.params["voice_id"]
    if voice_id not in {voice.id for voice in VOICES}:
        raise Errors.VOICE_NOT_FOUND()
    url = f"https://cdn.vantaxai.com/previews/tmp_{call.world.ids.hex('preview', 4)}.mp3"
    return {"voice_id": voice_id, "audio_url": url, "expires_at": call.now + PREVIEW}
