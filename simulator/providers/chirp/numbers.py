"""The numbers of one app: assigned, listed and removed by the app's own key, or for it by an admin key."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, by_offset, millis
from simulator.providers.chirp.apps import find_app
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Application, Number
from simulator.providers.chirp.state import State, provider


@provider.operation("assign_phone_number")
def assign_phone_number(call: Call[State]) -> Reply:
    """Assign a number of the organisation to the key's app; other apps keep it (sms/managing-numbers)."""
    app = _own_app(call)
    return created(call, _assignment(_assign(call, app), app))


@provider.operation("list_phone_numbers")
def list_phone_numbers(call: Call[State]) -> Reply:
    """A page of the numbers of the key's app."""
    return _list(call, _own_app(call))


@provider.operation("remove_phone_number")
def remove_phone_number(call: Call[State]) -> Reply:
    """Remove a number from the key's app; the organisation and other apps keep it (sms/managing-numbers)."""
    return _remove(call, _own_app(call))


@provider.operation("assign_app_phone_number")
def assign_app_phone_number(call: Call[State]) -> Reply:
    """Assign a number of the organisation to one of its apps."""
    app = find_app(call, call.params["appId"])
    return created(call, _detailed(_assign(call, app), app))


@provider.operation("list_app_phone_numbers")
def list_app_phone_numbers(call: Call[State]) -> Reply:
    """A page of the numbers of one app."""
    return _list(call, find_app(call, call.params["appId"]))


@provider.operation("remove_app_phone_number")
def remove_app_phone_number(call: Call[State]) -> Reply:
    """Remove a number from one app; the organisation and other apps keep it."""
    return _remove(call, find_app(call, call.params["appId"]))


def find_number(call: Call[State], number_id: str, param: str = "") -> Number:
    """A number of the organisation; `param` is the field of the body that names it.

    Raises:
        Problem: the organisation has no such number.
    """
    number = call.state.late.get(number_id, call.now)
    if number is None:
        raise Errors.NUMBER_NOT_FOUND(param=param)
    return number


def created(call: Call[State], body: dict[str, Any]) -> Reply:
    """The answer about what a request has made."""
    return Reply(body, int(call.assumed("created_status")))


def _own_app(call: Call[State]) -> Application:
    """The app that the request's key speaks for."""
    return find_app(call, call.credential.subject)


def _assign(call: Call[State], app: Application) -> Number:
    number = find_number(call, call.body["phoneNumberId"], "phoneNumberId")
    if app.id in number.app_ids:
        if call.assumed("assign_again") == "refuse":
            raise Errors.ALREADY_ASSIGNED()
        return number
    return call.state.numbers.change(number, app_ids=(*number.app_ids, app.id), updated_at=millis(call.now))


def _list(call: Call[State], app: Application) -> Reply:
    call.state.late.read(call.now)
    page = by_offset(call.state.numbers.having("app_ids", app.id), int(call.params["limit"]), int(call.params["offset"]))
    return Reply({"phoneNumbers": [_detailed(number, app) for number in page.items], "totalCount": page.total})


def _remove(call: Call[State], app: Application) -> Reply:
    number = find_number(call, call.params["phoneNumberId"])
    if app.id not in number.app_ids and call.assumed("remove_again") == "refuse":
        raise Errors.NUMBER_NOT_FOUND("This phone number is not assigned to the app")
    left = tuple(other for other in number.app_ids if other != app.id)
    if left != number.app_ids:
        call.state.numbers.change(number, app_ids=left, updated_at=millis(call.now))
    return Reply({"message": "Phone number removed from app successfully"})


def _assignment(number: Number, app: Application) -> dict[str, Any]:
    return {
        "phoneNumberId": number.id,
        "appId": app.id,
        "number": number.number,
        "createdAt": number.created_at,
        "updatedAt": number.updated_at,
    }


def _detailed(number: Number, app: Application) -> dict[str, Any]:
    """The admin's view of an assignment, which tells more than the app's (admin/post-v1organizationapps-phone-numbers)."""
    more = {"numberType": number.type, "location": number.location, "features": number.features}
    return {**_assignment(number, app), **more}
