"""Every response is held against the spec, and graded as the weakest thing that it depends on."""

from __future__ import annotations

from simulator.engine.context import RequestContext
from simulator.openapi import contract
from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.operation import ResponseSpec
from simulator.provider import NO_BODY, Reply


def check(context: RequestContext, reply: Reply) -> None:
    """Hold a response against the spec, and set the evidence level of the request.

    Raises:
        OffSpec: the spec does not describe the response.
    """
    operation, refusal = context.operation, context.refusal
    context.evidence = refusal.error.evidence if refusal else "assumed"
    if operation is None or reply.synthetic:
        return
    headers = (*context.response_headers, *reply.headers)
    contract.verify(operation, reply.status, headers, reply.media, reply.body, empty=reply.body is NO_BODY)
    context.evidence = evidence_of(context, operation.responses[reply.status])


def evidence_of(context: RequestContext, response: ResponseSpec) -> Evidence:
    """Return the evidence level of a response: that of the weakest of what it depends on."""
    weakest = response.evidence
    if context.refusal:
        weakest = min(weakest, context.refusal.error.evidence, key=WEAKEST_FIRST.index)
    for assumption in context.assumptions_used:
        weakest = min(weakest, assumption.evidence, key=WEAKEST_FIRST.index)
    return weakest
