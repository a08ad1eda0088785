"""Webhooks for the events of calls; agents are attached to them by their `webhook_id`."""

from __future__ import annotations

from simulator.provider import Call
from simulator.providers.cartesia.account import State, provider, webhooks
from simulator.providers.cartesia.errors import Errors

provider.operation("webhooks_create")(webhooks.create_from_body)
provider.operation("webhooks_list")(webhooks.page)
provider.operation("webhooks_get")(webhooks.get)


@provider.operation("webhooks_update")
def update_webhook(call: Call[State]) -> str:
    """Change a webhook; answered with its id (webhooks/update)."""
    return webhooks.change_from_body(call).id


@provider.operation("webhooks_delete")
def delete_webhook(call: Call[State]) -> None:
    """Remove a webhook to which no agent is attached."""
    webhook = webhooks.get(call)
    if call.state.agents.having("webhook_id", webhook.id):
        raise Errors.WEBHOOK_IN_USE()
    webhooks.remove(call, webhook)
