"""Finding rules that can never work before a test waits for them in vain."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.openapi.operation import Operation
from simulator.openapi.parameter_text import parse_text
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import MAX_DELAY, RuleFile, Spread, Then, When
from simulator.store.duration import duration

RuleFault = tuple[list[str | int], str]  # where in the rule, and what is wrong there

OF_THE_SERVER = ("content-length", "transfer-encoding", "connection")


class Scope(NamedTuple):
    """What a rule can be about: providers, their operations, and whether paths that no spec knows are among it."""

    name: str
    providers: Mapping[str, BoundProvider]
    operations: Mapping[str, tuple[BoundProvider, Operation]]
    unknown: bool


def vet(rule: RuleFile, providers: Mapping[str, BoundProvider]) -> Iterator[RuleFault]:
    """Everything that keeps a rule from ever working as it says."""
    when, then = rule.when, rule.then
    if when.provider and when.provider not in providers:
        yield ["when", "provider"], f"no provider {when.provider!r}{_nearest(when.provider, list(providers))}"
        return
    scope = _scope(when, providers)
    if when.operation and when.operation not in scope.operations:
        yield ["when", "operation"], f"no operation {when.operation!r}{_nearest(when.operation, list(scope.operations))}"
        return
    scope = _narrowed(when, scope)
    yield from _place(when, scope)
    if scope.operations and not scope.unknown:
        yield from _key(when, scope)
        yield from _query(when, scope)
        yield from _body(when, scope)
    yield from _error(then, scope)
    yield from _then(then)
    yield from _delay(then)


def _scope(when: When, providers: Mapping[str, BoundProvider]) -> Scope:
    candidates = {when.provider: providers[when.provider]} if when.provider else dict(providers)
    operations = {
        f"{name}.{each}": (bound, op) for name, bound in candidates.items() for each, op in bound.spec.operations.items()
    }
    return Scope(when.operation or when.provider or "any provider", candidates, operations, False)


def _narrowed(when: When, scope: Scope) -> Scope:
    """What is left where a rule names an operation or a path."""
    if when.operation:
        bound, operation = scope.operations[when.operation]
        return Scope(scope.name, {bound.name: bound}, {when.operation: (bound, operation)}, False)
    if when.path:
        fitting = {each: pair for each, pair in scope.operations.items() if _reaches(when.path, *pair)}
        return scope._replace(operations=fitting, unknown="*" in when.path or not fitting)
    return scope


def _place(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.operation:
        return
    bound, operation = scope.operations[when.operation]
    if when.method and when.method != operation.method:
        yield ["when", "method"], f"{when.operation} is a {operation.method}, never a {when.method}"
    if when.path and not _reaches(when.path, bound, operation):
        yield ["when", "path"], f"{when.operation} is at {operation.path}, never at {when.path}"


def _reaches(path: str, bound: BoundProvider, operation: Operation) -> bool:
    """Whether a request to an operation can have this path."""
    if "*" in path:
        return _meet(path, re.sub("{[^}]*}", "*", operation.path))
    match = bound.spec.router.find(path)
    return match is not None and operation in match.operations.values()


def _meet(one: str, other: str) -> bool:
    """Whether some text fits both of two patterns in which `*` stands for any text."""
    met = [True, *[False] * len(other)]  # at each j: whether some text fits what is read of `one`, and `other[:j]`
    for letter in (*one, ""):
        for j, mark in enumerate(other):
            met[j + 1] |= met[j] and (letter == "*" or mark == "*")
        if letter:
            kept = [there and (letter == "*" or mark == "*") for there, mark in zip(met, (*other, ""), strict=True)]
            moved = [False, *(there and letter == mark for there, mark in zip(met, other, strict=False))]
            met = [stays or moves for stays, moves in zip(kept, moved, strict=True)]
    return met[-1]


def _key(when: When, scope: Scope) -> Iterator[RuleFault]:
    """A key that opens none of the operations."""
    if not when.key:
        return
    patterns = [scheme.pattern for _, operation in scope.operations.values() for scheme in operation.schemes]
    if not patterns:
        yield ["when", "key"], f"{scope.name} takes no key"
    elif "*" not in when.key and not any(pattern.fullmatch(when.key) for pattern in patterns):
        yield ["when", "key"], f"{when.key!r} has not the form of a key that {scope.name} takes"


def _query(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.operation:
        return
    _, operation = scope.operations[when.operation]
    known = {each.name: each for each in operation.parameters if each.where == "query"}
    for name, text in when.query.items():
        if name not in known:
            yield ["when", "query", name], f"{scope.name} has no query parameter {name!r}{_nearest(name, sorted(known))}"
            continue
        violations = known[name].validator.violations(parse_text(known[name], text), "query")
        if violations:
            yield ["when", "query", name], f"{scope.name} never lets this through: {violations[0].message}"


def _body(when: When, scope: Scope) -> Iterator[RuleFault]:
    """A field that no operation concerned has, or a value that none of them lets through to the rules."""
    for path, value in _leaves(when.body, []):
        checks = [check for bound, operation in scope.operations.values() for check in bound.spec.field(operation, path)]
        if not checks:
            yield ["when", "body", *path], f"no body of {scope.name} has the field {'.'.join(path)!r}"
        elif not any(check.validator.is_valid(value) for check in checks):
            violation = checks[0].violations(value, "body")[0]
            yield ["when", "body", *path], f"a body of {scope.name} never has this: {violation.message}"


def _leaves(body: dict[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    for key, value in body.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, [*path, key])
        else:
            yield [*path, key], value


def _error(then: Then, scope: Scope) -> Iterator[RuleFault]:
    for name, bound in scope.providers.items():
        if then.error and then.error not in bound.provider.errors_by_name:
            known = _nearest(then.error, list(bound.provider.errors_by_name))
            yield ["then", "error"], f"{name} has no error {then.error!r}{known}"
    if then.error and then.status is not UNSET:
        yield ["then", "status"], "an error has a status of its own; expected either error or status"


def _then(then: Then) -> Iterator[RuleFault]:
    answers = [bool(then.error), then.status is not UNSET or then.body is not UNSET, then.amend is not UNSET]
    if sum(answers) > 1:
        yield ["then"], "expected one of error, status and body, amend; they exclude each other"
    if not any(answers[:2]) and then.headers:
        yield ["then", "headers"], "headers go with error or status; expected amend to change those of the real answer"
    if not any(answers) and then.delay is UNSET and then.fault is UNSET:
        yield ["then"], "it does nothing; expected one of error, status, body, amend, delay, fault"
    if then.stage != "before" and then.amend is UNSET and then.fault is UNSET and not any(answers[:2]):
        yield ["then", "stage"], "a stage goes with error, status, body or fault"
    changes: list[tuple[list[str | int], Any]] = [(["then"], then)]
    changes += [(["then", "amend"], then.amend)] if then.amend is not UNSET else []
    for place, change in changes:
        for header in change.headers:
            if header.lower() in OF_THE_SERVER:
                yield [*place, "headers", header], f"{header} is the server's to set; expected a fault to break an answer"
        if change.status in (204, 304) and change.body is not UNSET:
            yield [*place, "body"], f"HTTP allows a {change.status} no body"


def _delay(then: Then) -> Iterator[RuleFault]:
    """A delay that cannot be drawn, or that outlasts every client."""
    delay, place = then.delay, ["then", "delay"]
    if isinstance(delay, str):
        yield from _length([*place], delay)
    elif isinstance(delay, Spread):
        if (delay.uniform is UNSET) == (delay.lognormal is UNSET):
            yield [*place], "expected one of uniform, lognormal"
        if delay.uniform is not UNSET:
            low, high = delay.uniform
            yield from _length([*place, "uniform"], high)
            if duration(low) > duration(high):
                yield [*place, "uniform"], f"found {low} before {high}, expected the shorter one first"
        if delay.lognormal is not UNSET:
            yield from _length([*place, "lognormal", "median"], delay.lognormal.median)
            if not duration(delay.lognormal.median):
                yield [*place, "lognormal", "median"], "expected a median that is longer than 0"


def _length(place: list[str | int], text: str) -> Iterator[RuleFault]:
    if duration(text).total_seconds() > MAX_DELAY:
        yield place, f"found {text}, expected at most {MAX_DELAY / 3600:.0f}h: no client waits longer"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
