"""Schemas of OpenAPI 3.0 and 3.1 as others write them, rewritten to JSON Schema 2020-12 that a validator accepts.

Each schema that a reference leads to becomes a component of the document. Where a document marks members `readOnly` or
`writeOnly`, schemas of requests are apart from those of responses, as other members are required there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs

from simulator.inferred.circles import cut_circles
from simulator.inferred.files import Files, Target

Direction = Literal["request", "response"]
TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
WHOLE = {"int32": 2**31, "int64": 2**63}  # by format, the first number above those that it has
UNIONS = ("anyOf", "oneOf")
MAX_DEPTH = 10  # of parts within parts
HIDDEN = {"request": "readOnly", "response": "writeOnly"}  # what a direction does not require


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


@cache
def is_pattern(text: str) -> bool:
    """Return whether the validator knows a regular expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except (ValueError, TypeError):
        return False
    return True


KEPT: dict[str, Callable[[Any], bool]] = {  # keywords that are copied if their value is one
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("readOnly", "writeOnly", "uniqueItems", "deprecated"), _is_flag),
    **dict.fromkeys(("description", "title", "format", "contentEncoding", "contentMediaType"), _is_text),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "pattern": lambda value: isinstance(value, str) and is_pattern(value),
    "enum": lambda value: isinstance(value, list) and bool(value),
    "examples": lambda value: isinstance(value, list),
    "xml": lambda value: isinstance(value, dict),
    **dict.fromkeys(("default", "example", "const"), lambda value: True),
}


