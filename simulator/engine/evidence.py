"""The evidence level of a response: one computation for the header, the journal, `explain` and strict worlds.

A response has the level of the weakest thing that it depends on. The body of an error has a level of its own: a provider may
document the status, and not the text that it sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.engine.context import RequestContext
from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.operation import Operation, ResponseSpec
from simulator.openapi.schema_validator import SchemaValidator
from simulator.provider import NO_BODY, BoundProvider, Error, Reply

RANK = {level: rank for rank, level in enumerate(WEAKEST_FIRST)}


def is_weaker(level: Evidence, other: Evidence) -> bool:
    """Return whether one evidence level is weaker than another."""
    return level is not other and RANK[level] < RANK[other]


class Dependency(NamedTuple):
    """One thing that a response depends on: its evidence level, the reason, and the source page."""

    what: str
    evidence: Evidence
    note: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.what} is {self.evidence}" + (f" ({self.note.rstrip('.')})" if self.note else "")


def grade(service: BoundProvider, context: RequestContext, reply: Reply, schema: SchemaValidator | None) -> None:
    """Set the evidence level of a response, and that of an error's body where it is weaker than that of its status.

    `schema` is that of the body, if the spec describes one.
    """
    refusal, operation = context.refusal, context.operation
    if reply.synthetic and refusal is None:
        return  # the scenario contains this response, so there is no claim about the provider
    response = operation.responses.get(reply.status) if operation else None
    if response is None or refusal is not None or context.decision.then is not None:
        level = context.evidence = weakest(_conditions(service, context, reply))
        if _forced(service, context, reply):
            return
    else:  # the same in less time: a response is graded no better than its operation
        level = response.evidence
        for assumption in context.assumptions_used:
            if RANK[assumption.evidence] < RANK[level]:
                level = assumption.evidence
        context.evidence = level
    if response is None or schema is None or not is_weaker(service.spec.grades.weakest_within(schema), level):
        return
    within = weakest(_fields(service, reply, response, schema))
    if is_weaker(within, level):
        if refusal is None:
            context.evidence = within
        else:
            context.body_evidence = within


def dependencies(service: BoundProvider, context: RequestContext, reply: Reply) -> Iterator[Dependency]:
    """Yield what a response depends on, whatever its evidence level: of a refusal, what its status depends on."""
    yield from _conditions(service, context, reply)
    if context.refusal is None and _forced(service, context, reply) is None:
        yield from _described(service, context, reply)


def body_dependencies(service: BoundProvider, context: RequestContext, reply: Reply) -> Iterator[Dependency]:
    """Yield what the body of a refusal depends on beside."""
    if context.refusal is not None and not reply.synthetic:
        yield from _described(service, context, reply)


def weakest(levels: Iterator[Dependency]) -> Evidence:
    """Return the weakest evidence level, and read no further than the first that has it."""
    level: Evidence = "documented"
    for dependency in levels:
        if RANK[dependency.evidence] < RANK[level]:
            level = dependency.evidence
            if level == WEAKEST_FIRST[0]:
                break
    return level


def _conditions(service: BoundProvider, context: RequestContext, reply: Reply) -> Iterator[Dependency]:
    """Yield everything but the fields of the body."""
    operation, refusal = context.operation, context.refusal
    forced = _forced(service, context, reply)
    if forced is not None:
        yield from _of_forced(service, operation, forced)
        return
    if refusal is not None:
        yield Dependency(f"the error {refusal.error.name}", refusal.error.evidence)
        for violation in refusal.violations:
            for level, note in service.spec.grades.of_rule(violation.rule):
                yield Dependency(f"the rule for {violation.field or 'the body'}", level, note)
    for assumption in context.assumptions_used:
        value = service.provider.assumed(context.environment, assumption.name)
        switch = f"the switch {service.name}.{assumption.name}: {value}"
        yield Dependency(switch, assumption.evidence, assumption.about, assumption.source)
    if operation is None:
        return
    yield Dependency("the operation", operation.evidence, operation.note, operation.source)
    response = operation.responses.get(reply.status)
    if response is None:
        return
    if response.evidence != operation.evidence:  # then it is weaker, for reasons of its own
        yield Dependency("the response", response.evidence, response.note, response.source)


def _forced(service: BoundProvider, context: RequestContext, reply: Reply) -> Error | None:
    """Return the error that a rule, or the client, asks for: the response depends on it and its status alone then."""
    then, refusal = context.decision.then, context.refusal
    if then is not None and then.error:
        return service.provider.errors_by_name[then.error]
    return refusal.error if refusal is not None and reply.synthetic else None


def _of_forced(service: BoundProvider, operation: Operation | None, forced: Error) -> Iterator[Dependency]:
    """Yield what an error that a client requests depends on: that it exists, and that the operation gives its status."""
    yield Dependency(f"the error {forced.name}", forced.evidence)
    response = operation.responses.get(forced.status) if operation else None
    level: Evidence = response.evidence if response else "assumed"
    if RANK[level] < RANK[forced.evidence]:
        name = f"{service.name}.{operation.id}" if operation else "an unknown route"
        note = response.note if response else f"the spec of {name} does not list it"
        yield Dependency(f"the status {forced.status} of {name}", level, note, response.source if response else "")


def _described(service: BoundProvider, context: RequestContext, reply: Reply) -> Iterator[Dependency]:
    """Yield the parts of the body that have evidence levels of their own."""
    response = context.operation.responses.get(reply.status) if context.operation else None
    schema = _schema(response, reply)
    if response is not None and schema is not None:
        parts = {part.what: part for part in _fields(service, reply, response, schema)}  # once, however many items have them
        yield from parts.values()


def _fields(service: BoundProvider, reply: Reply, response: ResponseSpec, schema: SchemaValidator) -> Iterator[Dependency]:
    for path, (evidence, note) in service.spec.grades.of_value(schema.pointer, reply.body):
        yield Dependency(f"the field {path}" if path else "the body", evidence, note, response.source)


def _schema(response: ResponseSpec | None, reply: Reply) -> SchemaValidator | None:
    """Return the schema by which a body is described; None without a body, or for one of which the spec says nothing."""
    if response is None or reply.synthetic or reply.body is NO_BODY:
        return None
    return response.schema(reply.media)
