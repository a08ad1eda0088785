"""Errors about values that are too long to be searched for all of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from simulator.openapi.excerpt import excerpt
from simulator.openapi.schema_validator import MAX_SEARCHED, SchemaValidator

ITEM: dict[str, Any] = {"type": "object", "properties": {"key": {"type": "string", "format": "password", "maxLength": 3}}}
PARTS = partial(excerpt, {"body": {"type": "array", "items": ITEM}})


@pytest.mark.parametrize(("count", "told"), [(100, 100), (MAX_SEARCHED, 1)])
def test_a_long_value_has_its_first_error_told(count: int, told: int) -> None:
    """A short one has all of them."""
    check = SchemaValidator(PARTS, ("body",), frozenset)
    violations = check.violations([1] * count, "body")
    assert [one.field for one in violations] == [str(place) for place in range(told)]


def test_a_long_value_with_a_secret() -> None:
    """The error does not repeat it."""
    check = SchemaValidator(PARTS, ("body",), lambda: frozenset({"key"}))
    (violation,) = check.violations([{"key": "hunter2"}] * MAX_SEARCHED, "body")
    assert violation.field == "0.key"
    assert "hunter2" not in violation.message
