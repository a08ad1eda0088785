"""The public knowledge of a provider: the fields of its spec, and the values in the spec or the simulator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.engine.masking import Mask
from simulator.lab.traffic.forms import is_harmless
from simulator.openapi.operation import Operation
from simulator.openapi.pointers import COMBINATORS, Pointer
from simulator.provider.bound import BoundProvider

Node = dict[str, Any]

DEEPEST = 6  # combinations within combinations


class Knowledge:
    """The public values of one provider, by the names of their fields."""

    def __init__(self, bound: BoundProvider) -> None:
        self.bound, self.spec = bound, bound.spec
        self._content = bound.spec.content
        self._mask = Mask([bound])
        self._published = bound.spec.published
        errors = bound.provider.errors_by_name.values()
        self.codes = frozenset(error.code for error in errors if error.code)
        self._texts = frozenset(text for error in errors for text in (error.title, error.detail))
        self.prefixes = self._published.prefixes

    def knows(self, name: str, text: str) -> bool:
        """Return whether a value of a field is public."""
        if self.is_secret(name):
            return False
        return text in self._published.shown or self.lists(name, text) or text in self._texts

    def lists(self, name: str, text: str) -> bool:
        """Return whether a value is one of those that the spec enumerates for a field, or the code of an error."""
        return text in self._published.listed.get(name, ()) or text in self.codes

    def may_keep(self, name: str, text: str) -> bool:
        """Return whether a value of a documented field can be recorded as it is."""
        return not self.is_secret(name) and (self.knows(name, text) or is_harmless(text))

    def has_words_of(self, name: str) -> bool:
        """Return whether a name that the spec does not have consists of words that are in its texts."""
        return self._published.has_words_of(name)

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
            node = self._published.resolved(schema)
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
            node = self._published.resolved(node[step]) if isinstance(node[step], dict) else node[step]
        return self._published.resolved(node)

    def response_headers(self, operation: Operation) -> frozenset[str]:
        """Return the names, in lower case, of the headers that the spec describes for an operation's responses."""
        nodes = (self._published.resolved(response) for response in operation.definition.get("responses", {}).values())
        rate = operation.rate.headers.values() if operation.rate else ()
        return frozenset(name.lower() for node in nodes for name in node.get("headers", ())) | {name.lower() for name in rate}
