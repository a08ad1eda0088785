"""The fields of request bodies, and of the objects within them, by the schemas that describe them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from simulator.openapi.operation import Operation
from simulator.openapi.pointers import COMBINATORS, Pointer, branches
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.schemas import Schemas

MAX_REMEMBERED = 1024  # fields whose schemas are remembered, and
MAX_NAME = 60  # characters of the name of such a field: clients send any

Pointers = tuple[Pointer, ...]  # the places of the schemas that describe one field: one for every branch and media type


class BodyFields:
    """The fields of the request bodies of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._remembered = lru_cache(MAX_REMEMBERED)(self._find_within)
        self.is_open = lru_cache(MAX_REMEMBERED)(self._is_open)

    def validators(self, operation: Operation, path: Sequence[str]) -> list[SchemaValidator]:
        """Return the validators of a field; empty for an unknown field."""
        return [self._schemas.validator(pointer) for pointer in self._at(operation, path)]

    def knows(self, operation: Operation, path: Sequence[str]) -> bool:
        """Return whether the body may have a field."""
        return bool(self._at(operation, path))

    def names(self, operation: Operation, path: Sequence[str]) -> list[str]:
        """Return the names of the members that the body may have at a path."""
        shapes = map(self._schemas.shape, self._at(operation, path))
        return sorted({name for shape in shapes for variant in shape.variants for name in variant.properties})

    def requires(self, operation: Operation, path: Sequence[str]) -> bool:
        """Return whether a request without a field of the body is invalid."""
        pointers = self.of_body(operation) if operation.body is not None and operation.body.required else ()
        return bool(pointers) and all(self._requires(pointer, path) for pointer in pointers)

    def _requires(self, pointer: Pointer, path: Sequence[str], *, is_object: bool = False) -> bool:
        """Return whether every value that a schema takes has a field; `is_object` where it is known to be an object."""
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict):
            return False
        is_object = is_object or node.get("type") in ("object", ["object"])
        name, *within = path
        if is_object and name in node.get("required", ()):
            if not within:
                return True
            if name in node.get("properties", {}) and self._requires((*place, "properties", name), within):
                return True
        for keyword in COMBINATORS:
            holds = any if keyword == "allOf" else all
            combined = [*branches(node, place, [keyword])]
            if combined and holds(self._requires(branch, path, is_object=is_object) for branch in combined):
                return True
        return False

    def _at(self, operation: Operation, path: Sequence[str]) -> Pointers:
        pointers = self.of_body(operation)
        for step in path:
            pointers = self.within(pointers, step)
        return pointers

    def of_body(self, operation: Operation) -> Pointers:
        """Return the places of the schemas of the whole body, one for each media type."""
        if operation.body is None:
            return ()
        _, body = self._schemas.resolve((*operation.pointer, "requestBody"))
        return tuple((*body, "content", media, "schema") for media in operation.body.media)

    def within(self, pointers: Pointers, step: str) -> Pointers:
        """Return the places of the schemas that describe a member, or with `[]` the items, of what some schemas describe."""
        return self._remembered(pointers, step) if len(step) <= MAX_NAME else self._find_within(pointers, step)

    def _find_within(self, pointers: Pointers, step: str) -> Pointers:
        return tuple(member for pointer in pointers for member in self._members(pointer, step))

    def _members(self, pointer: Pointer, name: str) -> Iterator[Pointer]:
        node, place = self._schemas.resolve(pointer)
        if _is_free_form(node):
            yield place  # the document does not describe its content
        if not isinstance(node, dict):
            return
        if name in node.get("properties", {}):
            yield (*place, "properties", name)
        elif isinstance(node.get("additionalProperties"), dict) or node.get("additionalProperties") is True:
            yield (*place, "additionalProperties")
        if "items" in node and name == "[]":
            yield (*place, "items")
        for branch in branches(node, place):
            yield from self._members(branch, name)

    def _is_open(self, pointers: Pointers) -> bool:
        """Return whether one of some schemas takes every content."""
        return any(_is_free_form(self._schemas.resolve(pointer)[0]) for pointer in pointers)


def _is_free_form(node: Any) -> bool:
    """Return whether a schema takes an object and declares none of its members."""
    if not isinstance(node, dict) or not node:
        return node is True or node == {}
    kinds = node.get("type", ())
    is_object = "object" in ((kinds,) if isinstance(kinds, str) else kinds)
    return is_object and node.keys().isdisjoint({"properties", "additionalProperties", *COMBINATORS})
