"""The head of a plain request, read in one go: what nearly every client sends. All others are left to h11."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from simulator.openapi.contract import MAX_BODY

MAX_HEAD = 64 * 1024  # bytes of request line and headers
REMEMBERED, SMALL = 512, 2048  # a client repeats its heads: so many, of so many bytes at most, are not read twice

# RFC 9112: a request line in origin form, then fields without folds, spaces before the colon and control characters.
_HEAD = re.compile(
    rb"(GET|POST|PUT|PATCH|DELETE) (/[!-~]*) HTTP/1\.1\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t -~\x80-\xff]*+\r\n)++)\r\n"
)
_LENGTH = re.compile("[0-9]{1,7}")
_SPECIAL = frozenset(["transfer-encoding", "expect", "upgrade", "te", "trailer", "http2-settings"])


class Head(NamedTuple):
    """A request up to its body."""

    method: str
    path: str  # still percent-encoded
    query: str
    headers: Mapping[str, str]  # names in lower case; shared, so never changed
    size: int  # bytes of the head itself
    length: int  # bytes of the body that follows
    last: bool  # the client wants the connection to end with the answer


def read(data: bytes) -> Head | None:
    """The head that `data` begins with; None when it is not all there, or not plain."""
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD) + 4
    if end > SMALL:
        return _parse(data[:end])
    return _known(data[:end]) if end > 3 else None


def _parse(data: bytes) -> Head | None:
    match = _HEAD.fullmatch(data)
    if match is None:
        return None
    method, target, lines = (part.decode("latin-1") for part in match.groups())
    pairs = [line.partition(":") for line in lines.split("\r\n")[:-1]]
    headers = {name.lower(): value.strip(" \t") for name, _, value in pairs}
    length = headers.get("content-length", "0")
    if len(headers) < len(pairs) or not _SPECIAL.isdisjoint(headers) or not _LENGTH.fullmatch(length):
        return None
    connection = headers.get("connection", "keep-alive").lower()
    if "host" not in headers or connection not in ("keep-alive", "close") or int(length) > MAX_BODY:
        return None
    path, _, query = target.partition("?")
    return Head(method, path, query, headers, len(data), int(length), connection == "close")


_known = lru_cache(REMEMBERED)(_parse)
