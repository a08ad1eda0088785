"""The applications of an organisation, for admin keys. Source: https://docs.buildwithchirp.com/administration_apis/admin-keys."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, add_keys, app_keys, apps, callings, numbers, provider, webhooks
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Application


@provider.operation("create_app")
def create_app(call: Call[State]) -> Application:
    """Make an app; its test key and its live key come with it."""
    if call.state.apps.having("slug", call.body["slug"]):
        raise Errors.SLUG_TAKEN()
    app = apps.create_from_body(call)
    add_keys(call.account, call.now, app.id, [])
    return app


@provider.operation("list_apps")
def list_apps(call: Call[State]) -> Page[Application]:
    """Return a page of the organisation's apps."""
    return apps.page(call)


@provider.operation("get_app")
def get_app(call: Call[State]) -> Application:
    """Return one app."""
    return apps.get(call)


@provider.operation("update_app")
def update_app(call: Call[State]) -> Application:
    """Rename an app; its slug stays."""
    return apps.change_from_body(call, apps.get(call))


@provider.operation("delete_app", message="App deleted successfully")
def delete_app(call: Call[State]) -> None:
    """Remove an app with its keys, webhooks and assignments; its numbers stay with the organisation."""
    app = apps.remove(call, apps.get(call))
    for key in [*app_keys.narrowed(call, app_id=app.id)]:
        call.account.revoke(app_keys.remove(call, key).key)
    for webhook in [*call.state.webhooks.having("app_id", app.id)]:
        webhooks.remove(call, webhook)
    for calling in [*call.state.callings.having("app_id", app.id)]:
        callings.remove(call, calling)
    for number in [*call.state.numbers.having("app_ids", app.id)]:
        numbers.change(call, number, app_ids=number.without(app.id))


@provider.operation("check_app_slug")
def check_app_slug(call: Call[State]) -> dict[str, Any]:
    """Return whether a slug is free."""
    slug = call.params["slug"]
    return {"available": not call.state.apps.having("slug", slug), "slug": slug}
