"""One request, step by step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

from msgspec import UNSET, structs

from simulator.engine import conformance, evidence, ledger, strict
from simulator.engine.authentication import authenticate, presented
from simulator.engine.conditions import RuleInput
from simulator.engine.context import Refusal, RequestContext
from simulator.engine.delays import delay_seconds
from simulator.engine.encoding import encode, encode_bug
from simulator.engine.gates import AtGate
from simulator.engine.interruptions import is_from_outside
from simulator.engine.json_patch import PatchMismatch
from simulator.engine.overrides import amend, render_problem, replacement
from simulator.engine.performing import perform
from simulator.engine.prefer import prefer
from simulator.engine.rate_limits import announce, limit
from simulator.engine.recording import record
from simulator.engine.rules import NO_DECISION, RuleDecision
from simulator.http import Response
from simulator.openapi import contract
from simulator.openapi.contract import Input, Matched
from simulator.openapi.json_body import decode_leniently
from simulator.openapi.operation import Operation
from simulator.openapi.unknown_fields import unknown_fields
from simulator.provider import BoundProvider, Problem, Reply
from simulator.scenario.format import Then
from simulator.scenario.moments import WorldTime

log = logging.getLogger("simulator")

PACKAGE = Path(__file__).parents[1]

CLOSED = ("additionalProperties", "unevaluatedProperties")  # keywords that refuse what is not described


def answer_once(service: BoundProvider, context: RequestContext) -> Response:
    """Answer one delivery of a request: it takes effect whole, or never came."""
    context.world.begin()
    try:
        response = answer(service, context)
        context.world.finish(len(context.request.raw or b""))
    except BaseException:
        context.world.abandon()
        raise
    return response


def answer(service: BoundProvider, context: RequestContext) -> Response:
    """Answer one request and note it in the journal."""
    world = context.world
    try:
        world.tick()
        try:
            reply = operate(service, context)
        except Problem as problem:
            world.undo()
            reply = refuse(service, context, problem)
        schema = conformance.check(context, reply)
        evidence.grade(service, context, reply, schema)
        if world.scenario.strict is not None:
            strict.check(service, context, reply, world.scenario.strict)
        if context.decision.then is not None:
            reply = amend(service, context, reply, context.decision.then)
        response = _encoded(context, reply)
        settle(service, context)
    except strict.Declined as declined:
        world.undo()
        response = decline(context, declined.problem)
    except PatchMismatch as mismatch:
        world.undo()
        return report_mismatch(service, context, mismatch)
    except Exception as error:
        if is_from_outside(error):
            raise
        world.undo()
        return report_bug(service, context, error)  # a bug in any step: the client gets a 500, and the journal an entry
    if context.decision.then is not None:
        response = delay_and_break(context, response, context.decision.then)
    record(service.name, context, response)
    return structs.replace(response, delay=context.delay) if context.delay else response


def operate(service: BoundProvider, context: RequestContext) -> Reply:
    """Take a request through the steps up to its operation: route, authenticate, limit, parse, intercept, perform.

    Raises:
        Problem: a step, a rule or the operation refuses the request.
        Declined: the operation is not simulated.
    """
    provider = service.provider
    matched = route(service, context)
    operation = context.operation = matched.operation
    context.operation_id = operation.id
    plan = context.plan = service.plans[operation.id]
    try:
        if provider.prepare:
            context.headers = provider.prepare(context)
        if operation.schemes:
            authenticate(context, operation, service)
    except Problem:
        if operation.rate is not None:
            announce(context, operation.rate)
        raise
    if operation.rate is not None:
        limit(context, operation.rate, provider.errors)
    if operation.simulated:
        parse(service, context, matched)
    else:
        context.body = decode_leniently(context.raw)
    reply = intercept(service, context)
    if reply is None:
        if not operation.simulated:
            raise strict.not_simulated(service, operation)
        reply = perform(service, context, plan)
    return reply


def route(service: BoundProvider, context: RequestContext) -> Matched:
    """Find the operation of the request; a refusal names the nearest routes, or the methods that this path has."""
    method, path = context.request.method, context.path
    try:
        return contract.match(service.spec, method, path)
    except contract.NoRoute:
        if nearest := service.spec.nearest(method, path):
            context.response_headers["X-Simulator-Nearest"] = ", ".join(nearest)
        raise service.provider.errors.NOT_FOUND() from None
    except contract.WrongMethod as wrong:
        raise service.provider.errors.METHOD_NOT_ALLOWED(headers={"Allow": wrong.allow}) from None


def parse(service: BoundProvider, context: RequestContext, matched: Matched) -> None:
    """Decode parameters and body as the spec describes them."""
    errors = service.provider.errors
    try:
        request = context.request
        query = request.parameters
        parsed = contract.parse(matched, Input(query, context.headers, context.media, request.raw, request.query))
        context.params, context.body = parsed.params, parsed.body
        if query or request.raw:
            note_unknown_fields(service, context, matched.operation, parsed.body, query)
    except contract.TooLarge as error:
        raise errors.TOO_LARGE(str(error)) from None
    except contract.Malformed as error:
        raise errors.MALFORMED(str(error)) from None
    except contract.Invalid as error:
        if not any(violation.keyword in CLOSED for violation in error.violations):  # else the refusal names them
            note_unknown_fields(service, context, matched.operation, error.body, query)
        raise errors.INVALID(str(error), violations=error.violations) from None


def note_unknown_fields(
    service: BoundProvider, context: RequestContext, operation: Operation, body: Any, query: Mapping[str, str]
) -> None:
    """Note the unknown fields of a request, also of one that is rejected: a misspelt name may be the reason."""
    if operation.body is None and context.raw:
        body = decode_leniently(context.raw)
    if unknown := unknown_fields(service.spec, operation, body, query):
        context.unknown_fields = unknown
        context.response_headers["X-Simulator-Unknown-Fields"] = ", ".join(unknown)


def intercept(service: BoundProvider, context: RequestContext) -> Reply | None:
    """Let a rule of the scenario, or the client's own `Prefer` header, answer instead of the operation.

    Raises:
        Problem: the error that the rule, or the client, asks for.
        AtGate: the rule holds the request.
    """
    context.is_decided = True
    context.decision = decision = decide(service, context)
    then = decision.then
    if then is not None:
        if then.stage != "before":
            return None
        if then.hold is not UNSET:
            context.world.let_counts_stand()
            raise AtGate
        return replacement(service, context, then)
    if "prefer" in context.headers and context.operation is not None:
        prefer(service, context, context.operation)
    return None


def decide(service: BoundProvider, context: RequestContext) -> RuleDecision:
    """Return which rule of the scenario applies to the request; most worlds have none for most operations."""
    if context.decision is not NO_DECISION:
        return context.decision
    rules = context.world.rules
    candidates = rules.candidates(service.name, context.plan.name if context.plan else "")
    if not candidates.rules:
        return NO_DECISION
    context.key = context.credential.key if context.credential else presented(context, service)
    body = context.body if context.operation else decode_leniently(context.raw)
    if not candidates.may_match(context.key, body):
        return NO_DECISION
    context.world.keep_counts(candidates.rules)
    decision = rules.decide(rule_input(service, context, body))
    if decision.rule is not None:
        context.world.rules_fired[service.name] += 1
    return decision


def rule_input(service: BoundProvider, context: RequestContext, body: Any = None) -> RuleInput:
    """Return what rules look at in a request, whose body may be known."""
    request = context.request
    if body is None:
        body = context.body if context.operation else decode_leniently(context.raw)
    return RuleInput(
        service.name,
        context.plan.name if context.plan else "",
        request.method,
        context.path,
        context.key,
        request.headers,
        request.parameters,
        body,
        WorldTime(context.at, context.world.store.started),
    )


def refuse(service: BoundProvider, context: RequestContext, problem: Problem) -> Reply:
    """Return the provider's own error. A rule may still answer for an unknown route."""
    if context.operation is None:
        try:
            reply = intercept(service, context)
        except Problem as other:
            return render_problem(service, context, other)
        if reply is not None:
            return reply
    return render_problem(service, context, problem)


