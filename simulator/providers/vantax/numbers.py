"""Numbers of a sub-account: bought, assigned to its agents, released. Source: https://docs.vantaxai.com/docs/phone-numbers."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from simulator.provider import Call, SearchResult, countries
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Agent, Number
from simulator.providers.vantax.resources import agents, numbers, own_sub_account

NORTH_AMERICA = ("CA", "US")  # where an area code has three digits, and a number +1 and ten
AREA_CODE = re.compile("[2-9][0-9]{2}")
NORTH_AMERICAN_PATTERN = re.compile("[1*][0-9*]{10}|[1*][0-9*]{0,8}[*]|[*]")  # of a whole number, or of its beginning
MAX_DIGITS = 15  # of a number in E.164


provider.operation("list_phone_numbers")(numbers.page)
provider.operation("release_phone_number", message="Phone number released successfully")(numbers.delete)


@provider.operation("purchase_phone_number", message="Phone number purchased successfully")
def purchase_phone_number(call: Call[State]) -> Number:
    """Buy the first free number that the search returns."""
    sub_account_id = own_sub_account(call)
    if {"area_code", "number_pattern"} <= call.body.keys() and call.assumed("null_search_field") == "refuse":
        raise Errors.NULL_FIELD(field="area_code" if call.body["area_code"] is None else "number_pattern")
    for_sale = _search(call, call.body["country"])
    _check_plan(call)
    number = for_sale.reserve_first()
    if number is None:
        raise Errors.NONE_FOR_SALE()
    return numbers.create(call, number=number, country=call.body["country"], sub_account_id=sub_account_id)


def _search(call: Call[State], country: str) -> SearchResult:
    """Return the numbers to buy from; an area code and a pattern both match numbers of every kind."""
    inventory, area_code = call.world.inventory, call.body.get("area_code")
    if country not in countries():
        raise Errors.UNSUPPORTED_COUNTRY(f"must be one of {', '.join(countries())}")
    if area_code is None:
        patterns = _whole_patterns(call, call.body["number_pattern"].removeprefix("+"), country)
        return reduce(or_, [inventory.match(pattern, country) for pattern in patterns])
    if country in NORTH_AMERICA and not AREA_CODE.fullmatch(area_code):
        raise Errors.BAD_AREA_CODE()
    return reduce(or_, [inventory.search(country, kind, area_code=area_code) for kind in ("local", "mobile", "toll-free")])


def _whole_patterns(call: Call[State], digits: str, country: str) -> list[str]:
    """Return the patterns of whole numbers that a pattern stands for; only in North America all numbers are equally long."""
    length = 11 if country in NORTH_AMERICA else 0
    if length and not NORTH_AMERICAN_PATTERN.fullmatch(digits):
        raise Errors.BAD_PATTERN()
    if not digits.endswith("*") or len(digits) == length:
        return [f"+{digits}"]
    if call.assumed("short_pattern") == "refuse":
        if length:
            raise Errors.BAD_PATTERN()
        return [f"+{digits}"]
    lengths = [length] if length else range(len(digits), MAX_DIGITS + 1)
    return [f"+{digits:*<{length}}" for length in lengths]


def _check_plan(call: Call[State]) -> None:
    """Raise a problem for a purchase without a subscription, or beyond the limit of bought numbers of a sub-account."""
    if not call.state.subscribed or call.account.has_lapsed:
        raise Errors.SUBSCRIPTION_REQUIRED()
    if call.state.number_limit is not None:
        bought = len(numbers.narrowed(call, source="platform"))
        if bought + numbers.unsettled(call) >= call.state.number_limit:
            raise Errors.LIMIT_REACHED()


@provider.operation("assign_phone_number", message="Agent assigned successfully")
def assign_phone_number(call: Call[State]) -> Number:
    """Let an agent answer a number."""
    number = numbers.get(call)
    return _assigned(call, number, agents.get(call, call.body["agent_id"]))


@provider.operation("assign_agent_phone_number", message="Phone number assigned")
def assign_agent_phone_number(call: Call[State]) -> Number:
    """Let an agent answer a number; the same as the number's own operation, in a shorter answer."""
    agent = agents.get(call)
    return _assigned(call, numbers.get(call, call.body["phone_number_id"]), agent)


def _assigned(call: Call[State], number: Number, agent: Agent) -> Number:
    """Assign a number to an agent; a number has one agent and an agent one number (assign-number-to-agent)."""
    if number.agent_id == agent.id:
        if call.assumed("assign_again") == "refuse":
            raise Errors.NUMBER_ASSIGNED("Phone number is assigned to this Agent already")
        return number
    is_held = len(numbers.having(call, "agent_id", agent.id)) > 0
    if (number.agent_id is not None or is_held) and call.assumed("reassign") == "refuse":
        raise Errors.AGENT_HAS_NUMBER() if number.agent_id is None else Errors.NUMBER_ASSIGNED()
    numbers.clear(call, "agent_id", agent.id)
    return numbers.change(call, number, agent_id=agent.id)


@provider.operation("unassign_phone_number", message="Agent unassigned successfully")
def unassign_phone_number(call: Call[State]) -> Number:
    """Unassign a number from its agent, if it has one; it stays rented."""
    number = numbers.get(call)
    if number.agent_id is None and call.assumed("unassign_again") == "refuse":
        raise Errors.NOT_ASSIGNED()
    return numbers.change(call, number, agent_id=None)


@provider.operation("remove_agent_phone_number", message="Phone number removed from Agent")
def remove_agent_phone_number(call: Call[State]) -> Number:
    """Unassign a number from the agent of the path, which must have it."""
    agent, number = agents.get(call), numbers.get(call)
    if number.agent_id != agent.id:
        raise Errors.NUMBER_NOT_FOUND()
    return numbers.change(call, number, agent_id=None)
