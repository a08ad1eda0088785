"""Switches for what a provider's documentation leaves open; its spec declares them in `x-assumptions`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from simulator.openapi.evidence import Evidence
from simulator.store.environment import Environment

Value = str | int  # a word, or an HTTP status


class Assumption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"status_of": "status-of"}):
    """A switch of scenarios: `assume: {truedy.release_while_assigned: allow}`.

    `about` describes in a sentence what is left open, `source` is the page that leaves it open. A response that depends on a
    switch is graded no better than its `evidence`.
    """

    name: str
    values: Annotated[tuple[Value, ...], msgspec.Meta(min_length=1)]  # the default first
    about: str
    source: str
    evidence: Evidence = "assumed"
    status_of: tuple[str, ...] = ()  # the operations or errors whose status it decides: its values are statuses then

    @property
    def default(self) -> Value:
        """The value that applies unless the scenario sets another."""
        return self.values[0]


class Assumptions(dict[str, Assumption]):
    """The switches of one provider, by name."""

    def __init__(self, provider: str, assumptions: Sequence[Assumption]) -> None:
        super().__init__({assumption.name: assumption for assumption in assumptions})
        self._provider = provider

    def value(self, world: Environment, name: str) -> Value:
        """Return the value of a switch in a world: that of its scenario, or the default."""
        default = self[name].values[0]
        return world.assume.get(f"{self._provider}.{name}", default) if world.assume else default
