"""The numbers of one app: assigned, listed and removed by the app's own key, or for it by an admin key.

Source: https://docs.buildwithchirp.com/sms/managing-numbers.
"""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, app_of, numbers, provider
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Number

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
