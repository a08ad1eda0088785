"""Which rules can fit a request at all, told from its key and its body by lookup, so that a world may have many rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.matching import like

if TYPE_CHECKING:
    from simulator.rules import Rule

REMEMBERED = 1024  # keys for which it is known whether a rule wants them


class Shortlist:
    """The rules of one world that concern one operation."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Sort `rules` by what tells soonest that they do not fit."""
        self.rules = rules
        self._always = False  # a rule may fit whatever key and body are
        self._bodies: dict[str, set[str]] = {}  # by the name of a field: the values that rules want there
        self._patterns = [like(rule.definition.when.key) for rule in rules if rule.definition.when.key]
        self._keys: dict[str, bool] = {}
        for rule in rules:
            when = rule.definition.when
            field = next((name for name, value in when.body.items() if isinstance(value, str)), None)
            if field is not None:
                self._bodies.setdefault(field, set()).add(when.body[field])
            elif not when.key:
                self._always = True

    def __bool__(self) -> bool:
        return bool(self.rules)

    def may_fit(self, key: str, body: Any) -> bool:
        """Whether it is worth asking the rules; False only where none of them fits."""
        if self._always or self._wants(key):
            return True
        if isinstance(body, dict):
            for field, values in self._bodies.items():
                value = body.get(field)
                if isinstance(value, str) and value in values:
                    return True
        return False

    def _wants(self, key: str) -> bool:
        """Whether a rule wants this key; asked once of each key, as clients have few."""
        known = self._keys.get(key)
        if known is None:
            if len(self._keys) >= REMEMBERED:
                self._keys.clear()
            known = self._keys[key] = any(fits(key) for fits in self._patterns)
        return known
