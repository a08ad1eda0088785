"""API keys: judged by the spec's security schemes, and the account that a key opens."""

from __future__ import annotations

import re
from hashlib import sha256

from simulator.engine.context import RequestContext
from simulator.engine.masking import ELLIPSIS, MAX_VISIBLE, MIN_HIDDEN
from simulator.openapi.operation import Operation, Scheme
from simulator.provider import BoundProvider
from simulator.scenario.model import Scenario
from simulator.store.credentials import Credential


def authenticate(context: RequestContext, operation: Operation, service: BoundProvider) -> None:
    """Find the account of the request's key, by one of the operation's schemes, and open it if this is its first request.

    Raises:
        Problem: UNAUTHORIZED without a key, WRONG_KEY for a key of another scheme, INVALID_KEY for any other.
    """
    for scheme in operation.schemes:
        credential = _credential(context, service, scheme)
        if credential is not None:
            context.credential = credential
            context.account = context.world.store.account(service.provider, credential.tenant)
            return
    errors, schemes = service.provider.errors, service.spec.schemes.values()
    is_incomplete = any(scheme.others for scheme in operation.schemes)  # such as a key without its secret
    if not is_incomplete and any(_credential(context, service, scheme) for scheme in schemes):
        raise errors.WRONG_KEY()
    given = any(scheme.read(context.headers, context.request.query) is not None for scheme in schemes)
    raise errors.INVALID_KEY() if given and not is_incomplete else errors.UNAUTHORIZED()


def presented(context: RequestContext, service: BoundProvider) -> str:
    """Return the key that a request presents, valid or not; empty without one."""
    keys = (scheme.read(context.headers, context.request.query) for scheme in service.spec.schemes.values())
    return next((key for key in keys if key), "")


def _credential(context: RequestContext, service: BoundProvider, scheme: Scheme) -> Credential | None:
    """Return what the request's key opens, if it presents one of this scheme."""
    key = scheme.read(context.headers, context.request.query)
    if not key:
        if scheme.is_open:
            return Credential(id=f"{service.name} {scheme.tenant}", key="", scheme=scheme.name, tenant=scheme.tenant)
        return None
    match = scheme.match(key)
    if match is None:
        return None
    store = context.world.store
    known = store.known(service.name, key)
    if known is not None:
        return None if known.revoked else known
    tenant = _named_tenant(scheme, match, key)
    if tenant == key and key not in service.provider.keys and (service.name, key) not in context.world.scenario.seeds:
        tenant = account_name(key)
    return store.credential(service.provider, scheme.name, key, tenant)


def _named_tenant(scheme: Scheme, match: re.Match[str], key: str) -> str:
    """Return the tenant that a key itself names, which an open world accepts."""
    return (match["tenant"] if scheme.names_tenant else scheme.tenant) or key


def account_name(key: str) -> str:
    """Return the name of an account whose key names none: the key, if what is shown of the name leaves enough of it hidden.

    A shorter one, such as `me:secret`, would be shown whole: a part of it distinguishes it, with a digest of six digits.
    """
    if len(key) >= MAX_VISIBLE + MIN_HIDDEN:
        return key
    return f"{key[: min(MIN_HIDDEN, max(0, len(key) - MIN_HIDDEN))]}{ELLIPSIS}{sha256(key.encode()).hexdigest()[:6]}"


def usual_tenants(service: BoundProvider, scenario: Scenario) -> list[str]:
    """Return the tenants that the usual keys of a provider open in a scenario."""
    matches = [
        (scheme, match, key)
        for key in service.provider.keys
        for scheme in service.spec.schemes.values()
        if (match := scheme.pattern.fullmatch(key))
    ]
    tenants = [scenario.tenant_of(service.name, key, _named_tenant(scheme, match, key)) for scheme, match, key in matches]
    return list(dict.fromkeys(tenant for tenant in tenants if tenant is not None))
