"""Keeping secrets out of everything that is shown: keys, wherever they stand, and fields that a spec calls passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simulator.provider import Bound

CREDENTIALS = ("authorization", "proxy-authorization", "x-api-key", "cookie")
SHOWN = 12  # characters of a key that are shown: enough to tell keys of one test apart


def shortened(text: str) -> str:
    """A text that may be a key or a part of one, cut so that it opens nothing."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


class Mask:
    """Masks the secrets of the given providers."""

    def __init__(self, providers: Iterable[Bound]) -> None:
        specs = [bound.spec for bound in providers]
        keys = {scheme.pattern.pattern for spec in specs for scheme in spec.schemes.values()}
        fields = {field for spec in specs for field in _secret_fields(spec.content)}
        self._keys = re.compile("|".join(f"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', key).strip('^$')})" for key in sorted(keys)))
        names = "|".join(map(re.escape, sorted(fields))) or "(?!)"
        self._fields = re.compile(rf'("(?:{names})"\s*:\s*)"(?:[^"\\]|\\.)*"')

    def text(self, text: str) -> str:
        """The text with every key cut short and every secret field blanked."""
        cut = self._keys.sub(lambda match: shortened(match.group()), text)
        return self._fields.sub(r'\1"…"', cut)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with credentials cut short, also those that are no key of any provider."""
        return {name: _credential(value) if name in CREDENTIALS else self.text(value) for name, value in headers.items()}


def _credential(value: str) -> str:
    word, space, key = value.rpartition(" ")
    return f"{word}{space}{shortened(key)}"


def _secret_fields(node: Any) -> Iterator[str]:
    """The names of all properties of a document that are passwords."""
    if isinstance(node, list):
        for each in node:
            yield from _secret_fields(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict) and value.get("format") == "password":
                yield name
            yield from _secret_fields(value)
