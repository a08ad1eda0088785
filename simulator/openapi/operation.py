"""A compiled operation of a spec: its parameters, body, responses and security schemes."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from simulator.openapi.evidence import Evidence
from simulator.openapi.pointers import Pointer
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.shapes import Defaults

MAX_BODY = 1024 * 1024  # bytes, unless the spec says otherwise (`x-max-body`)
LARGEST_BODY = 32 * MAX_BODY  # bytes that a spec may say
MAX_KEY = 256  # characters of a key: the documented ones have fewer than 60, and an open world keeps each that it has seen
_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)
Place = Literal["header", "query", "cookie", "nowhere"]


class Scheme(msgspec.Struct, frozen=True):
    """A security scheme: what carries the key, and the form of the key."""

    name: str
    header: str  # empty where the key is in the query, or where none is needed
    bearer: bool
    pattern: re.Pattern[str]
    place: Place = "header"
    parameter: str = ""  # the query parameter or the cookie that carries the key
    basic: bool = False  # the key is `user:password`
    is_specific: bool = True  # the form of the keys tells them from other texts
    tenant: str = ""  # the account that every key opens; empty where the key decides
    others: tuple[Scheme, ...] = ()  # the schemes of which a request must present a key too

    def match(self, key: str) -> re.Match[str] | None:
        """Return the match of a key that has the form of this scheme's keys and is not longer than any key is."""
        return self.pattern.fullmatch(key) if len(key) <= MAX_KEY else None

    @property
    def names_tenant(self) -> bool:
        """Whether a part of the key names the tenant."""
        return "tenant" in self.pattern.groupindex

    @property
    def is_open(self) -> bool:
        """Whether no key is needed."""
        return self.place == "nowhere"

    def read(self, headers: Mapping[str, str], query: str = "") -> str | None:
        """Return the key that a request presents under this scheme, or None."""
        if self.others and any(other.read(headers, query) is None for other in self.others):
            return None
        value = headers.get(self.header)
        if value is not None and self.bearer:
            word, _, rest = value.partition(" ")
            return rest.strip() if word.lower() == "bearer" else None
        if self.place == "query":
            return dict(parse_qsl(query, keep_blank_values=True)).get(self.parameter)
        if self.place == "cookie":
            return _cookie(headers.get("cookie", ""), self.parameter)
        return _user_and_password(value) if value is not None and self.basic else value

    def present(self, key: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the headers and the query parameters by which a request presents a key."""
        headers, query = {}, {}
        for scheme in (self, *self.others):
            if scheme.place == "query":
                query[scheme.parameter] = key
            elif scheme.place == "cookie":
                headers["cookie"] = f"{scheme.parameter}={key}"
            elif scheme.basic:
                headers[scheme.header] = f"Basic {b64encode(key.encode()).decode()}"
            elif scheme.place == "header":
                headers[scheme.header] = f"Bearer {key}" if scheme.bearer else key
        return headers, query


def _user_and_password(value: str) -> str | None:
    """Return `user:password` from the value of an Authorization header of the Basic scheme (RFC 7617); None for another."""
    word, _, encoded = value.partition(" ")
    try:
        return b64decode(encoded.strip(), validate=True).decode() if word.lower() == "basic" else None
    except ValueError:  # not Base64, not ASCII, or not UTF-8 when it is decoded
        return None


def _cookie(header: str, name: str) -> str | None:
    """Return the value of a cookie (RFC 6265, 5.4), of several with its name the last; None if it is missing or empty.

    `http.cookies` would take time that grows with the square of a quoted value, and ignore all cookies if one has an odd name.
    """
    value = None
    for pair in header.split(";"):
        found, equals, text = pair.partition("=")
        if equals and found.strip() == name:
            value = text.strip()
    if value is not None and len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = _ESCAPED.sub(_unescape, value[1:-1])
    return value or None


def _unescape(match: re.Match[str]) -> str:
    """Return the character for which an escape stands, as `http.cookies` writes them."""
    octal, character = match.groups()
    return chr(int(octal, 8)) if octal else character


OPEN = Scheme("open", "", False, re.compile(""), "nowhere", is_specific=False, tenant="public")


class Parameter(msgspec.Struct, frozen=True):
    """A path, query or header parameter."""

    name: str
    where: str
    required: bool
    kinds: tuple[str, ...]  # the JSON types that its text may stand for
    default: Any
    example: Any
    validator: SchemaValidator
    items: tuple[str, ...] = ()  # of a list, the JSON types that the text of an item may stand for
    separator: str = ""  # between the items of a list; empty where the parameter is repeated


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
    kinds_at: Callable[[Sequence[str]], tuple[str, ...]] | None = None  # of a form, the JSON types of a member within a field
    read_xml: Callable[[bytes], Any] | None = None  # where the document offers XML
    limit: int = MAX_BODY  # bytes (`x-max-body` in the spec)
    json: SchemaValidator | None = None  # of a body in JSON that the operation takes decoded

    @property
    def is_raw(self) -> bool:
        """Whether the operation takes the bytes of JSON and decodes them itself, as they may be more than usual."""
        return self.limit != MAX_BODY and "application/json" in self.media


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


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request costs at the real provider (`x-cost` in the spec), by which recording real traffic is limited.

    `usd` is an estimate, of a call one of ten minutes; None where it is unknown, such as for a campaign. `per` is the member
    of the body whose items are paid for one by one.
    """

    kind: Literal["purchase", "call", "message", "usage"]
    usd: float | None = None
    per: str = ""


class Operation(msgspec.Struct, frozen=True):
    """One operation of a provider."""

    id: str
    method: str
    path: str  # the template that clients send below the provider's prefix, including the path of the server URL
    arguments: tuple[str, ...]  # the names of the path parameters, in order
    summary: str
    parameters: tuple[Parameter, ...]
    query: frozenset[str]  # the names of those in the query
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
    taken_for: str = ""  # what an operation was recognised as, where nothing but a spec describes it (`x-taken-for`)
    simulated: bool = True  # False: it exists at the provider, and is answered 501 here (`x-simulated: false`)
    cost: Cost | None = None  # of a request at the real provider; None: nothing
