"""The webhooks of an app, by its own key or by an admin key.

Source: https://docs.buildwithchirp.com/sms/webhooks-setup and https://docs.buildwithchirp.com/api-reference/app/post-v1webhooks.
"""

from __future__ import annotations

from simulator.provider import Call
from simulator.providers.chirp.account import State, app_of, mode_id, provider, webhooks
from simulator.providers.chirp.records import Webhook

DELETED = "Webhook deleted successfully"


@provider.operation("create_webhook")
@provider.operation("create_app_webhook")
def create_webhook(call: Call[State]) -> Webhook:
    """Register a webhook of an app."""
    return webhooks.create_from_body(call, **mode_id(call, app_of(call), "whk_"))


provider.operation("list_webhooks")(webhooks.page)
provider.operation("list_app_webhooks")(webhooks.page)
provider.operation("get_webhook")(webhooks.get)
provider.operation("get_app_webhook")(webhooks.get)
provider.operation("update_webhook")(webhooks.change_from_body)
provider.operation("update_app_webhook")(webhooks.change_from_body)
provider.operation("delete_webhook", message=DELETED)(webhooks.delete)
provider.operation("delete_app_webhook", message=DELETED)(webhooks.delete)
