"""Where Cartesia tells of calls: registrations, to which agents are attached by their `webhook_id`."""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.cartesia.account import State, provider, webhooks
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.records import Webhook


@provider.operation("webhooks_create")
def create_webhook(call: Call[State]) -> Webhook:
    """Register a webhook; its secret is shown this once."""
    return webhooks.create_from_body(call)


@provider.operation("webhooks_list")
def list_webhooks(call: Call[State]) -> Page[Webhook]:
    """Return a page of webhooks, the newest first."""
    return webhooks.page(call)


@provider.operation("webhooks_get")
def get_webhook(call: Call[State]) -> Webhook:
    """Return one webhook."""
    return webhooks.get(call)


@provider.operation("webhooks_update")
def update_webhook(call: Call[State]) -> str:
    """Change a webhook; answered with its id (webhooks/update)."""
    return webhooks.change_from_body(call, webhooks.get(call)).id


@provider.operation("webhooks_delete")
def delete_webhook(call: Call[State]) -> None:
    """Remove a webhook to which no agent is attached."""
    webhook = webhooks.get(call)
    if call.state.agents.having("webhook_id", webhook.id):
        raise Errors.WEBHOOK_IN_USE()
    webhooks.remove(call, webhook)
