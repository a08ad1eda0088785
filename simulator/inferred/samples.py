"""Values made from schemas: the example of the spec if it has one, else the plainest value that fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator.inferred.model import MAX_DEPTH, Model, kind_of
from simulator.inferred.patterns import text_for
from simulator.provider import seconds

OPTIONAL_DEPTH = 3  # levels of objects in which members that are not required are filled in
FORMATS: dict[str, str] = {
    "date": "2026-03-01",
    "time": "12:00:00Z",
    "duration": "PT1M",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "host.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "uri-template": "/{id}",
    "byte": "c2FtcGxl",
    "date-time-rfc-2822": "Sun, 01 Mar 2026 12:00:00 +0000",
    "json-pointer": "/a",
    "regex": ".*",
}

ADDRESSES: dict[str, Callable[[str], str]] = {  # ids in the form of an address, of 32 hexadecimal digits
    "ipv4": lambda digits: f"198.{18 + int(digits[0], 16) % 2}.{int(digits[1:3], 16)}.{int(digits[3:5], 16)}",  # RFC 2544
    "ipv6": lambda digits: ":".join(["2001:db8", *(digits[at : at + 4] for at in range(0, 24, 4))]),  # RFC 3849
    "email": lambda digits: f"user-{digits[:12]}@example.com",
    "hostname": lambda digits: f"host-{digits[:12]}.example.com",
    **dict.fromkeys(("uri", "url"), lambda digits: f"https://example.com/{digits[:20]}"),
}


class Sampler:
    """Makes values for the schemas of one document; `digits` returns random-looking hexadecimal digits of the world."""

    def __init__(self, model: Model, now: datetime, digits: Callable[[], str]) -> None:
        self._model, self._now, self._digits = model, now, digits
        self._open: list[str] = []  # the components of which a value is being made

    def value(self, schema: Any, depth: int = 0, *, lean: bool = False, given: Any = None) -> Any:
        """Return a value that fits a schema; a `lean` one has only what is required. `given` decides the branch of unions."""
        name = schema.get("$ref") if isinstance(schema, dict) else None
        if name in self._open:  # a schema within itself: no deeper
            return {}
        if name is None:
            return self._value(schema, depth, lean=lean, given=given)
        self._open.append(name)
        try:
            return self._value(schema, depth, lean=lean, given=given)
        finally:
            self._open.pop()

    def _value(self, schema: Any, depth: int, *, lean: bool, given: Any) -> Any:
        node = self._model.flat(schema, given)
        if "const" in node:
            return node["const"]
        candidates = [node.get("example"), node.get("default"), *node.get("examples", ())[:1], *node.get("enum", ())]
        fixed = next((value for value in candidates if value is not None), None)
        kinds = self._model.kinds(node)
        if (
            kinds
            and fixed is not None
            and kind_of(fixed) not in kinds
            and not (kind_of(fixed) == "integer" and "number" in kinds)
        ):
            fixed = None  # an example of another type, such as JSON that is written as text
        if fixed is not None and not (lean and isinstance(fixed, dict | list)) and not (kinds[:1] == ["object"] and depth == 0):
            return fixed
        if node.get("default", "") is None and "null" in kinds:
            return None
        if "enum" in node:
            return node["enum"][0]
        kind = next((kind for kind in kinds if kind != "null"), "null" if kinds else "")
        return self._of_kind(kind, node, depth, lean=lean)

    def _of_kind(self, kind: str, node: dict[str, Any], depth: int, *, lean: bool) -> Any:
        """Return a value of a JSON type; an empty one where schemas hold one another without end."""
        if depth > MAX_DEPTH:
            return {"object": {}, "array": [], "string": ""}.get(kind)
        if kind in ("object", "array"):
            made = self._object if kind == "object" else self._array
            return made(node, depth, lean=lean)
        if kind in ("integer", "number"):
            return _number(node, whole=kind == "integer")
        values: dict[str, Any] = {"boolean": True, "null": None, "": {}}
        return self.text(node) if kind == "string" else values[kind]

    def _object(self, node: dict[str, Any], depth: int, *, lean: bool) -> dict[str, Any]:
        required = node.get("required", ())
        members = node.get("properties", {})
        is_full = not lean and depth < OPTIONAL_DEPTH
        made = {
            name: self.value(member, depth + 1, lean=lean)
            for name, member in members.items()
            if name in required or (is_full and self.is_shown(member))
        }
        missing = [name for name in required if name not in made]
        missing += [f"key{index}" for index in range(len(made) + len(missing), node.get("minProperties", 0))]
        extra = node.get("additionalProperties", {})
        return made | {name: self.value(extra, depth + 1, lean=lean) for name in missing}

    def is_shown(self, member: Any) -> bool:
        """Return whether a member that is not required is filled in: not what holds itself, or is never shown."""
        is_open = isinstance(member, dict) and member.get("$ref") in self._open
        return not is_open and not self._model.follow(member).get("writeOnly")

    def _array(self, node: dict[str, Any], depth: int, *, lean: bool) -> list[Any]:
        count = max(node.get("minItems", 0), 0 if lean or depth >= OPTIONAL_DEPTH else 1)
        items = node.get("items", {})
        if not items or node.get("maxItems") == 0:
            return [None] * node.get("minItems", 0)
        return [self.value(items, depth + 1, lean=lean) for _ in range(min(count, 20))]

    def text(self, node: dict[str, Any]) -> str:
        """Return a text that fits a flat schema."""
        form = node.get("format", "")
        if form == "date-time":
            return seconds(self._now)
        if form == "uuid":
            return uuid_of(self._digits())
        if "pattern" in node:
            made = text_for(node["pattern"], self._digits(), node.get("minLength", 0))
            if made is not None:
                return made
        text = FORMATS.get(form, "text")
        least, most = node.get("minLength", 0), node.get("maxLength", 10_000)
        return (text * (least // max(len(text), 1) + 1))[: max(least, min(len(text), most))] if not form else text


def uuid_of(digits: str) -> str:
    """Return a UUID of version 4 of 32 hexadecimal digits."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def id_like(example: Any, digits: str) -> str:
    """Return an id in the form of an example: a UUID, digits, or its prefix such as `pn_` and others."""
    text = str(example)
    if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        return uuid_of(digits)
    if text.isdigit():
        return str(int(digits[:8], 16) + 1)
    prefix = re.match("^[A-Za-z]{1,12}[_-]", text)
    return (prefix.group() if prefix else "") + digits[:20]


def _number(node: dict[str, Any], *, whole: bool) -> int | float:
    least = node.get("minimum", node.get("exclusiveMinimum", -1) + 1)
    step = node.get("multipleOf")
    value = max(least, 0) if "maximum" not in node else min(max(least, 0), node["maximum"])
    if "exclusiveMaximum" in node and value >= node["exclusiveMaximum"]:
        value = node["exclusiveMaximum"] - 1
    if step:
        value = -(-value // step) * step
    return -int(-value // 1) if whole else value
