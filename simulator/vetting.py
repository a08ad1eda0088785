"""Finding rules that can never work before a test waits for them in vain."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from simulator.format import RuleFile, Spread
from simulator.operation import Operation
from simulator.provider import Bound

Finding = tuple[list[str | int], str]  # where in the rule, and what is wrong there


def vet(rule: RuleFile, providers: Mapping[str, Bound]) -> Iterator[Finding]:
    """Everything that keeps a rule from ever working as it says."""
    when, then = rule.when, rule.then
    if when.provider and when.provider not in providers:
        yield ["when", "provider"], f"no provider {when.provider!r}{_nearest(when.provider, list(providers))}"
        return
    concerned = {when.provider: providers[when.provider]} if when.provider else dict(providers)
    operations = {
        f"{name}.{each}": (bound, op) for name, bound in concerned.items() for each, op in bound.spec.operations.items()
    }
    if when.operation:
        if when.operation not in operations:
            yield ["when", "operation"], f"no operation {when.operation!r}{_nearest(when.operation, list(operations))}"
            return
        operations = {when.operation: operations[when.operation]}
        name = when.operation.partition(".")[0]
        concerned = {name: providers[name]}
        operation = operations[when.operation][1]
        if when.method and when.method != operation.method:
            yield ["when", "method"], f"{when.operation} is a {operation.method}, never a {when.method}"
    yield from _query(rule, operations)
    yield from _body(rule, operations)
    yield from _then(rule, concerned)
    if then.error and then.status is not UNSET:
        yield ["then", "status"], "an error has a status of its own; expected either error or status"


def _query(rule: RuleFile, operations: Mapping[str, tuple[Bound, Operation]]) -> Iterator[Finding]:
    known = {each.name for _, operation in operations.values() for each in operation.parameters if each.where == "query"}
    for name in rule.when.query:
        if rule.when.operation and name not in known:
            yield (
                ["when", "query", name],
                f"{rule.when.operation} has no query parameter {name!r}{_nearest(name, sorted(known))}",
            )


def _body(rule: RuleFile, operations: Mapping[str, tuple[Bound, Operation]]) -> Iterator[Finding]:
    """A field that no operation concerned has, or a value that none of them lets through to the rules."""
    where = rule.when.operation or rule.when.provider or "any provider"
    for path, value in _leaves(rule.when.body, []):
        checks = [check for bound, operation in operations.values() for check in bound.spec.field(operation, path)]
        if not checks:
            yield ["when", "body", *path], f"no body of {where} has the field {'.'.join(path)!r}"
        elif not any(check.validator.is_valid(value) for check in checks):
            violation = checks[0].violations(value, "body")[0]
            yield ["when", "body", *path], f"a body of {where} never has this: {violation.message}"


def _leaves(body: dict[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    for key, value in body.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, [*path, key])
        else:
            yield [*path, key], value


def _then(rule: RuleFile, concerned: Mapping[str, Bound]) -> Iterator[Finding]:
    then = rule.then
    for name, bound in concerned.items():
        if then.error and then.error not in bound.provider.errors:
            known = _nearest(then.error, list(bound.provider.errors))
            yield ["then", "error"], f"{name} has no error {then.error!r}{known}"
    answers = [bool(then.error), then.status is not UNSET or then.body is not UNSET, then.amend is not UNSET]
    if sum(answers) > 1:
        yield ["then"], "expected one of error, status and body, amend; they exclude each other"
    if not any(answers) and then.headers:
        yield ["then", "headers"], "headers go with error or status; expected amend to change those of the real answer"
    if not any(answers) and then.delay is UNSET and then.fault is UNSET:
        yield ["then"], "it does nothing; expected one of error, status, body, amend, delay, fault"
    if then.stage != "before" and then.amend is UNSET and then.fault is UNSET and not any(answers[:2]):
        yield ["then", "stage"], "a stage goes with error, status, body or fault"
    if isinstance(then.delay, Spread) and (then.delay.uniform is UNSET) == (then.delay.lognormal is UNSET):
        yield ["then", "delay"], "expected one of uniform, lognormal"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
