"""What a spec switches on by an extension, the same for every provider: rate limits and idempotency keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from simulator.ids import fingerprint
from simulator.operation import Operation, Rate
from simulator.provider import Bound, Exchange, Reply
from simulator.world import Replay

MOST_REPLAYS = 10_000  # idempotency keys that an account remembers: so many that only a load test can miss one


def announce(exchange: Exchange, operation: Operation) -> None:
    """Put the headers of a fresh window on the answer, for a request that is refused before its own is found."""
    if operation.rate is not None:
        _tell(exchange, operation.rate, 0)


def limit(exchange: Exchange, operation: Operation, bound: Bound) -> None:
    """Count the request in its window, on the world's clock, and put the provider's headers on the answer.

    Where the scenario leaves rate limits off nothing is counted, and the headers tell of a fresh window.

    Raises:
        Problem: LIMITED, when the scenario has rate limits on and the window is used up.
    """
    rule, account = operation.rate, exchange.account
    if rule is None or account is None:
        return
    used = 0
    if exchange.world.scenario.rate_limits:
        start = _window(exchange, rule)
        scope = f"{exchange.grant.key if rule.per_key and exchange.grant else ''} {rule.scope}"
        known, used = account.windows.get(scope, (start, 0))
        used = used + 1 if known == start else 1
        account.windows[scope] = (start, used)
    facts = _tell(exchange, rule, used)
    if used > rule.limit:
        raise bound.provider.error.LIMITED(**facts)


def used_up(exchange: Exchange) -> dict[str, Any]:
    """The facts of a window that is used up, which a scenario may want though it is not; its headers go on the answer."""
    rule = exchange.operation.rate if exchange.operation else None
    return _tell(exchange, rule, rule.limit + 1) if rule else {}


def _window(exchange: Exchange, rule: Rate) -> int:
    """When the window of a request began, in seconds."""
    now = int(exchange.at.timestamp())
    return now - now % rule.window_seconds


def _tell(exchange: Exchange, rule: Rate, used: int) -> dict[str, Any]:
    """Put the provider's headers on the answer, and return what an error body may tell."""
    reset = _window(exchange, rule) + rule.window_seconds
    wait = reset - int(exchange.at.timestamp())
    told = {"limit": rule.limit, "remaining": max(0, rule.limit - used), "reset": reset, "retry-after": wait}
    wanted = {what: name for what, name in rule.headers.items() if what != "retry-after" or used > rule.limit}
    exchange.extra.update({name: str(told[what]) for what, name in wanted.items()})
    return {"limit": rule.limit, "reset_at": datetime.fromtimestamp(reset, UTC), "retry_after": wait}


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
    if replay.fingerprint != _fingerprint(exchange):  # which finds none where another body makes it another request
        raise bound.provider.error.REUSED_KEY()
    return structs.replace(replay.reply, headers=dict(replay.reply.headers))


def remember(exchange: Exchange, operation: Operation, reply: Reply) -> None:
    """Keep the bare reply of a request that carries an idempotency key; a refusal is not kept, so it can be tried again."""
    rule = operation.idempotency
    if rule is None or exchange.account is None or rule.header not in exchange.headers:
        return
    kept = structs.replace(reply, headers=dict(reply.headers))
    replays = exchange.account.replays
    replays[_slot(exchange, operation)] = Replay(_fingerprint(exchange), kept, exchange.at)
    if len(replays) > MOST_REPLAYS:
        del replays[next(iter(replays))]


def forget(exchange: Exchange, operation: Operation) -> None:
    """Give up the reply that was kept for a request that is undone after all."""
    if operation.idempotency is not None and exchange.account is not None and operation.idempotency.header in exchange.headers:
        exchange.account.replays.pop(_slot(exchange, operation), None)


def _slot(exchange: Exchange, operation: Operation) -> bytes:
    """Where a reply is kept: a digest, as a client may send keys of any length."""
    rule = operation.idempotency
    key = exchange.headers[rule.header] if rule else ""
    subject = exchange.grant.subject if exchange.grant else ""  # within an account, nobody hears what another was told
    place: tuple[str, ...] = (subject, operation.id, exchange.path, key)
    if rule and rule.changed_body == "new":
        place = (*place, _fingerprint(exchange))
    return fingerprint("\0".join(place).encode())


def _fingerprint(exchange: Exchange) -> str:
    return fingerprint(exchange.query.encode() + b"\0" + (exchange.raw or b"")).hex()
