"""Validation of scenario rules: find the rules that can never fire, or never have the effect they describe."""

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

RuleFault = tuple[list[str | int], str]  # pointer into the rule, and the problem there

SERVER_HEADERS = ("content-length", "transfer-encoding", "connection")


class Scope(NamedTuple):
    """The requests that a rule can match: providers, operations, and whether paths outside the specs are included."""

    name: str
    providers: Mapping[str, BoundProvider]
    operations: Mapping[str, tuple[BoundProvider, Operation]]
    unknown_paths: bool


def validate_rule(rule: RuleFile, providers: Mapping[str, BoundProvider]) -> Iterator[RuleFault]:
    """Yield every reason why a rule can never fire, or can never have the effect it describes."""
    when, action = rule.when, rule.then
    if when.provider and when.provider not in providers:
        yield ["when", "provider"], f"no provider {when.provider!r}{_nearest(when.provider, list(providers))}"
        return
    scope = _scope(when, providers)
    if when.operation and when.operation not in scope.operations:
        yield ["when", "operation"], f"no operation {when.operation!r}{_nearest(when.operation, list(scope.operations))}"
        return
    scope = _narrowed(when, scope)
    yield from _method_and_path(when, scope)
    if scope.operations and not scope.unknown_paths:
        yield from _key(when, scope)
        yield from _query(when, scope)
        yield from _body(when, scope)
    yield from _error(action, scope)
    yield from _action(action)
    yield from _delay(action)


def _scope(when: When, providers: Mapping[str, BoundProvider]) -> Scope:
    candidates = {when.provider: providers[when.provider]} if when.provider else dict(providers)
    operations = {
        f"{name}.{operation_id}": (bound, operation)
        for name, bound in candidates.items()
        for operation_id, operation in bound.spec.operations.items()
    }
    return Scope(when.operation or when.provider or "any provider", candidates, operations, False)


def _narrowed(when: When, scope: Scope) -> Scope:
    """Return the scope restricted to the operation or the path of a rule."""
    if when.operation:
        bound, operation = scope.operations[when.operation]
        return Scope(scope.name, {bound.name: bound}, {when.operation: (bound, operation)}, False)
    if when.path:
        matching = {name: pair for name, pair in scope.operations.items() if _can_match(when.path, *pair)}
        return scope._replace(operations=matching, unknown_paths="*" in when.path or not matching)
    return scope


