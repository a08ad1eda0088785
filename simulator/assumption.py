"""What a provider's documentation leaves open: decided once, by the provider's code, unless a scenario decides otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from simulator.provider import Evidence

Value = str | int  # a word, or an HTTP status


class Assumption(msgspec.Struct, frozen=True):
    """A switch of scenarios: `assume: {truedy.release_while_assigned: allow}`.

    `about` says in a sentence what is left open, `source` is the page that leaves it so. What an operation does by an
    assumption is at best as well founded as its `evidence`.
    """

    name: str
    values: tuple[Value, ...]  # the default first
    about: str
    source: str
    evidence: Evidence = "assumed"

    @property
    def default(self) -> Value:
        """What is assumed where the scenario is silent."""
        return self.values[0]
