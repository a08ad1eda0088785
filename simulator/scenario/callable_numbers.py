"""Numbers never ring: what a scenario may hand out to a client, who might call it, is kept out of service."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from simulator.numbering import whole_plan

COULD_RING = "{} could ring; expected a number kept out of service that can never ring, such as +14155550142"

MAX_DEPTH = 3  # of JSON in a text in JSON

_BETWEEN = "[ ()./-]"  # what people write between the digits of a number
_IN_TEXT = re.compile(rf"\+[1-9](?:{_BETWEEN}{{0,3}}[0-9]){{6,14}}(?![0-9])")
_NORTH_AMERICAN = re.compile(
    r"(?<![0-9+])(?:1[ .-]{1,2})?(?:\([2-9][0-9]{2}\)[ .-]{0,2}|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![0-9])"
)
_WITHOUT_PLUS = re.compile(rf"(?:tel:|sms:)?{_BETWEEN}*(?:[0-9]{_BETWEEN}*){{10,17}}")
_PREFIXED = re.compile(rf"(?:00|011)(?:{_BETWEEN}{{0,3}}[0-9]){{10,15}}")  # as it is dialled abroad
_PREFIXED_IN_TEXT = re.compile(rf"(?<![\w-])(?:00|011){_BETWEEN}?[1-9](?:{_BETWEEN}{{0,3}}[0-9]){{9,14}}(?![\w-])")
_NOT_DIGITS = re.compile(r"[^0-9]")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")

_NAMES = frozenset(["mobile", "tel", "cell", "fax", "caller", "callee", "msisdn"])
_PARTS = frozenset(["value", "raw", "formatted", "national", "international", "digits"])  # of a number

Place = tuple[str | int, ...]


def callable_numbers(value: Any, place: Place = (), depth: int = 0) -> Iterator[tuple[Place, str]]:
    """Yield every number that could ring in a part of a scenario, with its place.

    Numbers are in E.164, or written as in North America, also in a text or the name of a member, percent-encoded or in JSON; a
    number that is only digits is one where the member is named for a phone or a number.
    """
    if isinstance(value, str):
        numbers = dict.fromkeys(_numbers(_plain(value), _is_named_for_numbers(place)))
        yield from ((place, number) for number in numbers if _could_ring(number))
        if value[:1] in ("{", "[") and depth < MAX_DEPTH:
            yield from ((place, number) for _, number in callable_numbers(_decoded(value), place, depth + 1))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value == value // 1 and 1e9 <= value < 1e15 and _is_named_for_numbers(place):
            yield from ((place, number) for number in _numbers(str(int(value)), is_number=True) if _could_ring(number))
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from callable_numbers(str(name), place, MAX_DEPTH)
            yield from callable_numbers(member, (*place, name), depth)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from callable_numbers(item, (*place, index), depth)


def _plain(text: str) -> str:
    """Return a text as a reader of it sees it: decoded, with plain digits, spaces and hyphens."""
    if "%" in text:
        text = unquote(unquote(text))
    if text.isascii():
        return text
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", text)))


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # invisible, such as a zero-width space
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    return {"Zs": " ", "Pd": "-"}.get(category, "-" if character == "\u2212" else character)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _numbers(text: str, is_number: bool) -> Iterator[str]:
    for match in _IN_TEXT.finditer(text):
        yield f"+{_NOT_DIGITS.sub('', match[0])}"
    for match in _NORTH_AMERICAN.finditer(text):
        yield f"+1{_NOT_DIGITS.sub('', match[0])[-10:]}"
    for match in _PREFIXED_IN_TEXT.finditer(text):
        yield f"+{_NOT_DIGITS.sub('', match[0]).removeprefix('011').removeprefix('00')}"
    if _PREFIXED.fullmatch(text):
        yield f"+{_NOT_DIGITS.sub('', text).removeprefix('011').removeprefix('00')}"
    elif is_number and _WITHOUT_PLUS.fullmatch(text):
        digits = _NOT_DIGITS.sub("", text)
        yield f"+1{digits}" if len(digits) == 10 else f"+{digits}"  # ten digits are a number of North America


def _is_named_for_numbers(place: Place) -> bool:
    """Return whether the member of a value is named for a phone or a number, or is the `value` of one that is."""
    names = [part for part in reversed(place) if isinstance(part, str)]
    if len(names) > 1 and names[0].lower() in _PARTS:
        del names[0]
    name = names[0] if names else ""
    lower = name.lower()
    if lower.endswith("id"):
        return False
    if "phone" in lower or "number" in lower or lower in ("to", "from", "e164"):
        return True
    return any(word.lower() in _NAMES for word in _WORDS.findall(name))


def _could_ring(number: str) -> bool:
    return whole_plan().position(number) is None
