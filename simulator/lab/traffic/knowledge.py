"""What is public of a provider: the fields of its spec, and the values that the spec or the simulator itself has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from simulator.engine.masking import Mask
from simulator.lab.traffic.forms import is_harmless
from simulator.openapi.grades import COMBINATORS, steps_of
from simulator.openapi.operation import Operation
from simulator.openapi.schema_validator import Pointer
from simulator.provider.bound import BoundProvider

Node = dict[str, Any]

DEEPEST = 6  # combinations within combinations
PREFIX = re.compile(r"(?:[A-Za-z]{1,12}_)+")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAME = re.compile(rf"(?:{WORD.pattern})(?:[_-]?(?:{WORD.pattern})){{0,5}}")


class Knowledge:
    """The public values of one provider, by the names of their fields."""

    def __init__(self, bound: BoundProvider) -> None:
        self.bound, self.spec = bound, bound.spec
        self._content = bound.spec.content
        self._mask = Mask([bound])
        self._listed: defaultdict[str, set[str]] = defaultdict(set)  # enumerations
        self._shown: set[str] = set()  # examples and defaults
        self._read(self._content)
        errors = bound.provider.errors_by_name.values()
        self.codes = frozenset(error.code for error in errors if error.code)
        self._shown |= {text for error in errors for text in (error.title, error.detail)}
        self.prefixes = frozenset(found.group() for text in self._shown if (found := PREFIX.match(text)))  # of ids

    def knows(self, name: str, text: str) -> bool:
        """Return whether a value of a field is public."""
        if self.is_secret(name):
            return False
        return text in self._shown or text in self._listed[name] or text in self.codes

    def lists(self, name: str, text: str) -> bool:
        """Return whether a value is one of those that the spec enumerates for a field, or the code of an error."""
        return text in self._listed[name] or text in self.codes

    def may_keep(self, name: str, text: str) -> bool:
        """Return whether a value of a documented field can be recorded as it is."""
        return not self.is_secret(name) and (self.knows(name, text) or is_harmless(text))

    def has_words_of(self, name: str) -> bool:
        """Return whether a name that the spec does not have consists of words that are in its texts."""
        return bool(NAME.fullmatch(name)) and all(word.lower() in self._words for word in WORD.findall(name))

    @cached_property
    def _words(self) -> frozenset[str]:
        text = msgspec.json.encode(self._content, enc_hook=str).decode()
        return frozenset(word.lower() for word in WORD.findall(text))

    def is_secret(self, name: str) -> bool:
        """Return whether a field holds a secret: by the spec, or by its name."""
        return self._mask.is_secret(name)

    def request_schemas(self, operation: Operation | None, media: str) -> list[Node]:
        """Return the schema of a request's body; none where the spec describes none."""
        validator = operation.body.media.get(media) if operation and operation.body else None
        return [self._at(validator.pointer)] if validator else []

    def response_schemas(self, operation: Operation | None, status: int, media: str) -> list[Node]:
        """Return the schema of a response's body: those of the statuses of its kind if the spec does not list this one."""
        known = operation.responses if operation else {}
        alike = [known[status]] if status in known else [known[other] for other in known if other // 100 == status // 100]
        return [self._at(validator.pointer) for response in alike if (validator := response.schema(media))]

    def members(self, schemas: Iterable[Node], name: str, depth: int = 0) -> list[Node]:
        """Return the schemas of a member, or with `[]` of the items, in all the parts of some schemas."""
        found: list[Node] = []
        for schema in schemas:
            node = self._resolved(schema)
            if name == "[]" and "items" in node:
                found.append(node["items"])
            elif name in node.get("properties", ()):
                found.append(node["properties"][name])
            if depth < DEEPEST:
                for word in COMBINATORS:
                    found += self.members(node.get(word, ()), name, depth + 1)
        return found

    def _at(self, pointer: Pointer) -> Node:
        node: Any = self._content
        for step in pointer:
            node = self._resolved(node[step]) if isinstance(node[step], dict) else node[step]
        return self._resolved(node)

    def response_headers(self, operation: Operation) -> frozenset[str]:
        """Return the names, in lower case, of the headers that the spec describes for an operation's responses."""
        nodes = (self._resolved(response) for response in operation.definition.get("responses", {}).values())
        rate = operation.rate.headers.values() if operation.rate else ()
        return frozenset(name.lower() for node in nodes for name in node.get("headers", ())) | {name.lower() for name in rate}

    def _resolved(self, node: Any) -> Node:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self._content
            for step in steps_of(node["$ref"]):
                found = found[step]
            node = found
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
            self._show(self._resolved(example).get("value"))
        for member in node.values():
            self._read(member)

    def _read_schema(self, name: str, schema: Any, depth: int = 0) -> None:
        node = self._resolved(schema)
        for value in (*node.get("enum", ()), node.get("const")):
            if isinstance(value, str):
                self._listed[name].add(value)
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
            self._shown.add(value)
