"""How rules compare: text patterns, paths, header values, and documents that contain others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

Test = Callable[[Any], bool]

_BEGINNING = re.compile(r"[0-9A-Za-z_-]*(?![?*{])")  # of a pattern: the text with which all that matches it begins

# What keeps a meaning of its own in a path that is otherwise decoded: the separator, the wildcard, and the escape itself.
_KEPT = str.maketrans({"/": "%2F", "*": "%2A", "%": "%25"})


def glob(pattern: str) -> Test:
    """Return a test for equality with `pattern`, in which `*` stands for any text; its time grows with the text only."""
    first, *parts = pattern.split("*")
    if not parts:
        return lambda value: bool(value == pattern)
    *inner, last = parts
    shortest = len(first) + len(last)

    def fits(value: str | None) -> bool:
        if value is None or len(value) < shortest or not (value.startswith(first) and value.endswith(last)):
            return False
        place, end = len(first), len(value) - len(last)
        for part in inner:
            place = value.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return fits


def path_glob(pattern: str) -> Test:
    """Return a test whether a path equals `pattern`; both are compared by their decoded segments.

    `%2B` and `+` are the same, while `%2F` and `%2A` are neither a separator nor a wildcard.
    """
    fits = glob(decoded_pattern(pattern))
    return lambda path: fits(decoded_path(path))


def decoded_path(path: str) -> str:
    """Return a path in the one way to write it: decoded, except for what is no separator and no wildcard."""
    if "%" not in path and "*" not in path:
        return path
    return "/".join([unquote(segment).translate(_KEPT) for segment in path.split("/")])


def decoded_pattern(pattern: str) -> str:
    """Return a pattern for paths in the one way to write it; its `*` remain wildcards."""
    return "*".join(map(decoded_path, pattern.split("*")))


def header_glob(name: str, pattern: str) -> Test:
    """Return a test of a header's value; a media type without parameters matches with any, such as a charset."""
    if name.lower() != "content-type":
        return glob(pattern)
    fits = glob(media_type(pattern))
    if ";" in pattern:
        return lambda value: value is not None and fits(media_type(value))
    return lambda value: value is not None and (fits(media_type(value)) or fits(media_type(value).partition(";")[0]))


def media_type(text: str) -> str:
    """Return a media type in the one way to write it: neither case nor white space nor quotes matter (RFC 9110, 8.3.1)."""
    parts = [part.strip() for part in text.lower().replace('"', "").split(";")]
    return "; ".join(part for part in parts if part)


def beginning(pattern: str) -> str:
    """Return a text with which every text begins that matches a regular expression."""
    if "|" in re.sub(r"\(.*\)", "", pattern):  # alternatives, of which each may begin in its own way
        return ""
    match = _BEGINNING.match(pattern)
    return match[0] if match else ""


def contains(value: Any, subset: Any) -> bool:
    """Return whether a document has everything that `subset` has, at the same place; lists must be equal."""
    if isinstance(subset, dict):
        return isinstance(value, dict) and all(key in value and contains(value[key], part) for key, part in subset.items())
    return isinstance(value, bool) is isinstance(subset, bool) and bool(value == subset)


def patterns_overlap(pattern: str, template: str) -> bool:
    """Return whether some text matches both patterns, in which `*` stands for any text.

    The work grows with the length of `pattern`, not with the product of both: a bit of `reachable` says that some text matches
    the characters of `pattern` so far and the first characters of `template`, as many as the place of the bit.
    """
    length = len(template)
    stars = sum(1 << place for place, letter in enumerate(template) if letter == "*")
    letters: dict[str, int] = {}
    for place, letter in enumerate(template):
        if letter != "*":
            letters[letter] = letters.get(letter, 0) | 1 << place
    all_places = (1 << (length + 1)) - 1
    reachable = _past_stars(1, stars)
    for letter in pattern:
        if letter == "*":  # any text: every later place
            reachable = all_places & -(reachable & -reachable)
        else:
            reachable = _past_stars((reachable & stars) | ((reachable & letters.get(letter, 0)) << 1), stars)
        if not reachable:
            return False
    return bool(reachable >> length & 1)


def _past_stars(reachable: int, stars: int) -> int:
    """Add the places behind the stars that are reached, as a star may stand for no text."""
    while True:
        further = reachable | (reachable & stars) << 1
        if further == reachable:
            return reachable
        reachable = further
