"""The applications of an organisation, for admin keys."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, by_offset, millis
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Application, AppSeed
from simulator.providers.chirp.state import State, provider


@provider.operation("create_app")
def create_app(call: Call[State]) -> Reply:
    """Make an app; its test key and its live key come with it."""
    slug = call.body["slug"]
    if call.state.apps.having("slug", slug):
        raise Errors.SLUG_TAKEN()
    return Reply(_shown(call.state.add_app(AppSeed(slug=slug, name=call.body["name"]), millis(call.now))))


@provider.operation("list_apps")
def list_apps(call: Call[State]) -> Reply:
    """A page of the organisation's apps."""
    page = by_offset(call.state.apps.all(), int(call.params["limit"]), int(call.params["offset"]))
    return Reply({"apps": [_shown(app) for app in page.items], "totalCount": page.total})


@provider.operation("get_app")
def get_app(call: Call[State]) -> Reply:
    """One app."""
    return Reply(_shown(find_app(call, call.params["appId"])))


@provider.operation("update_app")
def update_app(call: Call[State]) -> Reply:
    """Rename an app; its slug stays."""
    app = find_app(call, call.params["appId"])
    name = call.body.get("name", app.name)
    return Reply(_shown(call.state.apps.change(app, name=name, updated_at=millis(call.now))))


@provider.operation("delete_app")
def delete_app(call: Call[State]) -> Reply:
    """Remove an app with its keys and assignments; its numbers stay with the organisation."""
    app = find_app(call, call.params["appId"])
    for key in list(call.state.app_keys.having("app_id", app.id)):
        call.state.remove_app_key(key)
    for number in list(call.state.numbers.having("app_ids", app.id)):
        left = tuple(other for other in number.app_ids if other != app.id)
        call.state.numbers.change(number, app_ids=left, updated_at=millis(call.now))
    call.state.apps.remove(app.id)
    return Reply({"message": "App deleted successfully"})


@provider.operation("check_app_slug")
def check_app_slug(call: Call[State]) -> Reply:
    """Whether a slug is free."""
    slug = call.params["slug"]
    return Reply({"available": not call.state.apps.having("slug", slug), "slug": slug})


def find_app(call: Call[State], app_id: str, param: str = "") -> Application:
    """An app of the organisation; `param` is the field of the body that names it.

    Raises:
        Problem: there is no such app.
    """
    app = call.state.apps.get(app_id)
    if app is None:
        raise Errors.APP_NOT_FOUND(param=param)
    return app


def _shown(app: Application) -> dict[str, Any]:
    return {
        "id": app.id,
        "slug": app.slug,
        "name": app.name,
        "status": app.status,
        "createdAt": app.created_at,
        "updatedAt": app.updated_at,
    }
