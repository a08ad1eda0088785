"""Rules that never fire because an earlier rule always fires first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from simulator.scenario.format import RuleFile, When
from simulator.scenario.matching import contains, decoded_pattern, glob, header_glob

MAX_COMPARED = 40  # earlier rules for the same operation with which a rule is compared


class _Earlier(NamedTuple):
    name: str
    when: When
    covers: Callable[[When, str], bool]  # another `when`, and its path in the one way to write it


class EarlierRules:
    """The rules that are tried before another one and are unconditional: each fires whenever its `when` holds."""

    def __init__(self, rules: Mapping[str, RuleFile]) -> None:
        """Begin with `rules`, by description and in the order in which they are tried."""
        self._rules: defaultdict[tuple[str, str], list[_Earlier]] = defaultdict(list)
        for name, rule in rules.items():
            self.add(name, rule)

    def add(self, name: str, rule: RuleFile) -> None:
        """Add a rule that is tried after those so far; `name` describes it in errors."""
        if rule.skip or rule.times is not UNSET or rule.every > 1 or rule.probability < 1 or rule.when.clock is not UNSET:
            return
        rules = self._rules[_provider(rule.when) if not rule.when.operation else "", rule.when.operation]
        if len(rules) < MAX_COMPARED:
            rules.append(_Earlier(f"{name} ({rule.name!r})" if rule.name else name, rule.when, _coverage(rule.when)))

    def covering(self, when: When) -> str:
        """Return the description of a rule that holds for every request for which `when` holds; empty for none."""
        provider, path = _provider(when), decoded_pattern(when.path)
        for place in dict.fromkeys([("", when.operation), (provider, ""), ("", "")]):
            for earlier in self._rules.get(place, ()):
                if earlier.covers(when, path):
                    return earlier.name
        return ""


def shadow_faults(rule: RuleFile, earlier: EarlierRules) -> Iterator[tuple[list[str | int], str]]:
    """Yield the fault of a rule that never fires, as an earlier one always fires first."""
    if name := earlier.covering(rule.when):
        cause = f"never fires: {name} comes first and always fires for these requests"
        yield [], f"{cause}; remove it, limit it with times, or put it after this one"


def _provider(when: When) -> str:
    return when.provider or when.operation.partition(".")[0]


def _coverage(wide: When) -> Callable[[When, str], bool]:
    """Return a test whether `wide` holds whenever another condition holds; provider and operation are compared elsewhere."""
    path, key = decoded_pattern(wide.path), wide.key
    path_covers, key_covers = glob(path), glob(key)  # The * of a narrower pattern is covered by a * only.
    headers = {name.lower(): header_glob(name, value) for name, value in wide.headers.items()}

    def covers(narrow: When, narrow_path: str) -> bool:
        return (
            wide.method in ("", narrow.method)
            and (path in ("", "*") or (bool(narrow_path) and path_covers(narrow_path)))
            and (key in ("", "*") or (bool(narrow.key) and key_covers(narrow.key)))
            and _headers_cover(headers, narrow.headers)
            and wide.query.items() <= narrow.query.items()
            and contains(narrow.body, wide.body)
        )

    return covers


def _headers_cover(tests: Mapping[str, Callable[[Any], bool]], narrow: Mapping[str, str]) -> bool:
    if not tests:
        return True
    given = {name.lower(): value for name, value in narrow.items()}
    return all(fits(given.get(name)) for name, fits in tests.items())
