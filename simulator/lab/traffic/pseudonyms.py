"""Pseudonyms for texts: of the same form, the same for the same text, and not to be turned back without the key.

The key is drawn for each recording and kept nowhere.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase, digits

from simulator.lab.traffic.forms import EMAIL, PHONE, URL, UUID

HEX = re.compile(r"[0-9a-f]{8,}|[0-9A-F]{8,}")
NANP = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}")
PLAIN = frozenset(" _-.,:;/!?'\"()[]{}<>@#+*=&%|~$^\\\t\r\n")  # characters that stay
ATTEMPTS = 20


class Pseudonyms:
    """The pseudonyms of one recording."""

    def __init__(self, prefixes: Iterable[str] = (), key: bytes | None = None) -> None:
        """Keep the given prefixes of ids, such as `agent_`, as they are."""
        self._key = key or secrets.token_bytes(32)
        self._prefixes = sorted(prefixes, key=len, reverse=True)
        self._pseudonyms: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """Return the pseudonym of a text."""
        if text not in self._pseudonyms:
            candidates = (self._make(text, attempt) for attempt in range(ATTEMPTS))
            fresh = (one for one in candidates if one != text and one not in self._taken)
            pseudonym = next(fresh, "") or f"masked-{len(self._taken)}"
            self._pseudonyms[text] = pseudonym
            self._taken.add(pseudonym)
        return self._pseudonyms[text]

    def _make(self, text: str, attempt: int) -> str:
        stream = self._bytes(text, attempt)
        if PHONE.fullmatch(text):
            return self._phone(text, attempt)
        if URL.fullmatch(text):
            token = "".join(self._scrambled("a" * 16, stream))
            return f"{text.partition('://')[0].lower()}://example.com/{token}"
        if EMAIL.fullmatch(text):
            return "".join(self._scrambled("a" * 12, stream)) + "@example.com"
        if UUID.fullmatch(text):
            made = "".join(self._scrambled(text, stream, hexadecimal=True))
            return f"{made[:14]}{text[14]}{made[15:19]}{text[19]}{made[20:]}"  # its version and its variant
        prefix = next((one for one in self._prefixes if text.startswith(one) and " " not in text), "")
        rest = text.removeprefix(prefix)
        return prefix + "".join(self._scrambled(rest, stream, hexadecimal=bool(HEX.fullmatch(rest))))

    def _bytes(self, text: str, attempt: int) -> Iterator[int]:
        block = 0
        while True:
            yield from hmac.digest(self._key, f"{attempt}:{block}:{text}".encode("utf-8", "surrogatepass"), "sha256")
            block += 1

    def _scrambled(self, text: str, stream: Iterator[int], *, hexadecimal: bool = False) -> Iterator[str]:
        lower, upper = (ascii_lowercase[:6], ascii_uppercase[:6]) if hexadecimal else (ascii_lowercase, ascii_uppercase)
        for character in text:
            number = next(stream) << 8 | next(stream)
            if character in digits:
                yield digits[number % 10]
            elif character in PLAIN:
                yield character
            else:
                yield (upper if character in ascii_uppercase else lower)[number % len(lower)]

    def _phone(self, text: str, attempt: int) -> str:
        """Return a number that nobody can be called at: in the same area of North America, else in the same country.

        Numbers are taken from the top, where directory assistance and those that worlds hand out are not.
        """
        number = len(self._taken) + attempt
        if NANP.fullmatch(text):
            return f"{text[:5]}555{9999 - number % 8000:04d}"
        return text[:3] + f"{number % 10 ** min(len(text) - 3, 9):0{len(text) - 3}d}"
