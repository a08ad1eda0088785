"""Numbers from the search to the release: bought from Truedy, or imported from a carrier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Block, Call, Reply, SearchResult, describe, seconds
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.provider import Paged, listed, provider
from simulator.providers.truedy.records import Credential, Number
from simulator.providers.truedy.state import State

NORTH_AMERICA = ("US", "CA")  # where area codes narrow a search, and whose toll-free numbers are the same ones
MONTHLY_COST = {"local": "1.00", "toll-free": "2.00", "mobile": "3.00"}  # USD; the real prices are documented nowhere
UPFRONT_COST = "1.00"


@provider.operation("search_numbers")
def search_numbers(call: Call[State]) -> Reply:
    """One page of the numbers for sale; finding a number reserves nothing."""
    page, size = call.body.get("page", 1), call.body.get("page_size", 20)
    found = _found(call)
    numbers = found.window((page - 1) * size, size)
    total = len(found)
    pagination = {
        "page": page,
        "page_size": size,
        "total_results": total,
        "total_pages": -(-total // size),
        "has_more": page * size < total,
    }
    return Reply(Paged([_offer(number, block) for number in numbers if (block := describe(number))], pagination))


def _found(call: Call[State]) -> SearchResult:
    """What the search asks for; area codes count in the US and Canada only, elsewhere they are passed over."""
    country = call.body.get("country_code", "US")
    kind = call.body.get("phone_number_type", "local").replace("_", "-")  # the guide says toll-free, the reference toll_free
    is_north_american = country in NORTH_AMERICA
    return call.world.inventory.search(
        "US" if is_north_american and kind == "toll-free" else country,
        kind,
        area_code=call.body.get("area_code", "") if is_north_american else "",
        region=call.body.get("administrative_area", ""),
        locality=call.body.get("locality", ""),
    )


def _offer(number: str, block: Block) -> dict[str, Any]:
    place = {"region_name": block.region, "locality": block.locality} if block.region else None
    can_text = block.country in NORTH_AMERICA or block.kind == "mobile"
    return {
        "phone_number": number,
        "phone_number_type": block.kind,
        "range": None,
        "region_information": place,
        "features": ["voice", "sms"] if can_text else ["voice"],
        "cost_information": {"monthly_cost": MONTHLY_COST[block.kind], "upfront_cost": UPFRONT_COST, "currency": "USD"},
    }


@provider.operation("purchase_number")
def purchase_number(call: Call[State]) -> Reply:
    """Buy the very number that a search returned."""
    number = call.body["phone_number"]
    _subscribed(call)
    if not call.world.inventory.is_for_sale(number):
        raise Errors.NUMBER_UNAVAILABLE()
    call.world.inventory.reserve(number)
    bought = _added(call, number, credential_id=None)
    call.account.begin("number", bought.id, call.now)
    status = int(call.assumed("purchase_status"))
    return Reply(_shown(call.state, owned(call.state, bought.id)), status)


@provider.event("number")
def settle_number(account: Account[State], number_id: str, at: datetime) -> None:
    """The carrier has delivered a number that was bought."""
    number = owned(account.state, number_id)
    account.state.numbers.change(number, status="active", updated_at=seconds(at))


@provider.operation("import_number")
def import_number(call: Call[State]) -> Reply:
    """Bring a number that the organization rents from another carrier."""
    number, carrier = call.body["phone_number"], call.body["provider_type"]
    _subscribed(call)
    if not call.world.inventory.reserve(number):
        raise Errors.NUMBER_REGISTERED()
    credential_id = call.world.ids.uuid("credential")
    call.state.add_credential(credential_id, carrier, call.body.get("friendly_name"), seconds(call.now))
    imported = _added(call, number, credential_id)
    return Reply({**_shown(call.state, imported), "number_id": imported.id, "credential_id": credential_id})


@provider.operation("list_numbers")
def list_numbers(call: Call[State]) -> Reply:
    """A page of the organization's numbers, bought and imported, the newest first."""
    numbers = call.state.numbers
    return listed(call, "number", numbers, numbers.all(), _shown)


@provider.operation("release_number")
def release_number(call: Call[State]) -> Reply:
    """Give a number back, at once and for good; one that an agent still uses is refused."""
    number = owned(call.state, call.params["number_id"])
    is_assigned = number.inbound_agent_id is not None or number.outbound_agent_id is not None
    if is_assigned and call.assumed("release_while_assigned") == "refuse":
        raise Errors.NUMBER_ASSIGNED()
    call.account.cancel("number", number.id)
    call.state.numbers.remove(number.id)
    call.world.inventory.release(number.phone_number)
    return Reply({"id": number.id, "deleted": True})


@provider.operation("list_credentials")
def list_credentials(call: Call[State]) -> Reply:
    """The carrier accounts that came with imported numbers, without their secrets."""
    return Reply([_credential(call.state, credential) for credential in call.state.credentials.all()])


def owned(state: State, number_id: str) -> Number:
    """The organization's number with this id.

    Raises:
        Problem: NUMBER_NOT_FOUND, also for a number of another organization.
    """
    number = state.numbers.get(number_id)
    if number is None:
        raise Errors.NUMBER_NOT_FOUND(f"phone number not found: {number_id}")
    return number


def _shown(state: State, number: Number) -> dict[str, Any]:
    """A number as answers show it."""
    return {
        "id": number.id,
        "organization_id": state.organization_id,
        "phone_number": number.phone_number,
        "status": number.status,
        "is_truedy_managed": number.is_truedy_managed,
        "inbound_agent_id": number.inbound_agent_id,
        "outbound_agent_id": number.outbound_agent_id,
        "telephony_credential_id": number.telephony_credential_id,
        "created_at": number.created_at,
        "updated_at": number.updated_at,
    }


def _subscribed(call: Call[State]) -> None:
    """Refuse what would begin a monthly fee when there is no subscription to charge it to."""
    if not call.state.is_subscribed:
        raise Errors.SUBSCRIPTION_REQUIRED()


def _added(call: Call[State], number: str, credential_id: str | None) -> Number:
    now = seconds(call.now)
    added = Number(
        id=call.world.ids.uuid("number"),
        phone_number=number,
        status="pending" if credential_id is None else "active",
        is_truedy_managed=credential_id is None,
        inbound_agent_id=None,
        outbound_agent_id=None,
        telephony_credential_id=credential_id,
        created_at=now,
        updated_at=now,
    )
    return call.state.numbers.put(added)


def _credential(state: State, credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "organization_id": state.organization_id,
        "provider_type": credential.provider_type,
        "friendly_name": credential.friendly_name,
        "created_at": credential.created_at,
        "updated_at": credential.updated_at,
    }
