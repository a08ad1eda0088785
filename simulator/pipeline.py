"""The story of one request, top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import msgspec
from msgspec import structs

from simulator import faults, policies, reading, rewriting, strictness
from simulator.identity import identify, presented
from simulator.operation import Operation, Response
from simulator.provider import NO_BODY, WEAKEST_FIRST, Bound, Call, Evidence, Exchange, Problem, Reply
from simulator.routes import Match
from simulator.rules import NO_VERDICT, Subject, Verdict

log = logging.getLogger("simulator")


class Answer(msgspec.Struct, frozen=True):
    """An answer as it goes over the wire: after `delay` seconds, and broken off as `fault` says."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay: float = 0.0
    fault: str = ""


def answer(bound: Bound, exchange: Exchange) -> Answer:
    """Answer one request as the provider would; whatever is refused leaves nothing behind."""
    try:
        exchange.world.tick()
        try:
            match = route(bound, exchange)
            operation = exchange.operation = choose(bound, exchange, match)
            policies.announce(exchange, operation)
            if bound.provider.prepare:
                bound.provider.prepare(exchange)
            (bound.provider.identify or identify)(exchange, operation, bound)
            policies.limit(exchange, operation, bound)
            reading.read(exchange, operation, match.arguments, bound.provider.error)
            reply = intercept(bound, exchange) or perform(bound, exchange, operation)
        except Problem as problem:
            reply = refuse(bound, exchange, problem)
        check(exchange, reply)
        strict = exchange.world.scenario.strict
        if strict and (guessed := strictness.judge(bound, exchange, reply, strict)):
            return decline(bound, exchange, guessed)
        reply = rewriting.amend(bound, exchange, reply)
        return send(bound, exchange, reply)
    except Exception as error:  # a fault of the simulator is never dressed up as the provider's
        exchange.world.undo()
        log.exception("%s %s: the simulator broke its own spec", exchange.method, exchange.path)
        return bug(bound, exchange, error)


def route(bound: Bound, exchange: Exchange) -> Match:
    """Match the path first, so that a wrong method can be told from a wrong path."""
    match = bound.spec.routes.find(exchange.path)
    if match is None:
        if nearest := bound.spec.nearest(exchange.method, exchange.path):
            exchange.extra["X-Simulator-Nearest"] = ", ".join(nearest)
        raise bound.provider.error.NOT_FOUND()
    return match


def choose(bound: Bound, exchange: Exchange, match: Match) -> Operation:
    """Match the method; a refusal names the methods that this very path has."""
    operation = match.operations.get(exchange.method)
    if operation is None:
        allow = ", ".join(sorted(match.operations))
        raise bound.provider.error.METHOD_NOT_ALLOWED(headers={"Allow": allow})
    return operation


def intercept(bound: Bound, exchange: Exchange) -> Reply | None:
    """Let a rule of the scenario, or the client's own `Prefer` header, answer instead of the operation.

    Raises:
        Problem: the refusal that the rule, or the client, asks for.
    """
    exchange.verdict = verdict = judge(bound, exchange)
    if verdict.then is not None:
        return rewriting.instead(bound, exchange, verdict.then) if verdict.then.stage == "before" else None
    if "prefer" in exchange.headers and exchange.operation is not None:
        rewriting.prefer(bound, exchange, exchange.operation)
    return None


def judge(bound: Bound, exchange: Exchange) -> Verdict:
    """Which rule of the scenario decides over the request; most worlds have none for most operations."""
    operation = f"{bound.name}.{exchange.operation.id}" if exchange.operation else ""
    rules = exchange.world.rules
    concerned = rules.concerned(bound.name, operation)
    if not concerned:
        return NO_VERDICT
    exchange.key = exchange.grant.key if exchange.grant else presented(exchange, bound)
    body = exchange.body if exchange.operation else reading.lenient(exchange.raw)
    if not concerned.may_fit(exchange.key, body):
        return NO_VERDICT
    asked = exchange.request
    subject = Subject(bound.name, operation, asked.method, exchange.path, exchange.key, asked.headers, asked.parameters, body)
    return rules.decide(subject)


def perform(bound: Bound, exchange: Exchange, operation: Operation) -> Reply:
    """Run the operation, or give the reply again that it gave to the same idempotency key; wrap it as the provider does."""
    reply = policies.remembered(exchange, operation, bound)
    if reply is None:
        account, grant = exchange.account, exchange.grant
        state = account.state if account else None
        call = Call(exchange, exchange.params, exchange.body, account, state, exchange.world, grant)  # type: ignore[arg-type]
        reply = bound.provider.handlers[operation.id](call)
        reply.status = reply.status or operation.success
        if takes_effect(exchange):
            policies.remember(exchange, operation, reply)
    return bound.provider.succeed(reply, exchange)


def refuse(bound: Bound, exchange: Exchange, problem: Problem) -> Reply:
    """The provider's own error; what the operation had done is taken back. A rule may still answer for an unknown route."""
    exchange.world.undo()
    if exchange.operation is None:
        try:
            reply = intercept(bound, exchange)
        except Problem as wanted:
            problem = wanted
        else:
            if reply is not None:
                return reply
    exchange.problem = problem
    problem.__traceback__ = problem.__context__ = None  # their frames hold the exchange, which only a collection would free
    return rewriting.refusal(bound, exchange, problem)


