"""Violations of the control API's spec, worded as the faults of scenario files are."""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from simulator.openapi.schema_validator import MASK, Violation
from simulator.scenario.schema import BOUNDS, expected

VALUE = re.compile(
    r"(?s)(.+) (?:is not of types? |is not one of |is less than |is greater than |is not an? )"
)  # then the engine's words
WORDED = {"type", "enum", "format", *BOUNDS}


def in_words(violation: Violation, schema: dict[str, Any]) -> Violation:
    """Return a violation that says what the broken `schema` expects, and the value if it is short and no secret."""
    keyword = violation.keyword
    if keyword == "required" and schema:
        message = "is missing"
    elif keyword == "additionalProperties":
        message = "unknown field"
    elif keyword == "pattern" and "description" in schema:
        message = f"expected {expected({}, schema, keyword)}"
    elif keyword in WORDED and keyword in schema:
        value = VALUE.match(violation.message)
        got = f", got {value[1]}" if value and value[1] != MASK else ""
        message = f"expected {expected({}, schema, keyword)}{got}"
    else:
        return violation
    return structs.replace(violation, message=message)
