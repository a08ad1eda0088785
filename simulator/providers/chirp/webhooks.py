"""The webhooks of an app, by its own key or by an admin key.

Source: https://docs.buildwithchirp.com/sms/webhooks-setup and https://docs.buildwithchirp.com/api-reference/app/post-v1webhooks.
"""

from __future__ import annotations

from simulator.provider import Call, is_receiver_url
from simulator.providers.chirp.account import State, app_of, mode_id, provider, webhooks
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import Webhook

DELETED = "Webhook deleted successfully"


@provider.operation("create_webhook")
@provider.operation("create_app_webhook")
def create_webhook(call: Call[State]) -> Webhook:
    """Register a webhook of an app."""
    _require_https(call)
    return webhooks.create_from_body(call, **mode_id(call, app_of(call), "whk_"))


@provider.operation("update_webhook")
@provider.operation("update_app_webhook")
def update_webhook(call: Call[State]) -> Webhook:
    """Change what is sent; events that wait to be sent keep their address."""
    webhook = webhooks.get(call)
    _require_https(call)
    return webhooks.change_from_body(call, webhook)


def _require_https(call: Call[State]) -> None:
    """Raise a problem for a URL without TLS ("HTTP is not supported", sms/webhooks-setup), unless a test can listen there."""
    url = call.sent.get("url")
    if url is not None and not is_receiver_url(call.account, url):
        expected = "https, or http to this machine or to a host named with --webhook-hosts"
        raise Errors.INVALID(f"url: must be {expected}", param="url")


provider.operation("list_webhooks")(webhooks.page)
provider.operation("list_app_webhooks")(webhooks.page)
provider.operation("get_webhook")(webhooks.get)
provider.operation("get_app_webhook")(webhooks.get)
provider.operation("delete_webhook", message=DELETED)(webhooks.delete)
provider.operation("delete_app_webhook", message=DELETED)(webhooks.delete)
