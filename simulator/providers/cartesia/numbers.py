"""Phone numbers: provisioned within the plan's slots or imported, assigned to agents, deleted once unassigned."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call
from simulator.providers.cartesia.account import State, agents, numbers, provider, provider_accounts
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.provider_accounts import find_link
from simulator.providers.cartesia.records import Number, ProviderAccount, TwilioAccount


@provider.operation("phone_numbers_provision")
def provision(call: Call[State]) -> Number:
    """Provision a free US number, if the plan has a free slot (cartesia-numbers)."""
    agent_id = _named_agent(call)
    if call.account.has_lapsed:
        raise Errors.SUBSCRIPTION_REQUIRED()
    if len(call.state.own_numbers()) + numbers.unsettled(call) >= call.state.slots:
        raise Errors.QUOTA_EXCEEDED()
    number = call.world.inventory.search("US").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS()
    return numbers.create(call, label=call.body["label"], number=number, agent_id=agent_id)


@provider.operation("phone_numbers_import")
def import_number(call: Call[State]) -> Number:
    """Import a number from a linked account; it takes no slot of the plan."""
    account = _named_account(call, call.body["provider"])
    agent_id, number = _named_agent(call), call.body["number"]
    is_free = call.world.inventory.reserve(number)
    if not is_free and call.state.numbers.having("number", number):
        raise Errors.ALREADY_IMPORTED()
    _require_number(account, number)
    if not is_free:  # another account has it, so it cannot be in this one
        raise Errors.NOT_IN_ACCOUNT()
    fields = {"label": call.body["label"], "agent_id": agent_id, "type": account.type, "provider_id": account.id}
    return numbers.add(call.account, call.now, number=number, **fields)


provider.operation("phone_numbers_list")(numbers.page)
provider.operation("phone_numbers_get")(numbers.get)


@provider.operation("phone_numbers_update")
def update_number(call: Call[State]) -> Number:
    """Rename, assign (`agent_id`), unassign (`agent_id: null`), or move to another account of the same type."""
    number, body = numbers.get(call), call.sent
    changes: dict[str, Any] = {name: body[name] for name in ("label",) if name in body}
    if "agent_id" in body:
        changes["agent_id"] = _named_agent(call)
    if "provider" in body:
        changes["provider_id"] = _moved_to(call, number).id
    return numbers.change(call, number, **changes) if changes else number


@provider.operation("phone_numbers_delete")
def delete_number(call: Call[State]) -> None:
    """Delete a number for good; unless it is from Twilio, it has to be unassigned first (phone-numbers/delete)."""
    number = numbers.get(call)
    if number.agent_id is not None and (number.type != "twilio" or call.assumed("assigned_twilio_number") == "refuse"):
        raise Errors.NUMBER_ASSIGNED()
    numbers.remove(call, number)


def _named_agent(call: Call[State]) -> str | None:
    """Return the id of the agent that the body names; None where it names none."""
    agent_id = call.body.get("agent_id")
    return None if agent_id is None else agents.get(call, agent_id).id


def _named_account(call: Call[State], named: dict[str, Any]) -> ProviderAccount:
    """Return the account that a body names by its id, or by its SID and region at Twilio."""
    if "id" in named:
        return provider_accounts.get(call, named["id"])
    link = find_link(call, named["account_sid"], named.get("region", "us1"))
    if link is None:
        raise Errors.PROVIDER_NOT_FOUND()
    return link


def _require_number(account: ProviderAccount, number: str) -> None:
    if isinstance(account, TwilioAccount) and account.numbers is not None and number not in account.numbers:
        raise Errors.NOT_IN_ACCOUNT()


def _moved_to(call: Call[State], number: Number) -> ProviderAccount:
    """Return the account that a number moves to."""
    account = _named_account(call, call.sent["provider"])
    if account.type != number.type:
        raise Errors.OTHER_PROVIDER_TYPE()
    _require_number(account, number.number)
    return account
