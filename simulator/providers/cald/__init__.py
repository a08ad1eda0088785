"""Cald: phone numbers bought by prefix, and the agents that answer them. Source: https://docs.cald.ai/api-reference/endpoint."""

from __future__ import annotations

import re
from typing import Any

from simulator.provider import Call, Error, Reply, is_us_area_code
from simulator.providers.cald.account import State, agents, numbers, provider
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import Agent, Number


@provider.operation("buy_phone_number")
def buy_phone_number(call: Call[State]) -> Number:
    """Buy the first free US number that begins with the prefix."""
    agent_id = _named_agent(call)
    prefix = call.body["prefix"]
    if not _is_us(prefix):
        raise Errors.US_ONLY()
    number = call.world.inventory.match(f"{prefix:*<12}", "US", "local").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS()
    return numbers.create(call, number=number, agent_id=agent_id)


def _is_us(prefix: str) -> bool:
    """Return whether a US number can begin so: other countries share `+1`, so a whole area code must be one of the US."""
    if not re.fullmatch(r"\+1[0-9]{0,10}", prefix):
        return False
    return len(prefix) < 5 or is_us_area_code(prefix[2:5])


@provider.operation("edit_phone_number")
def edit_phone_number(call: Call[State]) -> Number:
    """Set the agent of a number; a body without `agentId` takes it off (edit-phone-number)."""
    return numbers.change(call, numbers.get(call), agent_id=_named_agent(call))


def _named_agent(call: Call[State]) -> str | None:
    """Return the id of the agent that the body names; None where it names none."""
    agent_id = call.body.get("agentId")
    return None if agent_id is None else agents.get(call, agent_id).id


@provider.operation("cancel_phone_number")
def cancel_phone_number(call: Call[State]) -> Reply | None:
    """Give a number back, at once."""
    number = numbers.find(call, call.params["phoneNumberId"])
    if number is None:
        return _not_deleted(call, Errors.NUMBER_NOT_FOUND)
    numbers.remove(call, number)
    return None


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> dict[str, Any]:
    """Make an agent."""
    return {"agentId": agents.create(call, settings=_settings(call.body)).id}


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> list[Agent]:
    """Return all agents."""
    return [*agents.list(call)]


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Agent:
    """Return one agent."""
    return agents.get(call)


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> None:
    """Change what is sent, also within the settings objects."""
    agent = agents.get(call)
    agents.change(call, agent, settings=_changed(call, agent.settings, _settings(call.sent)))


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Reply | None:
    """Remove an agent; its numbers stay, without an agent."""
    agent = agents.find(call, call.params["agentId"])
    if agent is None:
        return _not_deleted(call, Errors.AGENT_NOT_FOUND)
    numbers.clear(call, "agent_id", agents.remove(call, agent).id)
    return None


def _not_deleted(call: Call[State], error: Error) -> Reply:
    """Answer about a thing that is not there to be deleted: Cald has two ways to say that something failed."""
    if call.assumed("unknown_on_delete") == 404:
        raise error()
    return Reply({"status": "failed"})


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a body says of an agent; members that Cald does not know are kept as they are sent."""
    return {name: value for name, value in body.items() if name != "agentId"}


def _changed(call: Call[State], settings: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return an agent's settings with what a PATCH sends."""
    objects = {name: value for name, value in sent.items() if isinstance(value, dict) and isinstance(settings.get(name), dict)}
    if objects and call.assumed("nested_settings") == "replace":
        objects = {}
    return {**settings, **sent, **{name: {**settings[name], **value} for name, value in objects.items()}}
