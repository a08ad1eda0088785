"""One operation of a spec, compiled: how its requests are parsed, what it may return, which keys open it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from simulator.openapi.evidence import Evidence
from simulator.openapi.schema_validator import Pointer, SchemaValidator


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
    validator: SchemaValidator


class ResponseSpec(msgspec.Struct, frozen=True):
    """What the document says of one status of an operation; no media types means an empty body."""

    media: dict[str, SchemaValidator]
    headers: tuple[str, ...]  # those that no answer may be without
    evidence: Evidence
    source: str
    note: str


class Body(msgspec.Struct, frozen=True):
    """The request body of an operation."""

    required: bool
    media: dict[str, SchemaValidator]
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
    responses: dict[int, ResponseSpec]
    schemes: tuple[Scheme, ...]  # none: the operation is public
    success: int  # 0 where there are several: the handler must say which
    evidence: Evidence
    source: str
    note: str
    idempotency: Idempotency | None
    rate: Rate | None
    definition: dict[str, Any]
    pointer: Pointer
    simulated: bool = True  # False: it exists at the provider, and is answered 501 here (`x-simulated: false`)
