"""App keys and admin keys, for admin keys; a secret is shown once, when it is created.

Source: https://docs.buildwithchirp.com/api_reference/app-keys and https://docs.buildwithchirp.com/administration_apis/admin-keys.
"""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, add_admin_key, add_app_key, admin_keys, app_keys, apps, provider
from simulator.providers.chirp.records import LIVE, TEST, AdminKey, AppKey


@provider.operation("create_app_key")
def create_app_key(call: Call[State]) -> AppKey:
    """Create a key of an app: a live one, unless it is a test app."""
    app = apps.get(call, call.body["appId"], param="appId")
    return add_app_key(call.account, call.now, TEST if app.is_test else LIVE, call.body["name"], app.id)


@provider.operation("list_keys_of_app")
def list_keys_of_app(call: Call[State]) -> Page[AppKey]:
    """Return a page of the keys of one app."""
    return app_keys.page(call, app_keys.narrowed(call, app_id=apps.get(call).id))


@provider.operation("list_app_keys")
def list_app_keys(call: Call[State]) -> Page[AppKey]:
    """Return a page of app keys, of all apps or of one."""
    return app_keys.page(call, app_keys.narrowed(call, app_id=call.params["appId"]))


@provider.operation("delete_app_key", message="App key deleted successfully")
def delete_app_key(call: Call[State]) -> None:
    """Revoke a key of an app, at once."""
    call.account.revoke(app_keys.remove(call).key)


@provider.operation("create_admin_key")
def create_admin_key(call: Call[State]) -> AdminKey:
    """Create a key of the organisation."""
    return add_admin_key(call.account, call.now, call.body["name"])


provider.operation("list_admin_keys")(admin_keys.page)


@provider.operation("delete_admin_key", message="Admin key deleted successfully")
def delete_admin_key(call: Call[State]) -> None:
    """Revoke a key of the organisation, at once, even the one of the request."""
    call.account.revoke(admin_keys.remove(call).key)
