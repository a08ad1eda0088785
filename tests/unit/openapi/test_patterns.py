"""What a pattern expects is said in words, in the errors of every provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.documents import read
from simulator.openapi.patterns import WORDS, words
from simulator.registry import data_folder

SPECS = sorted(data_folder("specs").glob("*.yaml"))


def _patterns(node: Any) -> Iterator[str]:
    """Yield the patterns of all schemas."""
    if isinstance(node, dict) and isinstance(node.get("pattern"), str):
        yield node["pattern"]
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _patterns(value)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_pattern_of_a_built_in_spec_has_words(spec: Any) -> None:
    """A pattern without words fails here, so that its author adds them."""
    patterns = set(_patterns(read(spec).content))
    assert [pattern for pattern in patterns if not words(pattern)] == []
    assert [pattern for pattern in patterns if re.search(r"[\\^$]", words(pattern))] == []


@pytest.mark.parametrize("pattern", [pattern for pattern, text in WORDS.items() if "such as" in text])
def test_the_example_in_the_words_fits(pattern: str) -> None:
    """`such as US` is something that the pattern allows."""
    example = re.split(r",? or |, ", words(pattern).partition("such as ")[2])[0]
    assert re.search(pattern, example)


@pytest.mark.parametrize(
    ("provider", "path", "body", "text"),
    [
        ("cald", "/phonenumbers", {"prefix": "abc"}, '"abc" is not a plus and at most 15 digits, such as +1415'),
        ("vantax", "/phone-numbers", {"country": "us"}, '"us" is not a country code of two capital letters, such as US'),
    ],
)
def test_an_error_says_what_is_expected(simulator: Simulator, provider: str, path: str, body: Any, text: str) -> None:
    """In words, without a regular expression."""
    with simulator.world(unmatched="ignore") as world:
        address = getattr(world, provider)
        key = address.api_key if provider == "cald" else f"Bearer {address.api_key}"
        with_key = {"Authorization": key}
        with httpx.Client(transport=address.transport, headers=with_key) as client:
            response = client.post(address.base_url + path, json=body)
        assert response.status_code in (400, 422)
        assert text in str(response.json()).replace("\\'", "'")
        assert "^" not in response.text


def test_a_pattern_of_your_own_is_shown() -> None:
    """Nobody has written down what it expects."""
    assert words("^x[0-9]y$") == ""
