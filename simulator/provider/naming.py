"""From the names of members in bodies to the names of attributes in Python."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 60  # characters of a name that is remembered, as clients send any

_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")


def as_named(name: str) -> str:
    """Return a name as it is: members are called like attributes."""
    return name


def snake_case(name: str) -> str:
    """Return `created_at` for `createdAt`."""
    return _snake_case(name) if len(name) <= LONGEST else _UPPER.sub(r"_\1", name).lower()


@lru_cache(1024)
def _snake_case(name: str) -> str:
    return _UPPER.sub(r"_\1", name).lower()
