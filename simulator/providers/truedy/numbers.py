"""Numbers from the search to the release: bought from Truedy, or imported from a carrier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Block, Call, NumberedPages, Page, SearchResult, describe
from simulator.providers.truedy.account import State, credentials, numbers, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.records import Number

NORTH_AMERICA = ("US", "CA")  # where area codes narrow a search, and whose toll-free numbers are the same ones
MONTHLY_COST = {"local": "1.00", "toll-free": "2.00", "mobile": "3.00"}  # USD; the real prices are documented nowhere
UPFRONT_COST = "1.00"


@provider.operation("search_numbers")
def search_numbers(call: Call[State]) -> Page[dict[str, Any]]:
    """Return a page of the numbers for sale; a search reserves nothing."""
    show = _carrier_offer if call.request.switch("search_items") == "carrier" else _offer
    return NumberedPages().cut(call, _search(call)).map(lambda number: show(number, _block(number)))


def _search(call: Call[State]) -> SearchResult:
    """Return the numbers for sale: area codes narrow them in the US and Canada only, places only where numbers have one."""
    country, inventory = call.body["country_code"], call.world.inventory
    area_code = (call.body.get("area_code") or "") if country in NORTH_AMERICA else ""
    kind = (call.body["phone_number_type"] or "local").replace("_", "-")  # the guide says toll-free, the reference toll_free
    if kind == "toll-free":
        return inventory.search("US" if country in NORTH_AMERICA else country, kind, area_code=area_code)
    region, locality = call.body.get("administrative_area") or "", call.body.get("locality") or ""
    return inventory.search(country, kind, area_code=area_code, region=region, locality=locality)


def _block(number: str) -> Block:
    """Return the block of a number for sale."""
    block = describe(number)
    if block is None:
        raise LookupError(f"the number plan offers {number} and cannot describe it")
    return block


def _offer(number: str, block: Block) -> dict[str, Any]:
    """Return an item of a search."""
    place = {"region_name": block.region, "locality": block.locality}
    return {
        "phone_number": number,
        "phone_number_type": block.kind,
        "range": None,
        "region_information": {name: value for name, value in place.items() if value} or None,
        "features": _features(block),
        "cost_information": {"monthly_cost": MONTHLY_COST[block.kind], "upfront_cost": UPFRONT_COST, "currency": "USD"},
    }


def _carrier_offer(number: str, block: Block) -> dict[str, Any]:
    """Return an item with place and features as the carrier shows them (developers.telnyx.com, list available numbers)."""
    places = {"country_code": block.country, "state": block.region, "location": block.locality}
    return {
        **_offer(number, block),
        "region_information": [{"region_type": kind, "region_name": name} for kind, name in places.items() if name],
        "features": [{"name": name} for name in _features(block)],
    }


def _features(block: Block) -> list[str]:
    return ["voice", "sms"] if block.has_sms else ["voice"]


@provider.operation("purchase_number")
def purchase_number(call: Call[State]) -> Number:
    """Buy one number that a search returned."""
    require_subscription(call)
    number, inventory = call.body["phone_number"], call.world.inventory
    if not inventory.is_for_sale(number) or not inventory.reserve(number):
        raise Errors.NUMBER_UNAVAILABLE()
    return numbers.create(call, phone_number=number)


@provider.step(numbers)
def deliver_number(account: Account[State], number: Number, at: datetime) -> None:
    """Let the carrier deliver a number that was bought."""
    account.state.numbers.change(number, status="active", updated_at=at)


@provider.operation("import_number")
def import_number(call: Call[State]) -> Number:
    """Import a number that the organization rents from another carrier; it is active at once."""
    require_subscription(call)
    if not call.world.inventory.reserve(call.body["phone_number"]):
        raise Errors.NUMBER_REGISTERED()
    named = {"friendly_name": call.body["friendly_name"]} if call.body.get("friendly_name") else {}
    credential = credentials.create(call, provider_type=call.body["provider_type"], **named)
    fields = {"phone_number": call.body["phone_number"], "status": "active", "telephony_credential_id": credential.id}
    return numbers.add(call.account, call.now, **fields)


provider.operation("list_numbers")(numbers.page)


@provider.operation("release_number")
def release_number(call: Call[State]) -> Number:
    """Release a number for good, unless an agent or a batch call still uses it."""
    number = numbers.get(call)
    is_assigned = number.inbound_agent_id is not None or number.outbound_agent_id is not None
    is_in_use = len(call.state.batch_calls.having("numbers_in_use", number.id)) > 0
    if (is_assigned or is_in_use) and call.assumed("release_while_assigned") == "refuse":
        raise Errors.NUMBER_ASSIGNED() if is_assigned else Errors.NUMBER_IN_USE()
    return numbers.remove(call, number)


provider.operation("list_credentials")(credentials.list)


def require_subscription(call: Call[State]) -> None:
    """Raise a problem if the organization has no subscription to which costs could be charged."""
    if not call.state.is_subscribed or call.account.has_lapsed:
        raise Errors.SUBSCRIPTION_REQUIRED()
