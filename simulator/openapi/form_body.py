"""Bodies of forms: with files (multipart/form-data), as python-multipart reads them, and without (x-www-form-urlencoded)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from simulator.openapi.json_body import MAX_DEPTH
from simulator.openapi.operation import Body
from simulator.openapi.parameter_text import Kinds, parse_text

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

KindsAt = Callable[[Sequence[str]], Kinds]  # the JSON types of the member at a path; empty for one that is not described
FORM = "multipart/form-data"
URL_ENCODED = "application/x-www-form-urlencoded"
MAX_PARTS = 1000
ANY: Kinds = ("integer", "number", "boolean")  # of a field that the spec does not describe
BOUNDARY = "a-boundary-of-the-simulator"  # of encoded forms


def decode_form(raw: bytes, content_type: str, fields: Mapping[str, Kinds], kinds_at: KindsAt | None = None) -> dict[str, Any]:
    """Return the fields of a form: a `FormFile` for a file, and else the JSON value that the text stands for.

    A field that is sent several times is a list. `fields` are the JSON types that the spec declares, `kinds_at` those within.

    Raises:
        ValueError: the body is not such a form; the text says where.
    """
    form: dict[str, Any] = {}
    for part in _parts(raw, content_type):
        value = part.file() if part.is_file else _value(part, fields, kinds_at)
        known = form.get(part.name)
        if known is None:
            form[part.name] = [value] if _is_item(value, fields.get(part.name, ())) else value
        else:
            form[part.name] = [*known, value] if isinstance(known, list) else [known, value]
    return form


def _is_item(value: Any, kinds: Kinds) -> bool:
    """Return whether the value of a field that is sent once is the one item of a list."""
    return "array" in kinds and "string" not in kinds and not isinstance(value, list)


def decode_url_encoded(raw: bytes, fields: Mapping[str, Kinds], kinds_at: KindsAt | None = None) -> dict[str, Any]:
    """Return the fields of a form without files: the JSON values that the texts stand for.

    A field that is repeated, or called `name[]`, is a list; `name[key]` is a member of an object, whose types are those that
    `kinds_at` returns.

    Raises:
        ValueError: the body is not such a form, or is nested too deep.
    """
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MAX_PARTS)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8: {error}") from None
    form: dict[str, Any] = {}
    for name, text in pairs:
        path = [name] if name in fields else [step.rstrip("]") for step in name.split("[")]
        if len(path) > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        is_own = len(path) == 1 or path[1] == ""
        value = _own(path[0], text, fields, kinds_at) if is_own else _parsed((kinds_at(path) if kinds_at else ()) or ANY, text)
        _place(form, path, value, is_list=_is_item(value, fields.get(path[0], ())))
    return {name: _lists(value) for name, value in form.items()}


def _place(form: dict[str, Any], path: list[str], value: Any, *, is_list: bool) -> None:
    """Put a value where its name, such as `metadata[colour]`, says."""
    for step in path[:-1]:
        inner = form.setdefault(step, {})
        if not isinstance(inner, dict):
            raise ValueError(f"the field {path[0]} is both a text and an object")
        form = inner
    last = path[-1] if path[-1] or len(path) == 1 else str(len(form))  # `name[]` is the next item
    if last not in form:
        form[last] = [value] if is_list and len(path) == 1 else value
    elif isinstance(form[last], list):
        form[last].append(value)
    else:
        form[last] = [form[last], value]


def _lists(value: Any) -> Any:
    """Return a value in which objects whose names are 0, 1, … are lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(member) for name, member in value.items()}
    return list(inner.values()) if inner and all(re.fullmatch("[0-9]+", name) for name in inner) else inner


def encode_url_encoded(fields: Iterable[tuple[str, str, bool]]) -> tuple[str, bytes]:
    """Return a form without files with its media type; fields are those that `form_fields` yields."""
    return URL_ENCODED, urlencode([(name, text) for name, text, _ in fields]).encode()


def plain(value: Any) -> Any:
    """Return a decoded body as its schema describes it: the bytes of files as texts of as many characters."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


def form_fields(body: Body, form: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield name, text, and whether it is a file, of the fields of a form that is described as JSON."""
    if isinstance(form, str):  # an example that is written as it is sent
        form = dict(parse_qsl(form, keep_blank_values=True))
    for name, value in form.items() if isinstance(form, Mapping) else ():
        is_list = isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
        for one in value if is_list else [value]:  # a list is a field that is repeated
            yield name, one if isinstance(one, str) else json.dumps(one), name in body.files


