"""What an answer rests on that is less well founded than a strict world wants: operation, answer, switches, fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.format import Strict
from simulator.operation import Response
from simulator.provider import NO_BODY, WEAKEST_FIRST, Bound, Error, Evidence, Exchange, Problem, Reply

GUESSED = Error(501, None, "Not Implemented", "The answer rests on a guess")
GUESSED.name = "GUESSED"
NAMED = 3  # guesses that the text of a refusal names; all of them stand beside it


class Guess(NamedTuple):
    """One thing that is not documented well enough, and where one can read why it is as it is."""

    what: str
    evidence: Evidence
    note: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.what} is {self.evidence}" + (f" ({self.note.rstrip('.')})" if self.note else "")


def judge(bound: Bound, exchange: Exchange, reply: Reply, strict: Strict) -> Problem | None:
    """Why a strict world does not give an answer: it rests on a guess; None for one that does not."""
    name = f"{bound.name}.{exchange.operation.id}" if exchange.operation else ""
    if name in strict.accept or (reply.made_up and exchange.problem is None):  # the scenario's own words are no guess of ours
        return None
    enough = WEAKEST_FIRST.index(strict.grade)
    found = [each for each in _rests_on(bound, exchange, reply) if WEAKEST_FIRST.index(each.evidence) < enough]
    if not found:
        return None
    exchange.evidence = min((each.evidence for each in found), key=WEAKEST_FIRST.index)
    exchange.extra["X-Simulator-Strict"] = strict.grade
    violations = exchange.problem.violations if exchange.problem else ()
    detail = (
        f"This world wants what is {strict.grade}; {name or 'the provider'} would have answered {reply.status}: {_named(found)}"
    )
    return GUESSED(detail, violations=violations, guesses=found)


def render(problem: Problem, exchange: Exchange) -> Reply:
    """Problem details as RFC 9457 has them, and as the control API sends them; beside them every guess."""
    guesses = [{key: value for key, value in each._asdict().items() if value} for each in problem.facts["guesses"]]
    body = {"type": "about:blank", "title": problem.error.title, "status": problem.status, "detail": problem.detail}
    return Reply({**body, "request": exchange.id, "guesses": guesses}, problem.status, media="application/problem+json")


def _named(found: list[Guess]) -> str:
    """The first guesses, and how many more there are."""
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return "; ".join(map(str, found[:NAMED])) + more


def _rests_on(bound: Bound, exchange: Exchange, reply: Reply) -> Iterator[Guess]:
    """What an answer rests on, with its grade; the well founded too."""
    operation, problem, then = exchange.operation, exchange.problem, exchange.verdict.then
    if problem is not None:
        yield Guess(f"the refusal {problem.error.name}", problem.error.evidence)
    elif then is not None and then.error:  # a rule lies about what has taken effect
        yield Guess(f"the refusal {then.error}", bound.provider.errors[then.error].evidence)
    for each in exchange.leans_on:
        assumed = f"{bound.name}.{each.name}: {bound.provider.assumed(exchange.world, each.name)}"
        yield Guess(f"the switch {assumed}", each.evidence, each.about, each.source)
    if operation is None:
        return
    yield Guess("the operation", operation.evidence, operation.note, operation.source)
    response = operation.responses.get(reply.status)
    if response is None or reply.made_up:
        return
    if response.evidence != operation.evidence:  # it is weaker then, for reasons of its own
        yield Guess("the answer", response.evidence, response.note, response.source)
    if reply.body is not NO_BODY:
        yield from _fields(bound, reply, response)


def _fields(bound: Bound, reply: Reply, response: Response) -> Iterator[Guess]:
    """The fields of an answer that have grades of their own, each once however many items of a list have it."""
    pointer = response.media[reply.media.partition(";")[0]].pointer
    for way, (evidence, note) in dict(bound.spec.graded(pointer, reply.body)).items():
        yield Guess(f"the field {way}" if way else "the body", evidence, note, response.source)
