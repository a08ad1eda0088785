"""Rate limits, as a spec's `x-rate-limit` describes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from simulator.engine.context import RequestContext
from simulator.openapi.operation import Rate
from simulator.provider import Errors
from simulator.store.changes import Change


def announce(context: RequestContext, rule: Rate) -> None:
    """Put the headers of an unused window on the response, for a request that is refused before its own window is known."""
    _announce(context, rule, _window(context, rule), 0)


def limit(context: RequestContext, rule: Rate, errors: type[Errors]) -> None:
    """Count the request in its window, on the world's clock, and put the provider's headers on the response.

    Where the scenario leaves rate limits off, a used-up window has no requests left and refuses none.

    Raises:
        Problem: LIMITED, when the scenario has rate limits on and the window is used up.
    """
    account, enforced = context.account, context.world.scenario.rate_limits
    if account is None:
        announce(context, rule)
        return
    if not (enforced or rule.headers):
        return
    windows, start = context.world.windows, _window(context, rule)
    key = context.credential.key if rule.per_key and context.credential else ""
    scope = f"{account.provider.name} {account.tenant} {key} {rule.scope}"
    before = windows.get(scope)
    used = before[1] + 1 if before is not None and before[0] == start else 1
    context.world.store.note(Change(windows, scope, before, (start, used)))
    windows[scope] = (start, used)
    _announce(context, rule, start, used if enforced else min(used, rule.limit))
    if enforced and used > rule.limit:
        raise errors.LIMITED(**_facts(context, rule, start))


def exhausted(context: RequestContext) -> dict[str, Any]:
    """Return the facts of a used-up window, for an error that a scenario forces; its headers are added to the response."""
    rule = context.operation.rate if context.operation else None
    if rule is None:
        return {}
    start = _window(context, rule)
    _announce(context, rule, start, rule.limit + 1)
    return _facts(context, rule, start)


def _window(context: RequestContext, rule: Rate) -> int:
    """Return when the window of a request began, in seconds."""
    now = int(context.at.timestamp())
    return now - now % rule.window_seconds


def _announce(context: RequestContext, rule: Rate, start: int, used: int) -> None:
    """Put the provider's headers of a window that began at `start` on the response."""
    end = start + rule.window_seconds
    values = {"limit": rule.limit, "remaining": max(0, rule.limit - used), "reset": end}
    for what, name in rule.headers.items():
        if what != "retry-after":
            context.response_headers[name] = str(values[what])
        elif used > rule.limit:
            context.response_headers[name] = str(end - int(context.at.timestamp()))


def _facts(context: RequestContext, rule: Rate, start: int) -> dict[str, Any]:
    """Return what the error of a used-up window may say."""
    end = start + rule.window_seconds
    wait = end - int(context.at.timestamp())
    return {"limit": rule.limit, "reset_at": datetime.fromtimestamp(end, UTC), "retry_after": wait}