def encode_form(fields: Iterable[tuple[str, str, bool]]) -> tuple[str, bytes]:
    """Return a form with its media type; fields are those that `form_fields` yields."""
    lines = []
    for name, text, is_file in fields:
        file = f'; filename="{name}"\r\nContent-Type: application/octet-stream' if is_file else ""
        lines.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{text}\r\n')
    return f"{FORM}; boundary={BOUNDARY}", f"{''.join(lines)}--{BOUNDARY}--\r\n".encode()


SILENT = logging.Logger("forms", logging.CRITICAL + 1)  # the faults of a form go to the client, not to the log


class FormFile(bytes):
    """The content of a file of a form, and the name that the client gave it."""

    filename = ""


class _Part:
    """One part of a form while it is read."""

    def __init__(self) -> None:
        self.header, self.disposition = bytearray(), bytearray()
        self.value, self.data = bytearray(), bytearray()
        self.name, self.filename, self.is_file = "", "", False

    def end_header(self) -> None:
        """Keep a header that is complete, if it is the one that matters."""
        if self.header.lower() == b"content-disposition":
            self.disposition = self.value
        self.header, self.value = bytearray(), bytearray()

    def describe(self, options: Mapping[bytes, bytes]) -> None:
        """Take the name, and that of a file, from the options of `Content-Disposition`."""
        self.name, self.is_file = options[b"name"].decode("utf-8", "replace"), b"filename" in options
        self.filename = options.get(b"filename", b"").decode("utf-8", "replace")

    def file(self) -> FormFile:
        """Return the content of a file."""
        file = FormFile(self.data)
        file.filename = self.filename
        return file


class _PartCollector:
    """Collects the parts of a form, as python-multipart reads them."""

    def __init__(self, options_of: Callable[[bytes], Mapping[bytes, bytes]]) -> None:
        self.parts: list[_Part] = []
        self.is_complete = False
        self._options_of = options_of

    def callbacks(self) -> MultipartCallbacks:
        """Return the functions that the parser calls, by their names there."""
        return {
            "on_part_begin": self._begin_part,
            "on_part_data": lambda data, start, end: self.parts[-1].data.extend(data[start:end]),
            "on_header_field": lambda data, start, end: self.parts[-1].header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self.parts[-1].value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._describe_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self.parts.append(_Part())

    def _end_header(self) -> None:
        self.parts[-1].end_header()

    def _describe_part(self) -> None:
        """Take the name of the part.

        Raises:
            ValueError: it has none, or there are too many parts.
        """
        options = self._options_of(bytes(self.parts[-1].disposition))
        if b"name" not in options:
            raise ValueError(f"part {len(self.parts)} has no name; expected Content-Disposition: form-data; name=…")
        if len(self.parts) > MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts")
        self.parts[-1].describe(options)

    def _end(self) -> None:
        self.is_complete = True


def _parts(raw: bytes, content_type: str) -> list[_Part]:
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise ValueError("Content-Type has no boundary; expected multipart/form-data; boundary=…")
    collector = _PartCollector(lambda disposition: parse_options_header(disposition)[1])
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.logger = SILENT
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise ValueError(str(error)) from None
    if not collector.is_complete:
        raise ValueError(f"the last boundary is missing; expected --{boundary.decode('latin-1')}-- at the end")
    return collector.parts


def _value(part: _Part, fields: Mapping[str, Kinds], kinds_at: KindsAt | None) -> Any:
    try:
        text = part.data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the field {part.name} is not UTF-8: {error}") from None
    return _own(part.name, text, fields, kinds_at)


def _own(name: str, text: str, fields: Mapping[str, Kinds], kinds_at: KindsAt | None) -> Any:
    """Return the value of a field that the spec declares; of a list that is not sent as JSON, that of one item."""
    kinds = fields.get(name, ())
    is_item = "array" in kinds and "string" not in kinds and not text.startswith("[")
    return _parsed((kinds_at([name, ""]) if is_item and kinds_at else ()) or kinds, text)


def _parsed(kinds: Kinds, text: str) -> Any:
    """Return the value of a field: of one that is an object or a list also JSON, which OpenAPI sends by default."""
    if text == "null" and "null" in kinds and "string" not in kinds:
        return None
    kind = {"{": "object", "[": "array"}.get(text[:1])
    if kind in kinds:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return parse_text(kinds, text)
