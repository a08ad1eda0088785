"""Finding the operations of a path: by looking up one segment after the other, however many routes there are."""

from __future__ import annotations

from urllib.parse import unquote

from simulator.openapi.operation import Operation


class Match:
    """What was found for a path: the operations by method, and the text that stood in the place of each parameter."""

    __slots__ = ("arguments", "operations")

    def __init__(self, operations: dict[str, Operation], arguments: list[str]) -> None:
        self.operations = operations
        self.arguments = arguments


class _Node:
    __slots__ = ("any", "literal", "operations")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.operations: dict[str, Operation] = {}


class Router:
    """A tree of path segments; where a literal segment fits, a parameter in its place is not tried."""

    def __init__(self) -> None:
        self._root = _Node()
        self._literal: dict[str, Match] = {}

    def add(self, method: str, template: str, operation: Operation) -> None:
        """Add an operation at a path template such as `/agents/{agent_id}`."""
        node = self._root
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                node.any = node = node.any or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
        node.operations[method] = operation
        if "{" not in template:
            self._literal[template] = Match(node.operations, [])

    def find(self, path: str) -> Match | None:
        """The operations at a path as it came over the wire, still percent-encoded, so that `%2F` stays in its segment."""
        if path in self._literal:
            return self._literal[path]
        node = self._root
        arguments: list[str] = []
        for segment in path.split("/")[1:]:
            text = unquote(segment) if "%" in segment else segment
            found = node.literal.get(text)
            if found is None:
                found = node.any
                if found is None or not text:
                    return None
                arguments.append(text)
            node = found
        return Match(node.operations, arguments) if node.operations else None
