"""Routing: find the operations of a path, segment by segment, independent of the number of routes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

WHOLE = re.compile(r"{[^}]*}")  # a segment that is one parameter


class Match:
    """The match of a path: the ids of its operations by method, and the values of the path parameters in order."""

    __slots__ = ("arguments", "operations")

    def __init__(self, operations: dict[str, str], arguments: list[str]) -> None:
        self.operations = operations
        self.arguments = arguments


class _Node:
    __slots__ = ("literal", "operations", "parameter", "patterns")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.patterns: dict[re.Pattern[str], _Node] = {}  # segments with more than a parameter, such as `{sid}.json`
        self.operations: dict[str, str] = {}


class Router:
    """A tree of path segments; a literal segment takes precedence over a parameter."""

    def __init__(self) -> None:
        self._root = _Node()
        self._literal: dict[str, Match] = {}

    def add(self, method: str, template: str, operation: str) -> None:
        """Add the id of an operation at a path template such as `/agents/{agent_id}`."""
        node = self._root
        for segment in template.split("/")[1:]:
            if "{" in segment and not WHOLE.fullmatch(segment):
                node = node.patterns.setdefault(_pattern(segment), _Node())
            elif "{" in segment:
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
            if child is None and node.patterns:
                match, child = _find(node.patterns, text)
                if match is not None:
                    arguments += match.groups()
                    node = child
                    continue
            if child is None:
                child = node.parameter
                if child is None or not text:
                    return None
                arguments.append(text)
            node = child
        return Match(node.operations, arguments) if node.operations else None


def _pattern(segment: str) -> re.Pattern[str]:
    """Return the pattern of a segment of which only parts are parameters."""
    parts = re.split(r"{[^}]*}", segment)
    return re.compile("(.+?)".join(map(re.escape, parts)))


def _find(patterns: dict[re.Pattern[str], _Node], text: str) -> tuple[re.Match[str] | None, Any]:
    return next(((match, node) for pattern, node in patterns.items() if (match := pattern.fullmatch(text))), (None, None))
