"""Routing: find the operations of a path, segment by segment, independent of the number of routes."""

from __future__ import annotations

from urllib.parse import unquote

from simulator.openapi.operation import Operation


class Match:
    """The match of a path: its operations by method, and the values of the path parameters in order."""

    __slots__ = ("arguments", "operations")

    def __init__(self, operations: dict[str, Operation], arguments: list[str]) -> None:
        self.operations = operations
        self.arguments = arguments


class _Node:
    __slots__ = ("literal", "operations", "parameter")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.operations: dict[str, Operation] = {}


class Router:
    """A tree of path segments; a literal segment takes precedence over a parameter."""

    def __init__(self) -> None:
        self._root = _Node()
        self._literal: dict[str, Match] = {}

    def add(self, method: str, template: str, operation: Operation) -> None:
        """Add an operation at a path template such as `/agents/{agent_id}`."""
        node = self._root
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
        node.operations[method] = operation
        if "{" not in template:
            self._literal[template] = Match(node.operations, [])

    def find(self, path: str) -> Match | None:
        """Return the match of a path, which must still be percent-encoded so that `%2F` stays within its segment."""
        if path in self._literal:
            return self._literal[path]
        node = self._root
        arguments: list[str] = []
        for segment in path.split("/")[1:]:
            text = unquote(segment) if "%" in segment else segment
            child = node.literal.get(text)
            if child is None:
                child = node.parameter
                if child is None or not text:
                    return None
                arguments.append(text)
            node = child
        return Match(node.operations, arguments) if node.operations else None
