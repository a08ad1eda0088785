"""Parameters come as text: which JSON value a text stands for."""

from __future__ import annotations

import re
from typing import Any

from simulator.openapi.operation import Parameter

_INTEGER = re.compile(r"-?[0-9]{1,300}")  # more digits than any page needs, and far fewer than make int() slow
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def parse_text(parameter: Parameter, text: str) -> Any:
    """Return the JSON value of a parameter's text; a text that has none is returned as it is, for the validator to reject."""
    for kind in parameter.kinds:
        if kind == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
    return text
