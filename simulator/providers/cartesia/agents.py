"""Agents of the newer generation, `/v1/agents`: configured through the API, in versions."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, millis
from simulator.providers.cartesia.account import State, find_agent, give_up, new_id, provider
from simulator.providers.cartesia.config import DEFAULTS, merged
from simulator.providers.cartesia.pages import page_with_next
from simulator.providers.cartesia.records import Agent

UNNAMED = "New agent"


@provider.operation("agents_create")
def create_agent(call: Call[State]) -> Reply:
    """Make an agent; what is not sent has its default."""
    agent = Agent(
        id=new_id(call.world.ids, "agent"),
        name=call.body.get("name", UNNAMED),
        description=call.body.get("description"),
        webhook_id=None,
        config=merged(DEFAULTS, call.body.get("config", {})),
        version_id=new_id(call.world.ids, "av"),
        versioned_at=call.now,
        created_at=call.now,
        updated_at=call.now,
    )
    return Reply(_shown(call.state.agents.put(agent)))


@provider.operation("agents_list")
def list_agents(call: Call[State]) -> Reply:
    """The agents, the newest first, narrowed by text."""
    listing = call.state.agents.all()
    text = call.params["q"]
    if text is not None:
        listing = listing.where(lambda agent: _mentions(agent, text.casefold()))
    return Reply(page_with_next(call, listing, _summary))


@provider.operation("agents_get")
def get_agent(call: Call[State]) -> Reply:
    """One agent with its whole configuration."""
    return Reply(_shown(find_agent(call, call.params["agent_id"])))


@provider.operation("agents_update")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent, at any depth of the configuration."""
    agent = find_agent(call, call.params["agent_id"])
    fields = {name: call.body[name] for name in ("name", "description", "webhook_id") if name in call.body}
    return Reply(_shown(revise(call, agent, fields, call.body.get("config", {}))))


@provider.operation("agents_delete")
def delete_agent(call: Call[State]) -> Reply:
    """Remove an agent."""
    remove(call, find_agent(call, call.params["agent_id"]))
    return Reply()


def revise(call: Call[State], agent: Agent, fields: dict[str, Any], config: dict[str, Any]) -> Agent:
    """The agent with what was sent; a configuration that differs makes a new version."""
    changes = dict(fields)
    after = merged(agent.config, config)
    if after != agent.config:
        changes.update(config=after, version_id=new_id(call.world.ids, "av"), versioned_at=call.now)
    return call.state.agents.change(agent, **changes, updated_at=call.now) if changes else agent


def remove(call: Call[State], agent: Agent) -> None:
    """Take an agent out; its numbers stay, unassigned, unless they are assumed to go with it."""
    numbers = list(call.state.numbers_of_agent(agent.id))
    if numbers and call.assumed("numbers_of_deleted_agent") == "delete":
        for number in numbers:
            give_up(call, number)
    else:
        for number in numbers:
            call.state.numbers.change(number, agent_id=None, updated_at=call.now)
    call.state.agents.remove(agent.id)


def _mentions(agent: Agent, text: str) -> bool:
    return text in agent.name.casefold() or text in (agent.description or "").casefold()


def _head(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "description": agent.description,
        "created_at": millis(agent.created_at),
        "updated_at": millis(agent.updated_at),
    }


def _summary(agent: Agent) -> dict[str, Any]:
    return {**_head(agent), "version_id": agent.version_id}


def _shown(agent: Agent) -> dict[str, Any]:
    version = {"id": agent.version_id, "description": None, "created_at": millis(agent.versioned_at), "created_by": None}
    return {**_head(agent), "config": agent.config, "version": version}
