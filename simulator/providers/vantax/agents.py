"""Agents of a sub-account, and their voices. Source: https://docs.vantaxai.com/docs/agents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.provider import Call, Page, Reply
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Agent, Voice
from simulator.providers.vantax.resources import agents, knowledge_bases, numbers

# Only voice_aria is on a page; how long a preview can be heard is on none.
VOICES = (Voice(id="voice_aria", name="Aria", language="en-US"), Voice(id="voice_leo", name="Leo", language="en-US"))
PREVIEW = timedelta(hours=1)


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Page[Agent]:
    """Return the sub-account's agents, the newest first; all, or only the active or inactive ones."""
    return agents.page(call)


@provider.operation("create_agent", message="Agent created successfully")
def create_agent(call: Call[State]) -> Agent:
    """Make an agent."""
    return agents.create_from_body(call)


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Agent:
    """Return one agent."""
    return agents.get(call)


@provider.operation("update_agent", message="Agent updated successfully")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent; answered with what changed, not with the whole agent (update-agent)."""
    return Reply(agents.change_from_body(call, agents.get(call)), only=call.sent)


@provider.operation("delete_agent", message="Agent deleted successfully")
def delete_agent(call: Call[State]) -> None:
    """Remove an agent; its number stays, without an agent (delete-agent)."""
    agent = agents.remove(call, agents.get(call))
    numbers.clear(call, "agent_id", agent.id)


@provider.operation("attach_knowledge_base", message="Knowledge base assigned")
def attach_knowledge_base(call: Call[State]) -> Agent:
    """Give an agent a knowledge base, in the place of the one that it has."""
    agent = agents.get(call)
    return agents.change(call, agent, knowledgebase_id=knowledge_bases.get(call, call.body["knowledgebase_id"]).id)


@provider.operation("detach_knowledge_base", message="Knowledge base removed from Agent")
def detach_knowledge_base(call: Call[State]) -> Agent:
    """Take a knowledge base off an agent, who must have it."""
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
    """Return where a voice can be heard for an hour."""
    voice_id = call.params["voice_id"]
    if voice_id not in {voice.id for voice in VOICES}:
        raise Errors.VOICE_NOT_FOUND()
    url = f"https://cdn.vantaxai.com/previews/tmp_{call.world.ids.hex('preview', 4)}.mp3"
    return {"voice_id": voice_id, "audio_url": url, "expires_at": call.now + PREVIEW}