def settle(service: BoundProvider, context: RequestContext) -> None:
    """Make the changes permanent, unless a rule breaks the connection before the operation takes effect."""
    then = context.decision.then
    if then is not None and then.fault is not UNSET and then.stage == "before":
        context.world.undo()
    if context.world.store.changes and service.provider.rentals:
        ledger.note(service.provider, context)


def decline(context: RequestContext, problem: Problem) -> Response:
    """Return the 501 for a request that the simulator does not imitate the provider for."""
    context.evidence, context.body_evidence = strict.level_of(problem), ""
    context.refusal = Refusal.of(problem)
    return _encoded(context, strict.render(problem, context))


def delay_and_break(context: RequestContext, response: Response, then: Then) -> Response:
    """Add the delay and the fault of the rule that fired."""
    if context.refusal and context.refusal.error in (strict.GUESSED, strict.NOT_SIMULATED):
        return response
    delay = delay_seconds(then.delay, context.world.rules.chance)
    return structs.replace(response, delay=delay, fault="" if then.fault is UNSET else then.fault)


def report_bug(service: BoundProvider, context: RequestContext, error: Exception) -> Response:
    """Return the response that says that the simulator is at fault; the journal notes it, so that no test overlooks it."""
    log.error("%s %s: the simulator broke its own spec", context.method, context.path, exc_info=error)
    place = _own_place(error, service.provider.handlers.get(context.operation_id))
    text = f"The simulator failed at {context.method} {context.path}: {type(error).__name__}: {error}"
    return _failed(service, context, f"{text} ({place})" if place else text)


def _own_place(error: Exception, handler: Callable[..., Any] | None) -> str:
    """Return the file and line of a handler that is not of this package in which an error was raised; empty for all others."""
    code = getattr(handler, "__code__", None)
    folder = Path(code.co_filename).parent if code is not None else PACKAGE
    if folder.is_relative_to(PACKAGE):
        return ""
    frames = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(folder)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def report_mismatch(service: BoundProvider, context: RequestContext, error: PatchMismatch) -> Response:
    """Return the response that says that the patch of a rule does not fit; it fails the test as a bug does."""
    rule = context.decision.rule.name if context.decision.rule else ""
    return _failed(service, context, f"The JSON Patch of rule {rule!r} at {context.method} {context.path}: {error}")


def _failed(service: BoundProvider, context: RequestContext, text: str) -> Response:
    response = encode_bug(text, context.id, context.response_headers["Date"])
    context.evidence, context.body_evidence = "assumed", ""
    record(service.name, context, response, bug=text)
    return response


def _encoded(context: RequestContext, reply: Reply) -> Response:
    """Return a reply as a response, with what the simulator says of it."""
    if context.body_evidence:
        context.response_headers["X-Simulator-Evidence-Body"] = context.body_evidence
    rule = context.decision.rule
    return encode(reply, context.id, context.evidence, context.response_headers, rule.name if rule is not None else "")
