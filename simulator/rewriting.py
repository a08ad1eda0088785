"""Answers that a scenario rule, or the client itself, puts in the place of the real one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from simulator import faults, policies
from simulator.format import Then, duration
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
    headers = {name: value for name, value in then.headers.items() if name.lower() != "content-type"}
    media = next((value for name, value in then.headers.items() if name.lower() == "content-type"), media)
    return Reply(body, 200 if then.status is UNSET else then.status, headers, media, made_up=True)


def problem(bound: Bound, exchange: Exchange, name: str, headers: Mapping[str, str]) -> Problem:
    """A named error of the provider, with the facts that it would tell of itself."""
    facts = policies.used_up(exchange) if name == "LIMITED" else {}
    return bound.provider.errors[name](headers=headers, **facts)


def refusal(bound: Bound, exchange: Exchange, problem: Problem) -> Reply:
    """A problem in the provider's own form."""
    reply = bound.provider.render(problem, exchange)
    reply.status = reply.status or problem.status
    reply.headers.update(problem.headers)
    rule = exchange.verdict.rule
    reply.made_up = rule is not None or "Preference-Applied" in exchange.extra  # the spec may not list it for this operation
    return reply


def amend(bound: Bound, exchange: Exchange, reply: Reply) -> Reply:
    """What a rule makes of the real answer, once that has been checked and has taken effect."""
    then = exchange.verdict.then
    if then is None:
        return reply
    if then.stage == "after_commit":
        try:
            replaced = instead(bound, exchange, then)
        except Problem as wanted:
            exchange.problem = wanted
            replaced = refusal(bound, exchange, wanted)
        return replaced or reply
    if then.amend is UNSET:
        return reply
    change = then.amend
    body = reply.body if change.body is UNSET else merge(reply.body, change.body)
    status = reply.status if change.status is UNSET else change.status
    return Reply(body, status, {**reply.headers, **change.headers}, reply.media, made_up=True)


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
    wishes = dict(wish.strip().partition("=")[::2] for wish in exchange.headers["prefer"].split(","))
    applied = []
    if "delay" in wishes:
        try:
            exchange.delay = faults.seconds(str(wishes["delay"]), exchange.world.rules.chance)
            duration(str(wishes["delay"]))
            applied.append(f"delay={wishes['delay']}")
        except ValueError:
            pass
    named = [
        error
        for name, error in bound.provider.errors.items()
        if name == wishes.get("error") or (str(error.status) == wishes.get("code") and error.status in operation.responses)
    ]
    named.sort(key=lambda error: error.name in Errors.__annotations__)  # what the provider itself refuses comes first
    if named:
        applied.append(f"error={wishes['error']}" if "error" in wishes else f"code={wishes['code']}")
    if applied:
        exchange.extra["Preference-Applied"] = ", ".join(applied)
    if named:
        raise problem(bound, exchange, named[0].name, {})
