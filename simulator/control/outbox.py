"""Control operations on the webhooks of a world: list, deliver and redeliver."""

from __future__ import annotations

from typing import Any

from simulator.control.api import PROVIDERS_LIST, ControlCall, Deferred
from simulator.control.errors import Errors, require_known
from simulator.engine import deliveries
from simulator.engine.masking import MIN_HIDDEN, Mask, remove_secrets, shorten
from simulator.provider import Reply, millis
from simulator.store.outbox import Attempt, Delivery
from simulator.store.work import weigh

MASKED = "****"
SHOWN, BYTES = 10, 64  # units of work to show a webhook, and bytes of its body that are another unit


def list_deliveries(call: ControlCall) -> Reply:
    """Return the webhooks of a world, the oldest first."""
    params, outbox = call.params, call.world.store.environment.outbox
    _require_event(call)
    filters = {name: params[name] for name in ("provider", "event", "status") if params[name] is not None}
    matching = [one for one in outbox.all() if all(getattr(one, name) == value for name, value in filters.items())][::-1]
    shown = matching[max(0, len(matching) - params["limit"]) :]
    weigh(sum(SHOWN + len(one.body) // BYTES for one in shown))
    return Reply({"deliveries": [_delivery(one, call.context.mask) for one in shown], "total": len(matching)})


def _require_event(call: ControlCall) -> None:
    """Require that the event of the filter, if there is one, is an event of the provider, or of any.

    Raises:
        Problem: INVALID, with the nearest name.
    """
    providers, provider = call.context.registry.providers, call.provider
    chosen = [providers[provider]] if provider else providers.values()
    events = [name for one in chosen if one.provider.webhooks for name in one.provider.webhooks.events]
    require_known("event", call.params["event"], events, PROVIDERS_LIST)


def get_delivery(call: ControlCall) -> Reply:
    """Return one webhook with all its attempts."""
    return Reply(_delivery(_found(call), call.context.mask))


def deliver(call: ControlCall) -> Reply:
    """Send all due webhooks, and respond when they are sent."""
    world, environment = call.world, call.world.store.environment
    deliveries.release(world)
    now = environment.clock.now()
    due = sum(one.due is not None and one.due <= now for one in environment.outbox.all())
    return Deferred({"due": due}, after=call.context.courier.idle(world))


def redeliver(call: ControlCall) -> Reply:
    """Send one webhook again, and answer when that is done."""
    delivery = deliveries.redeliver(call.world, _found(call))
    return Deferred(_delivery(delivery, call.context.mask), after=call.context.courier.idle(call.world))


def _found(call: ControlCall) -> Delivery:
    delivery = call.world.store.environment.outbox.table.get(call.params["id"])
    if delivery is None:
        raise Errors.NOT_FOUND(f"no webhook {call.params['id']!r} in the outbox of this world")
    return delivery


def _delivery(one: Delivery, mask: Mask) -> dict[str, Any]:
    return {
        "id": one.id,
        "provider": one.provider,
        "account": shorten(one.tenant),
        "event": one.event,
        "receiver": one.receiver,
        "url": mask.address(one.url),
        "status": one.status,
        "made_at": millis(one.made_at),
        "due": millis(one.due) if one.due else None,
        "rule": one.rule or None,
        "body": mask.body(one.body),
        "attempts": [_attempt(attempt, one, mask) for attempt in one.attempts],
    }


def _attempt(attempt: Attempt, delivery: Delivery, mask: Mask) -> dict[str, Any]:
    secrets = {secret for secret in (delivery.secret, delivery.other_secret) if secret}
    configured = dict(delivery.headers)  # by which a receiver may know the provider
    sent = {*secrets, *configured.values(), *mask.url_secrets(delivery.url)}  # to the receiver, which may repeat it
    longest_first = sorted({text for text in sent if len(text) >= MIN_HIDDEN}, key=len, reverse=True)
    headers = {name.lower(): MASKED if name in configured or value in secrets else value for name, value in attempt.headers}
    return {
        "at": millis(attempt.at),
        "headers": mask.headers(headers),
        "status": attempt.status,
        "answer": mask.text(remove_secrets(attempt.answer, longest_first)) or None,
        "error": mask.text(remove_secrets(attempt.error, longest_first)) or None,
    }


OPERATIONS = (list_deliveries, get_delivery, deliver, redeliver)
