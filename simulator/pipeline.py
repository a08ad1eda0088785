"""The story of one request, top to bottom."""

from __future__ import annotations

import logging
from typing import NamedTuple

import msgspec

from simulator import policies, reading
from simulator.identity import identify
from simulator.provider import NO_BODY, WEAKEST_FIRST, Bound, Call, Evidence, Exchange, Problem, Reply
from simulator.routes import Match
from simulator.spec import Operation

log = logging.getLogger("simulator")


class Answer(NamedTuple):
    """An answer as it goes over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def answer(bound: Bound, exchange: Exchange) -> Answer:
    """Answer one request as the provider would; whatever is refused leaves nothing behind."""
    world, provider = exchange.world, bound.provider
    evidence: Evidence = "assumed"
    try:
        try:
            match = route(bound, exchange)
            operation = exchange.operation = choose(bound, exchange, match)
            (bound.provider.identify or identify)(exchange, operation, bound)
            reading.read(exchange, operation, match.arguments, provider.error)
            reply = provider.succeed(perform(bound, exchange, operation), exchange)
        except Problem as problem:
            world.undo()
            reply = provider.render(problem, exchange)
            reply.status = reply.status or problem.status
            reply.headers.update(problem.headers)
            evidence = problem.error.evidence
        evidence = check(exchange.operation, reply, evidence)
        answered = encode(exchange, reply, evidence)
    except Exception as error:  # a fault of the simulator is never dressed up as the provider's
        world.undo()
        log.exception("%s %s: the simulator broke its own spec", exchange.method, exchange.path)
        return bug(exchange, error)
    world.commit()
    return answered


def route(bound: Bound, exchange: Exchange) -> Match:
    """Match the path first, so that a wrong method can be told from a wrong path."""
    match = bound.spec.routes.find(exchange.path)
    if match is None:
        raise bound.provider.error.NOT_FOUND()
    return match


def choose(bound: Bound, exchange: Exchange, match: Match) -> Operation:
    """Match the method; a refusal names the methods that this very path has."""
    operation = match.operations.get(exchange.method)
    if operation is None:
        allow = ", ".join(sorted(match.operations))
        raise bound.provider.error.METHOD_NOT_ALLOWED(headers={"Allow": allow})
    return operation


def perform(bound: Bound, exchange: Exchange, operation: Operation) -> Reply:
    """Run the operation, or give the reply again that it gave to the same idempotency key."""
    reply = policies.remembered(exchange, operation, bound)
    if reply is not None:
        return reply
    account, grant = exchange.account, exchange.grant
    state = account.state if account else None
    call = Call(exchange, exchange.params, exchange.body, account, state, exchange.world, grant)  # type: ignore[arg-type]
    reply = bound.provider.handlers[operation.id](call)
    reply.status = reply.status or operation.success
    policies.remember(exchange, operation, reply)
    return reply


class SpecBroken(Exception):
    """An answer of ours that the spec does not describe."""


def check(operation: Operation | None, reply: Reply, evidence: Evidence) -> Evidence:
    """Hold an answer against the spec: status, media type, schema; and tell how well founded it is.

    Raises:
        SpecBroken: the answer is not one that the spec describes.
    """
    if operation is None:
        return evidence
    response = operation.responses.get(reply.status)
    if response is None:
        raise SpecBroken(f"{operation.id} answers {reply.status}, which the spec does not list")
    if reply.body is NO_BODY:
        if response.media:
            raise SpecBroken(f"{operation.id} answers {reply.status} without the body that the spec describes")
    else:
        media = reply.media.partition(";")[0]
        schema = response.media.get(media)
        if schema is None:
            raise SpecBroken(f"{operation.id} answers {reply.status} as {media}, which the spec does not list")
        violations = schema.violations(reply.body, "answer")
        if violations:
            raise SpecBroken(f"{operation.id} answers {reply.status} off its schema: {reading.summary(violations)}")
    if reply.status < 400:
        return response.evidence
    return min(evidence, response.evidence, key=WEAKEST_FIRST.index)


def encode(exchange: Exchange, reply: Reply, evidence: Evidence) -> Answer:
    """The bytes of an answer, with the headers that the simulator adds."""
    headers = [("X-Simulator-Request", exchange.id), ("X-Simulator-Evidence", evidence), *reply.headers.items()]
    if reply.body is NO_BODY:
        return Answer(reply.status, headers, b"")
    body = msgspec.json.encode(reply.body) if reply.media.endswith("json") else str(reply.body).encode()
    headers += [("Content-Type", reply.media), ("Content-Length", str(len(body)))]
    return Answer(reply.status, headers, body)


def bug(exchange: Exchange, error: Exception) -> Answer:
    """What a client gets when the simulator itself is at fault."""
    text = f"The simulator failed at {exchange.method} {exchange.path}: {type(error).__name__}: {error}"
    body = msgspec.json.encode({"simulator_bug": text, "request": exchange.id})
    headers = [
        ("X-Simulator-Request", exchange.id),
        ("X-Simulator-Bug", "1"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    return Answer(500, headers, body)
