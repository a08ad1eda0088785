"""Rules for requests without a header, a query parameter or a field: names that no request has, or that every request has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import UNSET

from simulator.documents import suggestion
from simulator.openapi.operation import Operation, Scheme
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import Absent, When

AbsentFault = tuple[list[str | int], str]  # pointer into the rule, and the problem there
Names = frozenset[tuple[str, str]]  # a part of the request and a name in it; names of headers are in lower case
Operations = Collection[tuple[BoundProvider, Operation]]

MIN_LIKENESS = 0.8  # of the name of a header that is not described to that of one that is
PLACES = {"headers": "header", "query": "query parameter", "body": "field"}


def absent_names(when: When) -> Names:
    """Return the parts that are absent from all requests that match a `when`."""
    return frozenset((part, name) for part, _, name, _ in _listed(when))


def covers_absence(wide: Names, narrow: Names) -> bool:
    """Return whether all of `wide` is absent where `narrow` is: a field is if one is that leads to it."""
    return all(any((part, leading) in narrow for leading in _leading(part, name)) for part, name in wide)


def _leading(part: str, name: str) -> Iterator[str]:
    """Yield a name and, of a path in the body, those of the fields around it."""
    yield name
    while part == "body" and "." in name:
        name = name.rpartition(".")[0]
        yield name


def _listed(when: When) -> Iterator[tuple[str, int, str, str]]:
    """Yield the part of the request, the place in the list, the name by which it is compared, and the name as it is written."""
    if when.absent is UNSET:
        return
    for part in PLACES:
        for place, name in enumerate(getattr(when.absent, part)):
            yield part, place, name.lower() if part == "headers" else name, name


def contradictions(when: When) -> Iterator[AbsentFault]:
    """Yield what is wrong with the names whatever the operation: none, one twice, and one that another condition expects."""
    if when.absent == Absent():
        yield ["when", "absent"], "it names nothing; expected headers, query or body, such as {headers: [Idempotency-Key]}"
    seen: set[tuple[str, str]] = set()
    for part, place, name, written in _listed(when):
        pointer: list[str | int] = ["when", "absent", part, place]
        if (part, name) in seen:
            yield pointer, f"the {PLACES[part]} {written} is listed twice; expected once"
        elif _is_expected(when, part, name):
            yield pointer, f"when.{part} expects a value of {written}, so it is never absent; expected it in one of them"
        elif (part, name) == ("headers", "host"):
            yield pointer, f"every request has the header {written}, as HTTP requires it; expected one that can be absent"
        seen.add((part, name))


def _is_expected(when: When, part: str, name: str) -> bool:
    """Return whether another condition expects that a request has what a name stands for."""
    if part == "headers":
        return name in map(str.lower, when.headers)
    if part == "query":
        return name in when.query
    expected: Any = when.body
    for member in name.split("."):
        if not isinstance(expected, dict) or member not in expected:
            return False
        expected = expected[member]
    return True


def absent_faults(when: When, name: str, operations: Operations) -> Iterator[AbsentFault]:
    """Yield the names that no request to some operations has, or that each has that is not refused before rules are tried.

    `name` is that of the operations in an error.
    """
    names = absent_names(when)
    needs_key = all(_lacks_key(names, operation) for _, operation in operations)
    for part, place, compared, written in _listed(when):
        pointer: list[str | int] = ["when", "absent", part, place]
        carries_key = needs_key and any((part, compared) in _carriers(one) for _, two in operations for one in two.schemes)
        if problem := _unknown(part, written, when, name, operations):
            yield pointer, problem
        elif carries_key or all(_requires(operation, part, compared, bound) for bound, operation in operations):
            missing = "its key" if carries_key else f"the {PLACES[part]} {written}"
            cause = f"{name} refuses a request without {missing} before rules are tried"
            yield pointer, f"{cause}; expected one that can be absent"


def _unknown(part: str, name: str, when: When, scope: str, operations: Operations) -> str:
    """Return why no request has a header, a parameter or a field, which is a typo then; empty if some can have it."""
    if part == "body":
        return _unknown_field(name, scope, operations)
    if not when.operation:
        return ""
    known = sorted({known for _, operation in operations for known in _described(part, operation)})
    if part == "query":
        return "" if name in known else f"{scope} has no query parameter {name!r}{suggestion(name, known)}"
    if name.lower() in known or not get_close_matches(name.lower(), known, 1, MIN_LIKENESS):
        return ""  # Clients may send other headers, too.
    return f"{scope} has no header {name!r}{suggestion(name, map(str.title, known))}"


def _unknown_field(path: str, scope: str, operations: Operations) -> str:
    names = path.split(".")
    if any(bound.spec.fields.knows(operation, names) for bound, operation in operations):
        return ""
    members: list[str] = []
    if len(operations) == 1:
        ((bound, operation),) = operations
        members = [".".join([*names[:-1], member]) for member in bound.spec.fields.names(operation, names[:-1])]
    return f"no body of {scope} has the field {path!r}{suggestion(path, members) if members else ''}"


def _described(part: str, operation: Operation) -> Iterator[str]:
    """Yield the headers, in lower case, or the query parameters, at which an operation looks."""
    yield from (name for name, _ in _parameters(part, operation))
    yield from (name for scheme in operation.schemes for place, name in _carriers(scheme) if place == part)


def _requires(operation: Operation, part: str, name: str, bound: BoundProvider) -> bool:
    """Return whether an operation refuses each request without a header, a query parameter or a field of the body."""
    if not operation.simulated:  # Only its key is checked.
        return False
    if part == "body":
        return bound.spec.fields.requires(operation, name.split("."))
    if (part, name) == ("headers", "content-type"):
        return operation.body is not None and operation.body.required
    return (name, True) in _parameters(part, operation)


def _parameters(part: str, operation: Operation) -> Iterator[tuple[str, bool]]:
    """Yield the headers, in lower case, or the query parameters that an operation describes, and whether it requires them."""
    for parameter in operation.parameters:
        if (part, parameter.where) == ("headers", "header"):
            yield parameter.name.lower(), parameter.required
        elif (part, parameter.where) == ("query", "query"):
            yield parameter.name, parameter.required


def _lacks_key(absent: Names, operation: Operation) -> bool:
    """Return whether a request without some headers and query parameters cannot present a key that an operation needs."""
    return bool(operation.schemes) and all(absent & _carriers(scheme) for scheme in operation.schemes)


def _carriers(scheme: Scheme) -> Names:
    """Return the headers and the query parameters by which a request presents the key of a scheme."""
    names: set[tuple[str, str]] = set()
    for one in (scheme, *scheme.others):
        if one.place == "header":
            names.add(("headers", one.header.lower()))
        elif one.place == "query":
            names.add(("query", one.parameter))
        elif one.place == "cookie":
            names.add(("headers", "cookie"))
    return frozenset(names)
