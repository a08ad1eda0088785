"""Answers that a scenario rule, or the client itself, puts in the place of the real one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from simulator import policies
from simulator.format import LONGEST, Then, duration
from simulator.operation import Operation
from simulator.provider import NO_BODY, Bound, Errors, Exchange, Problem, Reply


def instead(bound: Bound, exchange: Exchange, then: Then) -> Reply | None:
    """The answer that a rule gives itself; None when it only changes, delays or breaks the real one.

    Raises:
        Problem: the rule names an error of the provider.
    """
    if then.error:
        raise problem(bound, exchange, then.error, then.headers)
    if then.status is UNSET and then.body is UNSET:
        return None
    body = NO_BODY if then.body is UNSET else then.body
    media = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    return _raw(body, 200 if then.status is UNSET else then.status, then.headers, media)


def problem(bound: Bound, exchange: Exchange, name: str, headers: Mapping[str, str]) -> Problem:
    """A named error of the provider, with the facts that it would tell of itself."""
    facts = policies.used_up(exchange) if name == "LIMITED" else {}
    return bound.provider.errors[name](headers=headers, **facts)


def refusal(bound: Bound, exchange: Exchange, problem: Problem) -> Reply:
    """A problem in the provider's own form."""
    reply = bound.provider.render(problem, exchange)
    reply.status = reply.status or problem.status
    reply.headers.update(problem.headers)
    then, applied = exchange.verdict.then, exchange.extra.get("Preference-Applied", "")
    by_rule = then is not None and bound.provider.errors.get(then.error) is problem.error
    reply.made_up = by_rule or "error=" in applied or "code=" in applied  # the spec may not list it for this operation
    return reply


def amend(bound: Bound, exchange: Exchange, reply: Reply) -> Reply:
    """What a rule makes of the real answer, once that has been checked and has taken effect."""
    then = exchange.verdict.then
    if then is None:
        return reply
    if then.stage == "after_commit":
        reply = _replaced(bound, exchange, then) or reply
    if then.amend is UNSET:
        return reply
    change = then.amend
    body = reply.body if change.body is UNSET else merge(reply.body, change.body)
    status = reply.status if change.status is UNSET else change.status
    told = {name.lower() for name in change.headers}
    kept = {name: value for name, value in reply.headers.items() if name.lower() not in told}
    return _raw(body, status, {**kept, **change.headers}, reply.media)


def _replaced(bound: Bound, exchange: Exchange, then: Then) -> Reply | None:
    """What a rule answers once the operation has taken effect."""
    try:
        reply = instead(bound, exchange, then)
    except Problem as wanted:
        exchange.problem, exchange.evidence = wanted, wanted.error.evidence
        return refusal(bound, exchange, wanted)
    if reply is not None:
        exchange.evidence = "assumed"
    return reply


def _raw(body: Any, status: int, headers: Mapping[str, str], media: str) -> Reply:
    """An answer as a rule wants it: its `Content-Type` outranks what the body is."""
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    media = next((value for name, value in headers.items() if name.lower() == "content-type"), media)
    return Reply(body, status, others, media, made_up=True)


def merge(document: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    known = document if isinstance(document, dict) else {}
    merged = {name: merge(known.get(name), value) for name, value in patch.items() if value is not None}
    return {name: value for name, value in known.items() if name not in patch} | merged


def prefer(bound: Bound, exchange: Exchange, operation: Operation) -> None:
    """What the client asks for with `Prefer: error=NAME`, `code=402` or `delay=200ms`; what it cannot have is ignored.

    Raises:
        Problem: the refusal asked for.
    """
    wishes = _wishes(exchange.headers["prefer"])
    exchange.delay = _delay(wishes.get("delay", ""))
    wanted, wish = wishes.get("error", ""), "error"
    if wanted not in bound.provider.errors:
        wanted, wish = _with_status(bound, operation, wishes.get("code", "")), "code"
    applied = [f"{name}={wishes[name]}" for name, has in (("delay", exchange.delay), (wish, wanted)) if has]
    if applied:
        exchange.extra["Preference-Applied"] = ", ".join(applied)
    if wanted:
        raise problem(bound, exchange, wanted, {})


def _wishes(header: str) -> dict[str, str]:
    """The preferences of a `Prefer` header (RFC 7240): quotes around a value and parameters behind it do not matter."""
    pairs = (wish.partition(";")[0].partition("=") for wish in header.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _delay(wish: str) -> float:
    """The seconds that a client wants to wait; 0 for what is no duration, or one that is too long."""
    try:
        asked = duration(wish).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return asked if asked <= LONGEST else 0.0


def _with_status(bound: Bound, operation: Operation, status: str) -> str:
    """The name of a refusal of this status that is documented for the operation; what only this provider knows comes first."""
    found = [each.name for each in bound.provider.errors.values() if str(each.status) == status]
    own = [name for name in found if name not in Errors.__annotations__]
    return next(iter(own or found), "") if any(str(each) == status for each in operation.responses) else ""
