"""App keys and admin keys, for admin keys. A secret is shown once, by the answer that creates it."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, by_offset, millis
from simulator.providers.chirp.apps import find_app
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import LIVE, TEST, AdminKey, AppKey
from simulator.providers.chirp.state import State, provider


@provider.operation("create_app_key")
def create_app_key(call: Call[State]) -> Reply:
    """Make a key for an app: a live one, unless the app's id says that it is a test app."""
    app = find_app(call, call.body["appId"], "appId")
    family = TEST if app.id.startswith("app_test_") else LIVE
    key = call.state.add_app_key(family, app, call.body["name"], millis(call.now))
    return Reply({**_app_key(key), "key": key.key})


@provider.operation("list_app_keys")
def list_app_keys(call: Call[State]) -> Reply:
    """A page of app keys, of all apps or of one."""
    keys, app_id = call.state.app_keys, call.params["appId"]
    listing = keys.all() if app_id is None else keys.having("app_id", app_id)
    page = by_offset(listing, int(call.params["limit"]), int(call.params["offset"]))
    shown = [{**_app_key(key), "keyPreview": _preview(key)} for key in page.items]
    return Reply({"keys": shown, "totalCount": page.total})


@provider.operation("delete_app_key")
def delete_app_key(call: Call[State]) -> Reply:
    """Withdraw a key of an app, at once."""
    key = call.state.app_keys.get(call.params["id"])
    if key is None:
        raise Errors.KEY_NOT_FOUND()
    call.state.remove_app_key(key)
    return Reply({"message": "App key deleted successfully"})


@provider.operation("create_admin_key")
def create_admin_key(call: Call[State]) -> Reply:
    """Make a key for the organisation."""
    key = call.state.add_admin_key(call.body["name"], millis(call.now))
    return Reply({**_key(key), "key": key.key})


@provider.operation("list_admin_keys")
def list_admin_keys(call: Call[State]) -> Reply:
    """A page of the organisation's keys."""
    page = by_offset(call.state.admin_keys.all(), int(call.params["limit"]), int(call.params["offset"]))
    shown = [{**_key(key), "keyPreview": _preview(key)} for key in page.items]
    return Reply({"keys": shown, "totalCount": page.total})


@provider.operation("delete_admin_key")
def delete_admin_key(call: Call[State]) -> Reply:
    """Withdraw a key of the organisation, at once, be it the one that asks."""
    key = call.state.admin_keys.get(call.params["id"])
    if key is None:
        raise Errors.KEY_NOT_FOUND()
    call.state.remove_admin_key(key)
    return Reply({"message": "Admin key deleted successfully"})


def _preview(key: AdminKey) -> str:
    """`sk_live_app_****`: the kind of a key and nothing of its secret (admin/get-v1organizationapp-keys)."""
    return key.key[: key.key.rindex("_") + 1] + "****"


def _key(key: AdminKey) -> dict[str, Any]:
    return {"id": key.id, "name": key.name, "createdAt": key.created_at, "updatedAt": key.updated_at}


def _app_key(key: AppKey) -> dict[str, Any]:
    return {**_key(key), "appId": key.app_id}
