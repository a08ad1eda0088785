"""Outcomes of requests, as `world.sequence` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal


class _Real(Enum):
    OK = "the real response"

    def __repr__(self) -> str:
        return "OK"


OK = _Real.OK  # the real response of the operation

Outcome = int | str | Mapping[str, Any] | Literal[_Real.OK]


def then_of(outcome: Outcome) -> dict[str, Any]:
    """Return the `then` of a rule that has this outcome.

    Raises:
        TypeError: this is not an outcome.
    """
    if outcome is OK:
        return {"delay": "0ms"}  # It counts as fired, and changes nothing.
    if isinstance(outcome, Mapping):
        return dict(outcome)
    if isinstance(outcome, str):
        return {"error": outcome}
    if isinstance(outcome, int) and not isinstance(outcome, bool):
        return {"status": outcome}
    raise TypeError(
        f"{outcome!r} is not an outcome; expected a status, the name of an error, a mapping such as a rule's then, or OK"
    )
