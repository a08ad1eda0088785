"""Agents of the older generation, `/agents`, which the official SDKs call; the agents are the same as those of `/v1/agents`."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, millis, seconds
from simulator.providers.cartesia.account import State, find_agent, provider
from simulator.providers.cartesia.agents import remove, revise
from simulator.providers.cartesia.records import Agent, Number

# Two of the examples of Cartesia's own repository, which its templates are made from.
REPOSITORY = "https://github.com/cartesia-ai/line"
TEMPLATES = (("Basic chat", "examples/basic_chat"), ("Form filler", "examples/form_filler"))
TEMPLATES_MADE = "2026-03-01T00:00:00Z"


@provider.operation("legacy_agents_list")
def list_agents(call: Call[State]) -> Reply:
    """All agents at once, the newest first."""
    return Reply({"summaries": [_summary(call, agent) for agent in call.state.agents.all()]})


@provider.operation("legacy_agents_get")
def get_agent(call: Call[State]) -> Reply:
    """One agent."""
    return Reply(_summary(call, find_agent(call, call.params["agent_id"])))


@provider.operation("legacy_agents_update")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent; null clears the description and the webhook, and leaves what an agent cannot be without."""
    agent = find_agent(call, call.params["agent_id"])
    body = call.body
    fields = {name: body[name] for name in ("description", "webhook_id") if name in body}
    if body.get("name") is not None:
        fields["name"] = body["name"]
    config: dict[str, Any] = {}
    if body.get("tts_voice") is not None:
        config["audio"] = {"output": {"voice_id": body["tts_voice"]}}
    if body.get("tts_language") is not None:
        config["language"] = {"primary": body["tts_language"]}
    return Reply(_summary(call, revise(call, agent, fields, config)))


@provider.operation("legacy_agents_delete")
def delete_agent(call: Call[State]) -> Reply:
    """Remove an agent."""
    remove(call, find_agent(call, call.params["agent_id"]))
    return Reply()


@provider.operation("legacy_agents_list_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Reply:
    """The numbers that are assigned to an agent, the newest first."""
    agent = find_agent(call, call.params["agent_id"])
    return Reply([_number(agent, number) for number in call.state.numbers_of_agent(agent.id)])


@provider.operation("legacy_agents_list_templates")
def list_templates(call: Call[State]) -> Reply:
    """What an agent can be begun from; the same for every account."""
    return Reply({"templates": [_template(name, folder) for name, folder in TEMPLATES]})


def _summary(call: Call[State], agent: Agent) -> dict[str, Any]:
    numbers = call.state.numbers_of_agent(agent.id)
    return {
        "id": agent.id,
        "name": agent.name,
        "description": agent.description,
        "tts_voice": agent.config["audio"]["output"]["voice_id"],
        "tts_language": agent.config["language"]["primary"],
        "webhook_id": agent.webhook_id,
        "phone_numbers": [{"id": number.id, "number": number.number} for number in numbers],
        "has_text_to_agent_run": False,
        "deployment_count": 0,
        "git_repository": None,
        "git_deploy_branch": None,
        "created_at": millis(agent.created_at),
        "updated_at": millis(agent.updated_at),
        "deleted_at": None,
    }


def _number(agent: Agent, number: Number) -> dict[str, Any]:
    return {
        "agent_id": agent.id,
        "number": number.number,
        "created_at": seconds(number.created_at),
        "updated_at": seconds(number.updated_at),
        "is_cartesia_managed": number.type == "cartesia",
    }


def _template(name: str, folder: str) -> dict[str, Any]:
    return {
        "id": folder.rpartition("/")[2],
        "name": name,
        "repo_url": REPOSITORY,
        "root_dir": folder,
        "owner_id": "cartesia",
        "created_at": TEMPLATES_MADE,
        "updated_at": TEMPLATES_MADE,
    }
