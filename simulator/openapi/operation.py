"""A compiled operation of a spec: its parameters, body, responses and security schemes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from simulator.openapi.evidence import Evidence
from simulator.openapi.schema_validator import Pointer, SchemaValidator
from simulator.openapi.shapes import Defaults

MAX_KEY = 256  # characters of a key: the documented ones have fewer than 60, and an open world keeps each that it has seen


class Scheme(msgspec.Struct, frozen=True):
    """A security scheme: the header that carries the key, and the form of the key."""

    name: str
    header: str
    bearer: bool
    pattern: re.Pattern[str]

    def match(self, key: str) -> re.Match[str] | None:
        """Return the match of a key that has the form of this scheme's keys and is not longer than any key is."""
        return self.pattern.fullmatch(key) if len(key) <= MAX_KEY else None

    @property
    def names_tenant(self) -> bool:
        """Whether a part of the key names the tenant."""
        return "tenant" in self.pattern.groupindex

    def read(self, headers: Mapping[str, str]) -> str | None:
        """Return the key that a request presents under this scheme, or None."""
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
    """A response that the document describes for a status; without media types the body is empty."""

    media: dict[str, SchemaValidator]
    headers: tuple[str, ...]  # the required ones
    evidence: Evidence
    source: str
    note: str

    def schema(self, media: str) -> SchemaValidator | None:
        """Return the schema of a body of a media type, whose parameters do not matter; None where the document has none."""
        return self.media.get(media) or self.media.get(media.partition(";")[0])


class Body(msgspec.Struct, frozen=True):
    """The request body of an operation."""

    required: bool
    media: dict[str, SchemaValidator]
    examples: list[Any]
    members: frozenset[str]  # of the JSON object, those that are described
    defaults: Defaults | None  # of the members that a client may omit; None in what changes something that exists
    fields: Mapping[str, tuple[str, ...]] = {}  # of a form, the JSON types that their texts may stand for
    files: frozenset[str] = frozenset()  # the fields of a form that are files


class Rate(msgspec.Struct, frozen=True):
    """How many requests an operation accepts in a window (`x-rate-limit` in the spec)."""

    limit: int
    window_seconds: int
    scope: str  # operations with the same scope share a window
    per_key: bool  # every key has its own windows; otherwise every account has
    headers: dict[str, str]  # limit, remaining, reset, retry-after -> name of the response header


class Idempotency(msgspec.Struct, frozen=True):
    """How an operation treats idempotency keys (`x-idempotency-key` in the spec)."""

    header: str  # in lower case
    changed_body: str  # the result of the same key with another body: "conflict" or "new"
    ttl_seconds: int


class Operation(msgspec.Struct, frozen=True):
    """One operation of a provider."""

    id: str
    method: str
    path: str  # the template that clients send below the provider's prefix, including the path of the server URL
    arguments: tuple[str, ...]  # the names of the path parameters, in order
    summary: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[int, ResponseSpec]
    schemes: tuple[Scheme, ...]  # empty for a public operation
    success: int  # 0 if there are several, of which the handler returns one
    evidence: Evidence
    source: str
    note: str
    idempotency: Idempotency | None
    rate: Rate | None
    definition: dict[str, Any]
    pointer: Pointer
    simulated: bool = True  # False: it exists at the provider, and is answered 501 here (`x-simulated: false`)
