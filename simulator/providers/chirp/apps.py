"""The applications of an organisation and how they take calls, for admin keys.

Source: https://docs.buildwithchirp.com/administration_apis/admin-keys and
https://docs.buildwithchirp.com/api-reference/admin/put-v1organizationapps-calling.
"""

from __future__ import annotations

from typing import Any

from simulator.provider import Account, Call
from simulator.providers.chirp.account import State, add_keys, app_keys, apps, callings, mode_id, numbers, provider
from simulator.providers.chirp.records import Application, Calling


@provider.operation("create_app")
def create_app(call: Call[State]) -> Application:
    """Add an app with a test key and a live key."""
    app = apps.create_from_body(call)
    add_keys(call.account, call.now, app.id, [])
    return app


provider.operation("list_apps")(apps.page)
provider.operation("get_app")(apps.get)
provider.operation("update_app")(apps.change_from_body)


@provider.operation("delete_app", message="App deleted successfully")
def delete_app(call: Call[State]) -> None:
    """Remove an app with its keys, webhooks and assignments; its numbers stay with the organisation."""
    app = apps.remove(call)
    for key in [*app_keys.narrowed(call, app_id=app.id)]:
        call.account.revoke(app_keys.remove(call, key).key)
    for number in [*call.state.numbers.having("app_ids", app.id)]:
        numbers.change(call, number, app_ids=number.without(app.id))


@provider.operation("check_app_slug")
def check_app_slug(call: Call[State]) -> dict[str, Any]:
    """Return whether a slug is free."""
    slug = call.params["slug"]
    return {"available": not call.state.apps.having("slug", slug), "slug": slug}


@provider.operation("update_calling")
def update_calling(call: Call[State]) -> Calling:
    """Change what is sent."""
    return callings.change_from_body(call, get_calling(call))


@provider.operation("get_calling")
def get_calling(call: Call[State]) -> Calling:
    """Return the configuration of the path's app, added when it is first needed."""
    app = apps.get(call)
    return calling_of(call.account, app.id) or callings.create(
        call, **mode_id(call, app, "cc_"), app_id=app.id, organization_id=call.state.organization_id
    )


def calling_of(account: Account[State], app_id: str) -> Calling | None:
    """Return the configuration of an app; None until a client reads or changes it."""
    return next(iter(account.state.callings.having("app_id", app_id)), None)
