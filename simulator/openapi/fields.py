"""What schemas say of the fields of forms and XML documents, whose values are texts: the JSON types that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from simulator.openapi.pointers import Pointer, branches
from simulator.openapi.schemas import Schemas
from simulator.openapi.xml_body import XmlReader

MAX_NESTED = 8  # combinations within one another


def kinds_of(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; text, if it does not say."""
    types = schema.get("type", "string")
    return (types,) if isinstance(types, str) else tuple(types)


class Fields:
    """The fields that the schemas of one document describe, in all branches of combinations."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def kinds(self, pointer: Pointer) -> tuple[str, ...]:
        """Return the JSON types that a field allows; text, if the document does not say."""
        return self._kinds([pointer]) or ("string",)

    def kinds_at(self, pointer: Pointer, path: Sequence[str]) -> tuple[str, ...]:
        """Return the JSON types of the member at a path within a form; empty if the document does not describe it."""
        places = [pointer]
        for step in path:
            places = [inner for place in places for inner in self._steps(place, step)]
        return self._kinds(places)

    def is_file(self, pointer: Pointer) -> bool:
        """Return whether a field is a file, or a list of files."""
        node, place = self._schemas.resolve(pointer)
        items = self._schemas.resolve((*place, "items"))[0] if "items" in node else node
        return any(isinstance(one, dict) and one.get("format") == "binary" for one in (node, items))

    def members(self, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
        """Yield the members of an object with the places of their schemas, those of the parts of combinations first."""
        return self._members(pointer, set())

    def xml_reader(self, pointer: Pointer) -> XmlReader:
        """Return a reader of XML documents that the schema at a pointer describes."""
        return XmlReader(pointer, self._schemas.resolve, self.members, lambda place: self._kinds([place]))

    def _kinds(self, places: Iterable[Pointer]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(kind for place in places for kind in self._types(place)))

    def _steps(self, pointer: Pointer, step: str, depth: int = 0) -> Iterator[Pointer]:
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or depth > MAX_NESTED:
            return
        for branch in branches(node, place):
            yield from self._steps(branch, step, depth + 1)
        if step in node.get("properties", {}):
            yield (*place, "properties", step)
        elif isinstance(node.get("additionalProperties"), dict):
            yield (*place, "additionalProperties")
        if "items" in node and (not step or step.isdigit()):
            yield (*place, "items")

    def _types(self, pointer: Pointer, depth: int = 0) -> Iterator[str]:
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or depth > MAX_NESTED:
            return
        for branch in branches(node, place):
            yield from self._types(branch, depth + 1)
        if "type" in node:
            yield from kinds_of(node)

    def _members(self, pointer: Pointer, seen: set[Pointer]) -> Iterator[tuple[str, Pointer]]:
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or place in seen:
            return
        seen.add(place)
        for branch in branches(node, place):
            yield from self._members(branch, seen)
        yield from ((name, (*place, "properties", name)) for name in node.get("properties", ()))
