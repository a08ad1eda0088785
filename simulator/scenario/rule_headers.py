"""Headers of rules that no request has, or that no request has when the rules are tried: it was refused before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from simulator.openapi.operation import Operation, Scheme
from simulator.openapi.parameter_text import parse_text
from simulator.scenario.format import When
from simulator.scenario.matching import beginning, media_type, patterns_overlap

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110
IMPOSSIBLE = re.compile(r"^[ \t]|[ \t]$|[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")  # in the value of a header


def header_faults(when: When) -> Iterator[tuple[str, str]]:
    """Yield the headers of a rule that no request has, each with the problem."""
    names: dict[str, str] = {}
    for name, value in when.headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield name, f"{name!r} is not the name of a header; expected letters, digits and dashes, such as X-Trace"
        elif name.lower() in names:
            yield name, f"{name} is the same header as {names[name.lower()]}, as case does not matter; expected one of them"
        elif IMPOSSIBLE.search(value):
            yield name, f"no request has the value {value!r}: {_reason(value)}"
        names.setdefault(name.lower(), name)


def _reason(value: str) -> str:
    """Return why a value cannot be that of a header, and what could be meant."""
    if IMPOSSIBLE.search(value.strip()):
        return "expected characters of Latin-1, without control characters"
    return f"white space around a value is not part of it; expected {value.strip()!r}"


def refused_headers(when: When, name: str, operations: Collection[Operation]) -> Iterator[tuple[str, str]]:
    """Yield the headers of a rule with which every request to these operations is refused before rules are tried.

    `name` is that of the operations in an error.
    """
    for header, value in when.headers.items():
        lower = header.lower()
        if schemes := _schemes(lower, operations):
            if not any(_opens(scheme, value) for scheme in schemes):
                expected = f"expected {_presented(schemes)}"
                yield header, f"{name} takes no such key, and refuses the request before rules are tried; {expected}"
        elif lower == "content-type":
            if not any(_takes_media(operation, value, has_body=bool(when.body)) for operation in operations):
                media = sorted({media for operation in operations if operation.body for media in operation.body.media})
                yield header, f"{name} refuses a body of this type before rules are tried; expected {' or '.join(media)}"
        elif "*" not in value:
            problems = [_problem(operation, lower, value) for operation in operations]
            if problems and all(problems):
                yield header, f"{name} never lets this through: {problems[0]}"


def _schemes(header: str, operations: Collection[Operation]) -> list[Scheme]:
    """Return the security schemes of a header; none if an operation does not look at it."""
    by_operation = [[scheme for scheme in operation.schemes if scheme.header == header] for operation in operations]
    return [scheme for schemes in by_operation for scheme in schemes] if all(by_operation) else []


def _presented(schemes: list[Scheme]) -> str:
    """Return what a header that carries a key holds."""
    if any(scheme.bearer for scheme in schemes):
        return "Bearer and a key"
    return "Basic and user:password in base64" if any(scheme.basic for scheme in schemes) else "the key alone"


def _opens(scheme: Scheme, value: str) -> bool:
    """Return whether the value of a header, or one that matches the pattern, can hold a key of a scheme."""
    if "*" not in value:
        key = scheme.read({scheme.header: value})
        return key is not None and scheme.pattern.fullmatch(key) is not None
    keys = f"{beginning(scheme.pattern.pattern)}*"
    if scheme.basic:
        return patterns_overlap(value.lower(), "basic *")
    if not scheme.bearer:
        return patterns_overlap(value, keys)
    word, _, key = value.partition(" ")
    return patterns_overlap(value.lower(), "bearer *") and ("*" in word or patterns_overlap(key.strip(), keys))


def _takes_media(operation: Operation, value: str, *, has_body: bool) -> bool:
    """Return whether an operation takes a request with a media type, or with one that matches the pattern."""
    if operation.body is None or not operation.simulated or not (operation.body.required or has_body):
        return True
    pattern = media_type(value)
    if "*" not in pattern:
        return pattern.partition(";")[0] in operation.body.media
    return any(patterns_overlap(pattern, media) or patterns_overlap(pattern, f"{media};*") for media in operation.body.media)


def _problem(operation: Operation, header: str, value: str) -> str:
    """Return why an operation refuses the value of a header; empty if it does not."""
    if not operation.simulated:
        return ""
    for parameter in operation.parameters:
        if parameter.where == "header" and parameter.name.lower() == header:
            violations = parameter.validator.violations(parse_text(parameter.kinds, value), "header")
            return violations[0].message if violations else ""
    return ""
