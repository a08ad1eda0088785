"""Validators for the schemas of an OpenAPI document: each is a pointer into the document as it is published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import msgspec

from simulator.documents import truncate
from simulator.openapi.evidence import Evidence

Pointer = tuple[str | int, ...]


class Violation(msgspec.Struct, frozen=True):
    """One way in which a value breaks the spec: in `where` (body, query, path, header), at `field`, by which keyword.

    `rule` leads to the broken rule: the place of the schema, then the steps within it, references among them.
    """

    where: str
    field: str
    message: str
    keyword: str
    rule: Pointer = ()


class SchemaValidator:
    """A validator for one schema of the document, compiled when it is first needed."""

    __slots__ = ("_registry", "_validator", "pointer", "weakest")

    def __init__(self, registry: Callable[[], jsonschema_rs.Registry], pointer: Pointer) -> None:
        self.pointer = pointer
        self._registry = registry
        self._validator: jsonschema_rs.Draft202012Validator | None = None
        self.weakest: Evidence | None = None  # of all parts of the schema; computed when it is first needed

    @property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled validator."""
        if self._validator is None:
            steps = (quote(str(step).replace("~", "~0").replace("/", "~1")) for step in self.pointer)
            schema = {"$ref": "urn:spec#/" + "/".join(steps)}
            self._validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry(), validate_formats=True)
        return self._validator

    def violations(self, value: Any, where: str, field: str = "") -> list[Violation]:
        """Return every way in which `value` breaks the schema; the common case, none, costs one fast call."""
        validator = self._validator or self.validator
        if validator.is_valid(value):
            return []
        return [self._violation(error, where, field) for error in validator.iter_errors(value)]

    def _violation(self, error: jsonschema_rs.ValidationError, where: str, field: str) -> Violation:
        path = [str(step) for step in error.instance_path]
        rule = (*self.pointer, *error.evaluation_path[1:])  # the first step is the reference to the schema itself
        kind: Any = error.kind
        if kind.name == "required":
            path.append(str(kind.property))
            rule = (*rule[:-1], "properties", str(kind.property))
        elif kind.name == "additionalProperties":
            path.extend(map(str, kind.unexpected[:1]))
        return Violation(where, ".".join([field, *path] if field else path), truncate(_message(error)), kind.name, rule)


def _message(error: jsonschema_rs.ValidationError) -> str:
    """Return what is wrong with a value, with all the values that are allowed: the engine names the first ones only."""
    kind: Any = error.kind
    if kind.name != "enum":
        return error.message
    found, words, _ = error.message.rpartition(" is not one of ")
    *others, last = (msgspec.json.encode(option).decode() for option in kind.options)
    return f"{found}{words}{', '.join(others)} or {last}" if others else f"{found}{words}{last}"
