"""Scenario rules at work: which one decides over a request, and why the others do not."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.format import RuleFile, Then, When
from simulator.matching import contains, like
from simulator.shortlist import Shortlist


class Subject(NamedTuple):
    """What rules look at in a request."""

    provider: str
    operation: str  # `provider.operation_id`; empty for a path that the spec does not know
    method: str
    path: str
    key: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


class Condition(NamedTuple):
    """One thing that must hold: what it looks at, what it wants there, and whether what it finds will do."""

    of: str
    wanted: Any
    found: Callable[[Subject], Any]
    holds: Callable[[Any], bool]


class Rule:
    """A rule of one world, and how often it fitted and worked."""

    __slots__ = ("_made", "added", "definition", "fired", "fitted", "id")

    def __init__(self, rule_id: str, definition: RuleFile, *, added: bool = False) -> None:
        self.id = rule_id
        self.definition = definition
        self.added = added  # to what the scenario has
        self.fitted = 0
        self.fired = 0
        self._made: list[Condition] | None = None

    @property
    def name(self) -> str:
        """The name that the scenario gives, or the id."""
        return self.definition.name or self.id

    def fits(self, subject: Subject) -> bool:
        """Whether every condition holds."""
        for each in self._conditions():  # noqa: SIM110  (asked of every rule for every request, and twice as fast as `all`)
            if not each.holds(each.found(subject)):
                return False
        return True

    def why_not(self, subject: Subject, shown: Subject) -> str:
        """The first condition that does not hold, in words and as `shown` has it; empty when all do."""
        for each in self._all():
            if not each.holds(each.found(subject)):
                return f"{each.of} is {each.found(shown)!r}, the rule wants {each.wanted!r}"
        return ""

    def nearness(self, subject: Subject) -> tuple[int, float]:
        """How near a request comes to fitting: how many conditions hold, then how like the first other is to what it wants."""
        conditions = self._all()
        missed = [each for each in conditions if not each.holds(each.found(subject))]
        if not missed:
            return len(conditions), 1.0
        likeness = difflib.SequenceMatcher(None, str(missed[0].found(subject)), str(missed[0].wanted)).ratio()
        return len(conditions) - len(missed), likeness

    def _all(self) -> list[Condition]:
        """The conditions, with those that `concerned` looks at."""
        return [*_scope(self.definition.when), *self._conditions()]

    def _conditions(self) -> list[Condition]:
        """The other conditions, made when they are first asked for: most worlds have rules that never are."""
        if self._made is None:
            self._made = list(_conditions(self.definition.when))
        return self._made

    def is_due(self, chance: random.Random) -> str:
        """Count a request that fits, and say why the rule lets it pass; empty when it is due."""
        self.fitted += 1
        definition = self.definition
        if self.fitted <= definition.skip:
            return f"it skips {definition.skip}, this was number {self.fitted}"
        if definition.times is not UNSET and self.fired >= definition.times:
            return f"it works {definition.times} times and has done so"
        if definition.probability < 1 and chance.random() >= definition.probability:
            return f"its probability is {definition.probability} and the draw was against it"
        self.fired += 1
        return ""


class Verdict(NamedTuple):
    """The rule that decides over a request; and those that fitted but let it pass, each with the reason."""

    rule: Rule | None
    passed: tuple[tuple[str, str], ...]

    @property
    def then(self) -> Then | None:
        """What the rule does."""
        return self.rule.definition.then if self.rule else None


NO_VERDICT = Verdict(None, ())


class Rules:
    """The rules of one world, in order; the first that fits and is due decides."""

    def __init__(self, definitions: Sequence[RuleFile], seed: int) -> None:
        self._definitions = definitions
        self._seed = seed
        self._numbered = len(definitions)
        self._shortlists: dict[tuple[str, str], Shortlist] = {}

    @cached_property
    def _rules(self) -> list[Rule]:
        """Made when the world is first asked something, as many tests ask some of their worlds nothing."""
        return [Rule(f"rule-{number}", definition) for number, definition in enumerate(self._definitions, 1)]

    @cached_property
    def chance(self) -> random.Random:
        """What decides for rules that work by chance."""
        return random.Random(self._seed)  # noqa: S311  (a test must be able to repeat it)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, definition: RuleFile) -> Rule:
        """Add a rule to those of the scenario, before all others."""
        self._numbered += 1
        rule = Rule(f"rule-{self._numbered}", definition, added=True)
        self._rules.insert(0, rule)
        self._shortlists.clear()
        return rule

    def remove(self, rule_id: str) -> bool:
        """Take a rule away; False when there is none of this id."""
        kept = [rule for rule in self._rules if rule.id != rule_id]
        found = len(kept) < len(self._rules)
        self._rules = kept
        self._shortlists.clear()
        return found

    def clear(self) -> None:
        """Take all rules away."""
        self._rules = []
        self._shortlists.clear()

    def idle(self) -> list[Rule]:
        """Those that were added and never fired."""
        added = self._numbered > len(self._definitions)
        return [rule for rule in self._rules if rule.added and not rule.fired] if added else []

    def concerned(self, provider: str, operation: str) -> Shortlist:
        """The rules that can ever fit a request to this operation."""
        found = self._shortlists.get((provider, operation))
        if found is None:
            fitting = [rule for rule in self._rules if _concerns(rule.definition.when, provider, operation)]
            found = self._shortlists[provider, operation] = Shortlist(fitting)
        return found

    def decide(self, subject: Subject) -> Verdict:
        """The first rule that fits and is due."""
        passed: list[tuple[str, str]] = []
        for rule in self.concerned(subject.provider, subject.operation).rules:
            if rule.fits(subject):
                reason = rule.is_due(self.chance)
                if not reason:
                    return Verdict(rule, tuple(passed))
                passed.append((rule.id, reason))
        return Verdict(None, tuple(passed))

    def save(self) -> tuple[Any, ...]:
        """Everything that changes, for a snapshot."""
        return (self.chance.getstate(), self._numbered, [(rule, rule.fitted, rule.fired) for rule in self._rules])

    def load(self, saved: tuple[Any, ...]) -> None:
        """Back to what was saved."""
        state, self._numbered, rules = saved
        self.chance.setstate(state)
        self._rules = [rule for rule, _, _ in rules]
        for rule, fitted, fired in rules:
            rule.fitted, rule.fired = fitted, fired
        self._shortlists.clear()


def _concerns(when: When, provider: str, operation: str) -> bool:
    return when.provider in ("", provider) and when.operation in ("", operation)


def _scope(when: When) -> Iterable[Condition]:
    if when.provider:
        yield Condition("the provider", when.provider, attrgetter("provider"), _equal(when.provider))
    if when.operation:
        yield Condition("the operation", when.operation, attrgetter("operation"), _equal(when.operation))


def _conditions(when: When) -> Iterable[Condition]:
    """The conditions of a rule, the cheap ones first; provider and operation are left to `concerned`."""
    if when.method:
        yield Condition("the method", when.method, attrgetter("method"), _equal(when.method))
    if when.path:
        yield Condition("the path", when.path, attrgetter("path"), like(when.path))
    if when.key:
        yield Condition("the key", when.key, attrgetter("key"), like(when.key))
    for name, wanted in when.headers.items():
        yield Condition(f"the header {name}", wanted, _member("headers", name.lower()), like(wanted))
    for name, wanted in when.query.items():
        yield Condition(f"the query parameter {name}", wanted, _member("query", name), _equal(wanted))
    if when.body:
        yield Condition("the body", when.body, attrgetter("body"), _containing(when.body))


def _member(of: str, name: str) -> Callable[[Subject], Any]:
    return lambda subject: getattr(subject, of).get(name)


def _equal(wanted: str) -> Callable[[Any], bool]:
    return lambda found: bool(found == wanted)


def _containing(wanted: Any) -> Callable[[Any], bool]:
    return lambda found: contains(found, wanted)
