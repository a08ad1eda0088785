"""Numbers of a sub-account: bought, assigned to its agents, released. Source: https://docs.vantaxai.com/docs/phone-numbers."""

from __future__ import annotations

import re
from typing import Any

from simulator.provider import Call, Reply, SearchResult, countries, seconds
from simulator.providers.vantax.account import State, own_agent, own_number, own_sub_account, provider
from simulator.providers.vantax.envelope import page
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Agent, Number

NORTH_AMERICA = ("CA", "US")  # where an area code has three digits, and a number +1 and ten
AREA_CODE, PATTERN = re.compile("[2-9][0-9]{2}"), re.compile("[1*][0-9*]{10}")


@provider.operation("list_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Reply:
    """The sub-account's numbers, the newest first; all, or only those of one source."""
    sub_account_id = own_sub_account(call, call.params["sub_account_id"])
    call.state.late.read(call.now)
    return page(call, call.state.numbers.having("lists", (sub_account_id, call.params["source"])), _shown)


@provider.operation("purchase_phone_number")
def purchase_phone_number(call: Call[State]) -> Reply:
    """Buy the first free number that the search finds."""
    sub_account_id = own_sub_account(call, call.body["sub_account_id"])
    country = call.body.get("country", "US")
    found = _search(call, country)
    _refuse_beyond_plan(call.state, sub_account_id)
    number = found.reserve_first()
    if number is None:
        raise Errors.NONE_FOR_SALE(status=int(call.assumed("no_inventory")))
    record_id = call.state.new_id("pn_", call.state.numbers)
    bought = Number(id=record_id, sub_account_id=sub_account_id, number=number, country=country, created_at=call.now)
    status = int(call.assumed("purchase_status"))
    return Reply(_shown(call.state.late.put(bought, call.now)), status)


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
    """The pattern with its plus sign; it stands for a whole number, so in North America its length is known."""
    digits = pattern.removeprefix("+")
    if country in NORTH_AMERICA and not PATTERN.fullmatch(digits):
        raise Errors.BAD_PATTERN()
    return f"+{digits}"


def _refuse_beyond_plan(state: State, sub_account_id: str) -> None:
    if not state.subscribed:
        raise Errors.SUBSCRIPTION_REQUIRED()
    if state.number_limit is not None:
        bought = state.numbers.having("lists", (sub_account_id, "platform"))
        if len(bought) + len(state.late) >= state.number_limit:
            raise Errors.LIMIT_REACHED()


@provider.operation("release_phone_number")
def release_phone_number(call: Call[State]) -> Reply:
    """Give a number back, assigned or not."""
    number = own_number(call, call.params["phone_number_id"])
    call.state.numbers.remove(number.id)
    call.world.inventory.release(number.number)
    return Reply()


@provider.operation("assign_phone_number")
def assign_phone_number(call: Call[State]) -> Reply:
    """Let an agent answer a number."""
    number = own_number(call, call.params["phone_number_id"])
    return Reply(_shown(_assigned(call, number, own_agent(call, call.body["agent_id"]))))


@provider.operation("assign_agent_phone_number")
def assign_agent_phone_number(call: Call[State]) -> Reply:
    """The same, asked of the agent; the answer is shorter."""
    agent = own_agent(call, call.params["agent_id"])
    number = _assigned(call, own_number(call, call.body["phone_number_id"]), agent)
    return Reply({"id": number.id, "number": number.number, "agent_id": number.agent_id, "source": number.source})


def _assigned(call: Call[State], number: Number, agent: Agent) -> Number:
    """One number, one agent, both ways (assign-number-to-agent)."""
    if number.agent_id == agent.id:
        if call.assumed("assign_again") == "refuse":
            raise Errors.NUMBER_ASSIGNED("Phone number is assigned to this Agent already")
        return number
    held = list(call.state.numbers.having("agent_id", agent.id))
    if (number.agent_id is not None or held) and call.assumed("reassign") == "refuse":
        raise Errors.AGENT_HAS_NUMBER() if number.agent_id is None else Errors.NUMBER_ASSIGNED()
    for other in held:
        call.state.numbers.change(other, agent_id=None)
    return call.state.numbers.change(number, agent_id=agent.id)


@provider.operation("unassign_phone_number")
def unassign_phone_number(call: Call[State]) -> Reply:
    """Take a number off its agent, if it has one; it stays rented."""
    number = own_number(call, call.params["phone_number_id"])
    if number.agent_id is None and call.assumed("unassign_again") == "refuse":
        raise Errors.NOT_ASSIGNED()
    return Reply(_shown(call.state.numbers.change(number, agent_id=None)))


@provider.operation("remove_agent_phone_number")
def remove_agent_phone_number(call: Call[State]) -> Reply:
    """The same, asked of the agent, who must have the number."""
    agent = own_agent(call, call.params["agent_id"])
    number = own_number(call, call.params["phone_number_id"])
    if number.agent_id != agent.id:
        raise Errors.NUMBER_NOT_FOUND()
    call.state.numbers.change(number, agent_id=None)
    return Reply({"id": number.id, "agent_id": None})


def _shown(number: Number) -> dict[str, Any]:
    return {
        "id": number.id,
        "number": number.number,
        "country": number.country,
        "source": number.source,
        "agent_id": number.agent_id,
        "sub_account_id": number.sub_account_id,
        "capabilities": {"voice": True, "sms": number.sms},
        "created_at": seconds(number.created_at),
    }
