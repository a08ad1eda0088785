"""The schemas of a document: references followed, validators and shapes made where they are first needed."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from simulator.openapi.grades import Grades, steps_of
from simulator.openapi.passwords import password_fields
from simulator.openapi.schema_validator import Pointer, SchemaValidator
from simulator.openapi.shapes import NOTHING, Shape, shape_of


class Schemas:
    """The content of a document, by pointer; safe to use from several threads."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.grades = Grades(self.resolve, self.is_valid)
        self._branches: dict[Pointer, SchemaValidator] = {}  # by the place of the schema: compiled once
        self._shapes: dict[Pointer, Shape] = {}  # by the place of the schema
        self._registry: jsonschema_rs.Registry | None = None
        self._passwords: frozenset[str] | None = None

    def resolve(self, pointer: Pointer) -> tuple[Any, Pointer]:
        """Follow references; return the node at a pointer and the pointer of that node."""
        node: Any = self.content
        for step in pointer:
            node = node[step]
        if isinstance(node, dict) and "$ref" in node:
            return self.resolve(steps_of(node["$ref"]))
        return node, pointer

    def validator(self, pointer: Pointer) -> SchemaValidator:
        """Return a validator for the schema at a pointer."""
        return SchemaValidator(self._built_registry, pointer, self._password_fields)

    def is_valid(self, pointer: Pointer, value: Any) -> bool:
        """Return whether a value fits the schema at a pointer."""
        known = self._branches.get(pointer)
        if known is None:
            known = self._branches[pointer] = self.validator(pointer)
        return known.validator.is_valid(value)

    def shape(self, pointer: Pointer) -> Shape:
        """Return the form of the values that the schema at a pointer describes; an empty one for a schema that is missing."""
        try:
            known = self._shapes.copy()  # which replace the others all at once: nobody ever sees an unfinished one
            shape = shape_of(self.resolve, pointer, known)
        except (KeyError, IndexError):  # `simulator check` reports it
            return NOTHING
        self._shapes = known
        return shape

    def _built_registry(self) -> jsonschema_rs.Registry:
        if self._registry is None:
            self._registry = jsonschema_rs.Registry([("urn:spec", self.content)], draft=jsonschema_rs.Draft202012)
        return self._registry

    def _password_fields(self) -> frozenset[str]:
        if self._passwords is None:
            self._passwords = password_fields(self.content)
        return self._passwords
