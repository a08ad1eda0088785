"""Schemas that are parts of themselves: no value is described by them, and a validator would never come to an end."""

from __future__ import annotations

from typing import Any

PARTS = ("allOf", "anyOf")
PREFIX = "#/components/schemas/"


def cut_circles(components: dict[str, Any]) -> None:
    """Remove the parts of rewritten components by which they contain themselves; what remains describes the values."""
    done: set[str] = set()
    for name in components:
        _cut(components, name, [], done)


def _cut(components: dict[str, Any], name: str, path: list[str], done: set[str]) -> None:
    if name not in done and name in components:
        components[name] = _without(components, components[name], [*path, name], done)
        done.add(name)


def _without(components: dict[str, Any], node: Any, path: list[str], done: set[str]) -> Any:
    """Return a node without the parts that lead back to a component of the path."""
    if not isinstance(node, dict) or node.keys().isdisjoint(("$ref", *PARTS)):
        return node
    if _leads_back(node, path):
        return {keyword: value for keyword, value in node.items() if keyword != "$ref"}
    if "$ref" in node:
        _cut(components, node["$ref"].removeprefix(PREFIX), path, done)
    parts = {
        keyword: [_without(components, part, path, done) for part in node[keyword] if not _leads_back(part, path)]
        for keyword in PARTS
        if keyword in node
    }
    return {keyword: parts.get(keyword, value) for keyword, value in node.items() if parts.get(keyword, value) != []}


def _leads_back(node: Any, path: list[str]) -> bool:
    return isinstance(node, dict) and str(node.get("$ref", "")).removeprefix(PREFIX) in path
