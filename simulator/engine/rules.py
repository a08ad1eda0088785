"""Scenario rules: which one applies to a request, and why the others do not."""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterator, Sequence
from functools import cached_property
from sys import intern
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.engine.conditions import Condition, RuleInput, all_conditions, own_conditions
from simulator.scenario.format import RuleFile, Spread, Then, When
from simulator.scenario.matching import glob
from simulator.store.work import weigh

MANY = 50  # rules that are quick to try, whatever a request has
SCANNED = 16_000  # characters that a unit of work looks through
MAX_LIKENED = 200  # characters of a value that are compared with what a rule expects


class Rule:
    """A rule of one world, with how often it matched and fired."""

    __slots__ = ("_conditions", "added", "bytes", "definition", "fired", "fitted", "id", "is_open", "needs_chance")

    def __init__(self, rule_id: str, definition: RuleFile, *, added: bool = False, sent: int = 0) -> None:
        self.bytes = sent  # of the request that added it
        self.id = rule_id
        self.definition = definition
        self.added = added  # at run time, to those of the scenario
        self.needs_chance = definition.probability < 1 or isinstance(definition.then.delay, Spread)
        self.fitted = 0
        self.fired = 0
        self.is_open = False  # a gate that lets all further requests pass
        self._conditions: list[Condition] | None = None

    @property
    def name(self) -> str:
        """The name that the scenario gives, or the id."""
        return self.definition.name or self.id

    @property
    def conditions(self) -> list[Condition]:
        """The conditions except those on provider and operation; made when first needed, as most worlds never need them."""
        if self._conditions is None:
            self._conditions = list(own_conditions(self.definition.when))
        return self._conditions

    def matches(self, given: RuleInput) -> bool:
        """Return whether every condition holds; provider and operation are left to `Rules.candidates`."""
        return all(condition.is_met(given) for condition in self.conditions)

    def mismatch(self, given: RuleInput, shown: RuleInput) -> str:
        """Return the first condition that does not hold, in words, with values as `shown` has them; empty when all hold."""
        for condition in self._all_conditions():
            if not condition.is_met(given):
                return condition.mismatch(shown)
        return ""

    def nearness(self, given: RuleInput) -> tuple[int, float]:
        """Return how near a request comes to matching: the number of conditions that hold, then how like the first other is."""
        conditions = self._all_conditions()
        missed = [condition for condition in conditions if not condition.is_met(given)]
        if not missed:
            return len(conditions), 1.0
        read, expected = str(missed[0].read(given))[:MAX_LIKENED], str(missed[0].expected)[:MAX_LIKENED]
        likeness = difflib.SequenceMatcher(None, read, expected).quick_ratio()  # ratio() is cubic where letters repeat
        return len(conditions) - len(missed), likeness

    def _all_conditions(self) -> list[Condition]:
        return self.conditions if self.definition.when.event else all_conditions(self.definition.when)

    def skip_reason(self, chance: random.Random) -> str:
        """Count a request that matches, and return why the rule is skipped; empty when it fires."""
        self.fitted += 1
        definition = self.definition
        if self.is_open:
            return "its gate is open"
        if self.fitted <= definition.skip:
            return f"skip is {definition.skip} and this was match {self.fitted}"
        if (self.fitted - definition.skip) % definition.every:
            return f"it fires at every match number {definition.every}, and this was {self.fitted - definition.skip}"
        if definition.times is not UNSET and self.fired >= definition.times:
            return f"it already fired {self.fired} of {definition.times} times"
        if definition.probability < 1 and chance.random() >= definition.probability:
            return f"it fires with probability {definition.probability}, and was not drawn"
        self.fired += 1
        return ""


class RuleDecision(NamedTuple):
    """The rule that applies to a request; and those that matched but were skipped, with the reason."""

    rule: Rule | None
    then: Then | None  # what the rule does
    skipped: tuple[tuple[str, str], ...]


NO_DECISION = RuleDecision(None, None, ())
NO_RULE = RuleDecision(None, None, ())  # decided: none applies


