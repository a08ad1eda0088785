"""Responses that a scenario rule gives, or changes, in place of the real one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.engine.context import Refusal, RequestContext
from simulator.engine.json_patch import patched
from simulator.engine.rate_limits import exhausted
from simulator.provider import NO_BODY, BoundProvider, Problem, Reply
from simulator.scenario.format import Then


def replacement(service: BoundProvider, context: RequestContext, then: Then) -> Reply | None:
    """Return the response that a rule gives itself; None when it only changes, delays or breaks the real one.

    Raises:
        Problem: the rule names an error of the provider.
    """
    if then.error:
        raise named_problem(service, context, then.error, then.headers)
    if then.status is UNSET and then.body is UNSET:
        return None
    body = NO_BODY if then.body is UNSET else then.body
    media = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    return _raw(body, 200 if then.status is UNSET else then.status, then.headers, media)


def named_problem(
    service: BoundProvider, context: RequestContext, name: str, headers: Mapping[str, str], status: int = 0
) -> Problem:
    """Return a named error of the provider, with the facts that belong to it; `status` replaces its own."""
    facts = exhausted(context) if name == "LIMITED" else {}
    return service.provider.errors_by_name[name](headers=headers, status=status, **facts)


def render_problem(service: BoundProvider, context: RequestContext, problem: Problem) -> Reply:
    """Return a refusal in the provider's own form, and note it in the context."""
    context.refusal = Refusal.of(problem)
    reply = service.provider.render(problem, context)
    reply.status = reply.status or problem.status
    reply.headers.update(problem.headers)
    then, applied = context.decision.then, context.response_headers.get("Preference-Applied", "")
    by_rule = then is not None and service.provider.errors_by_name.get(then.error) is problem.error
    reply.synthetic |= by_rule or "error=" in applied or "code=" in applied  # not in the spec of the operation
    return reply


def amend(service: BoundProvider, context: RequestContext, reply: Reply, then: Then) -> Reply:
    """Return what a rule makes of the real response, once that has been checked and has taken effect.

    Raises:
        PatchMismatch: the JSON Patch of the rule does not fit.
    """
    if then.stage == "after_commit":
        reply = _replaced(service, context, then) or reply
    if then.amend is UNSET:
        return reply
    change = then.amend
    body = reply.body if change.body is UNSET else merge(reply.body, change.body)
    if change.patch:
        body = patched(body, change.patch)
    status = reply.status if change.status is UNSET else change.status
    if change.status is not UNSET or change.body is not UNSET or change.patch:  # the scenario's own words
        context.evidence, context.body_evidence = "assumed", ""
    replaced = {name.lower() for name in change.headers}
    kept = {name: value for name, value in reply.headers.items() if name.lower() not in replaced}
    amended = _raw(body, status, {**kept, **change.headers}, reply.media)
    if isinstance(body, str) and "json" in amended.media:
        amended.body = msgspec.json.encode(body)  # of JSON, a bare text is a document too
    return amended


def _replaced(service: BoundProvider, context: RequestContext, then: Then) -> Reply | None:
    """Return what a rule sends once the operation has taken effect."""
    try:
        reply = replacement(service, context, then)
    except Problem as problem:
        return render_problem(service, context, problem)
    if reply is not None:
        context.evidence, context.body_evidence = "assumed", ""
    return reply


def _raw(body: Any, status: int, headers: Mapping[str, str], media: str) -> Reply:
    """Return a response as a rule describes it: its `Content-Type` outranks the type of the body."""
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    media = next((value for name, value in headers.items() if name.lower() == "content-type"), media)
    return Reply(body, status, others, media, synthetic=True)


def merge(document: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    known = document if isinstance(document, dict) else {}
    merged = {name: merge(known.get(name), value) for name, value in patch.items() if value is not None}
    return {name: value for name, value in known.items() if name not in patch} | merged
