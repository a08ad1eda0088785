"""What a spec alone can do with a request and a response: find the operation, parse the input, verify the output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from simulator.openapi.form_body import FORM, URL_ENCODED, decode_form, decode_url_encoded, plain
from simulator.openapi.json_body import count_values, decode
from simulator.openapi.operation import Body, Operation, Parameter
from simulator.openapi.parameter_text import parse_text
from simulator.openapi.schema_validator import SchemaValidator, Violation
from simulator.openapi.spec import Spec
from simulator.store.work import weigh

BROKEN = 3  # units of work for a value that may break the schema: to find it, and to describe it in the response
JSON = "application/json"


class NoRoute(Exception):
    """The path is not in the spec."""


class WrongMethod(Exception):
    """The path is in the spec, the method is not; `allow` lists those that are."""

    def __init__(self, allow: str) -> None:
        super().__init__(allow)
        self.allow = allow


class TooLarge(Exception):
    """The body is larger than the simulator accepts."""


class Malformed(Exception):
    """The body cannot be decoded; the text is the reason."""


class Invalid(Exception):
    """Parameters or body break the spec; `violations` lists every way in which they do, `body` is the decoded one."""

    def __init__(self, violations: list[Violation], body: Any) -> None:
        super().__init__(summarize(violations))
        self.violations = violations
        self.body = body


class OffSpec(Exception):
    """A response that the spec does not describe: a fault of the simulator."""


class Matched(msgspec.Struct, frozen=True):
    """The operation of a request, and the texts of its path parameters."""

    operation: Operation
    arguments: list[str]


class Parsed(msgspec.Struct, frozen=True):
    """The decoded and valid input of an operation."""

    params: dict[str, Any]
    body: Any


class Input(msgspec.Struct, frozen=True):
    """The parts of a request that an operation's spec describes."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    media: str  # the media type of the body, without parameters; empty when there is none
    raw: bytes | None
    query_text: str = ""  # as it came, as a mapping holds only the last of a parameter that is repeated


def match(spec: Spec, method: str, path: str) -> Matched:
    """Find the operation of a request: the path first, so that a wrong method is not mistaken for a wrong path.

    Raises:
        NoRoute: no path of the spec fits.
        WrongMethod: the path has other methods.
    """
    route = spec.router.find(path)
    if route is None:
        raise NoRoute(path)
    operation_id = route.operations.get(method)
    if operation_id is None:
        raise WrongMethod(", ".join(sorted(route.operations)))
    return Matched(spec.operation(operation_id), route.arguments)


def parse(matched: Matched, given: Input) -> Parsed:
    """Decode parameters and body by the operation's spec.

    Raises:
        TooLarge, Malformed: the body cannot be decoded.
        Invalid: with every violation of the spec.
        Postponed: others wait, and there may be too many violations.
    """
    operation, spec, raw = matched.operation, matched.operation.body, given.raw
    violations: list[Violation] = []
    params = _parameters(matched, given, violations) if operation.parameters else {}
    body: Any = {}
    if spec is not None:
        if raw is None:
            raise TooLarge(f"The body is larger than {spec.limit} bytes")
        if raw and given.media == JSON and spec.json is not None:  # as nearly all are
            body = _json(spec.json, raw, violations)
        else:
            body = _body(spec, given, violations)
    if violations:
        raise Invalid(violations, body)
    return Parsed(params, body)


def verify(
    operation: Operation, status: int, headers: Iterable[Iterable[str]], media: str, body: Any, *, empty: bool
) -> SchemaValidator | None:
    """Check a response against the spec: status, required headers, of which `headers` holds the names, media type, schema.

    Returns the schema of its body; None for one that is empty.

    Raises:
        OffSpec: the spec does not describe this response.
    """
    response = operation.responses.get(status)
    if response is None:
        raise OffSpec(f"{operation.id} returns {status}, which the spec does not list")
    if response.headers:
        sent = {name.lower() for names in headers for name in names}
        missing = [name for name in response.headers if name.lower() not in sent]
        if missing:
            raise OffSpec(f"{operation.id} returns {status} without the header {missing[0]}, which the spec requires")
    if empty:
        if response.media:
            raise OffSpec(f"{operation.id} returns {status} without the body that the spec describes")
        return None
    schema = response.schema(media)
    if schema is None:
        raise OffSpec(f"{operation.id} returns {status} as {media.partition(';')[0]}, which the spec does not list")
    # Of bytes, such as audio, their media type is all that a schema can say.
    if not isinstance(body, bytes) and not schema.is_valid(body):
        raise OffSpec(
            f"{operation.id} returns {status} that does not match its schema: {summarize(schema.violations(body, 'response'))}"
        )
    return schema


