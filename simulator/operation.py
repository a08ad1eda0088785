"""What a spec says of one operation, compiled: how its requests are read, what it may answer, which keys open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import msgspec

from simulator.documents import cut
from simulator.provider import Evidence, Violation

Pointer = tuple[str | int, ...]


class Check:
    """A validator for one schema of the document, compiled when it is first needed."""

    __slots__ = ("_reference", "_registered", "_validator", "pointer")

    def __init__(self, registered: Callable[[], jsonschema_rs.Registry], pointer: Pointer) -> None:
        self.pointer = pointer
        steps = (quote(str(step).replace("~", "~0").replace("/", "~1")) for step in pointer)
        self._reference = "urn:spec#/" + "/".join(steps)
        self._registered = registered
        self._validator: jsonschema_rs.Draft202012Validator | None = None

    @property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled validator."""
        if self._validator is None:
            schema = {"$ref": self._reference}
            self._validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registered(), validate_formats=True)
        return self._validator

    def violations(self, value: Any, where: str, field: str = "") -> list[Violation]:
        """All ways in which `value` breaks the schema; the common case, none, costs one fast call."""
        validator = self._validator or self.validator
        if validator.is_valid(value):
            return []
        return [_violation(error, where, field) for error in validator.iter_errors(value)]


def _violation(error: jsonschema_rs.ValidationError, where: str, field: str) -> Violation:
    path = [str(step) for step in error.instance_path]
    kind: Any = error.kind
    if kind.name == "required":
        path.append(str(kind.property))
    elif kind.name == "additionalProperties":
        path.extend(map(str, kind.unexpected[:1]))
    return Violation(where, ".".join([field, *path] if field else path), cut(error.message), kind.name)


class Scheme(msgspec.Struct, frozen=True):
    """A security scheme: in which header a key stands, and what form it has."""

    name: str
    header: str
    bearer: bool
    pattern: re.Pattern[str]

    @property
    def names_tenant(self) -> bool:
        """Whether a part of the key says whose it is."""
        return "tenant" in self.pattern.groupindex

    def read(self, headers: Mapping[str, str]) -> str | None:
        """The key that a request presents under this scheme, or None."""
        value = headers.get(self.header)
        if value is None or not self.bearer:
            return value
        word, _, key = value.partition(" ")
        return key.strip() if word.lower() == "bearer" else None


class Parameter(msgspec.Struct, frozen=True):
    """A path, query or header parameter."""

    name: str
    where: str
    required: bool
    kinds: tuple[str, ...]  # the JSON types that its text may stand for
    default: Any
    example: Any
    check: Check


class Response(msgspec.Struct, frozen=True):
    """What the document says of one status of an operation; no media types means an empty body."""

    media: dict[str, Check]
    headers: tuple[str, ...]  # those that no answer may be without
    evidence: Evidence
    source: str
    note: str


class Body(msgspec.Struct, frozen=True):
    """The request body of an operation."""

    required: bool
    media: dict[str, Check]
    examples: list[Any]


class Rate(msgspec.Struct, frozen=True):
    """How many requests an operation takes in a window (`x-rate-limit` in the spec)."""

    limit: int
    window_seconds: int
    scope: str  # operations of one scope share a window
    per_key: bool  # each key has windows of its own; else the account has
    headers: dict[str, str]  # what is told on answers: limit, remaining, reset, retry-after -> the header's name


class Idempotency(msgspec.Struct, frozen=True):
    """How an operation treats idempotency keys (`x-idempotency-key` in the spec)."""

    header: str  # in lower case
    changed_body: str  # what the same key with another body is: a "conflict", or "new"
    ttl_seconds: int


class Operation(msgspec.Struct, frozen=True):
    """One operation of a provider."""

    id: str
    method: str
    path: str  # the template under the provider's prefix, as a client sends it: the server's path included
    arguments: tuple[str, ...]  # the names of the path's parameters, in order
    summary: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[int, Response]
    schemes: tuple[Scheme, ...]  # none: the operation is public
    success: int  # 0 where there are several: the handler must say which
    evidence: Evidence
    source: str
    note: str
    idempotency: Idempotency | None
    rate: Rate | None
    definition: dict[str, Any]
    pointer: Pointer
