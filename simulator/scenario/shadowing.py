"""Rules that never fire because an earlier rule always fires first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.scenario.absent_rules import absent_names, covers_absence
from simulator.scenario.format import RuleFile, When
from simulator.scenario.matching import beginning, contains, decoded_pattern, glob, header_glob
from simulator.scenario.rule_paths import template_pattern

MAX_COMPARED = 40  # earlier rules for the same operation with which a rule is compared


class _Requests(NamedTuple):
    """Properties of all requests that match a `when`."""

    when: When
    path: str  # the pattern for it, in the one way to write it
    keys: tuple[str, ...] = ()  # how a key can begin; empty: in any way


class _Earlier(NamedTuple):
    name: str
    when: When
    covers: Callable[[_Requests], bool]


class EarlierRules:
    """The rules that are tried before another one and are unconditional: each fires whenever its `when` holds."""

    def __init__(self, rules: Mapping[str, RuleFile], providers: Mapping[str, BoundProvider]) -> None:
        """Begin with `rules`, by description and in the order in which they are tried."""
        self._providers = providers
        self._rules: defaultdict[tuple[str, str], list[_Earlier]] = defaultdict(list)
        for name, rule in rules.items():
            self.add(name, rule)

    def add(self, name: str, rule: RuleFile) -> None:
        """Add a rule that is tried after those so far; `name` describes it in errors."""
        if rule.skip or rule.times is not UNSET or rule.every > 1 or rule.probability < 1 or rule.when.clock is not UNSET:
            return
        if rule.then.hold is not UNSET:  # it does not fire any more once its gate is open
            return
        rules = self._rules[_provider(rule.when) if not rule.when.operation else "", rule.when.operation]
        if len(rules) < MAX_COMPARED:
            rules.append(_Earlier(f"{name} ({rule.name!r})" if rule.name else name, rule.when, _coverage(rule.when)))

    def covering(self, when: When) -> str:
        """Return the description of a rule that holds for every request for which `when`, which is valid, holds; or nothing."""
        if not self._rules:
            return ""
        requests = self._requests(when)
        for place in dict.fromkeys([("", requests.when.operation), (_provider(requests.when), ""), ("", "")]):
            for earlier in self._rules.get(place, ()):
                if earlier.covers(requests):
                    return earlier.name
        return ""

    def _requests(self, when: When) -> _Requests:
        """Return what a `when` implies: an operation has a method, a path and a form of keys; path and method have one."""
        operation = self._operation(when)
        if operation is None:
            return _Requests(when, decoded_pattern(when.path))
        name = f"{_provider(when)}.{operation.id}"
        path = decoded_pattern(when.path or template_pattern(operation))
        keys = tuple(beginning(scheme.pattern.pattern) for scheme in operation.schemes)
        return _Requests(structs.replace(when, operation=name, method=operation.method), path, keys)

    def _operation(self, when: When) -> Operation | None:
        """Return the operation of all requests for which a `when` holds; None if there may be several, or none."""
        bound = self._providers.get(_provider(when))
        if bound is None:
            return None
        if when.operation:
            name = when.operation.partition(".")[2]
            return bound.spec.operation(name) if name in bound.spec.places else None
        if not when.method or not when.path or "*" in when.path:
            return None
        match = bound.spec.router.find(when.path)
        operation_id = match.operations.get(when.method) if match else None
        return bound.spec.operation(operation_id) if operation_id else None


def shadow_faults(rule: RuleFile, earlier: EarlierRules) -> Iterator[tuple[list[str | int], str]]:
    """Yield the fault of a rule that never fires, as an earlier one always fires first."""
    if name := earlier.covering(rule.when):
        cause = f"never fires: {name} comes first and always fires for these requests"
        yield [], f"{cause}; remove it, limit it with times, or put it after this one"


def _provider(when: When) -> str:
    return when.provider or when.operation.partition(".")[0]


def _coverage(wide: When) -> Callable[[_Requests], bool]:
    """Return a test whether `wide` holds for all of some requests; provider and operation are compared elsewhere."""
    path, key = decoded_pattern(wide.path), wide.key
    path_covers, key_covers = glob(path), glob(key)  # The * of a narrower pattern is covered by a * only.
    headers = {name.lower(): header_glob(name, value) for name, value in wide.headers.items()}
    absent = absent_names(wide)
    beginning = key[:-1] if key.find("*") == len(key) - 1 else None

    def covers_key(requests: _Requests) -> bool:
        if key in ("", "*"):
            return True
        if requests.when.key:
            return key_covers(requests.when.key)
        return beginning is not None and bool(requests.keys) and all(one.startswith(beginning) for one in requests.keys)

    def covers(requests: _Requests) -> bool:
        narrow = requests.when
        return (
            wide.event in ("*" if narrow.event else "", narrow.event)
            and wide.method in ("", narrow.method)
            and (path in ("", "*") or (bool(requests.path) and path_covers(requests.path)))
            and covers_key(requests)
            and _headers_cover(headers, narrow.headers)
            and wide.query.items() <= narrow.query.items()
            and contains(narrow.body, wide.body)
            and (not absent or covers_absence(absent, absent_names(narrow)))
        )

    return covers


def _headers_cover(tests: Mapping[str, Callable[[Any], bool]], narrow: Mapping[str, str]) -> bool:
    if not tests:
        return True
    given = {name.lower(): value for name, value in narrow.items()}
    return all(fits(given.get(name)) for name, fits in tests.items())
