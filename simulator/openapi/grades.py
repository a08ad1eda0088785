"""The evidence levels that a document gives to parts of its schemas (`x-evidence`, with `x-note`).

On a property of a response the level is that of the property. On a parameter, or a property of a request body, it is that of
the rules by which a value is invalid: type, bounds, pattern, whether it is required.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.pointers import Pointer, branches, steps_of
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.shapes import IsValid, Resolve

Level = tuple[Evidence, str]  # with its note


class _Graded(msgspec.Struct, frozen=True):
    """Where a schema has evidence levels: its own, and the parts that lead to others."""

    level: Level | None
    properties: tuple[tuple[str, Pointer], ...]
    items: Pointer | None
    branches: tuple[Pointer, ...]


class Grades:
    """The evidence levels within one document."""

    def __init__(self, resolve: Resolve, is_valid: IsValid) -> None:
        self._resolve = resolve
        self._is_valid = is_valid
        self._graded: dict[Pointer, _Graded] = {}  # of the schemas of responses that were graded so far

    def of_value(self, pointer: Pointer, value: Any, path: str = "") -> Iterator[tuple[str, Level]]:
        """Yield the parts of a value whose schema has an evidence level of its own: their path, and the level."""
        schema = self._graded.get(pointer) or self._grade(pointer)
        if schema.level is not None:
            yield path, schema.level
        if isinstance(value, dict):
            for name, member in schema.properties:
                if name in value:
                    yield from self.of_value(member, value[name], f"{path}.{name}".lstrip("."))
        elif isinstance(value, list) and schema.items is not None:
            for item in value:
                yield from self.of_value(schema.items, item, f"{path}[]")
        for branch in schema.branches:
            if self._is_valid(branch, value):
                yield from self.of_value(branch, value, path)

    def _grade(self, pointer: Pointer) -> _Graded:
        """Return where a schema has evidence levels, and remember it."""
        node, place = self._resolve(pointer)
        members = ((name, (*place, "properties", name)) for name in node.get("properties", ()))
        items = (*place, "items")
        graded = self._graded[pointer] = _Graded(
            level=_level(node) if "x-evidence" in node else None,
            properties=tuple((name, member) for name, member in members if self._has_levels(member)),
            items=items if "items" in node and self._has_levels(items) else None,
            branches=tuple(branch for branch in branches(node, place) if self._has_levels(branch)),
        )
        return graded

    def _has_levels(self, pointer: Pointer) -> bool:
        return next(self._levels_within(pointer), None) is not None

    def of_rule(self, rule: Pointer) -> Iterator[Level]:
        """Yield the evidence levels on the way to a rule that a request breaks: of parameter, schema, property, rule."""
        node: Any = self._resolve(())[0]
        outside = 3 if rule[:1] == ("paths",) else 2  # steps to the operation, or to the kind of a component
        for depth, step in enumerate((*rule, "$ref")):  # the last: what it leads to may be a reference
            is_inside = step in node if isinstance(node, Mapping) else isinstance(node, list) and isinstance(step, int)
            if not is_inside:
                return  # the end; or a required property that the schema does not describe
            node = self._resolve(steps_of(node[step]))[0] if step == "$ref" else node[step]
            if depth >= outside and isinstance(node, dict) and "x-evidence" in node:
                yield _level(node)

    def weakest_within(self, schema: SchemaValidator) -> Evidence:
        """Return the weakest evidence level that a value of a schema can have; computed once."""
        if schema.weakest is None:
            weakest: Evidence = min(self._levels_within(schema.pointer), key=WEAKEST_FIRST.index, default="documented")
            schema.weakest = weakest
        return schema.weakest

    def _levels_within(self, pointer: Pointer) -> Iterator[Evidence]:
        """Yield the levels of everything that a schema leads to; each part is looked at once."""
        seen: set[Pointer] = set()
        waiting = [pointer]
        while waiting:
            node, place = self._resolve(waiting.pop())
            if not isinstance(node, dict) or place in seen:
                continue
            seen.add(place)
            if "x-evidence" in node:
                yield node["x-evidence"]
            waiting += [(*place, "properties", name) for name in node.get("properties", ())]
            waiting += [(*place, "items")] if "items" in node else []
            waiting += branches(node, place)


def _level(node: dict[str, Any]) -> Level:
    return node["x-evidence"], str(node.get("x-note", ""))
