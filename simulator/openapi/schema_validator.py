"""Validators for the schemas of an OpenAPI document: each is a pointer into the document as it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import msgspec

from simulator.documents import truncate
from simulator.openapi.evidence import Evidence
from simulator.openapi.json_body import count_values
from simulator.openapi.patterns import FORMATS, words
from simulator.openapi.pointers import Pointer

MASK = "the value"  # in a message about a value that is secret, or holds one
MAX_SEARCHED = 20_000  # values; of more, only the first error is found, as to find all would hold up everyone else
MAX_REASONS = 4  # in a message about a union, one for each branch
EXPECTED = {"pattern": " does not match ", "format": " is not a "}  # the engine's words between a value and what it expects
UNIONS, CONSTANTS = ("anyOf", "oneOf"), ("const", "enum")
_NESTED = (dict, list)
Excerpt = Callable[[Iterable[Pointer]], dict[str, Any]]  # the parts of the document that some schemas lead to


class Violation(msgspec.Struct, frozen=True):
    """One way in which a value breaks the spec: in `where` (body, query, path, header), at `field`, by which keyword.

    `rule` leads to the broken rule: the place of the schema, then the steps within it, references among them.
    """

    where: str
    field: str
    message: str
    keyword: str
    rule: Pointer = ()


class Whole:
    """One compiled validator for all bodies of a document.

    Of a document whose schemas all refer to one another, a validator of each body alone holds every schema again: thousands of
    megabytes for 400 operations, where this one holds 30.
    """

    def __init__(self, excerpt: Excerpt) -> None:
        self._excerpt = excerpt
        self._pointers: list[Pointer] = []
        self._compiled: tuple[int, jsonschema_rs.Draft202012Validator | None] | None = None  # with the number of its schemas

    def add(self, pointer: Pointer) -> str:
        """Add the schema at a pointer, and return the name of the member under which its values are checked."""
        self._pointers.append(pointer)
        return str(len(self._pointers) - 1)

    @property
    def validator(self) -> jsonschema_rs.Draft202012Validator | None:
        """The validator of an object with a value by the name of its schema; None if one of the schemas cannot be used.

        It is compiled again after schemas were added.
        """
        if self._compiled is None or self._compiled[0] != len(self._pointers):
            members = {str(index): _reference(pointer) for index, pointer in enumerate(self._pointers)}
            schema = {**self._excerpt(self._pointers), "properties": members}
            try:
                compiled = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
                compiled = None
            self._compiled = len(members), compiled
        return self._compiled[1]


class SchemaValidator:
    """A validator for one schema of the document, compiled when it is first needed."""

    __slots__ = ("_excerpt", "_name", "_passwords", "_validator", "_whole", "pointer", "weakest")

    def __init__(
        self,
        excerpt: Excerpt,
        pointer: Pointer,
        passwords: Callable[[], frozenset[str]],
        whole: Whole | None = None,
    ) -> None:
        self.pointer = pointer
        self._excerpt = excerpt
        self._passwords = passwords
        self._whole = whole
        self._name = whole.add(pointer) if whole else ""
        self._validator: jsonschema_rs.Draft202012Validator | None = None
        self.weakest: Evidence | None = None  # of all parts of the schema; computed when it is first needed

    @property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled validator."""
        if self._validator is None:
            shared = self._whole.validator if self._whole else None
            if shared is None:
                self._name = ""
            self._validator = shared or self._compile()
        return self._validator

    def _compile(self, mask: str | None = None) -> jsonschema_rs.Draft202012Validator:
        schema = _reference(self.pointer) if not self._name else {"properties": {self._name: _reference(self.pointer)}}
        return jsonschema_rs.Draft202012Validator({**self._excerpt([self.pointer]), **schema}, validate_formats=True, mask=mask)

    def is_valid(self, value: Any) -> bool:
        """Return whether a value fits the schema."""
        validator = self._validator or self.validator
        return validator.is_valid({self._name: value} if self._name else value)

    def violations(self, value: Any, where: str, field: str = "") -> list[Violation]:
        """Return every way in which `value` breaks the schema; the common case, none, costs one fast call.

        No message repeats a secret: a value of a property with `format: password`, or one that has such a property.
        """
        validator = self._validator or self.validator
        checked = {self._name: value} if self._name else value
        if validator.is_valid(checked):
            return []
        errors, passwords = _errors(validator, checked), self._passwords()
        # An error has a part of the value, which takes long to hand over where it is large.
        if _has_secret(value, passwords) and any(secret := [_is_secret(error, passwords) for error in errors]):
            masked = _errors(self._compile(MASK), checked)
            errors = [other if is_secret else error for error, other, is_secret in zip(errors, masked, secret, strict=True)]
        return [self._violation(one, where, field) for error in errors for one in _explained(error)]

    def _violation(self, error: jsonschema_rs.ValidationError, where: str, field: str) -> Violation:
        outside = 1 if self._name else 0  # steps to the value that is checked
        path = [str(step) for step in error.instance_path[outside:]]
        steps = error.evaluation_path[2 * outside + 1 :]  # the last step before is the reference to the schema itself
        rule = (*self.pointer, *steps)
        kind: Any = error.kind
        if kind.name == "required":
            path.append(str(kind.property))
            rule = (*rule[:-1], "properties", str(kind.property))
        elif kind.name == "additionalProperties":
            path.extend(map(str, kind.unexpected[:1]))
        return Violation(where, ".".join([field, *path] if field else path), truncate(_message(error)), kind.name, rule)