class RuleIndex:
    """The rules that concern one operation, with a quick test on key and body, so that a world may have many rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self._unindexed = False  # a rule may match whatever key and body are
        self._body_values: dict[str, set[str]] = {}  # by the name of a field: the values that rules expect there
        keys = [rule.definition.when.key for rule in rules if rule.definition.when.key]
        self._endings = tuple([key[1:] for key in keys if _is_ending(key)])  # of keys: most patterns are like `*_revoked`
        self._keys = [glob(key) for key in keys if not _is_ending(key)]
        for rule in rules:
            when = rule.definition.when
            field = next((name for name, value in when.body.items() if isinstance(value, str)), None)
            if field is not None:
                self._body_values.setdefault(field, set()).add(when.body[field])
            elif not when.key:
                self._unindexed = True

    def may_match(self, key: str, body: Any) -> bool:
        """Return whether the rules have to be tried; False only where none of them matches."""
        if self._unindexed or key.endswith(self._endings) or (self._keys and any(fits(key) for fits in self._keys)):
            return True
        if isinstance(body, dict):
            for field in self._body_values.keys() & body.keys():
                value = body[field]
                if isinstance(value, str) and value in self._body_values[field]:
                    return True
        return False


class Rules:
    """The rules of one world, in order; the first that matches and is not skipped fires."""

    def __init__(self, definitions: Sequence[RuleFile], seed: int, *, must_fire: bool = False, numbered: int = 0) -> None:
        """Begin with the rules of a scenario; with `must_fire` those that never fire are reported like added ones.

        `numbered` rules were there before: a handle of one of these must never lead to another.
        """
        self._must_fire = must_fire
        self._definitions = definitions
        self._seed = seed
        self.numbered = max(numbered, len(definitions))  # the highest number that an id has had
        self._indexes: dict[tuple[str, str], RuleIndex] = {}

    @cached_property
    def _rules(self) -> list[Rule]:
        """Made at the first request, as many tests send none to some of their worlds."""
        return [Rule(intern(f"rule-{number}"), definition) for number, definition in enumerate(self._definitions, 1)]

    @cached_property
    def chance(self) -> random.Random:
        """The source of chance for rules with a probability."""
        return random.Random(self._seed)  # noqa: S311  (a test must be able to repeat it)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def bytes(self) -> int:
        """How many bytes the requests had that added rules."""
        return sum(rule.bytes for rule in self._rules) if self.numbered != len(self._definitions) else 0

    def add(self, definitions: Sequence[RuleFile], sent: int = 0) -> list[Rule]:
        """Add the rules of a request whose body has `sent` bytes, after earlier ones and before those of the scenario."""
        first, share = self.numbered + 1, sent // max(1, len(definitions))
        rules = [Rule(f"rule-{number}", one, added=True, sent=share) for number, one in enumerate(definitions, first)]
        place = len(self.added())
        self._replace([*self._rules[:place], *rules, *self._rules[place:]], self.numbered + len(rules))
        return rules

    def _replace(self, rules: list[Rule], numbered: int) -> None:
        """Take other rules; all at once, whatever is raised meanwhile."""
        vars(self).update(_rules=rules, numbered=numbered, _indexes={})

    def added(self) -> list[Rule]:
        """Return the rules that were added at run time, in the order in which they are tried."""
        return [rule for rule in self._rules if rule.added]

    def find(self, rule_id: str) -> Rule | None:
        """Return the rule of an id; None if there is none."""
        return next((rule for rule in self._rules if rule.id == rule_id), None)

    def remove(self, removed: Rule) -> None:
        """Remove a rule."""
        self._replace([rule for rule in self._rules if rule is not removed], self.numbered)

    def clear(self) -> None:
        """Remove all rules."""
        self._replace([], self.numbered)

    def has_written(self) -> bool:
        """Return whether there can be rules that a test wrote; most worlds have none."""
        return self._must_fire or self.numbered != len(self._definitions)

    def is_written(self, rule: Rule) -> bool:
        """Return whether a test wrote a rule, in its scenario or at run time; the others come with the simulator."""
        return rule.added or self._must_fire

    def candidates(self, provider: str, operation: str) -> RuleIndex:
        """Return the rules that can ever match a request to this operation."""
        index = self._indexes.get((provider, operation))
        if index is None:
            rules = [rule for rule in self._rules if _concerns(rule.definition.when, provider, operation)]
            index = self._indexes[provider, operation] = RuleIndex(rules)
        return index

    def for_events(self) -> list[Rule]:
        """Return the rules for webhooks."""
        return [rule for rule in self._rules if rule.definition.when.event]

    def decide(self, given: RuleInput) -> RuleDecision:
        """Return the first rule that matches and is not skipped."""
        skipped: list[tuple[str, str]] = []
        candidates = self.for_events() if given.event else self.candidates(given.provider, given.operation).rules
        if len(candidates) > MANY:
            texts = [given.path, *given.headers.values(), *given.query.values()]
            weigh(len(candidates) * sum(map(len, texts)) // SCANNED)
        for rule in candidates:
            if rule.matches(given):
                reason = rule.skip_reason(self.chance)
                if not reason:
                    return RuleDecision(rule, rule.definition.then, tuple(skipped))
                skipped.append((rule.id, reason))
        return RuleDecision(None, None, tuple(skipped))

    def save(self) -> tuple[Any, ...]:
        """Return everything that changes, for a snapshot."""
        chance = self.chance.getstate() if "chance" in vars(self) else None  # most worlds have left nothing to it
        return (chance, [(rule, rule.fitted, rule.fired, rule.is_open) for rule in self._rules])

    def load(self, saved: tuple[Any, ...]) -> None:
        """Restore the saved state."""
        state, rules = saved
        vars(self).pop("chance", None)
        if state is not None:
            self.chance.setstate(state)
        self._rules = [rule for rule, *_ in rules]
        for rule, fitted, fired, is_open in rules:
            rule.fitted, rule.fired, rule.is_open = fitted, fired, is_open
        self._indexes.clear()


def saved_rules(saved: tuple[Any, ...]) -> list[Rule]:
    """Return the rules that `Rules.save` has saved."""
    return [rule for rule, *_ in saved[1]]


def _is_ending(pattern: str) -> bool:
    """Return whether a pattern is one `*` and a text behind it."""
    return pattern.rfind("*") == 0


def _concerns(when: When, provider: str, operation: str) -> bool:
    return not when.event and when.provider in ("", provider) and when.operation in ("", operation)
