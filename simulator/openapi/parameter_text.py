"""Parameters as JSON values, from their text."""

from __future__ import annotations

import re
from typing import Any

Kinds = tuple[str, ...]  # the JSON types that a text may stand for
_INTEGER = re.compile(r"-?[0-9]{1,300}")  # more digits than any page needs, and far fewer than make int() slow
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def parse_text(kinds: Kinds, text: str) -> Any:
    """Return the JSON value of a text; a text that has none is returned as it is, for the validator to reject."""
    for kind in kinds:
        if kind == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
    return text
