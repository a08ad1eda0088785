"""Validation of scenario rules: find the rules that can never fire, or never have the effect they describe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.documents import suggestion
from simulator.openapi.operation import Operation
from simulator.openapi.parameter_text import parse_text
from simulator.provider.bound import BoundProvider
from simulator.scenario.absent_rules import absent_faults, contradictions
from simulator.scenario.callable_numbers import COULD_RING, callable_numbers
from simulator.scenario.event_rules import event_faults
from simulator.scenario.format import MAX_DELAY, Amend, Hold, RuleFile, Spread, Then, When
from simulator.scenario.matching import beginning, patterns_overlap
from simulator.scenario.moments import window_fault
from simulator.scenario.patch_rules import patch_faults
from simulator.scenario.rule_headers import header_faults, refused_headers
from simulator.scenario.rule_paths import base_path_fault, can_match, path_faults
from simulator.store.duration import duration

RuleFault = tuple[list[str | int], str]  # pointer into the rule, and the problem there

ANY_MEMBER = "\0"  # a name that no schema describes
MAX_FIELDS = 50  # of the body of one rule, those that are looked up in the specs
SERVER_HEADERS = ("content-length", "transfer-encoding", "connection")
OWN_HEADERS = "x-simulator-"  # which the simulator adds to responses


class Scope(NamedTuple):
    """The requests that a rule can match: providers, operations, and whether paths outside the specs are included."""

    name: str
    providers: Mapping[str, BoundProvider]
    operations: Mapping[str, tuple[BoundProvider, Operation]]
    unknown_paths: bool = False
    open_bodies: frozenset[str] = frozenset()  # the operations whose body may have members that are not described


class RuleValidator:
    """Finds the rules that can never fire, for the given providers; the work for one rule is bounded."""

    def __init__(self, providers: Mapping[str, BoundProvider]) -> None:
        self._providers = providers
        self._scopes: dict[str, Scope] = {}  # by the name of a provider; empty: any

    def faults(self, rule: RuleFile) -> Iterator[RuleFault]:
        """Yield every reason why a rule can never fire, or can never have the effect it describes."""
        when, action = rule.when, rule.then
        if when.event or action.delivery is not UNSET:
            yield from event_faults(rule, self._providers)
            yield from _delay(action)
            return
        if action.secret:
            yield ["then", "secret"], "is for webhooks; expected when.event and then.delivery beside it"
        if when.provider and when.provider not in self._providers:
            yield ["when", "provider"], f"unknown provider {when.provider!r}{suggestion(when.provider, self._providers)}"
            return
        scope = self._scope(when.provider)
        if when.operation and when.operation not in scope.operations:
            yield ["when", "operation"], f"unknown operation {when.operation!r}{self._operation_hint(when)}"
            return
        problems = path_faults(when.path, self._providers, _first_segments(when, scope)) if when.path else iter(())
        problem = next(problems, "")
        if not problem and when.path and not when.operation:
            problem = base_path_fault(when.path, scope.providers.values())
        if problem:
            yield ["when", "path"], problem
            return
        scope = _narrowed(when, scope)
        yield from _method_and_path(when, scope)
        yield from _conditions(when, scope)
        yield from _error(action, scope)
        yield from _action(action)
        yield from _deliver(action)
        yield from _delay(action)
        yield from self._hold(rule)
        yield from _numbers(action)

    def _hold(self, rule: RuleFile) -> Iterator[RuleFault]:
        """Yield the faults of a gate, and of the conditions by which it orders requests."""
        hold, pointer = rule.then.hold, ["then", "hold"]
        if not isinstance(hold, Hold):
            return
        if rule.times is not UNSET and rule.times < hold.until:
            text = f"{hold.until} requests never wait, as the rule fires at most {rule.times} times"
            yield [*pointer, "until"], f"{text}; expected times from {hold.until} on, or none"
        for index, when in enumerate(hold.order) if isinstance(hold.order, list) else ():
            place: list[str | int] = [*pointer, "order", index]
            if when.event or when == When():
                yield place, "expected conditions on a request, such as {key: sk_car_b} or {body: {label: B}}"
                continue
            for inside, problem in self.faults(RuleFile(then=Then(delay="0s"), when=when)):
                yield [*place, *inside[1:]], problem

    def _scope(self, provider: str) -> Scope:
        """Return all that rules for a provider, or for any, can match; computed once, as a world may have many rules."""
        if provider not in self._scopes:
            candidates = {provider: self._providers[provider]} if provider else dict(self._providers)
            operations = {
                f"{name}.{operation_id}": (bound, operation)
                for name, bound in candidates.items()
                for operation_id, operation in bound.spec.operations.items()
            }
            open_bodies = frozenset(
                name for name, (bound, one) in operations.items() if bound.spec.fields.knows(one, [ANY_MEMBER])
            )
            self._scopes[provider] = Scope(provider or "any provider", candidates, operations, open_bodies=open_bodies)
        return self._scopes[provider]

    def _operation_hint(self, when: When) -> str:
        """Return the end of the error about an operation that the rule's provider, if it names one, does not have."""
        if when.operation in self._scope("").operations:
            owner = when.operation.partition(".")[0]
            return f" of {when.provider}: it is one of {owner}; remove the provider from the rule"
        return suggestion(when.operation, self._scope(when.provider).operations)


