"""Numbers of a sub-account: bought, assigned to its agents, released. Source: https://docs.vantaxai.com/docs/phone-numbers."""

from __future__ import annotations

import re

from simulator.provider import Call, Page, SearchResult, countries
from simulator.providers.vantax.account import State, agents, numbers, own_sub_account, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Agent, Number

NORTH_AMERICA = ("CA", "US")  # where an area code has three digits, and a number +1 and ten
AREA_CODE, PATTERN = re.compile("[2-9][0-9]{2}"), re.compile("[1*][0-9*]{10}")


@provider.operation("list_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Page[Number]:
    """Return the sub-account's numbers, the newest first; all, or only those of one source."""
    own_sub_account(call, call.params["sub_account_id"])
    return numbers.page(call)


@provider.operation("purchase_phone_number", message="Phone number purchased successfully")
def purchase_phone_number(call: Call[State]) -> Number:
    """Buy the first free number that the search finds."""
    own_sub_account(call, call.body["sub_account_id"])
    country = call.body["country"]
    found = _search(call, country)
    _refuse_beyond_plan(call)
    number = found.reserve_first()
    if number is None:
        raise Errors.NONE_FOR_SALE()
    return numbers.create(call, number=number, country=country)


def _search(call: Call[State], country: str) -> SearchResult:
    if country not in countries():
        raise Errors.UNSUPPORTED_COUNTRY(f"must be one of {', '.join(countries())}")
    if "number_pattern" in call.body:
        return call.world.inventory.match(_whole(call.body["number_pattern"], country), country)
    area_code = call.body["area_code"]
    if country in NORTH_AMERICA and not AREA_CODE.fullmatch(area_code):
        raise Errors.BAD_AREA_CODE()
    return call.world.inventory.search(country, area_code=area_code)


def _whole(pattern: str, country: str) -> str:
    """Return the pattern with its plus sign; it stands for a whole number, so in North America its length is known."""
    digits = pattern.removeprefix("+")
    if country in NORTH_AMERICA and not PATTERN.fullmatch(digits):
        raise Errors.BAD_PATTERN()
    return f"+{digits}"


def _refuse_beyond_plan(call: Call[State]) -> None:
    if not call.state.subscribed:
        raise Errors.SUBSCRIPTION_REQUIRED()
    if call.state.number_limit is not None:
        bought = len(numbers.narrowed(call, source="platform"))
        if bought + numbers.unsettled(call) >= call.state.number_limit:
            raise Errors.LIMIT_REACHED()


@provider.operation("release_phone_number", message="Phone number released successfully")
def release_phone_number(call: Call[State]) -> None:
    """Give a number back, assigned or not."""
    numbers.remove(call, numbers.get(call))


@provider.operation("assign_phone_number", message="Agent assigned successfully")
def assign_phone_number(call: Call[State]) -> Number:
    """Let an agent answer a number."""
    number = numbers.get(call)
    return _assigned(call, number, agents.get(call, call.body["agent_id"]))


@provider.operation("assign_agent_phone_number", message="Phone number assigned")
def assign_agent_phone_number(call: Call[State]) -> Number:
    """Do the same, asked of the agent."""
    agent = agents.get(call)
    return _assigned(call, numbers.get(call, call.body["phone_number_id"]), agent)


def _assigned(call: Call[State], number: Number, agent: Agent) -> Number:
    """Give one number to one agent, both ways (assign-number-to-agent)."""
    if number.agent_id == agent.id:
        if call.assumed("assign_again") == "refuse":
            raise Errors.NUMBER_ASSIGNED("Phone number is assigned to this Agent already")
        return number
    is_held = len(call.state.numbers.having("agent_id", agent.id)) > 0
    if (number.agent_id is not None or is_held) and call.assumed("reassign") == "refuse":
        raise Errors.AGENT_HAS_NUMBER() if number.agent_id is None else Errors.NUMBER_ASSIGNED()
    numbers.clear(call, "agent_id", agent.id)
    return numbers.change(call, number, agent_id=agent.id)


@provider.operation("unassign_phone_number", message="Agent unassigned successfully")
def unassign_phone_number(call: Call[State]) -> Number:
    """Take a number off its agent, if it has one; it stays rented."""
    number = numbers.get(call)
    if number.agent_id is None and call.assumed("unassign_again") == "refuse":
        raise Errors.NOT_ASSIGNED()
    return numbers.change(call, number, agent_id=None)


@provider.operation("remove_agent_phone_number", message="Phone number removed from Agent")
def remove_agent_phone_number(call: Call[State]) -> Number:
    """Do the same, asked of the agent, who must have the number."""
    agent, number = agents.get(call), numbers.get(call)
    if number.agent_id != agent.id:
        raise Errors.NUMBER_NOT_FOUND()
    return numbers.change(call, number, agent_id=None)
