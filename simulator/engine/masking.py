"""Keeping secrets out of everything that is shown: keys, wherever they stand, and fields that a spec calls passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from simulator.openapi.json_body import decode
from simulator.provider.bound import BoundProvider

CREDENTIALS = ("authorization", "proxy-authorization", "x-api-key", "cookie")
SHOWN = 12  # characters of a key that are shown: enough to tell keys of one test apart
HIDDEN = 4  # characters that are never shown, however short the key
BLANK = "…"
_SCHEMES = ("bearer", "basic", "digest", "token")  # words before a credential that are no secret


def shortened(text: str) -> str:
    """The name of an account, which may be a part of a key: long ones are cut, so that they open nothing."""
    return text if len(text) <= SHOWN else text[:SHOWN] + BLANK


class Mask:
    """Masks the secrets of the given providers."""

    def __init__(self, providers: Iterable[BoundProvider]) -> None:
        self._specs = [bound.spec for bound in providers]

    @cached_property
    def _secret(self) -> frozenset[str]:
        """The names of secret fields; found when something is first masked, as a server mostly masks nothing."""
        return frozenset(field for spec in self._specs for field in _secret_fields(spec.content))

    @cached_property
    def _keys(self) -> re.Pattern[str]:
        keys = {scheme.pattern.pattern for spec in self._specs for scheme in spec.schemes.values()}
        return re.compile("|".join(f"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', key).strip('^$')})" for key in sorted(keys)))

    @cached_property
    def _fields(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, sorted(self._secret))) or "(?!)"
        return re.compile(
            rf"""(["']?(?<![a-z_])(?:{names})["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^]]*\]?|[^\s,;&}}\]"']+)"""
        )

    def text(self, text: str) -> str:
        """The text with every key cut short and the value of every secret field blanked."""
        return self._fields.sub(rf'\1"{BLANK}"', self._keys.sub(_cut, text))

    def address(self, text: str) -> str:
        """A path or query as it came over the wire; one whose keys are percent-encoded is shown decoded."""
        plain = unquote(text)
        return self.text(text) if self.text(plain) == plain else self.text(plain)

    def json(self, value: Any) -> Any:
        """A document with every key cut short and every secret field blanked."""
        if isinstance(value, dict):
            return {self.text(name): BLANK if name in self._secret else self.json(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.json(each) for each in value]
        return self.text(value) if isinstance(value, str) else value

    def secrets(self, value: Any, *, secret: bool = False) -> Iterator[str]:
        """The texts of what stands in secret fields of a document; the shortest hide nothing, and would be found everywhere."""
        if isinstance(value, dict):
            for name, each in value.items():
                yield from self.secrets(each, secret=secret or name in self._secret)
        elif isinstance(value, list):
            for each in value:
                yield from self.secrets(each, secret=secret)
        elif secret and len(str(value)) >= HIDDEN:
            yield str(value)

    def body(self, raw: bytes | None) -> Any:
        """A body as JSON where it is JSON, else as text; with its secrets masked."""
        if not raw:
            return None
        try:
            return self.json(decode(raw))
        except ValueError:
            return self.text(raw.decode("utf-8", "replace"))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with credentials cut short, also those that are no key of any provider."""
        return {name: _credential(value) if name in CREDENTIALS else self.text(value) for name, value in headers.items()}


def without(value: Any, secrets: Sequence[str]) -> Any:
    """A document in whose texts none of the secrets stands."""
    if isinstance(value, dict):
        return {name: without(each, secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [without(each, secrets) for each in value]
    for secret in secrets if isinstance(value, str) else ():
        value = value.replace(secret, BLANK)
    return value


def _cut(key: re.Match[str]) -> str:
    return shortened_key(key.group())


def shortened_key(key: str) -> str:
    """So much of a key as opens nothing."""
    return key[: max(0, min(SHOWN, len(key) - HIDDEN))] + BLANK


def split_credential(value: str) -> tuple[str, str]:
    """The word before a credential, with its space, where it has one; and the credential itself."""
    word, space, key = value.partition(" ")
    return (f"{word} ", key) if space and word.lower() in _SCHEMES else ("", value)


def _credential(value: str) -> str:
    word, key = split_credential(value)
    return word + shortened_key(key)


def _secret_fields(document: Any) -> set[str]:
    """The names of all properties of a document that are passwords, or refer to a schema that is one."""
    schemas = list(_named(document))
    secret = {name for name, schema in schemas if schema.get("format") == "password"}
    return secret | {name for name, schema in schemas if str(schema.get("$ref")).rpartition("/")[2] in secret}


def _named(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything in a document that has a name and is an object."""
    if isinstance(node, list):
        for each in node:
            yield from _named(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict):
                yield name, value
            yield from _named(value)
