"""Validators for the schemas of an OpenAPI document: each is a pointer into the document as it is published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import msgspec

from simulator.documents import truncate
from simulator.openapi.evidence import Evidence
from simulator.openapi.patterns import words

MASK = "the value"  # in a message about a value that is secret, or holds one
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

    __slots__ = ("_passwords", "_registry", "_validator", "pointer", "weakest")

    def __init__(
        self, registry: Callable[[], jsonschema_rs.Registry], pointer: Pointer, passwords: Callable[[], frozenset[str]]
    ) -> None:
        self.pointer = pointer
        self._registry = registry
        self._passwords = passwords
        self._validator: jsonschema_rs.Draft202012Validator | None = None
        self.weakest: Evidence | None = None  # of all parts of the schema; computed when it is first needed

    @property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled validator."""
        if self._validator is None:
            self._validator = self._compile()
        return self._validator

    def _compile(self, mask: str | None = None) -> jsonschema_rs.Draft202012Validator:
        steps = (quote(str(step).replace("~", "~0").replace("/", "~1")) for step in self.pointer)
        schema = {"$ref": "urn:spec#/" + "/".join(steps)}
        return jsonschema_rs.Draft202012Validator(schema, registry=self._registry(), validate_formats=True, mask=mask)

    def violations(self, value: Any, where: str, field: str = "") -> list[Violation]:
        """Return every way in which `value` breaks the schema; the common case, none, costs one fast call.

        No message repeats a secret: a value of a property with `format: password`, or one that has such a property.
        """
        validator = self._validator or self.validator
        if validator.is_valid(value):
            return []
        errors, passwords = list(validator.iter_errors(value)), self._passwords()
        if any(secret := [_is_secret(error, passwords) for error in errors]):
            masked = self._compile(MASK).iter_errors(value)
            errors = [other if is_secret else error for error, other, is_secret in zip(errors, masked, secret, strict=True)]
        return [self._violation(error, where, field) for error in errors]

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


def _is_secret(error: jsonschema_rs.ValidationError, passwords: frozenset[str]) -> bool:
    return not passwords.isdisjoint(map(str, error.instance_path)) or _has_secret(error.instance, passwords)


def _has_secret(value: Any, passwords: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return not passwords.isdisjoint(value) or any(_has_secret(member, passwords) for member in value.values())
    return isinstance(value, list) and any(_has_secret(item, passwords) for item in value)


def _message(error: jsonschema_rs.ValidationError) -> str:
    """Return what is wrong with a value, and what is allowed: where the engine names some values, or a pattern."""
    kind: Any = error.kind
    if kind.name == "pattern" and (expected := words(kind.pattern)):
        return f"{error.message.rpartition(' does not match ')[0]} is not {expected}"
    if kind.name != "enum":
        return error.message
    value, verb, _ = error.message.rpartition(" is not one of ")
    *others, last = (msgspec.json.encode(option).decode() for option in kind.options)
    return f"{value}{verb}{', '.join(others)} or {last}" if others else f"{value}{verb}{last}"
