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
    for scheme in operation.schemes:
        grant = _grant(exchange, bound, scheme)
        if grant is not None:
            exchange.grant = grant
            exchange.account = exchange.world.account(bound.provider, grant.tenant)
            return
    errors = bound.provider.error
    if any(_grant(exchange, bound, scheme) for scheme in bound.spec.schemes.values()):
        raise errors.WRONG_KEY()
    given = any(scheme.read(exchange.headers) is not None for scheme in bound.spec.schemes.values())
    raise errors.INVALID_KEY() if given else errors.UNAUTHORIZED()


def presented(exchange: Exchange, bound: Bound) -> str:
    """The key that a request presents, whatever it opens; empty without one."""
    keys = (scheme.read(exchange.headers) for scheme in bound.spec.schemes.values())
    return next((key for key in keys if key), "")


def _grant(exchange: Exchange, bound: Bound, scheme: Scheme) -> Grant | None:
    """What the request's key opens, where it presents one of this scheme."""
    key = scheme.read(exchange.headers)
    match = scheme.pattern.fullmatch(key) if key else None
    if key is None or match is None:
        return None
    return exchange.world.grant(bound.provider, scheme.name, key, (match["tenant"] if scheme.names_tenant else "") or key)
