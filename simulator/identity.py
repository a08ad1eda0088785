"""Judging keys as the spec's security schemes say, and finding the account that a key opens."""

from __future__ import annotations

from simulator.operation import Operation, Scheme
from simulator.provider import Bound, Exchange
from simulator.world import Grant


def identify(exchange: Exchange, operation: Operation, bound: Bound) -> None:
    """Find the account of the request's key, and open it if this is its first request.

    Raises:
        Problem: UNAUTHORIZED without a key, WRONG_KEY for a key that works elsewhere, INVALID_KEY for any other.
    """
    if not operation.schemes:
        return
    errors = bound.provider.error
    presented = False
    for scheme in (*operation.schemes, *bound.spec.schemes.values()):
        key = scheme.read(exchange.headers)
        if key is None:
            continue
        presented = True
        grant = _grant(exchange, bound, scheme, key)
        if grant is None:
            continue
        if scheme not in operation.schemes:
            raise errors.WRONG_KEY()
        exchange.grant = grant
        exchange.account = exchange.world.account(bound.provider, grant.tenant)
        return
    raise errors.INVALID_KEY() if presented else errors.UNAUTHORIZED()


def presented(exchange: Exchange, bound: Bound) -> str:
    """The key that a request presents, whatever it opens; empty without one."""
    keys = (scheme.read(exchange.headers) for scheme in bound.spec.schemes.values())
    return next((key for key in keys if key), "")


def _grant(exchange: Exchange, bound: Bound, scheme: Scheme, key: str) -> Grant | None:
    match = scheme.pattern.fullmatch(key)
    if match is None:
        return None
    return exchange.world.grant(bound.provider, scheme.name, key, match.groupdict().get("tenant") or key)
