"""Phone numbers: bought, edited, cancelled."""

from __future__ import annotations

import re

from simulator.provider import Call, Reply, is_us_number
from simulator.providers.cald.account import State, agents, numbers, provider
from simulator.providers.cald.agents import not_deleted
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import Number


@provider.operation("buy_phone_number")
def buy_phone_number(call: Call[State]) -> Number:
    """Buy the first free US number that begins with the prefix."""
    agent_id = agents.get(call, call.body["agentId"]).id if "agentId" in call.body else None
    prefix = call.body["prefix"]
    if not _is_us(prefix):
        raise Errors.US_ONLY()
    number = call.world.inventory.match(f"{prefix:*<12}", "US", "local").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS()
    return numbers.create(call, number=number, agent_id=agent_id)


def _is_us(prefix: str) -> bool:
    """Return whether a US number can begin with a prefix; a whole area code must be one of the US, as `+1` is shared."""
    return re.fullmatch(r"\+1[0-9]*", prefix) is not None and (len(prefix) < 5 or is_us_number(f"{prefix:0<12}"[:12]))


@provider.operation("edit_phone_number")
def edit_phone_number(call: Call[State]) -> Number:
    """Set the agent of a number; a body without `agentId` unassigns it (edit-phone-number)."""
    number, agent_id = numbers.get(call), call.body.get("agentId")
    if agent_id is not None and agents.find(call, agent_id) is None:
        raise Errors.NEW_AGENT_NOT_FOUND()
    return numbers.change(call, number, agent_id=agent_id)


@provider.operation("cancel_phone_number")
def cancel_phone_number(call: Call[State]) -> Reply | None:
    """Release a number, at once."""
    number = numbers.find(call, call.params["phoneNumberId"])
    if number is None:
        return not_deleted(call, Errors.NUMBER_NOT_FOUND)
    numbers.remove(call, number)
    return None
