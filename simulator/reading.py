"""Reading a request as its operation's spec says: parameters and body decoded, every violation collected."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

from simulator.operation import Body, Operation, Parameter
from simulator.provider import Errors, Exchange, Violation

MAX_BODY = 1024 * 1024  # bytes; one more is refused
MAX_VALUES = 20_000  # in a body; what a mebibyte of brackets takes to refuse in words would hold up everyone else
MAX_DEPTH = 64  # levels of nesting; far more than any provider's schema, far less than Python's stack

_INTEGER = re.compile(r"-?[0-9]{1,300}")  # beyond any page, and far below where int() grows slow
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def read(exchange: Exchange, operation: Operation, arguments: list[str], errors: type[Errors]) -> None:
    """Decode parameters and body into the exchange.

    Raises:
        Problem: TOO_LARGE or MALFORMED for a body that cannot be read; INVALID with every violation of the spec.
    """
    violations: list[Violation] = []
    exchange.params = _parameters(exchange, operation, arguments, violations)
    exchange.body = {}
    if operation.body is not None:
        if exchange.raw is None:
            raise errors.TOO_LARGE(f"The body is larger than {MAX_BODY} bytes")
        _body(exchange, operation.body, errors, violations)
    if violations:
        raise errors.INVALID(summary(violations), violations=violations)


def summary(violations: list[Violation]) -> str:
    """The violations in one sentence, for providers whose errors have room for no more."""
    return "; ".join(f"{each.field}: {each.message}" if each.field else each.message for each in violations)


def _parameters(exchange: Exchange, operation: Operation, arguments: list[str], violations: list[Violation]) -> dict[str, Any]:
    if not operation.parameters:
        return {}
    given = dict(zip(operation.arguments, arguments, strict=True)) if arguments else {}
    sources = {"path": given, "query": exchange.request.parameters, "header": exchange.headers}
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        text = sources[parameter.where].get(parameter.name)
        if text is None:
            values[parameter.name] = parameter.default
            if parameter.required:
                problem = f"{parameter.name!r} is a required {parameter.where} parameter"
                violations.append(Violation(parameter.where, parameter.name, problem, "required"))
            continue
        value = values[parameter.name] = meant(parameter, text)
        violations += parameter.check.violations(value, parameter.where, parameter.name)
    return values


def meant(parameter: Parameter, text: str) -> Any:
    """The JSON value that a parameter's text stands for; text that stands for none is left for the validator to refuse."""
    for kind in parameter.kinds:
        if kind == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
    return text


def _body(exchange: Exchange, body: Body, errors: type[Errors], violations: list[Violation]) -> None:
    raw = exchange.raw or b""
    if not raw:
        if body.required:
            violations.append(Violation("body", "", "a JSON body is required", "required"))
        return
    media = exchange.media
    check = body.media.get(media)
    if check is None:
        raise errors.MALFORMED(f"Content-Type must be {' or '.join(body.media)}, not {media or 'missing'}")
    if media == "application/yaml":
        exchange.body = _text(raw, errors)
        return
    try:
        exchange.body = decode(raw)
    except ValueError as error:
        raise errors.MALFORMED(f"The body is not valid JSON: {error}") from None
    violations += check.violations(exchange.body, "body")


def _text(raw: bytes, errors: type[Errors]) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise errors.MALFORMED(f"The body is not UTF-8: {error}") from None


def decode(raw: bytes) -> Any:
    """A JSON document, read strictly: UTF-8, finite numbers, no key twice, whole numbers as `int` however they are written.

    Raises:
        ValueError: it is not such a document, is nested too deep, or has too many values.
    """
    try:
        value = _decoder.decode(raw)
        if len(raw) > 2 * MAX_VALUES and _values(value) > MAX_VALUES:  # each takes two bytes at least, one of them a comma
            raise ValueError(f"more than {MAX_VALUES} values")
        colons = raw.count(b":")
        if type(value) is dict and len(value) == colons and b"[" not in raw:
            return value  # flat, and each key is there: what nearly all bodies are
        if _keys(value, MAX_DEPTH) != colons:  # a key came twice, or a text holds a colon: only the slow way can tell
            _refuse_twice(raw)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    return value


def lenient(raw: bytes | None) -> Any:
    """What a body says that no operation describes: its JSON, else nothing."""
    try:
        return decode(raw) if raw else {}
    except ValueError:
        return {}


def _finite(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is out of range")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_decoder = msgspec.json.Decoder(float_hook=_finite)
_NESTED = (dict, list)


def _keys(value: Any, depth: int) -> int:
    """How many keys a document holds."""
    if not isinstance(value, _NESTED):
        return 0
    if depth == 0:
        raise RecursionError
    inside, count = (value.values(), len(value)) if isinstance(value, dict) else (value, 0)
    for each in inside:
        if isinstance(each, _NESTED):
            count += _keys(each, depth - 1)
    return count


def _values(value: Any) -> int:
    """How many values there are in a document."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, inside))


_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?', re.DOTALL)


def _refuse_twice(raw: bytes) -> None:
    written = sum(1 for text in _STRUCTURE.finditer(raw) if text.group(1))
    if written != _keys(_decoder.decode(raw), MAX_DEPTH):
        raise ValueError("a key stands twice in one object")