def summarize(violations: list[Violation]) -> str:
    """Return the violations in one sentence, for providers whose errors have room for no more."""
    return "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in violations)


def _parameters(matched: Matched, given: Input, violations: list[Violation]) -> dict[str, Any]:
    operation, arguments = matched.operation, matched.arguments
    path = dict(zip(operation.arguments, arguments, strict=True)) if arguments else {}
    sources = {"path": path, "query": given.query, "header": given.headers}
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        text = sources[parameter.where].get(parameter.name)
        if text is None:
            values[parameter.name] = parameter.default
            if parameter.required:
                violations.append(_missing(parameter))
            continue
        value = _list_of(parameter, text, given.query_text) if parameter.items else parse_text(parameter.kinds, text)
        values[parameter.name] = value
        violations += _violations(parameter.validator, value, parameter.where, parameter.name)
    return values


def _violations(validator: SchemaValidator, value: Any, where: str, field: str = "") -> list[Violation]:
    """Return every way in which a value of a request breaks its schema.

    Raises:
        Postponed: others wait, and each of many values may break it.
    """
    if validator.is_valid(value):
        return []
    weigh(BROKEN * count_values(value))
    return validator.violations(value, where, field)


def _list_of(parameter: Parameter, text: str, query: str) -> Any:
    """Return the items of a parameter that is a list: separated in one text, or each in a parameter of the same name."""
    if parameter.separator:
        texts = text.split(parameter.separator) if text else []
    else:
        texts = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == parameter.name] or [text]
    return [parse_text(parameter.items, one) for one in texts]


def _missing(parameter: Parameter) -> Violation:
    problem = f"{parameter.name!r} is a required {parameter.where} parameter"
    return Violation(parameter.where, parameter.name, problem, "required", parameter.validator.pointer)


def _body(body: Body, given: Input, violations: list[Violation]) -> Any:
    raw = given.raw or b""
    is_empty_form = given.media == URL_ENCODED and given.media in body.media  # has no fields, and may lack required ones
    if not raw and not is_empty_form:
        if body.required:
            kind = "JSON" if JSON in body.media else " or ".join(body.media)
            violations.append(Violation("body", "", f"a {kind} body is required", "required"))
        return {}
    validator = body.media.get(given.media)
    if validator is None:
        expected = " or ".join(body.media)
        raise Malformed(
            f"Content-Type must be {expected}, not {given.media}"
            if given.media
            else f"Content-Type is missing, expected {expected}"
        )
    if given.media == "application/yaml":
        return _text(raw)
    if given.media in (FORM, URL_ENCODED):
        return _form(body, given, raw, violations)
    if body.read_xml is not None and given.media.endswith(("/xml", "+xml")):
        return _xml(body, given, body.read_xml, raw, violations)
    if body.is_raw or "json" not in given.media:  # such as audio: its media type is all that a schema can say of it
        return raw
    return _json(validator, raw, violations)


def _json(validator: SchemaValidator, raw: bytes, violations: list[Violation]) -> Any:
    try:
        value = decode(raw)
    except ValueError as error:
        raise Malformed(f"The body is not valid JSON: {error}") from None
    violations += _violations(validator, value, "body")
    return value


def _form(body: Body, given: Input, raw: bytes, violations: list[Violation]) -> dict[str, Any]:
    try:
        if given.media == FORM:
            form = decode_form(raw, given.headers.get("content-type", ""), body.fields, body.kinds_at)
        else:
            form = decode_url_encoded(raw, body.fields, body.kinds_at)
    except ValueError as error:
        raise Malformed(f"The body is not a valid form: {error}") from None
    violations += _violations(body.media[given.media], plain(form), "body")
    return form


def _xml(body: Body, given: Input, read: Callable[[bytes], Any], raw: bytes, violations: list[Violation]) -> Any:
    try:
        value = read(raw)
    except ValueError as error:
        raise Malformed(f"The body is not valid XML: {error}") from None
    violations += _violations(body.media[given.media], value, "body")
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: {error}") from None
