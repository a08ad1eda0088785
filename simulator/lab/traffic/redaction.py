"""What may be recorded: fields that the spec describes, with values that are public or harmless; all else is masked.

A masked text has the form of the original, and is the same wherever that stands, so that ids can be followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec

from simulator.lab.traffic import credentials
from simulator.lab.traffic.knowledge import Knowledge, Node
from simulator.lab.traffic.pseudonyms import Pseudonyms
from simulator.openapi.contract import Matched
from simulator.openapi.form_body import FORM, URL_ENCODED, decode_form, decode_url_encoded
from simulator.openapi.json_body import decode
from simulator.openapi.operation import Operation

FILE = "a file that was left out"
MEDIA = frozenset(
    {
        *("application/json", "application/problem+json", "application/xml", "application/yaml", "application/octet-stream"),
        *("text/plain", "text/html", "text/csv", "text/event-stream", FORM, URL_ENCODED),
        *(
            "audio/wav",
            "audio/x-wav",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "audio/webm",
            "application/zip",
            "application/pdf",
        ),
    }
)
KEPT_HEADERS = frozenset({"accept", "allow", "content-language", "retry-after"})


class RecordedBody(NamedTuple):
    """A body as it is recorded: JSON, or a text; None where it cannot be read and is left out."""

    media: str
    text: str | None


class Redactor:
    """Masks the traffic of one provider."""

    def __init__(self, knowledge: Knowledge, pseudonyms: Pseudonyms, keep: frozenset[str] = frozenset()) -> None:
        """Mask all values that are not known; those of the fields in `keep` are recorded as they are."""
        self._knowledge, self._bound, self._keep = knowledge, knowledge.bound, keep
        self._pseudonyms = pseudonyms
        self._kept: set[tuple[str, Any]] = set()  # by the names of their fields
        self._key_headers, self._key_parameters = credentials.places(knowledge.bound)

    def path(self, matched: Matched | None, path: str) -> str:
        """Return a path whose parameters are masked; of an unknown one, every segment that no route has."""
        if matched is None:
            literal = {part for operation in self._bound.spec.operations.values() for part in operation.path.split("/")}
            return "/".join(part if part in literal else quote(self._pseudonyms.of(unquote(part))) for part in path.split("/"))
        masked = matched.operation.path
        for name, text in zip(matched.operation.arguments, matched.arguments, strict=True):
            masked = masked.replace(f"{{{name}}}", quote(self._text(name, text, is_described=True), safe=""), 1)
        return masked

    def query(self, operation: Operation | None, query: str) -> str:
        """Return a query: the parameters of the operation, and those with a key."""
        described = {one.name for one in operation.parameters if one.where == "query"} if operation else set()
        pairs = []
        for name, text in parse_qsl(query, keep_blank_values=True):
            if name in self._key_parameters:
                pairs.append((name, credentials.masked_key(self._bound, self._pseudonyms, text)))
                continue
            is_described = name in described
            items = [self._text(name, item, is_described=is_described) for item in text.split(",")]
            pairs.append((self._name(name, is_described=is_described), ",".join(items)))
        return urlencode(pairs)

    def request_headers(self, operation: Operation | None, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers of a request that the operation knows; keys are replaced."""
        described = {one.name for one in operation.parameters if one.where == "header"} if operation else set()
        kept = []
        for name, text in headers:
            lower = name.lower()
            if lower in self._key_headers:
                kept.append((lower, credentials.masked(self._bound, self._pseudonyms, text)))
            elif lower == "content-type":
                kept.append((lower, _media(text)))
            elif lower == "accept":
                kept.append((lower, _accept(text)))
            elif lower in described:
                kept.append((lower, self._text(lower, text, is_described=True)))
        return kept

    def response_headers(self, operation: Operation | None, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers of a response that the spec describes."""
        described = self._knowledge.response_headers(operation) if operation else frozenset()
        kept = []
        for name, text in headers:
            lower = name.lower()
            if lower == "content-type":
                kept.append((lower, _media(text)))
            elif lower in described or lower in KEPT_HEADERS:
                is_plain = re.fullmatch(r"[0-9.]{1,12}|[A-Z]+(?:, [A-Z]+)*", text)
                kept.append((lower, text if is_plain else self._text(lower, text, is_described=True)))
        return kept

    def request_body(self, operation: Operation | None, content_type: str, raw: bytes) -> RecordedBody:
        """Return the body of a request; the files of a form are left out."""
        media = content_type.partition(";")[0].strip().lower()
        schemas = self._knowledge.request_schemas(operation, media)
        if media in (FORM, URL_ENCODED) and operation is not None and operation.body is not None:
            fields = operation.body.fields
            try:
                form = decode_form(raw, content_type, fields) if media == FORM else decode_url_encoded(raw, fields)
            except ValueError:
                return RecordedBody(media, None)
            return RecordedBody(media, _json(self._value(schemas, "", form)))
        return self._body(schemas, media, raw)

    def response_body(self, operation: Operation | None, status: int, content_type: str, raw: bytes) -> RecordedBody:
        """Return the body of a response."""
        media = content_type.partition(";")[0].strip().lower()
        return self._body(self._knowledge.response_schemas(operation, status, media), media, raw)

    def _body(self, schemas: list[Node], media: str, raw: bytes) -> RecordedBody:
        if not raw:
            return RecordedBody(media, "")
        if "json" in media:
            try:
                return RecordedBody(media, _json(self._value(schemas, "", decode(raw))))
            except ValueError:
                return RecordedBody(media, None)
        if media.startswith("text/") and b"\0" not in raw:
            return RecordedBody(media, self._text("", raw.decode("utf-8", "replace"), is_described=bool(schemas)))
        return RecordedBody(media, None)

    def _value(self, schemas: list[Node], name: str, value: Any) -> Any:
        """Return a masked value; without schemas the spec does not describe it."""
        if isinstance(value, dict):
            inner = {key: self._knowledge.members(schemas, key) for key in value}
            members = ((self._name(key, is_described=bool(inner[key])), key) for key in value)
            return {shown: self._value(inner[key], key, value[key]) for shown, key in members}
        if isinstance(value, list):
            items = self._knowledge.members(schemas, "[]")
            return [self._value(items, name, item) for item in value]
        if isinstance(value, bytes):  # of a form
            return FILE
        if isinstance(value, str):
            return self._text(name, value, is_described=bool(schemas))
        if isinstance(value, bool) or value is None:
            return value
        may_keep = (bool(schemas) and not self._knowledge.is_secret(name)) or name in self._keep
        return value if self._is_kept(name, value, may_keep=may_keep) else type(value)(0)

    def _text(self, name: str, text: str, *, is_described: bool) -> str:
        knowledge = self._knowledge
        may_keep = name in self._keep or (knowledge.may_keep(name, text) if is_described else knowledge.knows(name, text))
        return text if not text or self._is_kept(name, text, may_keep=may_keep) else self._pseudonyms.of(text)

    def _is_kept(self, name: str, value: Any, *, may_keep: bool) -> bool:
        """Return whether a value is kept: also where the spec does not describe it, if it was kept where it does."""
        if may_keep:
            self._kept.add((name, value))
        return may_keep or (name, value) in self._kept

    def _name(self, name: str, *, is_described: bool) -> str:
        """Return the name of a member; one that the spec does not have is kept if all its words are in the spec."""
        is_known = is_described or name in self._keep or self._knowledge.has_words_of(name)
        return name if is_known else self._pseudonyms.of(name)


def _media(content_type: str) -> str:
    """Return a media type with its charset: a boundary may be anything, and so may an unknown type."""
    media = content_type.partition(";")[0].strip().lower()
    media = media if media in MEDIA else "application/octet-stream"
    charset = re.search(r"charset=\"?(utf-8|us-ascii|iso-8859-1)", content_type, re.IGNORECASE)
    return f"{media}; charset={charset[1].lower()}" if charset else media


def _accept(value: str) -> str:
    ranges = {part.partition(";")[0].strip().lower() for part in value.split(",")}
    return ", ".join(sorted(ranges)) if ranges <= MEDIA | {"*/*"} else "*/*"


def _json(value: Mapping[str, Any] | Any) -> str:
    return msgspec.json.encode(value).decode()
