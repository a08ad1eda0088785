"""Agents of a sub-account. Source: https://docs.vantaxai.com/docs/agents."""

from __future__ import annotations

from simulator.provider import Call, Page, Reply
from simulator.providers.vantax.account import State, agents, numbers, own_sub_account, provider
from simulator.providers.vantax.records import Agent


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Page[Agent]:
    """Return the sub-account's agents, the newest first; all, or only the active or inactive ones."""
    return agents.page(call)


@provider.operation("create_agent", message="Agent created successfully")
def create_agent(call: Call[State]) -> Agent:
    """Make an agent."""
    return agents.create_from_body(call, sub_account_id=own_sub_account(call))


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
