"""The numbers of the organisation, for admin keys: bought, shared among apps, deleted for good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.provider import Call, Reply, by_offset, millis
from simulator.providers.chirp.apps import find_app
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.numbers import created, find_number
from simulator.providers.chirp.records import Number, traits
from simulator.providers.chirp.state import State, provider


@provider.operation("purchase_phone_number")
def purchase_phone_number(call: Call[State]) -> Reply:
    """Buy a number for the organisation and assign it to the app."""
    app = find_app(call, call.params["appId"])
    _claim(call, call.body["phoneNumber"], call.body["numberType"])
    number = call.state.make_number(call.body["phoneNumber"], (app.id,), millis(call.now))
    call.state.late.put(number, call.now)
    bought = {
        "phoneNumberId": number.id,
        "appId": app.id,
        "number": number.number,
        "purchaseHistoryId": f"ph_purch_{call.world.ids.text('purchase', 27)}",
        "createdAt": number.created_at,
    }
    return created(call, bought)


def _claim(call: Call[State], number: str, wanted: str) -> None:
    """Take a number off the market; one that is not on it has an owner, or does not exist here."""
    facts = traits(number)
    for_sale = call.world.inventory.is_for_sale(number)
    if facts is not None and facts.type != wanted:
        raise Errors.WRONG_TYPE(f"This phone number is of the type {facts.type}, not {wanted}")
    if not call.world.inventory.reserve(number):
        raise Errors.ALREADY_OWNED()
    if not for_sale:
        raise Errors.NOT_FOR_SALE()


@provider.operation("list_organization_phone_numbers")
def list_organization_phone_numbers(call: Call[State]) -> Reply:
    """A page of all numbers of the organisation, assigned or not."""
    call.state.late.read(call.now)
    page = by_offset(call.state.numbers.all(), int(call.params["limit"]), int(call.params["offset"]))
    return Reply({"phoneNumbers": [_shown(call, number) for number in page.items], "totalCount": page.total})


@provider.operation("set_phone_number_apps")
def set_phone_number_apps(call: Call[State]) -> Reply:
    """Say which apps share a number: these, and no other."""
    number = find_number(call, call.params["phoneNumberId"])
    wanted = tuple(find_app(call, app_id, f"appIds[{place}]").id for place, app_id in enumerate(call.body["appIds"]))
    app_ids = tuple(dict.fromkeys(wanted))
    return Reply(_shown(call, call.state.numbers.change(number, app_ids=app_ids, updated_at=millis(call.now))))


@provider.operation("delete_phone_number")
def delete_phone_number(call: Call[State]) -> Reply:
    """Give a number up: it leaves every app and the organisation, and can be bought again."""
    number = find_number(call, call.params["phoneNumberId"])
    call.state.numbers.remove(number.id)
    call.world.inventory.release(number.number)
    return Reply({"success": True, "phoneNumberId": number.id, "affectedApps": _apps(call, number.app_ids)})


def _shown(call: Call[State], number: Number) -> dict[str, Any]:
    return {
        "phoneNumberId": number.id,
        "number": number.number,
        "numberType": number.type,
        "location": number.location,
        "features": number.features,
        "apps": _apps(call, number.app_ids),
        "createdAt": number.created_at,
        "updatedAt": number.updated_at,
    }


def _apps(call: Call[State], app_ids: Iterable[str]) -> list[dict[str, str]]:
    apps = (call.state.apps.get(app_id) for app_id in app_ids)
    return [{"appId": app.id, "appName": app.name, "appSlug": app.slug} for app in apps if app is not None]