def _method_and_path(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.operation:
        return
    bound, operation = scope.operations[when.operation]
    if when.method and when.method != operation.method:
        yield ["when", "method"], f"{when.operation} is a {operation.method}, never a {when.method}"
    if when.path and not _can_match(when.path, bound, operation):
        yield ["when", "path"], f"{when.operation} is at {operation.path}, never at {when.path}"


def _can_match(path: str, bound: BoundProvider, operation: Operation) -> bool:
    """Return whether a request to an operation can have this path."""
    if "*" in path:
        return _patterns_overlap(path, re.sub("{[^}]*}", "*", operation.path))
    match = bound.spec.router.find(path)
    return match is not None and operation in match.operations.values()


def _patterns_overlap(one: str, other: str) -> bool:
    """Return whether some text matches both patterns, in which `*` stands for any text."""
    # overlaps[j] is whether some text matches both the characters of `one` so far and `other[:j]`.
    overlaps = [True, *[False] * len(other)]
    for letter in (*one, ""):
        for j, symbol in enumerate(other):
            overlaps[j + 1] |= overlaps[j] and (letter == "*" or symbol == "*")
        if letter:
            stay = [
                overlap and (letter == "*" or symbol == "*") for overlap, symbol in zip(overlaps, (*other, ""), strict=True)
            ]
            move = [False, *(overlap and letter == symbol for overlap, symbol in zip(overlaps, other, strict=False))]
            overlaps = [stays or moves for stays, moves in zip(stay, move, strict=True)]
    return overlaps[-1]


def _key(when: When, scope: Scope) -> Iterator[RuleFault]:
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
    known = {parameter.name: parameter for parameter in operation.parameters if parameter.where == "query"}
    for name, text in when.query.items():
        if name not in known:
            yield ["when", "query", name], f"{scope.name} has no query parameter {name!r}{_nearest(name, sorted(known))}"
            continue
        violations = known[name].validator.violations(parse_text(known[name], text), "query")
        if violations:
            yield ["when", "query", name], f"{scope.name} never lets this through: {violations[0].message}"


def _body(when: When, scope: Scope) -> Iterator[RuleFault]:
    for path, value in _leaves(when.body, []):
        operations = scope.operations.values()
        validators = [validator for bound, operation in operations for validator in bound.spec.field(operation, path)]
        if not validators:
            yield ["when", "body", *path], f"no body of {scope.name} has the field {'.'.join(path)!r}"
        elif not any(validator.validator.is_valid(value) for validator in validators):
            violation = validators[0].violations(value, "body")[0]
            yield ["when", "body", *path], f"a body of {scope.name} never has this: {violation.message}"


def _leaves(body: dict[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    for key, value in body.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, [*path, key])
        else:
            yield [*path, key], value


def _error(action: Then, scope: Scope) -> Iterator[RuleFault]:
    for name, bound in scope.providers.items():
        if action.error and action.error not in bound.provider.errors_by_name:
            known = _nearest(action.error, list(bound.provider.errors_by_name))
            yield ["then", "error"], f"{name} has no error {action.error!r}{known}"
    if action.error and action.status is not UNSET:
        yield ["then", "status"], "an error has a status of its own; expected either error or status"


def _action(action: Then) -> Iterator[RuleFault]:
    has_error, has_amend = bool(action.error), action.amend is not UNSET
    has_literal = action.status is not UNSET or action.body is not UNSET
    has_response = has_error or has_literal
    has_effect = has_response or has_amend
    if [has_error, has_literal, has_amend].count(True) > 1:
        yield ["then"], "expected one of error, status and body, amend; they exclude each other"
    if action.headers and not has_response:
        yield ["then", "headers"], "headers go with error or status; expected amend to change those of the real answer"
    if not has_effect and action.delay is UNSET and action.fault is UNSET:
        yield ["then"], "it does nothing; expected one of error, status, body, amend, delay, fault"
    if action.stage != "before" and action.fault is UNSET and not has_effect:
        yield ["then", "stage"], "a stage goes with error, status, body or fault"
    changes: list[tuple[list[str | int], Any]] = [(["then"], action)]
    changes += [(["then", "amend"], action.amend)] if action.amend is not UNSET else []
    for pointer, change in changes:
        for header in change.headers:
            if header.lower() in SERVER_HEADERS:
                yield [*pointer, "headers", header], f"{header} is the server's to set; expected a fault to break an answer"
        if change.status in (204, 304) and change.body is not UNSET:
            yield [*pointer, "body"], f"HTTP allows a {change.status} no body"


def _delay(action: Then) -> Iterator[RuleFault]:
    delay, pointer = action.delay, ["then", "delay"]
    if isinstance(delay, str):
        yield from _length([*pointer], delay)
    elif isinstance(delay, Spread):
        if (delay.uniform is UNSET) == (delay.lognormal is UNSET):
            yield [*pointer], "expected one of uniform, lognormal"
        if delay.uniform is not UNSET:
            low, high = delay.uniform
            yield from _length([*pointer, "uniform"], high)
            if duration(low) > duration(high):
                yield [*pointer, "uniform"], f"found {low} before {high}, expected the shorter one first"
        if delay.lognormal is not UNSET:
            yield from _length([*pointer, "lognormal", "median"], delay.lognormal.median)
            if not duration(delay.lognormal.median):
                yield [*pointer, "lognormal", "median"], "expected a median that is longer than 0"


def _length(pointer: list[str | int], text: str) -> Iterator[RuleFault]:
    if duration(text).total_seconds() > MAX_DELAY:
        yield pointer, f"found {text}, expected at most {MAX_DELAY / 3600:.0f}h: no client waits longer"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
