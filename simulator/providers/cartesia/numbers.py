"""Phone numbers: provisioned within the plan's slots or imported, assigned to agents, deleted once unassigned."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, seconds
from simulator.providers.cartesia.account import State, agent_name, find_agent, find_number, give_up, new_id, provider
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.pages import page
from simulator.providers.cartesia.provider_accounts import find_account, linked_account, shown_in_number
from simulator.providers.cartesia.records import Number, ProviderAccount, TwilioAccount


@provider.operation("phone_numbers_provision")
def provision(call: Call[State]) -> Reply:
    """Take a free US number, if the plan has a slot left (cartesia-numbers)."""
    agent_id = _assignable(call)
    if call.state.taken_slots() >= call.state.slots:
        raise Errors.QUOTA_EXCEEDED()
    number = call.world.inventory.search("US").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS(status=int(call.assumed("no_inventory")))
    return Reply(_base(call, call.state.late.put(_made(call, number, "cartesia", None, agent_id), call.now)))


@provider.operation("phone_numbers_import")
def import_number(call: Call[State]) -> Reply:
    """Take a number over from a linked account; Cartesia does not buy it, and it takes no slot of the plan."""
    account = _account(call, call.body["provider"])
    agent_id = _assignable(call)
    number = call.body["number"]
    is_free = call.world.inventory.reserve(number)
    if not is_free and call.state.numbers.having("number", number):
        raise Errors.ALREADY_IMPORTED()
    _check_has(account, number)
    if not is_free:  # somebody else's, so it cannot be in this account
        raise Errors.NOT_IN_ACCOUNT()
    return Reply(_shown(call, call.state.numbers.put(_made(call, number, account.type, account.id, agent_id))))


@provider.operation("phone_numbers_list")
def list_numbers(call: Call[State]) -> Reply:
    """The numbers, the newest first, narrowed by agent, provider account, type and text."""
    filters = (call.params["agent_id"], call.params["provider_id"], call.params["type"])
    call.state.late.read(call.now)
    listing = call.state.numbers.having("shelves", filters)
    text = call.params["q"]
    if text is not None:
        listing = listing.where(lambda number: _mentions(call, number, text.casefold()))
    return Reply(page(call, listing, lambda number: _shown(call, number)))


@provider.operation("phone_numbers_get")
def get_number(call: Call[State]) -> Reply:
    """One number."""
    return Reply(_shown(call, find_number(call, call.params["id"])))


@provider.operation("phone_numbers_update")
def update_number(call: Call[State]) -> Reply:
    """Rename, assign (`agent_id`), unassign (`agent_id: null`), or move to another account of the same type."""
    number = find_number(call, call.params["id"])
    changes: dict[str, Any] = {}
    if "label" in call.body:
        changes["label"] = call.body["label"]
    if "agent_id" in call.body:
        changes["agent_id"] = _assignable(call)
    if "provider" in call.body:
        changes["provider_id"] = _moved_to(call, number).id
    if changes:
        number = call.state.numbers.change(number, **changes, updated_at=call.now)
    return Reply(_shown(call, number))


@provider.operation("phone_numbers_delete")
def delete_number(call: Call[State]) -> Reply:
    """Give a number up for good; it has to be unassigned first (cartesia-numbers)."""
    number = find_number(call, call.params["id"])
    if number.agent_id is not None:
        raise Errors.NUMBER_ASSIGNED()
    give_up(call, number)
    return Reply()


def _assignable(call: Call[State]) -> str | None:
    """The agent that the body names, which there has to be; None where it names none."""
    agent_id = call.body.get("agent_id")
    return None if agent_id is None else find_agent(call, agent_id).id


def _account(call: Call[State], named: dict[str, Any]) -> ProviderAccount:
    """The account that a body names by its id, or by what it is at Twilio."""
    if "id" in named:
        return find_account(call, named["id"])
    return linked_account(call, named["account_sid"], named.get("region", "us1"))


def _check_has(account: ProviderAccount, number: str) -> None:
    if isinstance(account, TwilioAccount) and account.numbers is not None and number not in account.numbers:
        raise Errors.NOT_IN_ACCOUNT()


def _moved_to(call: Call[State], number: Number) -> ProviderAccount:
    account = _account(call, call.body["provider"])
    if account.type != number.type:
        raise Errors.OTHER_PROVIDER_TYPE()
    _check_has(account, number.number)
    return account


def _made(call: Call[State], number: str, kind: str, provider_id: str | None, agent_id: str | None) -> Number:
    return Number(
        id=new_id(call.world.ids, "ap"),
        label=call.body["label"],
        number=number,
        type=kind,
        provider_id=provider_id,
        agent_id=agent_id,
        created_at=call.now,
        updated_at=call.now,
    )


def _mentions(call: Call[State], number: Number, text: str) -> bool:
    return any(text in each.casefold() for each in (number.number, number.label, agent_name(call, number.agent_id)))


def _base(call: Call[State], number: Number) -> dict[str, Any]:
    agent = None if number.agent_id is None else {"id": number.agent_id, "name": agent_name(call, number.agent_id)}
    return {
        "id": number.id,
        "label": number.label,
        "number": number.number,
        "agent": agent,
        "created_at": seconds(number.created_at),
        "updated_at": seconds(number.updated_at),
    }


def _shown(call: Call[State], number: Number) -> dict[str, Any]:
    return {**_base(call, number), "provider": shown_in_number(call, number.provider_id)}
