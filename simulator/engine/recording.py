"""How a request and its response become an entry of the journal."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from simulator.engine.context import RequestContext
from simulator.engine.journal import OVERHEAD, Entry
from simulator.engine.rules import NO_DECISION
from simulator.http import Request, Response


def record(provider: str, context: RequestContext, response: Response, *, bug: str = "") -> None:
    """Note a request that has been answered in the journal and the verdict of its world."""
    journal = context.world.journal
    request, account, credential = context.request, context.account, context.credential
    entry = Entry(
        id=context.id,
        at=context.at,
        request=_shortened(request, journal.max_body),
        path=context.path,
        provider=provider,
        operation=context.operation_id,
        tenant=account.tenant if account else "",
        key=credential.key if credential else context.key,
        status=response.status,
        response_body=response.body[: journal.max_body],
        evidence=context.evidence,
        body_evidence=context.body_evidence,
        changes=tuple([(change.place.name, change.key, change.verb) for change in context.changes if change.place.visible]),
        size=OVERHEAD + request.size + len(response.body),
        assumptions_used=context.assumptions_used,
        unknown_fields=context.unknown_fields,
        repeats=context.repeats,
        fault=response.fault,
        bug=bug,
    )
    if context.refusal is not None or context.decision is not NO_DECISION:
        entry = structs.replace(entry, **_details(context))
    journal.note(entry)
    context.world.verdict.note(entry)


def _shortened(request: Request, limit: int) -> Request:
    """Return a request whose body is cut to a limit, so that one request cannot push all others out of the journal."""
    raw = request.raw
    return request if raw is None or len(raw) <= limit else structs.replace(request, raw=raw[:limit])


def _details(context: RequestContext) -> dict[str, Any]:
    """Return what a refusal, or a rule, adds to an entry."""
    decision, refusal = context.decision, context.refusal
    details: dict[str, Any] = {"skipped": decision.skipped}
    if decision.rule is not None:
        details |= {"rule": decision.rule.id, "rule_name": decision.rule.name}
    if refusal is not None:
        details["preference"] = context.response_headers.get("Preference-Applied", "")
        details |= {"error": refusal.error.name, "refusal": refusal.detail, "violations": refusal.violations}
    return details
