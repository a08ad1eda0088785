"""The states that actions lead to: `POST /orders/{id}/cancel` leads to `cancelled`, if a `status` has that value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.inferred.identity import words
from simulator.inferred.model import Model

STATES = ("status", "state")  # the members that hold one
SHORTEST = 3  # letters of a stem that a value may begin with


def reached(model: Model, members: Mapping[str, Any], verb: str) -> dict[str, str]:
    """Return the members of a record that an action changes, and the values that they get; {} if it leads to no state."""
    found: dict[str, str] = {}
    for name in STATES:
        values = [one for one in model.flat(members.get(name, {})).get("enum", ()) if isinstance(one, str)]
        matching = [one for stem in _stems(verb) for one in values if one.lower().startswith(stem)]
        found |= {name: matching[0]} if matching else {}
    return found


def _stems(verb: str) -> Iterator[str]:
    """Yield what the states of a verb begin with, the longest first: `close` leads to `closed`, `activate` to `active`."""
    word = words(verb)[0]
    yield from (stem for stem in (word.rstrip("e"), word.removesuffix("ate")) if len(stem) >= SHORTEST)
