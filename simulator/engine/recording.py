"""How a request and its response become an entry of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from simulator.engine.context import RequestContext
from simulator.engine.journal import CHANGE, OVERHEAD, PART, Entry
from simulator.engine.rules import NO_DECISION
from simulator.http import Request, Response

# Headers that lead a request to its world; mostly it is our transports that add them.
ROUTING = frozenset(["x-simulator-world", "x-simulator-host", "x-simulator-home-world"])


def record(provider: str, context: RequestContext, response: Response, *, bug: str = "") -> None:
    """Note a request that has been answered in the journal and the verdict of its world."""
    world, account, credential, limit = context.world, context.account, context.credential, context.world.journal.max_part
    request, body = context.request, response.body
    truncated: tuple[str, ...] = ()
    if not ROUTING.isdisjoint(request.headers):
        request = _without_routing(request)
    size = request.size
    if size > limit or request.raw is None:
        request, truncated = _kept(request, limit)
        size = request.size
    if len(body) > limit:
        body, truncated = body[:limit], (*truncated, "answer")
    changes = [(change.place.name, change.key, change.verb) for change in world.store.changes if change.place.visible]
    entry = Entry(
        id=context.id,
        at=context.at,
        request=request,
        path=context.path[:limit],
        provider=provider,
        operation=context.operation_id,
        tenant=account.tenant if account else "",
        key=credential.key if credential else context.key,
        status=response.status,
        response_body=body,
        evidence=context.evidence,
        changes=tuple(changes),
        size=OVERHEAD + size + len(body) + CHANGE * len(changes),
        truncated=truncated,
        assumptions_used=context.assumptions_used,
        unknown_fields=context.unknown_fields,
    )
    if bug or context.refusal is not None or context.decision is not NO_DECISION:
        entry = _detailed(entry, context, response.fault, bug)
    world.journal.note(entry)
    world.verdict.note(entry)


def _without_routing(request: Request) -> Request:
    return structs.replace(request, headers={name: text for name, text in request.headers.items() if name not in ROUTING})


def _detailed(entry: Entry, context: RequestContext, fault: str, bug: str) -> Entry:
    """Return an entry with what a rule, a refusal or a bug adds to it."""
    details = {**_details(context), "repeats": context.repeats, "fault": fault, "bug": bug}
    texts = sum(len(name) + len(reason) for name, reason in details["skipped"]) + len(details.get("refusal", ""))
    texts += sum(len(violation.message) for violation in details.get("violations", ()))
    parts = len(details["skipped"]) + len(details.get("violations", ()))
    return structs.replace(entry, **details, size=entry.size + texts + PART * parts)


def _kept(request: Request, limit: int) -> tuple[Request, tuple[str, ...]]:
    """Return a request with at most `limit` bytes of each part, and the names of the parts that were truncated."""
    headers = dict(_first_headers(request.headers, limit))
    raw = b"" if request.raw is None else request.raw[:limit]  # None: it was too large to be received whole
    parts = {"path": request.path[:limit], "query": request.query[:limit], "headers": headers, "raw": raw}
    truncated = [name for name, value in parts.items() if value != getattr(request, name)]
    return structs.replace(request, **parts), tuple("body" if name == "raw" else name for name in truncated)


def _first_headers(headers: Mapping[str, str], limit: int) -> Iterator[tuple[str, str]]:
    """Yield the headers of which a limit leaves something, each with what it leaves of the value."""
    left = limit
    for name, value in headers.items():
        left -= len(name)
        if left > 0:
            yield name, value[:left]
            left -= len(value)


def _details(context: RequestContext) -> dict[str, Any]:
    """Return what a refusal, or a rule, adds to an entry."""
    decision, refusal = context.decision, context.refusal
    details: dict[str, Any] = {"skipped": decision.skipped}
    if decision.rule is not None:
        details |= {"rule": decision.rule.id, "rule_name": decision.rule.name}
    if refusal is not None:
        details["preference"] = context.response_headers.get("Preference-Applied", "")
        details |= {"error": refusal.error.name, "refusal": refusal.detail, "violations": refusal.violations}
        details |= {"is_early": not context.is_decided, "body_evidence": context.body_evidence}
    return details