class SchemaRewriter:
    """Rewrites the schemas of one document, and collects those that references lead to."""

    def __init__(self, files: Files, *, is_3_0: bool) -> None:
        self._files = files
        self._is_3_0 = is_3_0
        self._is_directed = '"readOnly"' in files.text or "readOnly:" in files.text or "writeOnly" in files.text
        self.components: dict[str, Any] = {}
        self._names: dict[tuple[Path, tuple[str, ...], str], str] = {}
        self._queue: list[tuple[str, Target, Direction]] = []

    def finish(self) -> None:
        """Rewrite everything that references lead to, and what references there lead to."""
        while self._queue:
            name, target, direction = self._queue.pop()
            self.components[name] = self.rewrite(target.node, target.file, direction)
        cut_circles(self.components)

    def rewrite(self, node: Any, file: Path, direction: Direction) -> Any:
        """Return a schema of a file as the validator understands it."""
        if not isinstance(node, dict):
            return {"not": {}} if node is False else {}
        if isinstance(node.get("$ref"), str):
            return self._reference(node, file, direction)
        made = {name: value for name, value in node.items() if name in KEPT and KEPT[name](value)}
        self._add_bounds(made, node)
        self._add_members(made, node, file, direction)
        self._add_branches(made, node, file, direction)
        _add_type(made, node)
        _drop_contradicted(made)
        if direction == "request":
            _add_width(made)
        return _nullable(made) if node.get("nullable") is True else made

    def _reference(self, node: dict[str, Any], file: Path, direction: Direction) -> dict[str, Any]:
        target = self._files.find(node["$ref"], file)
        made: dict[str, Any] = {"$ref": f"#/components/schemas/{self._named(target, direction)}"} if target else {}
        flags = ("description", "readOnly", "writeOnly", "default", "example")
        made |= {name: node[name] for name in flags if name in node}
        return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made

    def _named(self, target: Target, direction: Direction) -> str:
        """Return the name of the component that a schema becomes."""
        key = (target.file, target.pointer, direction if self._is_directed else "")
        if key not in self._names:
            last = target.pointer[-1] if target.pointer else target.file.stem
            name = base = re.sub(r"[^A-Za-z0-9._-]", "_", last) + (".request" if key[2] == "request" else "")
            for count in range(2, len(self._names) + 3):
                if name not in self.components:
                    break
                name = f"{base}_{count}"
            self._names[key] = name
            self.components[name] = {}
            self._queue.append((name, target, direction))
        return self._names[key]

    @staticmethod
    def _add_bounds(made: dict[str, Any], node: dict[str, Any]) -> None:
        """Rewrite the exclusive bounds of OpenAPI 3.0, which are flags beside the others."""
        for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if node.get(flag) is True and bound in made:
                made[flag] = made.pop(bound)

    def _add_members(self, made: dict[str, Any], node: dict[str, Any], file: Path, direction: Direction) -> None:
        properties = node.get("properties")
        if isinstance(properties, dict):
            made["properties"] = {str(name): self.rewrite(member, file, direction) for name, member in properties.items()}
        else:
            properties = {}
        if isinstance(node.get("required"), list):
            hidden = HIDDEN[direction]
            spelled = {_plain(str(name)): str(name) for name in properties}
            names = [name for name in node["required"] if isinstance(name, str)]
            names = [name if name in properties else spelled.get(_plain(name), name) for name in names]  # `name` may be `Name`
            made["required"] = [name for name in dict.fromkeys(names) if not _has(properties.get(name), hidden)]
        if isinstance(node.get("additionalProperties"), bool):
            made["additionalProperties"] = node["additionalProperties"]
        for keyword in ("items", "additionalProperties", "not", "propertyNames", "contains"):
            if isinstance(node.get(keyword), dict):
                made[keyword] = self.rewrite(node[keyword], file, direction)
        patterns = node.get("patternProperties")
        if isinstance(patterns, dict):
            known = {pattern: schema for pattern, schema in patterns.items() if is_pattern(pattern)}
            made["patternProperties"] = {pattern: self.rewrite(one, file, direction) for pattern, one in known.items()}

    def _add_branches(self, made: dict[str, Any], node: dict[str, Any], file: Path, direction: Direction) -> None:
        """Rewrite combinations; `oneOf` becomes `anyOf`, as the branches of published specs often overlap."""
        parts = [part for part in _list(node, "allOf") if isinstance(part, dict | bool)]
        if parts:
            made["allOf"] = [self._part(part, node, file, direction) for part in parts]
            if made.get("additionalProperties") is False and any(self._has_members(part, file, 0) for part in parts):
                del made["additionalProperties"]  # else it would refuse what the parts describe
        for keyword in UNIONS:
            branches = [branch for branch in _list(node, keyword) if isinstance(branch, dict | bool)]
            if not branches:
                continue
            rewritten = [self._branch(branch, node.get("discriminator"), file, direction) for branch in branches]
            if "anyOf" in made:
                made.setdefault("allOf", []).append({"anyOf": rewritten})
            else:
                made["anyOf"] = rewritten

    def _target(self, node: Any, file: Path) -> Target | None:
        """Return the target of a schema that is a reference, else the schema."""
        is_reference = isinstance(node, dict) and isinstance(node.get("$ref"), str)
        return self._files.find(node["$ref"], file) if is_reference else Target(node, file, ())

    def _has_members(self, node: Any, file: Path, depth: int) -> bool:
        """Return whether a schema describes members, itself or in its parts."""
        target = self._target(node, file)
        if target is None or not isinstance(target.node, dict) or depth > MAX_DEPTH:
            return False
        parts = [part for word in ("allOf", *UNIONS) for part in _list(target.node, word)]
        return bool(target.node.get("properties")) or any(self._has_members(part, target.file, depth + 1) for part in parts)

    def _part(self, part: Any, whole: dict[str, Any], file: Path, direction: Direction) -> Any:
        """Return a part of `allOf`: open where others have members, and without the union that the whole is a branch of."""
        target = self._target(part, file)
        if target is None or not isinstance(target.node, dict):
            return self.rewrite(part, file, direction)
        others = [other for other in _list(whole, "allOf") if other is not part]
        is_joined = bool(whole.get("properties")) or any(self._has_members(other, file, 0) for other in others)
        node = self._opened(target.node, target.file, 0) if is_joined else target.node
        if any(self._leads_to(branch, whole, target.file, 0) for word in UNIONS for branch in _list(node, word)):
            node = {name: value for name, value in node.items() if name not in UNIONS}
        return self.rewrite(part, file, direction) if node is target.node else self.rewrite(node, target.file, direction)

    def _opened(self, node: dict[str, Any], file: Path, depth: int) -> dict[str, Any]:
        """Return a schema that takes the members of others too: the same one if it does already."""
        parts = []
        for part in _list(node, "allOf"):
            target = self._target(part, file)
            is_here = target is not None and isinstance(target.node, dict) and target.file == file and depth < MAX_DEPTH
            opened = self._opened(target.node, file, depth + 1) if is_here and target else part
            parts.append(part if is_here and target and opened is target.node else opened)
        is_same = all(part is one for part, one in zip(parts, _list(node, "allOf"), strict=True))
        if is_same and node.get("additionalProperties") is not False:
            return node
        kept = {name: value for name, value in node.items() if name != "additionalProperties" or value is not False}
        return {**kept, "allOf": parts} if parts else kept

    def _leads_to(self, branch: Any, whole: dict[str, Any], file: Path, depth: int) -> bool:
        """Return whether a branch is a schema, or one that has it as a part."""
        target = self._target(branch, file)
        if target is None or not isinstance(target.node, dict) or depth > MAX_DEPTH:
            return False
        return target.node is whole or any(
            self._leads_to(part, whole, target.file, depth + 1) for part in _list(target.node, "allOf")
        )

    def _branch(self, branch: Any, discriminator: Any, file: Path, direction: Direction) -> Any:
        """Return a branch of a union, bound to the values of the discriminator unless it names them itself."""
        made = self.rewrite(branch, file, direction)
        if not isinstance(discriminator, dict) or not isinstance(branch, dict) or "$ref" not in branch:
            return made
        target = self._files.find(str(branch["$ref"]), file)
        member = discriminator.get("propertyName")
        if target is None or not isinstance(member, str) or self._names_value(target.node, member):
            return made
        mapping = discriminator.get("mapping")
        last = target.pointer[-1] if target.pointer else target.file.stem
        known = mapping.items() if isinstance(mapping, dict) else ()
        values = [value for value, where in known if where in (branch["$ref"], last)] or [last]
        return {"allOf": [made, {"properties": {member: {"enum": values}}}]}

    @staticmethod
    def _names_value(node: Any, member: str) -> bool:
        properties = node.get("properties") if isinstance(node, dict) else None
        described = properties.get(member) if isinstance(properties, dict) else None
        return isinstance(described, dict) and not described.keys().isdisjoint({"enum", "const", "$ref", "allOf"})


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _has(member: Any, flag: str) -> bool:
    return isinstance(member, dict) and member.get(flag) is True