def _first_segments(when: When, scope: Scope) -> set[str]:
    """Return the first segments of the routes that a rule can match."""
    operations = [scope.operations[when.operation]] if when.operation else scope.operations.values()
    return {operation.path.split("/")[1] for _, operation in operations}


def _narrowed(when: When, scope: Scope) -> Scope:
    """Return the scope restricted to the operation or the path of a rule."""
    if when.operation:
        bound, operation = scope.operations[when.operation]
        return Scope(when.operation, {bound.name: bound}, {when.operation: (bound, operation)}, False, scope.open_bodies)
    if not when.path:
        return _by_method(when, scope)
    if "*" in when.path:  # It matches paths outside the specs too, whose operations are unknown.
        return scope._replace(operations={}, unknown_paths=True)
    matches = [(name, match) for name, bound in scope.providers.items() if (match := bound.spec.router.find(when.path))]
    routed = {f"{name}.{operation_id}" for name, match in matches for operation_id in match.operations.values()}
    matching = {name: pair for name, pair in scope.operations.items() if name in routed}
    return _by_method(when, scope._replace(operations=matching, unknown_paths=not matching))


def _by_method(when: When, scope: Scope) -> Scope:
    """Return the scope restricted to the operations of the method of a rule; without any, what it matches is unknown."""
    method = str(when.method)  # empty: any
    if not method:
        return scope
    matching = {name: pair for name, pair in scope.operations.items() if pair[1].method == method}
    return scope._replace(name=f"{method} at {scope.name}", operations=matching, unknown_paths=not matching)


