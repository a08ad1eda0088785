"""The numbers of one app: assigned, listed and removed by the app's own key, or for it by an admin key.

Source: https://docs.buildwithchirp.com/sms/managing-numbers.
"""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, apps, numbers, own_app, provider
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Application, Number

REMOVED = "Phone number removed from app successfully"


@provider.operation("assign_phone_number")
def assign_phone_number(call: Call[State]) -> Number:
    """Assign a number of the organisation to the key's app; other apps keep it."""
    return _assign(call, own_app(call))


@provider.operation("list_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Page[Number]:
    """Return a page of the numbers of the key's app."""
    return _list(call, own_app(call))


@provider.operation("remove_phone_number", message=REMOVED)
def remove_phone_number(call: Call[State]) -> None:
    """Remove a number from the key's app; the organisation and other apps keep it."""
    _remove(call, own_app(call))


@provider.operation("assign_app_phone_number")
def assign_app_phone_number(call: Call[State]) -> Number:
    """Assign a number of the organisation to one of its apps."""
    return _assign(call, apps.get(call))


@provider.operation("list_app_phone_numbers")
def list_app_phone_numbers(call: Call[State]) -> Page[Number]:
    """Return a page of the numbers of one app."""
    return _list(call, apps.get(call))


@provider.operation("remove_app_phone_number", message=REMOVED)
def remove_app_phone_number(call: Call[State]) -> None:
    """Remove a number from one app; the organisation and other apps keep it."""
    _remove(call, apps.get(call))


def _assign(call: Call[State], app: Application) -> Number:
    number = numbers.get(call, call.body["phoneNumberId"], param="phoneNumberId")
    if app.id not in number.app_ids:
        return numbers.change(call, number, app_ids=(*number.app_ids, app.id))
    if call.assumed("assign_again") == "refuse":
        raise Errors.ALREADY_ASSIGNED()
    return number


def _list(call: Call[State], app: Application) -> Page[Number]:
    numbers.list(call)  # counts as a read of what has not settled
    return numbers.page(call, call.state.numbers.having("app_ids", app.id))


def _remove(call: Call[State], app: Application) -> None:
    number = numbers.get(call)
    if app.id in number.app_ids:
        numbers.change(call, number, app_ids=number.without(app.id))
    elif call.assumed("remove_again") == "refuse":
        raise Errors.NUMBER_NOT_FOUND("This phone number is not assigned to the app")
