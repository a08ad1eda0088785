"""Errors about values that fit no branch of a union, and validators that are compiled together."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from simulator.openapi.excerpt import excerpt
from simulator.openapi.schema_validator import SchemaValidator, Whole

MAIL = {"type": "object", "required": ["kind", "address"], "properties": {"kind": {"enum": ["mail"]}}}
HOOK = {"type": "object", "required": ["kind", "url", "secret"], "properties": {"kind": {"const": "hook"}}}
CONTENT: dict[str, Any] = {
    "other": {"type": "object"},
    "body": {
        "properties": {
            "to": {"anyOf": [MAIL, HOOK]},
            "one": {"oneOf": [MAIL, HOOK]},
            "exact": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "name": {"anyOf": [{"type": "string", "pattern": "^a"}, {"type": "null"}]},
            "either": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "key": {"type": "string", "format": "password", "maxLength": 3},
        }
    },
}
PARTS = partial(excerpt, CONTENT)


def validator(*, is_whole: bool) -> SchemaValidator:
    """Return the validator of the body, alone or together with others."""
    whole = Whole(PARTS) if is_whole else None
    SchemaValidator(PARTS, ("other",), frozenset, whole)
    return SchemaValidator(PARTS, ("body",), lambda: frozenset({"key"}), whole)


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        ({"to": {"kind": "hook", "url": "u"}}, "to.secret", '"secret" is a required property'),
        ({"to": {"kind": "mail"}}, "to.address", '"address" is a required property'),
        ({"to": 4}, "to", '4 is not of type "object"'),
        ({"to": {}}, "to.kind", '"kind" is a required property'),
        ({"one": {"kind": "hook", "url": "u"}}, "one.secret", '"secret" is a required property'),
        ({"one": {"url": "u", "address": "a"}}, "one.kind", '"kind" is a required property'),
        ({"one": 4}, "one", '4 is not of type "object"'),
        (
            {"exact": {}},
            "exact",
            'fits none of the alternatives: "a" is a required property, or "b" is a required property',
        ),
        ({"exact": {"a": 1, "b": 2}}, "exact", "fits more than one of the alternatives"),
        ({"name": 5}, "name", '5 is not of type "string" or "null"'),
        ({"name": "b"}, "name", '"b" does not match "^a"'),
        (
            {"either": {}},
            "either",
            'fits none of the alternatives: "a" is a required property, or "b" is a required property',
        ),
    ],
)
def test_the_nearest_branch_is_told(value: Any, field: str, message: str, *, is_whole: bool) -> None:
    """What the branch lacks that the value fits best; all of them where none is nearer than another."""
    violations = validator(is_whole=is_whole).violations(value, "body")
    assert [(one.field, one.message) for one in violations] == [(field, message)]
    assert violations[0].rule[:1] == ("body",)


def test_a_constant_that_no_branch_has() -> None:
    """The values that the branches take are told, and nothing of what they require besides."""
    violations = validator(is_whole=False).violations({"one": {"kind": "post", "url": "u"}}, "body")
    assert [one.message for one in violations] == ['"post" is not one of "mail"', '"hook" was expected']


@pytest.mark.parametrize("is_whole", [False, True])
def test_secrets_stay_hidden(*, is_whole: bool) -> None:
    """No message repeats the value of a password."""
    violations = validator(is_whole=is_whole).violations({"key": "hunter2"}, "body")
    assert [one.field for one in violations] == ["key"]
    assert "hunter2" not in violations[0].message


def test_one_that_cannot_be_used_leaves_the_others() -> None:
    """They are compiled alone then."""
    whole = Whole(PARTS)
    SchemaValidator(PARTS, ("missing",), frozenset, whole)
    check = SchemaValidator(PARTS, ("body",), frozenset, whole)
    assert not check.violations({"name": None}, "body")
    assert [one.field for one in check.violations({"name": 5}, "body")] == ["name"]


def test_one_that_is_added_later() -> None:
    """It is compiled with the others."""
    whole = Whole(PARTS)
    first = SchemaValidator(PARTS, ("body",), frozenset, whole)
    assert first.is_valid({})
    later = SchemaValidator(PARTS, ("other",), frozenset, whole)
    assert (later.is_valid({}), later.is_valid(1), first.is_valid({"name": 5})) == (True, False, False)
