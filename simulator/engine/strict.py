"""Requests that get a 501 because the simulator does not imitate the provider; their changes are undone.

A strict world rejects responses below the evidence level that it requires; operations that are only declared have none.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.engine.context import RequestContext
from simulator.engine.evidence import RANK, Dependency, body_dependencies, dependencies, weakest
from simulator.openapi.evidence import Evidence
from simulator.openapi.operation import Operation
from simulator.provider import BoundProvider, Error, Problem, Reply
from simulator.scenario.format import Strict

GUESSED = Error(501, None, "Not Implemented", "The response is below the required evidence level")
GUESSED.name = "GUESSED"
NOT_SIMULATED = Error(501, None, "Not Implemented", "The operation is not simulated", evidence="assumed")
NOT_SIMULATED.name = "NOT_SIMULATED"
MAX_NAMED = 3  # guesses that the text of an error names; the body lists all of them


class Declined(Exception):
    """The simulator does not imitate the provider here; `problem` is the 501 that the client gets."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def check(service: BoundProvider, context: RequestContext, reply: Reply, strict: Strict) -> None:
    """Reject a response that depends on anything below the evidence level that the world requires.

    Raises:
        Declined: with everything that is below it.
    """
    name = f"{service.name}.{context.operation.id}" if context.operation else ""
    if name in strict.accept or (reply.synthetic and context.refusal is None):  # what a scenario contains is no guess
        return
    guesses = _below(dependencies(service, context, reply), strict.grade)
    if not guesses:
        return
    level = weakest(iter(guesses))
    guesses += _below(body_dependencies(service, context, reply), strict.grade)
    context.response_headers["X-Simulator-Strict"] = strict.grade
    violations = context.refusal.violations if context.refusal else ()
    subject = name or "the provider"
    detail = f"This world requires {strict.grade} behaviour; {subject} would return {reply.status}: {_summary(guesses)}"
    raise Declined(GUESSED(detail, violations=violations, guesses=guesses, level=level))


def level_of(problem: Problem) -> Evidence:
    """Return the evidence level that the response would have had; `assumed` for an operation that is not simulated."""
    level: Evidence = problem.facts.get("level", "assumed")
    return level


def not_simulated(service: BoundProvider, operation: Operation) -> Declined:
    """Return the rejection of an operation that exists at the provider and is only declared here."""
    name, exists = f"{service.name}.{operation.id}", f"{operation.method} {operation.path} exists at {service.spec.title}"
    return Declined(NOT_SIMULATED(f"{exists} and is not simulated ({name}); a scenario rule can answer it"))


def render(problem: Problem, context: RequestContext) -> Reply:
    """Return problem details (RFC 9457), as the control API sends them, with every guess."""
    body = {"type": "about:blank", "title": problem.error.title, "status": problem.status, "detail": problem.detail}
    body["request"] = context.id
    if "guesses" in problem.facts:
        guesses = problem.facts["guesses"]
        body["guesses"] = [{key: value for key, value in guess._asdict().items() if value} for guess in guesses]
    if problem.facts.get("expected"):
        body["expected"] = problem.facts["expected"]
    return Reply(body, problem.status, media="application/problem+json")


def _below(candidates: Iterable[Dependency], level: Evidence) -> list[Dependency]:
    return [candidate for candidate in candidates if RANK[candidate.evidence] < RANK[level]]


def _summary(guesses: list[Dependency]) -> str:
    """Return the first guesses, and how many more there are."""
    more = f"; and {len(guesses) - MAX_NAMED} more" if len(guesses) > MAX_NAMED else ""
    return "; ".join(map(str, guesses[:MAX_NAMED])) + more
