"""Numbers: bought, shared among apps and deleted by admin keys; assigned to one app and removed from it by its own key too.

Source: https://docs.buildwithchirp.com/sms/managing-numbers and
https://docs.buildwithchirp.com/api-reference/admin/post-v1organizationphone-numbers-purchase.
"""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, app_of, apps, mode_id, numbers, provider, purchases
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Number, Purchase
from simulator.providers.chirp.traits import known_traits

REMOVED = "Phone number removed from app successfully"


@provider.operation("assign_phone_number")
@provider.operation("assign_app_phone_number")
def assign_phone_number(call: Call[State]) -> Number:
    """Assign a number of the organisation to an app; other apps keep it."""
    app = app_of(call)
    number = numbers.get(call, call.body["phoneNumberId"], param="phoneNumberId")
    if app.id not in number.app_ids:
        return numbers.change(call, number, app_ids=(*number.app_ids, app.id))
    if call.assumed("assign_again") == "refuse":
        raise Errors.ALREADY_ASSIGNED()
    return number


@provider.operation("list_phone_numbers")
@provider.operation("list_app_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Page[Number]:
    """Return a page of the numbers of an app."""
    app = app_of(call)
    numbers.list(call)  # counts as a read of what has not settled
    return numbers.page(call, call.state.numbers.having("app_ids", app.id))


@provider.operation("remove_phone_number", message=REMOVED)
@provider.operation("remove_app_phone_number", message=REMOVED)
def remove_phone_number(call: Call[State]) -> None:
    """Remove a number from an app; the organisation and other apps keep it."""
    app, number = app_of(call), numbers.get(call)
    if app.id in number.app_ids:
        numbers.change(call, number, app_ids=number.without(app.id))
    elif call.assumed("remove_again") == "refuse":
        raise Errors.NUMBER_NOT_FOUND("This phone number is not assigned to the app")


@provider.operation("purchase_phone_number")
def purchase_phone_number(call: Call[State]) -> Purchase:
    """Buy a number for the organisation and assign it to the app."""
    app = apps.get(call)
    _reserve(call, call.body["phoneNumber"], call.body["numberType"])
    number = numbers.create(call, **mode_id(call, app, "ph_"), number=call.body["phoneNumber"], app_ids=(app.id,))
    bought = {"phone_number_id": number.id, "number": number.number, "type": number.type}
    return purchases.create(call, **mode_id(call, app, "ph_purch_"), app_id=app.id, is_free=app.is_test, **bought)


def _reserve(call: Call[State], number: str, kind: str) -> None:
    """Reserve a number; one that is not for sale has an owner, or does not exist here."""
    traits = known_traits(number)
    is_for_sale = call.world.inventory.is_for_sale(number)
    if traits is not None and traits.type != kind:
        raise Errors.WRONG_TYPE(f"This phone number is of the type {traits.type}, not {kind}")
    if not call.world.inventory.reserve(number):
        raise Errors.ALREADY_OWNED()
    if not is_for_sale:
        raise Errors.NOT_FOR_SALE()


provider.operation("list_organization_phone_numbers")(numbers.page)


@provider.operation("set_phone_number_apps")
def set_phone_number_apps(call: Call[State]) -> Number:
    """Set the apps that share a number: these, and no other."""
    number = numbers.get(call)
    named = [apps.get(call, app_id, param=f"appIds[{place}]").id for place, app_id in enumerate(call.body["appIds"])]
    return numbers.change(call, number, app_ids=tuple(dict.fromkeys(named)))


@provider.operation("delete_phone_number", success=True)
def delete_phone_number(call: Call[State]) -> Number:
    """Give a number up: it leaves every app and the organisation, and can be bought again."""
    number = numbers.get(call)
    if number.is_playground:
        call.state.numbers.remove(number.id)
        return number
    numbers.remove(call, number)
    end_purchase(call, number)
    return number


@provider.lost
def end_purchase(call: Call[State], number: Number) -> None:
    """Let the rent of a number end."""
    for purchase in [*call.state.purchases.having("phone_number_id", number.id)]:
        purchases.change(call, purchase, released_at=call.now)
