"""Texts for regular expressions: the shortest that a pattern matches, with characters that a source of digits chooses.

Patterns are those of JSON Schema (ECMA 262), as far as their texts can be made one character after the other: a look-around
counts as nothing, a reference to a group is beyond this. What is made is checked against the pattern.
"""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Callable, Iterator

MAX_LENGTH = 2000
MAX_NESTED = 50  # groups within one another
TURNS = 16  # attempts with other digits, as a branch may be too short
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ _-./:@+#"
CLASSES = {kind: [char for char in ALPHABET if re.fullmatch(f"\\{kind}", char, re.ASCII)] for kind in "dDwWsS"}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
GROUP = re.compile(r"\?(?:(?P<empty><?[=!])|:|P?<[A-Za-z_]\w*>|[aiLmsux]+(?P<flags>\))|[aiLmsux-]+:)")
CODES = {"u": re.compile("[0-9A-Fa-f]{4}"), "x": re.compile("[0-9A-Fa-f]{2}")}
COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
Part = Callable[["_Choice"], Iterator[str]]


def text_for(pattern: str, digits: str, least: int = 0) -> str | None:
    """Return a text of at least a length that a pattern matches; None for a pattern that is beyond this."""
    try:
        tree = _Parser(pattern).whole()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what other dialects mean otherwise
            matches = re.compile(pattern).search
        for extra in (0, least):
            for turn in range(TURNS):
                text = "".join(tree(_Choice(digits[turn:] + digits[:turn], extra)))
                if len(text) >= least and matches(text):
                    return text
    except (re.error, ValueError, IndexError, RecursionError, OverflowError):
        pass
    return None


class _Choice:
    """What chooses among characters and branches, and how often that is repeated which has no bound."""

    def __init__(self, digits: str, extra: int) -> None:
        self._digits, self.extra, self._next = digits, extra, 0

    def number(self) -> int:
        """Return the next digit."""
        self._next += 1
        return int(self._digits[self._next % len(self._digits)], 16)


def _one_of(characters: list[str]) -> Part:
    if not characters:
        raise ValueError("a class without characters")
    return lambda choice: iter((characters[choice.number() % len(characters)],))


def _all_of(parts: list[Part]) -> Part:
    return lambda choice: (text for part in parts for text in part(choice))


def _any_of(branches: list[Part]) -> Part:
    return lambda choice: branches[choice.number() % len(branches)](choice)


def _repeated(part: Part, least: int, most: int) -> Part:
    def texts(choice: _Choice) -> Iterator[str]:
        for _ in range(min(max(least, min(choice.extra, most)), MAX_LENGTH)):
            yield from part(choice)

    return texts


def _nothing(_: _Choice) -> Iterator[str]:
    return iter(())


class _Parser:
    """Reads a pattern from left to right.

    Raises:
        ValueError, IndexError: the pattern is beyond this, or ends too early.
    """

    def __init__(self, pattern: str) -> None:
        self._text, self._at, self._depth = pattern, 0, 0

    def whole(self) -> Part:
        """Return what makes texts of the whole pattern."""
        part = self._branches()
        if self._at < len(self._text):
            raise ValueError("a parenthesis too many")
        return part

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _is_next(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _branches(self) -> Part:
        branches = [self._sequence()]
        while self._is_next("|"):
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _any_of(branches)

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._at < len(self._text) and not (self._is_next("|") or self._is_next(")")):
            parts.append(self._quantified(self._atom()))
        return _all_of(parts)

    def _quantified(self, part: Part) -> Part:
        bounds = {"*": (0, MAX_LENGTH), "+": (1, MAX_LENGTH), "?": (0, 1)}.get(self._text[self._at : self._at + 1])
        found = COUNT.match(self._text, self._at)
        if found is not None:
            least = int(found[1])
            bounds = least, int(found[3]) if found[3] else MAX_LENGTH if found[2] else least
        if bounds is None:
            return part
        self._at = found.end() if found is not None else self._at + 1
        if self._is_next("?") or self._is_next("+"):  # which changes how it is matched, not what
            self._at += 1
        return _repeated(part, *bounds)

    def _atom(self) -> Part:
        char = self._take()
        if char in "^$":
            return _nothing
        if char == ".":
            return _one_of(list(ALPHABET[:36]))
        if char == "(":
            return self._group()
        if char == "[":
            return _one_of(self._class())
        if char == "\\":
            return _nothing if self._text[self._at] in "bBAZz" and self._take() else _one_of(self._escape())
        return _one_of([char])

    def _group(self) -> Part:
        found = GROUP.match(self._text, self._at) if self._is_next("?") else None
        if self._is_next("?") and found is None:
            raise ValueError("an unknown kind of group")
        self._at = found.end() if found is not None else self._at
        if found is not None and found["flags"]:
            return _nothing
        self._depth += 1
        if self._depth > MAX_NESTED:
            raise ValueError("too many groups within one another")
        part = self._branches()
        self._depth -= 1
        if self._take() != ")":
            raise ValueError("an open group")
        return _nothing if found is not None and found["empty"] else part

    def _escape(self) -> list[str]:
        """Return the characters that an escape denotes."""
        char = self._take()
        if char in CLASSES:
            return CLASSES[char]
        if char in CODES and (found := CODES[char].match(self._text, self._at)):
            self._at = found.end()
            return [chr(int(found[0], 16))]
        if char in CONTROLS:
            return [CONTROLS[char]]
        if char in string.ascii_letters + string.digits:
            raise ValueError(f"the escape {char}")
        return [char]

    def _class(self) -> list[str]:
        """Return the characters that a class such as `[0-9a-f]` holds."""
        is_negated = self._is_next("^")
        self._at += is_negated
        held: list[str] = []
        is_first = True
        while is_first or not self._is_next("]"):
            is_first = False
            first = self._member()
            if self._is_next("-") and not self._is_next("-]") and len(first) == 1:
                self._at += 1
                last = self._member()
                if len(last) != 1:
                    raise ValueError("a range to a class")
                codes = range(ord(first[0]), min(ord(last[0]), ord(first[0]) + 200) + 1)
                first = list(map(chr, codes))
            held += first
        self._at += 1
        return [char for char in ALPHABET if char not in held] if is_negated else held

    def _member(self) -> list[str]:
        char = self._take()
        if char != "\\":
            return [char]
        if self._is_next("b"):
            self._at += 1
            return ["\b"]
        return self._escape()