class SpecBroken(Exception):
    """An answer of ours that the spec does not describe."""


def check(exchange: Exchange, reply: Reply) -> None:
    """Hold an answer against the spec: status, headers, media type, schema; and tell how well founded it is.

    Raises:
        SpecBroken: the answer is not one that the spec describes.
    """
    operation, problem = exchange.operation, exchange.problem
    exchange.evidence = problem.error.evidence if problem else "assumed"
    if operation is None or reply.made_up:
        return
    response = operation.responses.get(reply.status)
    if response is None:
        raise SpecBroken(f"{operation.id} answers {reply.status}, which the spec does not list")
    if response.headers and (missing := _missing(response.headers, (*exchange.extra, *reply.headers))):
        raise SpecBroken(f"{operation.id} answers {reply.status} without the header {missing[0]} that the spec requires")
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
    exchange.evidence = founded(exchange, response)


def founded(exchange: Exchange, response: Response) -> Evidence:
    """How well founded an answer is: as well as the weakest of what it rests on."""
    weakest = response.evidence
    if exchange.problem:
        weakest = min(weakest, exchange.problem.error.evidence, key=WEAKEST_FIRST.index)
    for each in exchange.leans_on:
        weakest = min(weakest, each.evidence, key=WEAKEST_FIRST.index)
    return weakest


def _missing(wanted: Iterable[str], headers: Iterable[str]) -> list[str]:
    sent = {name.lower() for name in headers}
    return [name for name in wanted if name.lower() not in sent]


def takes_effect(exchange: Exchange) -> bool:
    """Whether what the operation does is to stand: a rule may break the connection before it does anything."""
    then = exchange.verdict.then
    return then is None or then.fault is msgspec.UNSET or then.stage != "before"


def settle(exchange: Exchange) -> None:
    """Let the changes stand, or take them back where the connection breaks before there are any."""
    if not takes_effect(exchange):
        exchange.world.undo()
    exchange.changes = exchange.world.changes.copy()
    exchange.world.commit()


def send(bound: Bound, exchange: Exchange, reply: Reply) -> Answer:
    """The bytes of the answer: once there are any the changes stand, and the journal notes them; faults come last."""
    then = exchange.verdict.then
    answered = encode(exchange, reply, exchange.evidence)
    settle(exchange)
    if then is not None:
        delay = faults.seconds(then.delay, exchange.world.rules.chance)
        answered = structs.replace(answered, delay=delay, fault="" if then.fault is msgspec.UNSET else then.fault)
    exchange.world.journal.note(bound.name, exchange, answered.status, answered.body, fault=answered.fault)
    return structs.replace(answered, delay=exchange.delay) if exchange.delay else answered


def encode(exchange: Exchange, reply: Reply, evidence: Evidence) -> Answer:
    """The bytes of an answer, with the headers that the simulator adds."""
    headers = [("X-Simulator-Request", exchange.id), ("X-Simulator-Evidence", evidence)]
    if exchange.extra:
        said = {name.lower() for name in reply.headers}  # such as a rule's own Retry-After
        headers += [(name, value) for name, value in exchange.extra.items() if name.lower() not in said]
    headers += reply.headers.items()
    if exchange.verdict.rule is not None:
        headers.append(("X-Simulator-Rule", exchange.verdict.rule.name))
    if reply.status in (204, 304):  # HTTP allows them no body, whatever a rule says
        return Answer(reply.status, headers, b"")
    body = b"" if reply.body is NO_BODY else _bytes(reply)
    headers += [("Content-Type", reply.media)] if body else []
    headers.append(("Content-Length", str(len(body))))
    return Answer(reply.status, headers, body)


def _bytes(reply: Reply) -> bytes:
    """A body: JSON, but for the text of a reply that is none, or that a rule wants sent as it stands."""
    is_text = isinstance(reply.body, str) and (reply.made_up or "json" not in reply.media)
    return str(reply.body).encode() if is_text else msgspec.json.encode(reply.body)


def decline(bound: Bound, exchange: Exchange, guessed: Problem) -> Answer:
    """The answer of a strict world where the provider's would rest on a guess: nothing is left of the request."""
    exchange.world.undo()
    if exchange.operation and exchange.problem is None:
        policies.forget(exchange, exchange.operation)
    exchange.problem = guessed
    answered = encode(exchange, strictness.render(guessed, exchange), exchange.evidence)
    exchange.world.journal.note(bound.name, exchange, answered.status, answered.body)
    return answered


def bug(bound: Bound, exchange: Exchange, error: Exception) -> Answer:
    """What a client gets when the simulator itself is at fault; the journal notes it, so that no test overlooks it."""
    text = f"The simulator failed at {exchange.method} {exchange.path}: {type(error).__name__}: {error}"
    body = msgspec.json.encode({"simulator_bug": text, "request": exchange.id})
    headers = [
        ("X-Simulator-Request", exchange.id),
        ("X-Simulator-Bug", "1"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    exchange.world.journal.note(bound.name, exchange, 500, body, bug=text)
    return Answer(500, headers, body)
