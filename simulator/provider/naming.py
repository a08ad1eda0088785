"""From the names of members in bodies to the names of attributes in Python."""

from __future__ import annotations

import re

_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")


def as_named(name: str) -> str:
    """Return a name as it is: members are called like attributes."""
    return name


def snake_case(name: str) -> str:
    """Return `created_at` for `createdAt`."""
    return _UPPER.sub(r"_\1", name).lower()
