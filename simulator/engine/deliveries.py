"""Webhooks on their way: which request is sent to a receiver next, and what becomes of its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from simulator.engine.conditions import RuleInput
from simulator.engine.delays import delay_seconds
from simulator.engine.world import World
from simulator.provider.webhooks import Outgoing, Webhooks
from simulator.scenario.format import Then
from simulator.scenario.moments import WorldTime
from simulator.store.outbox import Attempt, Delivery

STALE = 600.0  # seconds by which a signature is too old, unless the rule says otherwise
WRONG_SECRET = "wrong-secret"  # noqa: S105  (it is what receivers must refuse)
AGENT = "provider-simulator"
MAX_ANSWER = 2000  # characters of a receiver's answer that are kept


class Shipment(NamedTuple):
    """A request that is to be sent to a receiver; with `status` it is answered without being sent."""

    delivery: Delivery
    attempt: Attempt
    timeout: float
    status: int | None


class Outcome(NamedTuple):
    """What came of a request: the status and the beginning of the body, or the error."""

    status: int | None = None
    answer: str = ""
    error: str = ""


def next_shipment(world: World, delivery_id: str) -> Shipment | None:
    """Return the request that a due delivery sends; None if it sends none now, for the reason that its record has."""
    outbox = world.store.environment.outbox
    delivery = outbox.table.get(delivery_id)
    if delivery is None or delivery.due is None:
        return None
    if not delivery.is_decided:
        with world.whole():
            delivery = _decided(world, delivery)
    if delivery.due is None or delivery.due > world.store.environment.clock.now():
        return None
    if not world.receivers.allows(delivery.url) and delivery.manner != "gone":
        with world.whole():
            outbox.change(delivery, status="blocked", due=None)
        return None
    dialect = dialect_of(world, delivery)
    return Shipment(delivery, _attempt(delivery, dialect), dialect.timeout, 410 if delivery.manner == "gone" else None)


def settle(world: World, shipment: Shipment, outcome: Outcome) -> Delivery | None:
    """Note what came of a request, and return the delivery; None if the world has gone back to a time before it."""
    with world.whole():
        outbox, sent = world.store.environment.outbox, shipment.delivery
        delivery = outbox.table.get(sent.id)
        if delivery is None or (delivery.made_at, len(delivery.attempts)) != (sent.made_at, len(sent.attempts)):
            return None
        at = shipment.attempt.at
        answer = outcome.answer[:MAX_ANSWER]
        attempt = msgspec.structs.replace(shipment.attempt, status=outcome.status, answer=answer, error=outcome.error)
        fields = _after(delivery, outcome, dialect_of(world, delivery), attempt)
        delivery = outbox.change(delivery, attempts=(*delivery.attempts, attempt), **fields)
        for overtaken in outbox.held(delivery.receiver):
            outbox.change(overtaken, due=at)
        return delivery


def _after(delivery: Delivery, outcome: Outcome, dialect: Webhooks, attempt: Attempt) -> dict[str, Any]:
    """Return the fields of a delivery after an attempt."""
    at = attempt.at
    if delivery.manner == "twice" and not delivery.attempts:
        return {"due": at + timedelta(seconds=delivery.pause)}
    if outcome.status is not None and dialect.takes(outcome.status):
        return {"status": "delivered", "due": None}
    failures = delivery.failures + 1
    pause = None if outcome.status in dialect.ends else dialect.pause(failures)
    if pause is None:
        return {"status": "failed", "due": None, "failures": failures}
    return {"due": at + pause, "failures": failures}


def fail(world: World, delivery_id: str, error: Exception) -> None:
    """Give up a delivery that the simulator itself cannot send."""
    with world.whole():
        outbox = world.store.environment.outbox
        delivery = outbox.table.get(delivery_id)
        if delivery is not None:
            attempt = Attempt(delivery.due or delivery.made_at, (), b"", error=f"the simulator failed: {error}")
            outbox.change(delivery, status="failed", due=None, attempts=(*delivery.attempts, attempt))


def redeliver(world: World, delivery: Delivery) -> Delivery:
    """Send a delivery once more, now, and begin its retries anew."""
    with world.whole():
        now = world.store.environment.clock.now()
        fields = {"status": "pending", "due": now, "failures": 0, "manner": "", "is_decided": True}
        return world.store.environment.outbox.change(delivery, **fields)


def release(world: World) -> None:
    """Let the deliveries go that wait for another one to overtake them."""
    with world.whole():
        environment = world.store.environment
        for delivery in [one for one in environment.outbox.all() if one.status == "pending" and one.due is None]:
            environment.outbox.change(delivery, due=environment.clock.now())


def dialect_of(world: World, delivery: Delivery) -> Webhooks:
    """Return how the provider of a delivery signs and repeats it.

    Raises:
        LookupError: it sends no webhooks.
    """
    provider: Any = world.store.accounts[delivery.provider, delivery.tenant].provider
    dialect: Webhooks | None = provider.webhooks
    if dialect is None:
        raise LookupError(f"{delivery.provider} announces events, but declares no webhooks")
    return dialect


def _decided(world: World, delivery: Delivery) -> Delivery:
    """Ask the rules how a delivery is sent, and note it."""
    outbox, rules = world.store.environment.outbox, world.rules
    candidates = rules.for_events()
    if not candidates:
        return outbox.change(delivery, is_decided=True)
    world.keep_counts(candidates)
    payload = msgspec.json.decode(delivery.body)
    event = f"{delivery.provider}.{delivery.event}"
    time = WorldTime(delivery.due or delivery.made_at, world.store.started)
    decision = rules.decide(RuleInput(delivery.provider, "", "", "", "", {}, {}, payload, time, event))
    if decision.rule is None or decision.then is None:
        return outbox.change(delivery, is_decided=True)
    world.rules_fired[delivery.provider] += 1
    return outbox.change(delivery, is_decided=True, rule=decision.rule.id, **_manner(world, delivery, decision.then))


def _manner(world: World, delivery: Delivery, then: Then) -> dict[str, Any]:
    pause = delay_seconds(then.delay, world.rules.chance)
    manner = "late" if then.delivery is UNSET else then.delivery
    fields: dict[str, Any] = {"manner": manner, "pause": pause, "other_secret": then.secret}
    if manner == "never":
        return {**fields, "status": "dropped", "due": None}
    if manner == "late" and delivery.due is not None:
        return {**fields, "due": delivery.due + timedelta(seconds=pause)}
    return {**fields, "due": None} if manner == "out_of_order" else fields


def _attempt(delivery: Delivery, dialect: Webhooks) -> Attempt:
    """Return the request of an attempt, signed at the time at which it is due."""
    at = signed_at = delivery.due or delivery.made_at
    secret, body = delivery.secret, delivery.body
    if delivery.manner == "stale":
        signed_at -= timedelta(seconds=delivery.pause or STALE)
    elif delivery.manner in ("wrong_secret", "rotated_secret"):
        secret = delivery.other_secret or WRONG_SECRET
    signature = dialect.sign(Outgoing(signed_at, body, secret, delivery))
    if delivery.manner == "changed_body":
        body = _changed(body)
    headers = {"Content-Type": dialect.media, "User-Agent": AGENT, **dict(delivery.headers), **signature}
    return Attempt(at, tuple(headers.items()), body)


def _changed(body: bytes) -> bytes:
    """Return the body with one more member, as somebody on the way could add it."""
    payload = msgspec.json.decode(body)
    return msgspec.json.encode({**payload, "changed_on_the_way": True} if isinstance(payload, dict) else [payload])
