"""Deliver a request to the pipeline: once, several times if a rule says so, or when its gate is released."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import UNSET, structs

from simulator.engine.context import RequestContext
from simulator.engine.gates import DECODED, OVERHEAD, AtGate
from simulator.engine.pipeline import answer_once, rule_input
from simulator.engine.rules import NO_RULE
from simulator.engine.world import World
from simulator.http import Request, Response
from simulator.provider import BoundProvider


def handle(service: BoundProvider, world: World, request: Request, path: str) -> Response:
    """Answer one request as the provider would: a refusal leaves nothing behind, a fault of the simulator is named as one.

    Any other exception, such as a KeyboardInterrupt or the timeout of a test, is raised, and the request has no effect.
    """
    return deliver(service, RequestContext.of(world, request, path, service.provider.assumptions))


def deliver(service: BoundProvider, context: RequestContext) -> Response:
    """Answer a request, as often as a rule says, or hold it at a gate."""
    try:
        response = answer_once(service, context)
    except AtGate:
        return hold(service, context, partial(release, service, context))
    then = context.decision.then
    if then is None:
        return response
    if then.repeat is not UNSET:
        response = repeat(service, context, response, then.repeat)
    return response if then.hold is UNSET else hold(service, context, lambda: response, len(response.body))


def repeat(service: BoundProvider, context: RequestContext, first: Response, times: int) -> Response:
    """Deliver a request again, and return the last response."""
    response = first
    for _ in range(times - 1):
        again = RequestContext.of(context.world, context.request, context.path, service.provider.assumptions)
        again.repeats, again.decision = context.id, NO_RULE
        response = answer_once(service, again)
    return structs.replace(response, delay=first.delay, fault=first.fault)


def hold(service: BoundProvider, context: RequestContext, perform: Callable[[], Response], answer: int = 0) -> Response:
    """Hold a request at the gate of the rule that fired, until `perform` is called; `answer` are the bytes of its response."""
    rule = context.decision.rule
    assert rule is not None  # noqa: S101  (it has fired)
    given, request = rule_input(service, context), context.request
    size = OVERHEAD + request.size + (DECODED - 1) * len(request.raw or b"") + answer
    return context.world.gates.hold(rule, context.id, context.at, given, perform, size)


def release(service: BoundProvider, held: RequestContext) -> Response:
    """Answer a request that was held as if it came now; the other effects of the rule apply."""
    assert held.decision.then is not None  # noqa: S101  (it was held by a rule)
    context = RequestContext.of(held.world, held.request, held.path, service.provider.assumptions, held.id)
    context.decision = held.decision._replace(then=structs.replace(held.decision.then, hold=UNSET))
    context.key = held.key
    return deliver(service, context)
