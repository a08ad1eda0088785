"""The evidence levels that a document gives to parts of its schemas (`x-evidence`, with `x-note`).

On a property of a response the level is that of the property. On a parameter, or a property of a request body, it is that of
the rules by which a value is invalid: type, bounds, pattern, whether it is required.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.schema_validator import Pointer, SchemaValidator
from simulator.openapi.shapes import IsValid, Resolve

COMBINATORS = ("allOf", "anyOf", "oneOf")

Level = tuple[Evidence, str]  # with its note


class Grades:
    """The evidence levels within one document."""

    def __init__(self, resolve: Resolve, is_valid: IsValid) -> None:
        self._resolve = resolve
        self._is_valid = is_valid

    def of_value(self, pointer: Pointer, value: Any, path: str = "") -> Iterator[tuple[str, Level]]:
        """Yield the parts of a value whose schema has an evidence level of its own: their path, and the level."""
        node, place = self._resolve(pointer)
        if "x-evidence" in node:
            yield path, _level(node)
        if isinstance(value, dict):
            for name in [name for name in node.get("properties", ()) if name in value]:
                yield from self.of_value((*place, "properties", name), value[name], f"{path}.{name}".lstrip("."))
        elif isinstance(value, list) and "items" in node:
            for item in value:
                yield from self.of_value((*place, "items"), item, f"{path}[]")
        for branch in _branches(node, place):
            if self._is_valid(branch, value):
                yield from self.of_value(branch, value, path)

    def of_rule(self, rule: Pointer) -> Iterator[Level]:
        """Yield the evidence levels on the way to a rule that a request breaks: of parameter, schema, property, rule."""
        node: Any = self._resolve(())[0]
        outside = 3 if rule[:1] == ("paths",) else 2  # steps to the operation, or to the kind of a component
        for depth, step in enumerate((*rule, "$ref")):  # the last: what it leads to may be a reference
            is_inside = step in node if isinstance(node, dict) else isinstance(node, list) and isinstance(step, int)
            if not is_inside:
                return  # the end; or a required property that the schema does not describe
            node = self._resolve(steps_of(node[step]))[0] if step == "$ref" else node[step]
            if depth >= outside and isinstance(node, dict) and "x-evidence" in node:
                yield _level(node)

    def weakest_within(self, schema: SchemaValidator) -> Evidence:
        """Return the weakest evidence level that a value of a schema can have; computed once."""
        if schema.weakest is None:
            schema.weakest = self._weakest_within(schema.pointer)
        return schema.weakest

    def _weakest_within(self, pointer: Pointer) -> Evidence:
        """Return the weakest level of everything that a schema leads to; each part is looked at once."""
        level: Evidence = "documented"
        seen: set[Pointer] = set()
        waiting = [pointer]
        while waiting:
            node, place = self._resolve(waiting.pop())
            if not isinstance(node, dict) or place in seen:
                continue
            seen.add(place)
            level = min(level, node.get("x-evidence", level), key=WEAKEST_FIRST.index)
            waiting += [(*place, "properties", name) for name in node.get("properties", ())]
            waiting += [(*place, "items")] if "items" in node else []
            waiting += _branches(node, place)
        return level


def steps_of(reference: str) -> Pointer:
    """Return the pointer of a reference within the document."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


def _branches(node: dict[str, Any], place: Pointer) -> Iterator[Pointer]:
    for keyword in COMBINATORS:
        yield from ((*place, keyword, index) for index in range(len(node.get(keyword, ()))))


def _level(node: dict[str, Any]) -> Level:
    return node["x-evidence"], str(node.get("x-note", ""))
