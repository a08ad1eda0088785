"""The schemas of a document: references followed, validators and shapes made where they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from simulator.openapi.excerpt import excerpt
from simulator.openapi.grades import Grades
from simulator.openapi.pointers import Pointer, steps_of
from simulator.openapi.schema_validator import SchemaValidator, Whole
from simulator.openapi.shapes import NOTHING, Shape, shape_of

MAX_REFERENCES = 100  # that lead from one to the next
MAX_BRANCHES = 64  # compiled at the same time, as each may hold many of a document's schemas


class Schemas:
    """The content of a document, by pointer; safe to use from several threads."""

    def __init__(self, content: Mapping[str, Any], passwords: Callable[[], frozenset[str]], *, is_whole: bool = False) -> None:
        """Take the content, and what returns the names of the fields that hold secrets.

        `is_whole` compiles the validators of all bodies at once, when the first is needed.
        """
        self.content = content
        self._passwords = passwords
        self._excerpt = partial(excerpt, content)
        self._whole = Whole(self._excerpt) if is_whole else None
        self._branches: dict[Pointer, SchemaValidator] = {}  # by the place of the schema
        self.grades = Grades(self.resolve, self.is_valid)
        self._shapes: dict[Pointer, Shape] = {}  # by the place of the schema

    def at(self, pointer: Pointer) -> Any:
        """Return the node at a pointer, which may be a reference.

        Raises:
            KeyError, IndexError: there is none.
        """
        node: Any = self.content
        for step in pointer:
            node = node[step]
        return node

    def resolve(self, pointer: Pointer) -> tuple[Any, Pointer]:
        """Follow references; return the node at a pointer and the pointer of that node.

        Raises:
            KeyError, IndexError: a reference leads to nothing.
            ValueError: it leads back to itself.
        """
        place = pointer
        for _ in range(MAX_REFERENCES):
            node = self.at(place)
            if not isinstance(node, dict) or "$ref" not in node:
                return node, place
            place = steps_of(node["$ref"])
        raise ValueError(f"the references from {'/'.join(map(str, pointer))} lead in a circle")

    def validator(self, pointer: Pointer) -> SchemaValidator:
        """Return a validator for the schema at a pointer."""
        return SchemaValidator(self._excerpt, pointer, self._passwords)

    def body_validator(self, pointer: Pointer) -> SchemaValidator:
        """Return a validator for the schema of a body."""
        return SchemaValidator(self._excerpt, pointer, self._passwords, self._whole)

    def is_valid(self, pointer: Pointer, value: Any) -> bool:
        """Return whether a value fits the schema at a pointer, such as a branch of a union."""
        place = self.resolve(pointer)[1]
        check = self._branches.get(place)
        if check is None:
            if len(self._branches) >= MAX_BRANCHES:
                self._branches.clear()
            check = self._branches[place] = self.validator(place)
        return check.is_valid(value)

    def shape(self, pointer: Pointer) -> Shape:
        """Return the form of the values that the schema at a pointer describes; an empty one for a schema that is missing."""
        try:
            known = self._shapes.copy()  # replaced at once, so that no thread sees an unfinished shape
            shape = shape_of(self.resolve, pointer, known)
        except (KeyError, IndexError):  # `simulator check` reports it
            return NOTHING
        self._shapes = known
        return shape
