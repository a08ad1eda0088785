"""Masking of secrets in everything that is shown: keys anywhere, and fields with `format: password` in a spec."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import msgspec

from simulator.openapi.head import METHODS
from simulator.openapi.json_body import decode
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import RuleFile

# Names of fields, parameters and headers that hold secrets in any API: `client_secret`, `authToken`, `X-Api-Key`.
_WORDS = (
    "token|secret|passw(?:or)?d|passphrase|signature|credentials?"
    "|(?:api|access|private|secret|signing|auth|account|subscription|license)[_-]?key"
)
_SECRET_NAME = re.compile(f"(?:{_WORDS})$", re.IGNORECASE)
_SECRET_HEADER = re.compile(rf"(?:{_WORDS}|(?<!idempotency)-key|authentication|authorization|cookie)$", re.IGNORECASE)
_NO_SECRET = re.compile("(?:next|prev|page|continuation|max|min|idempotency)", re.IGNORECASE)  # such as `next_page_token`
_ASSIGNED = re.compile(  # as in a query, or in what is nearly JSON
    rf"""((?<![\w-])(?!{_NO_SECRET.pattern})[\w-]{{0,60}}?(?:{_WORDS})(?:["']\s*:\s*["']|(?:\[?])?=)|[?&](?:key|sig|auth)=)([^&\s"';,}}]+)""",
    re.IGNORECASE,
)
_ELEMENT = re.compile(rf"(<(?!{_NO_SECRET.pattern})[\w:.-]{{0,60}}?(?:{_WORDS})(?:\s[^<>]*)?>)[^<]+", re.IGNORECASE)  # of XML
_SHORT_NAMES = ("key", "sig", "auth")  # of parameters and options
_NAMING = ("name", "key", "header", "field")  # members that name what is in the member `value` beside them
_HEADER_NAME = re.compile(r"[A-Za-z][\w-]*")
_USERINFO = re.compile(r"(?<=://)[^/@\s\"'?#]{1,256}@")  # of a URL: a name and a password

CREDENTIALS = ("authorization", "proxy-authorization", "x-api-key", "cookie")
MAX_VISIBLE = 12  # characters of a key that are shown: enough to distinguish the keys of a test
MAX_METHOD = 40  # characters of a method that HTTP does not define
MIN_HIDDEN = 4  # characters of a key that are never shown, however short it is
ELLIPSIS = "…"
_SCHEMES = ("bearer", "basic", "digest", "token")  # authentication schemes, which are no secret


def shorten(text: str) -> str:
    """Truncate the name of an account, which may be a part of a key."""
    return text if len(text) <= MAX_VISIBLE else text[:MAX_VISIBLE] + ELLIPSIS


class Mask:
    """Masks the secrets of the given providers."""

    def __init__(self, providers: Iterable[BoundProvider]) -> None:
        self._specs = [bound.spec for bound in providers]

    def renew(self, providers: Iterable[BoundProvider]) -> None:
        """Mask the secrets of other providers from now on."""
        computed = [name for name, value in vars(type(self)).items() if isinstance(value, cached_property)]
        self._specs = [bound.spec for bound in providers]
        for name in computed:
            vars(self).pop(name, None)

    @cached_property
    def _secret_names(self) -> frozenset[str]:
        """The names of secret fields; computed on first use, as most servers mask nothing."""
        parameters = {scheme.parameter for spec in self._specs for scheme in spec.schemes.values() if scheme.parameter}
        return frozenset(parameters).union(field for spec in self._specs for field in spec.passwords)

    @cached_property
    def _key_headers(self) -> frozenset[str]:
        """The names of the headers that carry keys."""
        schemes = (scheme for spec in self._specs for scheme in spec.schemes.values() if not scheme.is_specific)
        return frozenset({*CREDENTIALS, *(scheme.header for scheme in schemes)})

    @cached_property
    def _key_pattern(self) -> re.Pattern[str]:
        keys = {scheme.pattern.pattern for spec in self._specs for scheme in spec.schemes.values() if scheme.is_specific}
        keys = keys or {"(?!)"}
        return re.compile("|".join(f"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', key).strip('^$')})" for key in sorted(keys)))

    @cached_property
    def _key_name_pattern(self) -> re.Pattern[str]:
        """A key that is the name of a header, which is in lower case."""
        return re.compile(self._key_pattern.pattern, re.IGNORECASE)

    @cached_property
    def _field_pattern(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, sorted(self._secret_names))) or "(?!)"
        return re.compile(
            rf"""(["']?(?<![a-z_])(?:{names})["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^]]*\]?|[^\s,;&}}\]"']+)"""
        )

    def text(self, text: str) -> str:
        """Shorten every key in a text, and replace the value of every secret field."""
        if not text:
            return text
        if "://" in text and "@" in text:
            text = _USERINFO.sub(f"{ELLIPSIS}@", text)
        text = self._key_pattern.sub(_shorten_match, text)
        if "</" in text:
            text = _ELEMENT.sub(rf"\1{ELLIPSIS}", text)
        if "=" not in text and ":" not in text:  # nothing is assigned: most paths and names
            return text
        return _ASSIGNED.sub(rf"\1{ELLIPSIS}", self._field_pattern.sub(rf'\1"{ELLIPSIS}"', text))

    def keys(self, value: Any) -> Any:
        """Shorten every key in an error, a text or a document, and leave all else as it is: an error names secret fields."""
        if isinstance(value, dict):
            return {name: self.keys(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.keys(item) for item in value]
        if not isinstance(value, str):
            return value
        plain = unquote(value) if "%" in value else value
        shown = self._key_pattern.sub(_shorten_match, plain)
        return value if shown == plain else shown

    def command(self, arguments: Iterable[str]) -> str:
        """Return the command line of a program; what is secret in it is to be put in again before it is run."""
        shown, hides_next = [], False
        for argument in arguments:
            name, given, _ = argument.partition("=")
            is_option, names_secret = argument.startswith("-"), self._names_secret(name.lstrip("-"))
            if hides_next and not is_option:
                shown.append(ELLIPSIS)
            elif given and names_secret:
                shown.append(f"{name}={ELLIPSIS}")
            else:
                shown.append(self._argument(argument))
            hides_next = is_option and names_secret and not given
        return shlex.join(shown)

    def _argument(self, argument: str) -> str:
        """Mask one argument of a command, which may be a header as curl takes it."""
        name, colon, value = argument.partition(":")
        if colon and _HEADER_NAME.fullmatch(name) and not value.startswith("//"):
            space = value[: len(value) - len(value.lstrip())]
            ((name, value),) = self.headers({name: value.strip()}).items()
            return f"{name}:{space}{value}"
        return self.text(argument)

    def _names_secret(self, name: str) -> bool:
        """Return whether an option or a variable of this name holds a secret."""
        return self.is_secret(name) or name.lower() in _SHORT_NAMES

    def method(self, text: str) -> str:
        """Mask the method of a request, which may be any word."""
        return text if text.lower() in METHODS else self.text(text)[:MAX_METHOD]

    def rule(self, definition: RuleFile) -> dict[str, Any]:
        """Mask the definition of a rule."""
        plain = msgspec.to_builtins(definition)
        shown: dict[str, Any] = self.json(plain)
        for name in ("when", "then"):
            for part, own in ((shown.get(name, {}), plain.get(name, {})), (_amend(shown, name), _amend(plain, name))):
                if "headers" in own:
                    part["headers"] = self.headers(own["headers"])
        return shown

    def address(self, text: str) -> str:
        """Mask a path; one with percent-encoded keys is returned decoded."""
        plain = unquote(text) if "%" in text else text
        shown = self.text(plain)
        return shown if plain == text or shown != plain else self.text(text)

    def query(self, text: str) -> str:
        """Mask a query, as `address` does a path."""
        return self.address(f"?{text}")[1:]

    def json(self, value: Any) -> Any:
        """Shorten every key in a document, and replace every secret field."""
        if isinstance(value, dict):
            hidden = self._named(value)
            return {
                self.text(name): ELLIPSIS if name == hidden or self.is_secret(name) else self.json(member)
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self.text(value[0]), ELLIPSIS] if self._is_pair(value) else [self.json(item) for item in value]
        if isinstance(value, bytes):  # a file of a form
            return f"({len(value)} bytes)"
        return self.text(value) if isinstance(value, str) else value

    def _named(self, members: Mapping[str, Any]) -> str:
        """Return the member that another one names as a secret, as in `{"name": "Authorization", "value": "…"}`; else empty."""
        if "value" not in members:
            return ""
        names = (members.get(naming) for naming in _NAMING)
        return "value" if any(isinstance(name, str) and self._is_credential(name) for name in names) else ""

    def _is_pair(self, items: list[Any]) -> bool:
        """Return whether a list is the name of a secret and its value."""
        return len(items) == 2 and all(isinstance(item, str) for item in items) and self._is_credential(items[0])

    def _is_credential(self, name: str) -> bool:
        """Return whether a field or a header of this name holds a secret."""
        return self.is_secret(name) or is_secret_header(name)

    def secrets(self, value: Any, *, secret: bool = False) -> Iterator[str]:
        """Yield the values of the secret fields of a document, except short ones, which would match everywhere."""
        if isinstance(value, dict):
            hidden = self._named(value)
            for name, member in value.items():
                yield from self.secrets(member, secret=secret or name == hidden or self.is_secret(name))
        elif isinstance(value, list):
            is_pair = self._is_pair(value)
            for item in value[is_pair:]:
                yield from self.secrets(item, secret=secret or is_pair)
        elif secret and len(str(value)) >= MIN_HIDDEN:
            yield str(value)

    def url_secrets(self, url: str) -> set[str]:
        """Return the secrets in a URL, encoded and decoded: user and password, and parameters with names such as `token`."""
        address = url.partition("://")[2]
        before, _, _ = re.split("[/?#]", address, maxsplit=1)[0].rpartition("@")
        pairs = [pair.partition("=") for pair in url.partition("?")[2].partition("#")[0].split("&")]
        values = [*before.partition(":")[::2], *(value for name, _, value in pairs if self.is_secret(unquote(name)))]
        values += [value for name, _, value in pairs if name in _SHORT_NAMES]
        return {text for value in values for text in (value, unquote(value)) if len(text) >= MIN_HIDDEN}

    def body(self, raw: bytes | None) -> Any:
        """Return a masked body: as JSON if it is JSON, otherwise as text; of bytes that are no text, how many there are."""
        if not raw:
            return None
        if b"\0" in raw:
            return f"({len(raw)} bytes that are not text)"
        try:
            return self.json(decode(raw))
        except ValueError:
            return self.text(raw.decode("utf-8", "replace"))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Mask headers; credentials are shortened even if they are no key of any provider."""
        return {
            self._key_name_pattern.sub(_shorten_match, name): _shorten_credential(value)
            if name.lower() in self._key_headers
            else ELLIPSIS
            if _SECRET_HEADER.search(name) and not _NO_SECRET.match(name)
            else self.text(value)
            for name, value in headers.items()
        }

    def is_secret(self, name: str) -> bool:
        """Return whether a field holds a secret: by the specs, or by its name."""
        if name in self._secret_names or name.lower() in CREDENTIALS:  # such as the headers of a webhook that is registered
            return True
        return bool(_SECRET_NAME.search(name) and not _NO_SECRET.match(name))


def is_secret_header(name: str) -> bool:
    """Return whether a header or a parameter holds a secret by its name, beside those that carry keys."""
    return name.lower() not in CREDENTIALS and bool(_SECRET_HEADER.search(name) and not _NO_SECRET.match(name))


def remove_secrets(value: Any, secrets: Sequence[str]) -> Any:
    """Return a document in which every occurrence of a secret is replaced."""
    if isinstance(value, dict):
        return {name: remove_secrets(member, secrets) for name, member in value.items()}
    if isinstance(value, list):
        return [remove_secrets(item, secrets) for item in value]
    for secret in secrets if isinstance(value, str) else ():
        value = value.replace(secret, ELLIPSIS)
    return value


def _amend(definition: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return how a rule changes the real response, with the headers that it sets."""
    amend = definition.get(part, {}).get("amend", {})
    return amend if isinstance(amend, dict) else {}


def _shorten_match(key: re.Match[str]) -> str:
    return shorten_key(key.group())


def shorten_key(key: str) -> str:
    """Truncate a key so that it cannot be used."""
    return key[: max(0, min(MAX_VISIBLE, len(key) - MIN_HIDDEN))] + ELLIPSIS


def split_credential(value: str) -> tuple[str, str]:
    """Split the value of a header into the authentication scheme, if any, with its space, and the credential."""
    word, space, key = value.partition(" ")
    return (f"{word} ", key) if space and word.lower() in _SCHEMES else ("", value)


def _shorten_credential(value: str) -> str:
    scheme, key = split_credential(value)
    return scheme + shorten_key(key)
