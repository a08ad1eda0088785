"""How a request and its response become an entry of the journal."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from simulator.engine.context import RequestContext
from simulator.engine.journal import OVERHEAD, Entry
from simulator.engine.rules import NO_DECISION
from simulator.http import Request, Response
from simulator.store.tables import Change


def record(provider: str, context: RequestContext, response: Response, *, bug: str = "") -> None:
    """Note a request that has been answered in the journal and the verdict of its world."""
    details = _details(context) if context.refusal or context.decision is not NO_DECISION else {}
    journal = context.world.journal
    entry = Entry(
        id=context.id,
        at=context.at,
        request=_shortened(context.request, journal.max_body),
        path=context.path,
        provider=provider,
        operation=context.operation_id,
        tenant=context.account.tenant if context.account else "",
        key=context.credential.key if context.credential else context.key,
        status=response.status,
        response_body=response.body[: journal.max_body],
        evidence=context.evidence,
        body_evidence=context.body_evidence,
        changes=tuple([_describe(change) for change in context.changes if change.place.visible]),
        size=OVERHEAD + context.request.size + len(response.body),
        assumptions_used=context.assumptions_used,
        unknown_fields=context.unknown_fields,
        fault=response.fault,
        bug=bug,
        **details,
    )
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


def _describe(change: Change) -> tuple[str, str, str]:
    """Return table, id and what happened."""
    verb = "added" if not change.before else "changed" if change.after else "removed"
    return change.place.name, change.key, verb
