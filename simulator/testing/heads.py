"""The head of a request of `httpx` as a server reads it off a connection."""

from __future__ import annotations

import re

import h11
import httpx

from simulator.asgi.adapter import headers_of
from simulator.http.hosts import is_host
from simulator.http.response import Response
from simulator.server.lane import head_refusal

SHORT = 16 * 1024  # bytes of a head whose size needs no closer look
UNUSUAL = frozenset(["transfer-encoding", "upgrade"])

# Method, target and headers that are sent as they are, and read as they were sent; nearly all are. One line for each, in which
# NUL stands before the value.
_ORDINARY = re.compile(rb"[A-Z]+ [!-~]+(?:\n[-!#$%&'*+.^_`|~0-9A-Za-z]+\0(?:[!-~](?:[\t -~]*[!-~])?)?)+")


def head_of(request: httpx.Request, size: int) -> dict[str, str] | Response:
    """Return the headers of a request with a body of `size` bytes by name, which is in lower case.

    If a server refuses the head, return its response.

    Raises:
        httpx.LocalProtocolError, h11.LocalProtocolError: the head cannot be written to a connection, so it reaches no server.
    """
    return _ordinary_head(request, size) or _any_head(request, size)


def _ordinary_head(request: httpx.Request, size: int) -> dict[str, str] | None:
    """Return the headers if nothing in the head needs a closer look; this takes a fraction of the time."""
    pairs, method = request.headers.raw, request.method
    if not method.isascii():
        return None
    head = b"\n".join([b"%b %b" % (method.encode(), request.url.raw_path), *map(b"\0".join, pairs)])
    if len(head) > SHORT or head.count(b"\n") != len(pairs) or not _ORDINARY.fullmatch(head):
        return None
    headers = {name.decode().lower(): value.decode() for name, value in pairs}
    if len(headers) < len(pairs) or not is_host(headers.get("host", ",")) or not UNUSUAL.isdisjoint(headers):
        return None
    return headers if headers.get("content-length", length := str(size)) == length else None


def _any_head(request: httpx.Request, size: int) -> dict[str, str] | Response:
    target = request.url.raw_path
    try:
        written = h11.Request(method=request.method, target=target, headers=request.headers.raw)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error), request=request) from error
    pairs = list(written.headers)  # names in lower case, values as h11 writes them
    length = int(dict(pairs).get(b"content-length", size))
    if length != size:  # in h11's words
        problem = "much data" if length < size else "little data"
        raise h11.LocalProtocolError(f"Too {problem} for declared Content-Length")  # which httpx lets through
    return head_refusal(target, pairs) or headers_of([pair for pair in pairs if pair[0] != b"upgrade"])
