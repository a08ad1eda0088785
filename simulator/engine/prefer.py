"""The `Prefer` header (RFC 7240), by which a client asks for an error or a delay."""

from __future__ import annotations

from simulator.engine.context import RequestContext
from simulator.engine.overrides import named_problem
from simulator.openapi.operation import Operation
from simulator.provider import BoundProvider, Errors
from simulator.scenario.format import MAX_DELAY
from simulator.store.duration import duration


def prefer(service: BoundProvider, context: RequestContext, operation: Operation) -> None:
    """Apply `Prefer: error=NAME`, `code=402` or `delay=200ms`; what cannot be had is ignored.

    Raises:
        Problem: the error that the client asks for.
    """
    preferences = _preferences(context.headers["prefer"])
    context.delay = _delay(preferences.get("delay", ""))
    error, source = preferences.get("error", ""), "error"
    if error not in service.provider.errors_by_name:
        error, source = _error_with_status(service, operation, preferences.get("code", "")), "code"
    applied = [f"{name}={preferences[name]}" for name, has in (("delay", context.delay), (source, error)) if has]
    if applied:
        context.response_headers["Preference-Applied"] = ", ".join(applied)
    if error:
        raise named_problem(service, context, error, {})


def _preferences(header: str) -> dict[str, str]:
    """Return the preferences of a header; quotes around a value and parameters behind it do not matter."""
    pairs = (preference.partition(";")[0].partition("=") for preference in header.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _delay(text: str) -> float:
    """Return the seconds of a delay; 0 for what is not a duration, or too long."""
    try:
        seconds = duration(text).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if seconds <= MAX_DELAY else 0.0


def _error_with_status(service: BoundProvider, operation: Operation, status: str) -> str:
    """Return the name of an error of this status that is documented for the operation; the provider's own come first."""
    names = [error.name for error in service.provider.errors_by_name.values() if str(error.status) == status]
    own = [name for name in names if name not in Errors.__annotations__]
    documented = any(str(listed) == status for listed in operation.responses)
    return next(iter(own or names), "") if documented else ""
