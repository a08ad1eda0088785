"""Text patterns as rules use them, against the plainest description of them."""

from __future__ import annotations

import fnmatch
import re

from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.matching import glob, patterns_overlap

PATTERNS = st.text("ab*", max_size=8)
TEXTS = st.text("ab", max_size=8)


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


@given(PATTERNS, st.text("ab*\n", max_size=10))
def test_a_star_stands_for_any_text(pattern: str, text: str) -> None:
    """Nothing else in a pattern has a meaning of its own."""
    assert glob(pattern)(text) is (_regex(pattern).fullmatch(text) is not None)


def test_other_wildcards_are_text() -> None:
    """As far as they are wildcards elsewhere."""
    for pattern in ("a?c", "[ab]c", "a.c"):
        assert not glob(pattern)("abc")
        assert glob(pattern)(pattern)
    assert fnmatch.fnmatchcase("abc", "a?c")
    assert not glob("*")(None)


@given(PATTERNS, PATTERNS, TEXTS)
def test_patterns_that_match_the_same_text_overlap(one: str, other: str, text: str) -> None:
    """A text that both match is a proof."""
    if glob(one)(text) and glob(other)(text):
        assert patterns_overlap(one, other)


@given(PATTERNS, TEXTS)
def test_a_text_overlaps_with_the_patterns_that_match_it(pattern: str, text: str) -> None:
    """Without a star in one of them, overlapping is matching."""
    assert patterns_overlap(text, pattern) is patterns_overlap(pattern, text) is glob(pattern)(text)


def test_patterns_that_have_no_text_in_common() -> None:
    """They begin or end differently."""
    for one, other in (("a*", "b*"), ("*a", "*b"), ("a*a", "b"), ("", "a*"), ("*ab*", "b")):
        assert not patterns_overlap(one, other)
        assert not patterns_overlap(other, one)
    for one, other in (("a*", "*b"), ("", "*"), ("**", "a*b"), ("a*b*", "*c*d")):
        assert patterns_overlap(one, other)
        assert patterns_overlap(other, one)
