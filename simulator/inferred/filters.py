"""Filters that are written as an expression: `userName eq "ann"` of SCIM and OData, `equals(email,"ann")` of JSON:API.

Comparisons are joined by `and` and `or`; what is not understood, such as brackets, narrows nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from simulator.inferred.model import plain

PARAMETERS = {"filter", "search"}  # that take expressions
NAMES = {"equals": "eq", "contains": "co", "startswith": "sw", "endswith": "ew", "greaterthan": "gt", "lessthan": "lt"}
NAMES |= {"greaterorequal": "ge", "lessorequal": "le", "greater-than": "gt", "less-than": "lt", "greater-or-equal": "ge"}
NAMES |= {"less-or-equal": "le", "starts-with": "sw", "ends-with": "ew"}
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "co": lambda held, value: str(value) in str(held),
    "sw": lambda held, value: str(held).startswith(str(value)),
    "ew": lambda held, value: str(held).endswith(str(value)),
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
VALUE = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s()\"',]+"
MEMBER = r"[A-Za-z_$][\w.$/-]*"
INFIX = re.compile(rf"({MEMBER})\s+(?:({'|'.join((*TESTS, 'ne'))})\s+({VALUE})|(pr))\s*", re.IGNORECASE)
PREFIX = re.compile(rf"([A-Za-z-]+)\(\s*({MEMBER})\s*,\s*({VALUE})\s*\)\s*")
JOINED = re.compile(r"(and|or)\s+|,", re.IGNORECASE)


class Comparison(msgspec.Struct, frozen=True):
    """A member of a record, a test, and the value that it is compared with."""

    path: tuple[str, ...]  # plain names
    test: str
    value: Any
    is_caseless: bool = False

    def fits(self, members: Any) -> bool:
        """Return whether a record, or one of the values at the path, passes the test."""
        held = [one for one in _values(members, self.path) if one is not None]
        if self.test == "pr":
            return bool(held)
        if self.test == "ne":
            return not any(self._passes(TESTS["eq"], one) for one in held)
        if self.value is None:
            return not held
        return any(self._passes(TESTS[self.test], one) for one in held)

    def _passes(self, test: Callable[[Any, Any], bool], held: Any) -> bool:
        value = self.value
        if isinstance(held, bool) or not isinstance(held, int | float) or isinstance(value, bool):
            held, value = _text(held), _text(value)
        elif isinstance(value, str):
            held = str(held)
        return test(held.lower(), value.lower()) if self.is_caseless and isinstance(held, str) else test(held, value)


def condition(text: str, members: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool] | None:
    """Return the test of records that an expression stands for; None if it is not understood.

    `members` are the members of the records, by their plain names.
    """
    choices: list[list[Comparison]] = [[]]
    place = 0
    while True:
        match = INFIX.match(text, place) or PREFIX.match(text, place)
        comparison = _comparison(match) if match else None
        if match is None or comparison is None or comparison.path[0] not in members:
            return None
        choices[-1].append(comparison)
        place = match.end()
        if place == len(text):
            return lambda record: any(all(one.fits(record) for one in choice) for choice in choices)
        joined = JOINED.match(text, place)
        if joined is None:
            return None
        choices += [[]] if (joined[1] or "").lower() == "or" else []
        place = joined.end()


def _comparison(match: re.Match[str]) -> Comparison | None:
    if match.re is INFIX:
        name, test, written = match[1], (match[2] or match[4]).lower(), match[3] or ""
    else:
        name, test, written = match[2], NAMES.get(match[1].lower(), ""), match[3]
    if not test:
        return None
    return Comparison(tuple(map(plain, re.split("[./]", name))), test, _literal(written), is_caseless=written.startswith('"'))


def _literal(written: str) -> Any:
    """Return the value that is written: a quoted text, a number, true, false, null, or any other text as it stands."""
    if written.startswith("'"):
        return written[1:-1].replace("''", "'")
    try:
        return msgspec.json.decode(written)
    except msgspec.DecodeError:
        return written.strip('"')


def _values(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path: of lists, in every item; of an object at its end, its value or its id."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield from (value.get(name) for name in ("value", "id") if name in value) if isinstance(value, dict) else (value,)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if plain(name) == path[0]:
                yield from _values(inner, path[1:])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
