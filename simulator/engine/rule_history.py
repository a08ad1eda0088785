"""The rules that have never fired in the whole life of a world, across reset, clear and restore."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from simulator.engine.rules import Rule, Rules
from simulator.store.ids import fingerprint

T = TypeVar("T")

MAX_REMEMBERED = 1000  # rules of each kind; a test that writes more than that writes the same ones again


class IdleRule(NamedTuple):
    """A rule that a test wrote and that never fired."""

    rule: Rule
    removed: bool  # by reset, clear or restore; what a test removes itself is not idle


class RuleHistory(NamedTuple):
    """The rules of a test that a reset, clear or restore has removed or set back, by a digest of what was written.

    A hypothesis test resets its world, and writes the same rules again, for each example: it is enough if one of them fires.
    """

    fired: Mapping[bytes, None] = {}
    lost: Mapping[bytes, Rule] = {}

    def extended(self, rules: Rules, only: Collection[Rule] | None = None) -> RuleHistory:
        """Return the history with rules, or those in `only`, that are about to be removed or set back."""
        if not rules.has_written():
            return self
        fired, lost = dict(self.fired), dict(self.lost)
        for rule in rules:
            if rules.is_written(rule) and (only is None or rule in only):
                if rule.fired:
                    fired[digest(rule)] = None
                else:
                    lost.setdefault(digest(rule), rule)
        return RuleHistory(_newest(fired), _newest(lost))

    def idle(self, rules: Rules) -> list[IdleRule]:
        """Return the rules that never fired: those that are there, and then those that were removed."""
        return list(self._idle(rules)) if self.lost or rules.has_written() else []

    def _idle(self, rules: Rules) -> Iterator[IdleRule]:
        present = set()
        for rule in rules:
            if self.lost or not rule.fired:
                present.add(written := digest(rule))
                if not rule.fired and written not in self.fired and rules.is_written(rule):
                    yield IdleRule(rule, removed=False)
        for written, rule in self.lost.items():
            if written not in present and written not in self.fired:
                yield IdleRule(rule, removed=True)


def digest(rule: Rule) -> bytes:
    """Return a digest of a rule as it was written."""
    return fingerprint(msgspec.json.encode(rule.definition))


def _newest(remembered: dict[bytes, T]) -> dict[bytes, T]:
    return dict(list(remembered.items())[-MAX_REMEMBERED:])
