"""Durations as scenarios and the control API write them: `200ms`, `30s`, `5m`, `2h`, `1d`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@lru_cache(256)  # they are read again and again; schemas bound their length
def duration(text: str) -> timedelta:
    """Return the length of time that a text such as `200ms` describes.

    Raises:
        ValueError: the text is not a duration.
    """
    match = re.fullmatch(r"([0-9.]+)([a-z]+)", text)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"not a duration: {text!r}; expected one like 200ms, 30s, 5m, 2h or 1d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
