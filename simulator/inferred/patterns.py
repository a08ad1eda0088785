"""Texts for regular expressions: the shortest that a pattern matches, with characters that a source of digits chooses."""

from __future__ import annotations

import re
import warnings
from re import _constants as codes
from re import _parser as parser
from typing import Any

MAX_LENGTH = 2000
TURNS = 16  # attempts with other digits, as a branch may be too short
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ _-./:@+#"


def text_for(pattern: str, digits: str, least: int = 0) -> str | None:
    """Return a text of at least a length that a pattern matches; None for a pattern that is beyond this."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(pattern)
        for extra in (0, least):
            for turn in range(TURNS):
                text = "".join(_Maker(digits[turn:] + digits[:turn], extra).texts(tree))
                if len(text) >= least and re.search(pattern, text):
                    return text
    except (re.error, ValueError, KeyError, RecursionError, OverflowError):
        pass
    return None


class _Maker:
    def __init__(self, digits: str, extra: int) -> None:
        self._digits, self._extra, self._next = digits, extra, 0

    def _number(self) -> int:
        self._next += 1
        return int(self._digits[self._next % len(self._digits)], 16)

    def _choose(self, choices: list[str]) -> str:
        return choices[self._number() % len(choices)]

    def texts(self, tree: Any) -> Any:
        """Yield the parts of a text that a parsed pattern matches."""
        for code, value in tree:
            if code is codes.LITERAL:
                yield chr(value)
            elif code is codes.NOT_LITERAL:
                yield self._choose([char for char in ALPHABET if char != chr(value)])
            elif code in (codes.ANY, codes.IN):
                yield self._choose(_members(value) if value else list(ALPHABET[:36]))
            elif code is codes.BRANCH:
                yield from self.texts(value[1][self._number() % len(value[1])])
            elif code is codes.SUBPATTERN:
                yield from self.texts(value[-1])
            elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
                least, most, inner = value
                for _ in range(min(max(least, min(self._extra, int(most))), MAX_LENGTH)):
                    yield from self.texts(inner)
            elif code not in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
                raise ValueError(code)


def _members(items: Any) -> list[str]:
    """Return characters that a class such as `[0-9a-f]` holds."""
    negated = items[0][0] is codes.NEGATE
    held: list[str] = []
    for code, value in items[negated:]:
        if code is codes.LITERAL:
            held.append(chr(value))
        elif code is codes.RANGE:
            held += map(chr, range(value[0], min(value[1], value[0] + 200) + 1))
        elif code is codes.CATEGORY:
            kind = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_SPACE: r"\s"}
            kind |= {codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_WORD: r"\W", codes.CATEGORY_NOT_SPACE: r"\S"}
            held += [char for char in ALPHABET if re.fullmatch(kind[value], char)]
        else:
            raise ValueError(code)
    return [char for char in ALPHABET if char not in held] if negated else held