def _method_and_path(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.operation:
        return
    bound, operation = scope.operations[when.operation]
    if when.method and when.method != operation.method:
        yield ["when", "method"], f"{when.operation} is a {operation.method}, never a {when.method}"
    if when.path and not can_match(when.path, bound, operation):
        yield ["when", "path"], f"{when.operation} is at {operation.path}, never at {when.path}"


def _conditions(when: When, scope: Scope) -> Iterator[RuleFault]:
    if when.headers:
        yield from _headers(when, scope)
    if when.absent is not UNSET:
        yield from _absent(when, scope)
    if when.clock is not UNSET and (problem := window_fault(when.clock)):
        yield ["when", "clock"], problem
    if scope.operations and not scope.unknown_paths:
        yield from _key(when, scope)
        yield from _query(when, scope)
        yield from _body(when, scope)


def _headers(when: When, scope: Scope) -> Iterator[RuleFault]:
    impossible = dict(header_faults(when))
    if not impossible and scope.operations and not scope.unknown_paths:
        impossible = dict(refused_headers(when, scope.name, [operation for _, operation in scope.operations.values()]))
    for name, problem in impossible.items():
        yield ["when", "headers", name], problem


def _absent(when: When, scope: Scope) -> Iterator[RuleFault]:
    impossible = list(contradictions(when))
    yield from impossible
    if not impossible and scope.operations and not scope.unknown_paths:
        yield from absent_faults(when, scope.name, scope.operations.values())


def _key(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.key:
        return
    patterns = [scheme.pattern for _, operation in scope.operations.values() for scheme in operation.schemes]
    if not patterns:
        yield ["when", "key"], f"{scope.name} takes no key"
    elif not any(_matches_key(pattern, when.key) for pattern in patterns):
        yield ["when", "key"], f"{when.key!r} has not the form of a key that {scope.name} takes"


def _matches_key(pattern: re.Pattern[str], key: str) -> bool:
    """Return whether the pattern of a rule, in which `*` is any text, can match a key of this form."""
    return patterns_overlap(key, f"{beginning(pattern.pattern)}*") if "*" in key else pattern.fullmatch(key) is not None


def _query(when: When, scope: Scope) -> Iterator[RuleFault]:
    if not when.operation or not when.query:
        return
    _, operation = scope.operations[when.operation]
    known = {parameter.name: parameter for parameter in operation.parameters if parameter.where == "query"}
    for name, text in when.query.items():
        if name not in known:
            yield ["when", "query", name], f"{scope.name} has no query parameter {name!r}{suggestion(name, sorted(known))}"
            continue
        violations = known[name].validator.violations(parse_text(known[name].kinds, text), "query")
        if violations:
            yield ["when", "query", name], f"{scope.name} never lets this through: {violations[0].message}"


def _body(when: When, scope: Scope) -> Iterator[RuleFault]:
    for path, value in islice(_leaves(when.body, []), MAX_FIELDS):
        operations = [pair for name, pair in scope.operations.items() if name in scope.open_bodies or _has(pair[1], path[0])]
        validators = [one for bound, operation in operations for one in bound.spec.fields.validators(operation, path)]
        if not validators:
            yield ["when", "body", *path], f"no body of {scope.name} has the field {'.'.join(path)!r}"
        elif not any(validator.is_valid(value) for validator in validators):
            violation = validators[0].violations(value, "body")[0]
            yield ["when", "body", *path], f"a body of {scope.name} never has this: {violation.message}"


def _has(operation: Operation, member: str) -> bool:
    """Return whether a member of the body is described; quicker than to look it up in the schema of every operation."""
    return operation.body is not None and member in operation.body.members


def _leaves(body: dict[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    for key, value in body.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, [*path, key])
        else:
            yield [*path, key], value


def _error(action: Then, scope: Scope) -> Iterator[RuleFault]:
    for name, bound in scope.providers.items():
        if action.error and action.error not in bound.provider.errors_by_name:
            known = suggestion(action.error, list(bound.provider.errors_by_name))
            yield ["then", "error"], f"{name} has no error {action.error!r}{known}"
    if action.error and action.status is not UNSET:
        yield ["then", "status"], "an error has a status of its own; expected either error or status"


def _action(action: Then) -> Iterator[RuleFault]:
    has_error, has_amend = bool(action.error), action.amend is not UNSET
    has_literal = action.status is not UNSET or action.body is not UNSET
    has_response = has_error or has_literal
    has_effect = has_response or has_amend or action.repeat is not UNSET
    if [has_error, has_literal, has_amend].count(True) > 1:
        yield ["then"], "expected one of error, status and body, amend; they are mutually exclusive"
    if action.headers and not has_response:
        yield ["then", "headers"], "headers go with error or status; expected amend to change those of the real answer"
    if not has_effect and action.delay is UNSET and action.fault is UNSET and action.hold is UNSET:
        yield ["then"], "it does nothing; expected one of error, status, body, amend, delay, fault, hold, repeat"
    if action.stage != "before" and action.fault is UNSET and action.hold is UNSET and not (has_response or has_amend):
        yield ["then", "stage"], "a stage goes with error, status, body, fault or hold"
    if action.amend in (Amend(), Amend(body={})):
        yield ["then", "amend"], "it changes nothing; expected status, headers, body or patch"
    if action.amend is not UNSET:
        yield from patch_faults(action.amend.patch)
    yield from _changes(action)


def _changes(action: Then) -> Iterator[RuleFault]:
    changes: list[tuple[list[str | int], Any]] = [(["then"], action)]
    changes += [(["then", "amend"], action.amend)] if action.amend is not UNSET else []
    for pointer, change in changes:
        for header in change.headers:
            if header.lower() in SERVER_HEADERS:
                yield [*pointer, "headers", header], f"{header} is the server's to set; expected a fault to break an answer"
            if header.lower().startswith(OWN_HEADERS):
                yield (
                    [*pointer, "headers", header],
                    f"{header} is the simulator's to set; expected another name",
                )
        if change.status in (204, 304) and change.body is not UNSET:
            yield [*pointer, "body"], f"HTTP allows a {change.status} no body"


def _deliver(action: Then) -> Iterator[RuleFault]:
    has_response = action.error or action.status is not UNSET or action.body is not UNSET
    if action.repeat is not UNSET and has_response and action.stage == "before":
        yield ["then", "repeat"], "error, status and body keep the request from the provider; expected them after_commit"


def _delay(action: Then) -> Iterator[RuleFault]:
    delay, pointer = action.delay, ["then", "delay"]
    if isinstance(delay, str):
        yield from _length([*pointer], delay)
    elif isinstance(delay, Spread):
        percentiles = delay.percentiles()
        if [delay.uniform is not UNSET, delay.lognormal is not UNSET, bool(percentiles)].count(True) != 1:
            yield [*pointer], "expected one of uniform, lognormal, and percentiles such as p50 and p99"
        yield from _percentiles([*pointer], list(percentiles.values()))
        if delay.uniform is not UNSET:
            low, high = delay.uniform
            yield from _length([*pointer, "uniform"], high)
            if duration(low) > duration(high):
                yield [*pointer, "uniform"], f"found {low} before {high}, expected the shorter one first"
        if delay.lognormal is not UNSET:
            yield from _length([*pointer, "lognormal", "median"], delay.lognormal.median)
            if not duration(delay.lognormal.median):
                yield [*pointer, "lognormal", "median"], "expected a median that is longer than 0"


def _percentiles(pointer: list[str | int], texts: list[str]) -> Iterator[RuleFault]:
    if len(texts) == 1:
        yield pointer, "expected at least two percentiles, such as {p50: 80ms, p99: 2s}"
    if texts and not duration(texts[0]):
        yield pointer, f"found {texts[0]}, expected percentiles that are longer than 0"
    for shorter, longer in pairwise(texts):
        if duration(shorter) > duration(longer):
            yield pointer, f"found {shorter} before {longer}, expected a higher percentile to be as long at least"
    for text in texts:
        yield from _length(pointer, text)


def _length(pointer: list[str | int], text: str) -> Iterator[RuleFault]:
    if duration(text).total_seconds() > MAX_DELAY:
        yield pointer, f"found {text}, expected at most {MAX_DELAY / 3600:.0f}h: no client waits longer"


def _numbers(action: Then) -> Iterator[RuleFault]:
    """A client may call whatever number it is given."""
    parts: dict[tuple[str, ...], Any] = {("body",): action.body, ("headers",): action.headers}
    if action.amend is not UNSET:
        parts |= {("amend", "body"): action.amend.body, ("amend", "headers"): action.amend.headers}
        parts |= {("amend", "patch", str(index)): operation.value for index, operation in enumerate(action.amend.patch)}
    for place, part in parts.items():
        for inside, number in callable_numbers(part) if part else ():
            yield ["then", *place, *inside], COULD_RING.format(number)
