"""The parts of a document that a schema leads to, which is all of it that a validator has to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from simulator.openapi.pointers import Pointer, steps_of

MISSING = object()


def excerpt(content: Mapping[str, Any], pointers: Iterable[Pointer]) -> dict[str, Any]:
    """Return the schemas at some pointers, and all that they refer to, each at its place in the document.

    What does not exist is left out, so that a validator reports it. Items of lists become members, such as `"0"`.
    """
    parts: dict[str, Any] = {}
    waiting = [tuple(map(str, pointer)) for pointer in pointers]
    seen: set[tuple[str, ...]] = set()
    while waiting:
        pointer = waiting.pop()
        if pointer not in seen:
            seen.add(pointer)
            node = _add(parts, content, pointer)
            waiting += (tuple(map(unquote, map(str, steps_of(reference)))) for reference in _references(node))
    return parts


def _add(parts: dict[str, Any], content: Any, pointer: tuple[str, ...]) -> Any:
    """Add what stands at a pointer, and return it; None if it is missing, or part of what has been added already."""
    *way, last = pointer
    for step in way:
        content = _member(content, step)
        inner = parts.setdefault(step, {})
        if content is MISSING or inner is content:
            return None
        parts = inner
    node = _member(content, last)
    if node is MISSING or parts.get(last) is node:
        return None
    parts[last] = node
    return node


def _member(node: Any, step: str) -> Any:
    if isinstance(node, list):
        return node[int(step)] if step.isdecimal() and int(step) < len(node) else MISSING
    return node.get(step, MISSING) if isinstance(node, Mapping) else MISSING


def _references(node: Any) -> Iterator[str]:
    """Yield the references to places of the same document."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield reference
        for member in node.values():
            yield from _references(member)
