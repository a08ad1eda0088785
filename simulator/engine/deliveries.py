"""Webhooks on their way: which request is sent to a receiver next, and what becomes of its answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
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
GONE = "gone"  # the manner of a delivery that is answered with 410 in the receiver's place
MAX_ANSWER = 2000  # characters of a receiver's answer that are kept


log = logging.getLogger("simulator")


class Shipment(NamedTuple):
    """A request that is to be sent to a receiver; with `status` it is answered without being sent."""

    delivery: Delivery
    attempt: Attempt
    dialect: Webhooks
    status: int | None


class Outcome(NamedTuple):
    """The result of a request: the status and the beginning of the body, or the error."""

    status: int | None = None
    answer: str = ""
    error: str = ""


def take_due(world: World) -> list[Delivery]:
    """Take what is due from the outbox, and return what is to be sent to receivers now, in order.

    What becomes of the others depends on no receiver: a rule drops them, delays them or answers in the receiver's place, or
    nothing may be sent to their address. It is decided here at once, so that equal calls always lead to the same outbox.
    """
    environment = world.store.environment
    now, due_timer = environment.clock.now(), environment.timers.next_due()
    if not environment.outbox.is_due(now) and (due_timer is None or due_timer > now):
        return []
    with world.whole():
        world.tick()
        return _take(world, now)


def next_shipment(world: World, delivery_id: str) -> Shipment | None:
    """Return the request that a delivery sends; None if it sends none now, as it was put off, sent or undone since."""
    environment = world.store.environment
    delivery = environment.outbox.table.get(delivery_id)
    if delivery is None or delivery.due is None:
        return None
    if delivery.due > environment.clock.now():
        environment.outbox.give_back(delivery)
        return None
    return _shipment(world, delivery)


def settle(world: World, shipment: Shipment, outcome: Outcome) -> list[Delivery]:
    """Note what came of a request, and return what is to be sent by that: a retry that is due, or what it has overtaken.

    Nothing is noted if the world has gone back to a time before the request.
    """
    with world.whole():
        _note(world, shipment, outcome)
        return _take(world, world.store.environment.clock.now())


def _take(world: World, now: datetime) -> list[Delivery]:
    outbox, taken = world.store.environment.outbox, list[Delivery]()
    if not outbox.is_due(now):
        return taken
    rules = world.rules.for_events()
    if rules:
        world.keep_counts(rules)
    while outbox.is_due(now):
        for delivery in outbox.take_due(now):
            if rules and not delivery.is_decided:
                _decide(world, delivery)  # if it is due then, it is taken once more
            elif delivery.manner == GONE or world.receivers.allows(delivery.url):
                taken.append(delivery)
            else:
                outbox.change(delivery, status="blocked", due=None)
        taken = _without_answered(world, taken)
    return taken


def _without_answered(world: World, taken: list[Delivery]) -> list[Delivery]:
    """Note a 410 for deliveries to receivers that are gone; return those to send, and those behind one to the same receiver."""
    busy = {(one.provider, one.tenant, one.receiver) for one in taken if one.manner != GONE}
    others = []
    for delivery in taken:
        if delivery.manner != GONE or (delivery.provider, delivery.tenant, delivery.receiver) in busy:
            others.append(delivery)
        else:
            _answer_in_place(world, delivery)
    return others


def _answer_in_place(world: World, delivery: Delivery) -> None:
    try:
        _note(world, _shipment(world, delivery), Outcome(410))
    except Exception as error:  # noqa: BLE001  (of a provider's own functions; it is logged)
        _give_up(world, delivery, error)


def _shipment(world: World, delivery: Delivery) -> Shipment:
    dialect = dialect_of(world, delivery)
    return Shipment(delivery, _attempt(delivery, dialect), dialect, 410 if delivery.manner == GONE else None)


def _note(world: World, shipment: Shipment, outcome: Outcome) -> None:
    outbox, sent = world.store.environment.outbox, shipment.delivery
    delivery = outbox.table.get(sent.id)
    if delivery is None or (delivery.made_at, len(delivery.attempts)) != (sent.made_at, len(sent.attempts)):
        return
    at, answer = shipment.attempt.at, outcome.answer[:MAX_ANSWER]
    attempt = msgspec.structs.replace(shipment.attempt, status=outcome.status, answer=answer, error=outcome.error)
    fields = _after(delivery, outcome, shipment.dialect, attempt)
    outbox.change(delivery, attempts=(*delivery.attempts, attempt), is_decided=True, **fields)
    for overtaken in outbox.held(delivery.receiver):
        if outbox.table.sequence(overtaken.id) < outbox.table.sequence(delivery.id):
            outbox.change(overtaken, due=at)


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
    """Mark a delivery as failed that the simulator itself cannot send, and log why."""
    with world.whole():
        delivery = world.store.environment.outbox.table.get(delivery_id)
        if delivery is not None:
            _give_up(world, delivery, error)


def _give_up(world: World, delivery: Delivery, error: Exception) -> None:
    log.error("the webhook %s cannot be sent", delivery.id, exc_info=error)
    attempt = Attempt(delivery.due or delivery.made_at, (), b"", error=f"the simulator failed: {error}")
    fields: dict[str, Any] = {"status": "failed", "due": None, "attempts": (*delivery.attempts, attempt)}
    world.store.environment.outbox.change(delivery, **fields)


def redeliver(world: World, delivery: Delivery) -> Delivery:
    """Send a delivery again now, with a new series of retries."""
    with world.whole():
        now = world.store.environment.clock.now()
        fields = {"status": "pending", "due": now, "failures": 0, "manner": "", "is_decided": True}
        return world.store.environment.outbox.change(delivery, **fields)


def release(world: World) -> None:
    """Release the deliveries that wait for another one to overtake them."""
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


def _decide(world: World, delivery: Delivery) -> None:
    """Ask the rules how a delivery is sent, and note it."""
    payload = msgspec.json.decode(delivery.body)
    event = f"{delivery.provider}.{delivery.event}"
    time = WorldTime(delivery.due or delivery.made_at, world.store.started)
    decision = world.rules.decide(RuleInput(delivery.provider, "", "", "", "", {}, {}, payload, time, event))
    fields: dict[str, Any] = {"is_decided": True}
    if decision.rule is not None and decision.then is not None:
        world.rules_fired[delivery.provider] += 1
        fields |= {"rule": decision.rule.id, **_manner(world, delivery, decision.then)}
    world.store.environment.outbox.change(delivery, **fields)


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
        age = timedelta(seconds=delivery.pause or STALE)
        signed_at -= age
        body = _aged(body, dialect.time_member, age)
    elif delivery.manner in ("wrong_secret", "rotated_secret"):
        secret = delivery.other_secret or WRONG_SECRET
    signature = dialect.sign(Outgoing(signed_at, body, secret, delivery))
    if delivery.manner == "changed_body":
        body = _changed(body)
    own = {"Content-Type": dialect.media, "User-Agent": AGENT}
    named = [*own.items(), *delivery.headers, *signature.items()]
    headers = {name.lower(): (name, value) for name, value in named}  # of headers with the same name the last is sent
    return Attempt(at, tuple(headers.values()), body)


def _aged(body: bytes, member: str, age: timedelta) -> bytes:
    """Return the body with an older time in a member, in the form that it has there."""
    payload = msgspec.json.decode(body)
    time = payload.get(member) if isinstance(payload, dict) else None
    if not isinstance(time, str):
        return body
    older = datetime.fromisoformat(time[:19]) - age
    return msgspec.json.encode({**payload, member: f"{older.isoformat()}{time[19:]}"})


def _changed(body: bytes) -> bytes:
    """Return the body with one more member, as somebody on the way could add it."""
    payload = msgspec.json.decode(body)
    return msgspec.json.encode({**payload, "changed_on_the_way": True} if isinstance(payload, dict) else [payload])
