"""Webhooks for the events of calls; agents are attached to them by their `webhook_id`."""

from __future__ import annotations

from simulator.provider import Call, is_receiver_url
from simulator.providers.cartesia.account import State, provider, webhooks
from simulator.providers.cartesia.errors import Errors, invalid
from simulator.providers.cartesia.records import Webhook

provider.operation("webhooks_list")(webhooks.page)
provider.operation("webhooks_get")(webhooks.get)


@provider.operation("webhooks_create")
def create_webhook(call: Call[State]) -> Webhook:
    """Add a webhook; its secret is shown this once."""
    _check_url(call)
    return webhooks.create_from_body(call)


def _check_url(call: Call[State]) -> None:
    """Raise a problem for a URL that Cartesia does not call: it has to be https (webhooks/create)."""
    if not is_receiver_url(call.account, call.body["url"]):
        raise invalid("Must be an https URL", "url")


@provider.operation("webhooks_update")
def update_webhook(call: Call[State]) -> str:
    """Change a webhook; answered with its id (webhooks/update)."""
    webhook = webhooks.get(call)
    _check_url(call)
    return webhooks.change_from_body(call, webhook).id


@provider.operation("webhooks_delete")
def delete_webhook(call: Call[State]) -> None:
    """Remove a webhook to which no agent is attached."""
    webhook = webhooks.get(call)
    if call.state.agents.having("webhook_id", webhook.id):
        raise Errors.WEBHOOK_IN_USE()
    webhooks.remove(call, webhook)
