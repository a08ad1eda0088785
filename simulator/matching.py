"""How a rule compares what it wants with what it finds: patterns, and documents that contain others."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(1024)
def like(wanted: str) -> Callable[[Any], bool]:
    """Equality in which `*` stands for any text."""
    first, *parts = map(re.escape, wanted.split("*"))
    inner = "".join([f"(?>.*?{part})" for part in parts[:-1]])  # where one fits it stays, or many could take forever
    pattern = re.compile(first + inner + (f".*{parts[-1]}" if parts else ""), re.DOTALL)
    return lambda found: found is not None and pattern.fullmatch(found) is not None


def contains(found: Any, wanted: Any) -> bool:
    """Whether a document has everything that `wanted` has, at the same place; lists must be equal."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return False
        for key, value in wanted.items():  # noqa: SIM110  (asked for every request, and twice as fast as `all`)
            if key not in found or not contains(found[key], value):
                return False
        return True
    return isinstance(found, bool) is isinstance(wanted, bool) and bool(found == wanted)
