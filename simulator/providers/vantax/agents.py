"""Agents of a sub-account. Source: https://docs.vantaxai.com/docs/agents."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, seconds
from simulator.providers.vantax.account import State, own_agent, own_sub_account, provider
from simulator.providers.vantax.envelope import page
from simulator.providers.vantax.records import Agent

CREATED_WITH = (
    "name", "description", "system_prompt", "voice_id", "knowledgebase_id", "calendar_id", "ai_model", "temperature",
    "language", "is_active", "recording", "max_call_time",
)  # fmt: skip
CHANGEABLE = ("name", "system_prompt", "voice_id", "knowledgebase_id", "calendar_id", "ai_model", "is_active")
# What each page shows of an agent; none shows all of it.
IN_LISTS = ("id", "name", "description", "voice_id", "knowledgebase_id", "calendar_id", "ai_model", "language", "is_active")
ALONE = (
    "id", "name", "system_prompt", "voice_id", "knowledgebase_id", "calendar_id", "ai_model", "temperature", "language",
    "recording", "is_active",
)  # fmt: skip
AFTER_CHANGES = ("id", "name", "is_active")


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Reply:
    """The sub-account's agents, the newest first; all, or only the active or inactive ones."""
    sub_account_id = own_sub_account(call, call.params["sub_account_id"])
    return page(call, call.state.agents.having("lists", (sub_account_id, call.params["is_active"])), _in_list)


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> Reply:
    """Make an agent; what is not sent has its default."""
    sub_account_id = own_sub_account(call, call.body.get("sub_account_id"))
    agent_id = call.state.new_id("agt_", call.state.agents)
    settings = {name: call.body[name] for name in CREATED_WITH if name in call.body}
    agent = Agent(id=agent_id, sub_account_id=sub_account_id, created_at=call.now, updated_at=call.now, **settings)
    return Reply(_alone(call.state.agents.put(agent)))


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Reply:
    """One agent."""
    return Reply(_alone(own_agent(call, call.params["agent_id"])))


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent; answered with what changed, not with the whole agent (update-agent)."""
    agent = own_agent(call, call.params["agent_id"])
    sent = {name: call.body[name] for name in CHANGEABLE if name in call.body}
    changed = call.state.agents.change(agent, **sent, updated_at=call.now)
    return Reply({**_fields(changed, AFTER_CHANGES), **sent, "updated_at": seconds(changed.updated_at)})


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Reply:
    """Remove an agent; its number stays, without an agent (delete-agent)."""
    agent = own_agent(call, call.params["agent_id"])
    for number in list(call.state.numbers.having("agent_id", agent.id)):
        call.state.numbers.change(number, agent_id=None)
    call.state.agents.remove(agent.id)
    return Reply()


def _in_list(agent: Agent) -> dict[str, Any]:
    return {**_fields(agent, IN_LISTS), "created_at": seconds(agent.created_at)}


def _alone(agent: Agent) -> dict[str, Any]:
    times = {"created_at": seconds(agent.created_at), "updated_at": seconds(agent.updated_at)}
    return {**_fields(agent, ALONE), **times}


def _fields(agent: Agent, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in names}
