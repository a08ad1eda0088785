"""Texts that regular expressions match, made without trying at random."""

from __future__ import annotations

import re

import pytest

from simulator.inferred.patterns import text_for

DIGITS = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9a-f]{24}$",
        r"^\+[1-9]\d{6,14}$",
        "^(?:ab|cd)+(e|f)?$",
        r"^[A-Z]{2}[0-9a-fA-F]{32}$",
        "^[^/]+/[^/ ]{3,}$",
        r"^\w+([-.]\w+)*@\w+\.[a-z]{2,}$",
        r"\A[a-c]\Z",
        r"^[\w.-]+$",
        r"^(?P<year>\d{4})-(?P<month>\d\d)$",
        r"^\u0041\x42[\]^-]$",
        "^(?!--)[a-z]{1,63}$",
        "^a*?b+?c{2}d{1,}$",
        r"^.{3}\t[\b]$",
        "",
    ],
)
def test_a_text_for_a_pattern(pattern: str) -> None:
    """It matches, and is the same for the same digits."""
    made = text_for(pattern, DIGITS)
    assert made is not None
    assert re.search(pattern, made), made
    assert made == text_for(pattern, DIGITS)


def test_a_text_of_a_length() -> None:
    """What has no bound is repeated as often as needed; digits decide what it is."""
    made = text_for("^id_[a-z0-9]+$", DIGITS, 20)
    assert made is not None
    assert len(made) >= 20
    assert made != text_for("^id_[a-z0-9]+$", DIGITS[::-1], 20)


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", "(", "[", "a)", "[b-a]", "(" * 60 + ")" * 60, "^a{3}$(?<=b)", r"\p{L}", "(?#a)", r"[a-\d]", "(a"]
)
def test_a_pattern_that_is_beyond_it(pattern: str) -> None:
    """None, and no error."""
    assert text_for(pattern, DIGITS) is None
