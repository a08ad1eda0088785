"""Where the simulator does not answer in the provider's place: 501, and nothing of the request remains.

A strict world rejects responses below the evidence level that it requires; operations that are only declared have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.engine.context import RequestContext
from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.operation import Operation, ResponseSpec
from simulator.provider import NO_BODY, BoundProvider, Error, Problem, Reply

GUESSED = Error(501, None, "Not Implemented", "The response is below the required evidence level")
GUESSED.name = "GUESSED"
MAX_NAMED = 3  # guesses that the text of an error names; the body lists all of them


NOT_SIMULATED = Error(501, None, "Not Implemented", "The operation is not simulated", evidence="assumed")
NOT_SIMULATED.name = "NOT_SIMULATED"


class Declined(Exception):
    """The simulator does not answer in the provider's place; `problem` is what the client gets instead."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Guess(NamedTuple):
    """One thing that a response depends on, its evidence level, and where one can read why it is as it is."""

    what: str
    evidence: Evidence
    note: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.what} is {self.evidence}" + (f" ({self.note.rstrip('.')})" if self.note else "")


def check(service: BoundProvider, context: RequestContext, reply: Reply) -> None:
    """Reject a response that depends on anything below the evidence level that the world requires.

    Raises:
        Declined: with everything that is below it.
    """
    strict = context.world.scenario.strict
    if strict is None:
        return
    name = f"{service.name}.{context.operation.id}" if context.operation else ""
    if name in strict.accept or (reply.synthetic and context.refusal is None):  # the scenario's own words are not our guess
        return
    required = WEAKEST_FIRST.index(strict.grade)
    guesses = [guess for guess in _dependencies(service, context, reply) if WEAKEST_FIRST.index(guess.evidence) < required]
    if not guesses:
        return
    context.evidence = min((guess.evidence for guess in guesses), key=WEAKEST_FIRST.index)
    context.response_headers["X-Simulator-Strict"] = strict.grade
    violations = context.refusal.violations if context.refusal else ()
    subject = name or "the provider"
    detail = f"This world requires {strict.grade} behaviour; {subject} would return {reply.status}: {_summary(guesses)}"
    raise Declined(GUESSED(detail, violations=violations, guesses=guesses))


def require_simulated(service: BoundProvider, operation: Operation) -> None:
    """Reject an operation that exists at the provider and is only declared here.

    Raises:
        Declined: the operation is not simulated.
    """
    if not operation.simulated:
        name, exists = f"{service.name}.{operation.id}", f"{operation.method} {operation.path} exists at {service.spec.title}"
        raise Declined(NOT_SIMULATED(f"{exists} and is not simulated ({name}); a scenario rule can answer it"))


def render(problem: Problem, context: RequestContext) -> Reply:
    """Return problem details (RFC 9457), as the control API sends them, with every guess."""
    body = {"type": "about:blank", "title": problem.error.title, "status": problem.status, "detail": problem.detail}
    body["request"] = context.id
    if "guesses" in problem.facts:
        guesses = problem.facts["guesses"]
        body["guesses"] = [{key: value for key, value in guess._asdict().items() if value} for guess in guesses]
    return Reply(body, problem.status, media="application/problem+json")


def _summary(guesses: list[Guess]) -> str:
    """Return the first guesses, and how many more there are."""
    more = f"; and {len(guesses) - MAX_NAMED} more" if len(guesses) > MAX_NAMED else ""
    return "; ".join(map(str, guesses[:MAX_NAMED])) + more


def _dependencies(service: BoundProvider, context: RequestContext, reply: Reply) -> Iterator[Guess]:
    """Yield what a response depends on, whatever its evidence level."""
    operation, refusal, then = context.operation, context.refusal, context.decision.then
    if refusal is not None:
        yield Guess(f"the error {refusal.error.name}", refusal.error.evidence)
    elif then is not None and then.error:  # a rule replaces the response after the operation has taken effect
        yield Guess(f"the error {then.error}", service.provider.errors_by_name[then.error].evidence)
    for assumption in context.assumptions_used:
        value = service.provider.assumed(context.environment, assumption.name)
        switch = f"the switch {service.name}.{assumption.name}: {value}"
        yield Guess(switch, assumption.evidence, assumption.about, assumption.source)
    if operation is None:
        return
    yield Guess("the operation", operation.evidence, operation.note, operation.source)
    response = operation.responses.get(reply.status)
    if response is None or reply.synthetic:
        return
    if response.evidence != operation.evidence:  # then it is weaker, for reasons of its own
        yield Guess("the response", response.evidence, response.note, response.source)
    if reply.body is not NO_BODY:
        yield from _fields(service, reply, response)


def _fields(service: BoundProvider, reply: Reply, response: ResponseSpec) -> Iterator[Guess]:
    """Yield the fields of a response that have evidence levels of their own, once however many items of a list have them."""
    pointer = response.media[reply.media.partition(";")[0]].pointer
    for path, (evidence, note) in dict(service.spec.evidence_of(pointer, reply.body)).items():
        yield Guess(f"the field {path}" if path else "the body", evidence, note, response.source)
