"""Places within a document: the steps that lead there from its root."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Pointer = tuple[str | int, ...]

COMBINATORS = ("allOf", "anyOf", "oneOf")


def steps_of(reference: str) -> Pointer:
    """Return the pointer of a reference within the document."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


def branches(node: dict[str, Any], place: Pointer, keywords: Iterable[str] = COMBINATORS) -> Iterator[Pointer]:
    """Yield the places of the schemas that a schema combines, which stands at `place`."""
    for keyword in keywords:
        yield from ((*place, keyword, index) for index in range(len(node.get(keyword, ()))))
