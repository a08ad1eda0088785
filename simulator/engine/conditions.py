"""The conditions of a rule: what each looks at in a request, and what it expects there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.engine.masking import ELLIPSIS, is_secret_header
from simulator.scenario.format import Absent, ClockWindow, When
from simulator.scenario.matching import contains, glob, header_glob, path_glob
from simulator.scenario.moments import WorldTime, is_within

MAX_SHOWN = 1000  # characters of a value that an explanation shows


class _Missing:
    """What is read where a request has nothing, which is not the same as null."""

    def __repr__(self) -> str:
        return "it to be absent"


MISSING = _Missing()
HIDDEN = ELLIPSIS  # in the place of a secret that a rule expects


class RuleInput(NamedTuple):
    """What rules look at in a request."""

    provider: str
    operation: str  # `provider.operation_id`; empty for a path that the spec does not have
    method: str
    path: str
    key: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    time: WorldTime
    event: str = ""  # `provider.event` of a webhook, which has nothing of the above but provider and body


class Condition(NamedTuple):
    """One part of a rule's `when`: what it looks at, what it expects there, and the test."""

    subject: str
    expected: Any  # as explanations show it
    read: Callable[[RuleInput], Any]
    holds: Callable[[Any], bool]

    def is_met(self, given: RuleInput) -> bool:
        """Return whether the condition holds for a request."""
        return self.holds(self.read(given))

    def mismatch(self, shown: RuleInput) -> str:
        """Return in words that the condition does not hold for a request, with values as `shown` has them."""
        return f"{self.subject} is {_shown(self.read(shown))}, the rule expects {_shown(self.expected)}"


def all_conditions(when: When) -> list[Condition]:
    """Return the conditions on a request, with those on provider and operation."""
    return [*_scope(when), *own_conditions(when)]


def _scope(when: When) -> Iterator[Condition]:
    if when.provider:
        yield Condition("the provider", when.provider, attrgetter("provider"), _equals(when.provider))
    if when.operation:
        yield Condition("the operation", when.operation, attrgetter("operation"), _equals(when.operation))


def own_conditions(when: When) -> Iterator[Condition]:
    """Yield the conditions of a rule, the cheap ones first."""
    if when.event:
        yield Condition("the event", when.event, attrgetter("event"), glob(when.event))
        yield from _scope(when)
    if when.method:
        yield Condition("the method", when.method, attrgetter("method"), _equals(when.method))
    if when.path:
        yield Condition("the path", when.path, attrgetter("path"), path_glob(when.path))
    if when.key:
        yield Condition("the key", when.key, attrgetter("key"), glob(when.key))
    for name, expected in when.headers.items():
        shown = HIDDEN if is_secret_header(name) else expected
        yield Condition(f"the header {name}", shown, _member("headers", name.lower()), header_glob(name, expected))
    for name, expected in when.query.items():
        shown = HIDDEN if is_secret_header(name) else expected
        yield Condition(f"the query parameter {name}", shown, _member("query", name), _equals(expected))
    if when.clock is not UNSET:
        yield Condition("the time", _words(when.clock), attrgetter("time"), partial(is_within, when.clock))
    if when.body:
        yield Condition("the body", when.body, attrgetter("body"), _contains(when.body))
    if when.absent is not UNSET:
        yield from _absences(when.absent)


def _absences(absent: Absent) -> Iterator[Condition]:
    for name in absent.headers:
        yield Condition(f"the header {name}", MISSING, _member("headers", name.lower(), MISSING), _is_missing)
    for name in absent.query:
        yield Condition(f"the query parameter {name}", MISSING, _member("query", name, MISSING), _is_missing)
    for path in absent.body:
        yield Condition(f"the body field {path}", MISSING, _field(path), _is_missing)


def _is_missing(value: Any) -> bool:
    return value is MISSING


def _field(path: str) -> Callable[[RuleInput], Any]:
    """Return what reads a field of the body by its names, which dots separate."""
    names = path.split(".")

    def read(given: RuleInput) -> Any:
        value = given.body
        for name in names:
            if not isinstance(value, dict) or name not in value:
                return MISSING
            value = value[name]
        return value

    return read


def _words(window: ClockWindow) -> str:
    parts = [f"{name} {text}" for name, text in (("from", window.since), ("to", window.until)) if text is not UNSET]
    return " ".join(parts)


def _shown(value: Any) -> str:
    """Return a value for an explanation: of a long one the beginning, as every rule of a world may show it."""
    if isinstance(value, str):
        return repr(value) if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]!r}… ({len(value)} characters)"
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text)} characters)"


def _member(part: str, name: str, otherwise: Any = None) -> Callable[[RuleInput], Any]:
    return lambda given: getattr(given, part).get(name, otherwise)


def _equals(expected: str) -> Callable[[Any], bool]:
    return lambda value: bool(value == expected)


def _contains(subset: Any) -> Callable[[Any], bool]:
    return lambda value: contains(value, subset)
