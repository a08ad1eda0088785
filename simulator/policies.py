"""What a spec switches on by an extension, the same for every provider: idempotency keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b

from simulator.provider import Bound, Exchange, Reply
from simulator.spec import Operation
from simulator.world import Replay


def remembered(exchange: Exchange, operation: Operation, bound: Bound) -> Reply | None:
    """The bare reply that the same request with the same idempotency key had before; to be shaped anew.

    Raises:
        Problem: REUSED_KEY when the key came before with another request and the spec calls that a conflict.
    """
    rule = operation.idempotency
    if rule is None or exchange.account is None or rule.header not in exchange.headers:
        return None
    replay = exchange.account.replays.get(_slot(exchange, operation))
    if replay is None or exchange.at - replay.at > timedelta(seconds=rule.ttl_seconds):
        return None
    if replay.fingerprint == _fingerprint(exchange):
        return replace(replay.reply, headers=dict(replay.reply.headers))
    if rule.changed_body == "conflict":
        raise bound.provider.error.REUSED_KEY()
    return None


def remember(exchange: Exchange, operation: Operation, reply: Reply) -> None:
    """Keep the bare reply of a request that carries an idempotency key; a refusal is not kept, so it can be tried again."""
    rule = operation.idempotency
    if rule is None or exchange.account is None or rule.header not in exchange.headers:
        return
    kept = replace(reply, headers=dict(reply.headers))
    exchange.account.replays[_slot(exchange, operation)] = Replay(_fingerprint(exchange), kept, exchange.at)


def _slot(exchange: Exchange, operation: Operation) -> tuple[str, ...]:
    rule = operation.idempotency
    key = exchange.headers[rule.header] if rule else ""
    place = (operation.id, exchange.path, key)
    return place if rule and rule.changed_body == "conflict" else (*place, _fingerprint(exchange))


def _fingerprint(exchange: Exchange) -> str:
    text = exchange.query.encode() + b"\0" + (exchange.raw or b"")
    return blake2b(text, digest_size=16).hexdigest()
