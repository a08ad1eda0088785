"""How rules compare: text patterns, and documents that contain others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def glob(pattern: str) -> Callable[[Any], bool]:
    """Return a test for equality with `pattern`, in which `*` stands for any text."""
    first, *parts = map(re.escape, pattern.split("*"))
    inner = "".join([f"(?>.*?{part})" for part in parts[:-1]])  # atomic: many stars could otherwise take exponential time
    compiled = re.compile(first + inner + (f".*{parts[-1]}" if parts else ""), re.DOTALL)
    return lambda value: value is not None and compiled.fullmatch(value) is not None


def contains(value: Any, subset: Any) -> bool:
    """Return whether a document has everything that `subset` has, at the same place; lists must be equal."""
    if isinstance(subset, dict):
        return isinstance(value, dict) and all(key in value and contains(value[key], part) for key, part in subset.items())
    return isinstance(value, bool) is isinstance(subset, bool) and bool(value == subset)