def _list(node: dict[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []


def _add_type(made: dict[str, Any], node: dict[str, Any]) -> None:
    given = node.get("type")
    if given == "file":  # of older documents
        made |= {"type": "string", "format": "binary"}
        return
    kinds = [kind for kind in (given if isinstance(given, list) else [given]) if kind in TYPES]
    if kinds:
        made["type"] = kinds[0] if len(kinds) == 1 else kinds


def _add_width(made: dict[str, Any]) -> None:
    """Add the bounds that the format of an integer has, unless the schema's own example or bounds are beyond them."""
    above = WHOLE.get(made.get("format", ""), 0)
    given = [made[name] for name in ("example", "default", "minimum", "maximum") if _is_number(made.get(name))]
    if above and made.get("type") == "integer" and all(-above <= value < above for value in given):
        made |= {"minimum": made.get("minimum", -above), "maximum": made.get("maximum", above - 1)}


def _drop_contradicted(made: dict[str, Any]) -> None:
    """Drop a form that the schema's own example does not have: then the example is right, as clients send such values."""
    example = made.get("example")
    if isinstance(example, str):
        for keyword in ("format", "pattern"):
            if keyword in made and not _is_valid(keyword, made[keyword], example):
                del made[keyword]


@cache
def _validator(keyword: str, form: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({keyword: form}, validate_formats=True)


def _is_valid(keyword: str, form: str, text: str) -> bool:
    return _validator(keyword, form).is_valid(text)


def _nullable(made: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also takes null."""
    if not made.keys().isdisjoint({"allOf", "anyOf", "not", "const"}):
        kept = ("description", "readOnly", "writeOnly", "default")
        outside: dict[str, Any] = {name: made.pop(name) for name in kept if name in made}
        return {"anyOf": [made, {"type": "null"}], **outside}
    kinds = made.get("type", [])
    if kinds:
        made["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    return made
