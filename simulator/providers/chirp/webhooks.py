"""The webhooks of an app, by its own key or by an admin key.

Source: https://docs.buildwithchirp.com/sms/webhooks-setup and https://docs.buildwithchirp.com/api-reference/app/post-v1webhooks.
"""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.chirp.account import State, app_of, mode_id, provider, webhooks
from simulator.providers.chirp.records import Webhook

DELETED = "Webhook deleted successfully"


@provider.operation("create_webhook")
@provider.operation("create_app_webhook")
def create_webhook(call: Call[State]) -> Webhook:
    """Let an app hear of events."""
    app = app_of(call)
    return webhooks.create_from_body(call, **mode_id(call, app, "whk_"), app_id=app.id, events=tuple(call.body["events"]))


@provider.operation("list_webhooks")
@provider.operation("list_app_webhooks")
def list_webhooks(call: Call[State]) -> Page[Webhook]:
    """Return a page of an app's webhooks."""
    return webhooks.page(call)


@provider.operation("get_webhook")
@provider.operation("get_app_webhook")
def get_webhook(call: Call[State]) -> Webhook:
    """Return one webhook."""
    return webhooks.get(call)


@provider.operation("update_webhook")
@provider.operation("update_app_webhook")
def update_webhook(call: Call[State]) -> Webhook:
    """Change what is sent."""
    webhook = webhooks.get(call)
    return webhooks.change_from_body(call, webhook, events=tuple(call.sent.get("events", webhook.events)))


@provider.operation("delete_webhook", message=DELETED)
@provider.operation("delete_app_webhook", message=DELETED)
def delete_webhook(call: Call[State]) -> None:
    """Let an app hear of nothing more there."""
    webhooks.remove(call, webhooks.get(call))