def _errors(validator: jsonschema_rs.Draft202012Validator, value: Any) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of a value that is not valid: all of them, or of a very long value the first."""
    if count_values(value) <= MAX_SEARCHED:
        return list(validator.iter_errors(value))
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as first:
        return [first]
    return []


def _explained(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of the branch of a union that a value fits best; an error of another kind as it is.

    That is the branch in which the fewest constants differ, as these tell the branches apart, and then the fewest rules are
    broken. Where the value lacks a member that tells them apart, the errors are the members that every branch requires; where
    that member has another value, they are what each branch takes. A union without such a branch is left as it is: one of plain
    types, or one that asks for either of two members.
    """
    own = len(error.instance_path)
    near = [one for one in _branches(error) if not any(e.kind.name == "type" and len(e.instance_path) == own for e in one)]
    ranked = sorted(near, key=_distance)
    if undecided := _lacked_by_all(ranked) or _differing_in_all(ranked):
        return undecided
    if not ranked or (len(ranked) > 1 and _distance(ranked[0]) == _distance(ranked[1])):
        return [error]
    return [inner for one in ranked[0] for inner in _explained(one)]


def _branches(error: jsonschema_rs.ValidationError) -> list[list[jsonschema_rs.ValidationError]]:
    """Return the errors of each branch of a union that fits none of them; nothing for any other error."""
    kind: Any = error.kind
    branches = list(kind.context) if kind.name in UNIONS else []
    return branches if all(branches) else []


def _lacked_by_all(branches: list[list[jsonschema_rs.ValidationError]]) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of members that each of several branches requires, where no constant tells the branches apart."""
    if len(branches) < 2 or len({_distance(branch)[0] for branch in branches}) > 1:
        return []
    first, *others = ({e.message: e for e in branch if e.kind.name == "required"} for branch in branches)
    return [error for message, error in first.items() if all(message in other for other in others)]


def _differing_in_all(branches: list[list[jsonschema_rs.ValidationError]]) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of one constant that differs in each of several branches, as where `type` has no known value."""
    constants = [[e for e in branch if e.kind.name in CONSTANTS] for branch in branches]
    places = {tuple(e.instance_path) for differing in constants for e in differing}
    return [e for differing in constants for e in differing] if len(places) == 1 < len(branches) and all(constants) else []


def _distance(branch: list[jsonschema_rs.ValidationError]) -> tuple[int, int]:
    return sum(error.kind.name in CONSTANTS for error in branch), len(branch)


def _types_of(error: jsonschema_rs.ValidationError) -> str:
    """Return the types that the branches of a union allow, in words."""
    kind: Any = error.kind
    types = [name for branch in getattr(kind, "context", ()) for one in branch for name in getattr(one.kind, "types", ())]
    return " or ".join(dict.fromkeys(f'"{name}"' for name in types))


def _reference(pointer: Pointer) -> dict[str, Any]:
    steps = (quote(str(step).replace("~", "~0").replace("/", "~1")) for step in pointer)
    return {"$ref": "#/" + "/".join(steps)}


def _is_secret(error: jsonschema_rs.ValidationError, passwords: frozenset[str]) -> bool:
    return not passwords.isdisjoint(map(str, error.instance_path)) or _has_secret(error.instance, passwords)


def _has_secret(value: Any, passwords: frozenset[str]) -> bool:
    if isinstance(value, dict):
        if not passwords.isdisjoint(value):
            return True
        value = value.values()
    elif not isinstance(value, list):
        return False
    return any(_has_secret(member, passwords) for member in value if isinstance(member, _NESTED))


def _message(error: jsonschema_rs.ValidationError) -> str:
    """Return what is wrong with a value, and what is allowed: where the engine names some values, or a pattern."""
    kind: Any = error.kind
    if kind.name in UNIONS:
        value, verb, _ = error.message.rpartition(" is not valid under")
        types, branches = _types_of(error), _branches(error)
        if verb and types:
            return f"{value} is not of type {types}"
        reasons = dict.fromkeys(_message(branch[0]) for branch in branches)
        joined = ", or ".join(list(reasons)[:MAX_REASONS])
        return f"fits none of the alternatives: {joined}" if reasons else "fits more than one of the alternatives"
    if kind.name in EXPECTED and (expected := words(kind.pattern) if kind.name == "pattern" else FORMATS.get(kind.format)):
        return f"{error.message.rpartition(EXPECTED[kind.name])[0]} is not {expected}"
    if kind.name == "type" and len(kind.types) > 1:
        value, verb = error.message.rpartition(" is not of types ")[0], " is not of type "
        allowed = sorted(kind.types, key="null".__eq__)  # null last
    elif kind.name == "enum":
        value, verb, _ = error.message.rpartition(" is not one of ")
        allowed = kind.options
    else:
        return error.message
    *others, last = (msgspec.json.encode(option).decode() for option in allowed)
    return f"{value}{verb}{', '.join(others)} or {last}" if others else f"{value}{verb}{last}"
