"""What a document publishes beside its schemas: the values that it enumerates and shows, and the words of its texts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from simulator.openapi.pointers import COMBINATORS, steps_of

DEEPEST = 6  # combinations within combinations
PREFIX = re.compile(r"(?:[A-Za-z]{1,12}_)+")
BEGINNING = re.compile(r"\^([A-Za-z]{2,8}[_-]?)(?![A-Za-z?*{+|])")  # of a pattern
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAME = re.compile(rf"(?:{WORD.pattern})(?:[_-]?(?:{WORD.pattern})){{0,5}}")


class Published:
    """The values of one document."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self.listed: defaultdict[str, set[str]] = defaultdict(set)  # enumerations, by the name of the field
        self.shown: set[str] = set()  # examples and defaults
        self._beginnings: set[str] = set()  # of texts that have a pattern
        self._read(content)
        shown = (match.group() for text in self.shown if (match := PREFIX.match(text)))
        self.prefixes = frozenset(shown) | self._beginnings  # of ids

    def has_words_of(self, name: str) -> bool:
        """Return whether a name consists of words that are in the texts of the document."""
        return bool(NAME.fullmatch(name)) and all(word.lower() in self._words for word in WORD.findall(name))

    @cached_property
    def _words(self) -> frozenset[str]:
        text = msgspec.json.encode(self._content, enc_hook=str).decode()
        return frozenset(word.lower() for word in WORD.findall(text))

    def resolved(self, node: Any) -> dict[str, Any]:
        """Return a node, or what its reference leads to; an empty one for what is no object."""
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self._content
            for step in steps_of(node["$ref"]):
                target = target[step]
            node = target
        return node if isinstance(node, dict) else {}

    def _read(self, node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                self._read(item)
        if not isinstance(node, dict):
            return
        if isinstance(node.get("properties"), dict):
            for name, schema in node["properties"].items():
                self._read_schema(name, schema)
        if "in" in node and "name" in node and "schema" in node:
            name = node["name"].lower() if node["in"] == "header" else node["name"]
            self._read_schema(name, node["schema"])
        self._show(node.get("example"))
        for example in node["examples"].values() if isinstance(node.get("examples"), dict) else ():
            self._show(self.resolved(example).get("value"))
        for member in node.values():
            self._read(member)

    def _read_schema(self, name: str, schema: Any, depth: int = 0) -> None:
        node = self.resolved(schema)
        for value in (*node.get("enum", ()), node.get("const")):
            if isinstance(value, str):
                self.listed[name].add(value)
        if isinstance(node.get("pattern"), str) and (beginning := BEGINNING.match(node["pattern"])):
            self._beginnings.add(beginning[1])
        examples = node.get("examples", ())
        for value in (node.get("default"), node.get("example"), *(examples if isinstance(examples, list) else ())):
            self._show(value)
        if depth < DEEPEST:
            for inner in self._parts(node):
                self._read_schema(name, inner, depth + 1)

    def _parts(self, node: dict[str, Any]) -> Iterator[Any]:
        for word in COMBINATORS:
            yield from node.get(word, ())
        if "items" in node:
            yield node["items"]

    def _show(self, value: Any) -> None:
        if isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                self._show(item)
        elif isinstance(value, str):
            self.shown.add(value)
